#include "aggregate/segments.h"

#include "aggregate/collect.h"
#include "aggregate/exact.h"

static const double WHOLE_MOST = 9007199254740992.0;

static bool is_whole(double number)
{
    return number >= -WHOLE_MOST && number <= WHOLE_MOST && (double)(int64_t)number == number;
}

/* False when it is no integer, or there is no room for it. */
static bool add_whole(int64_t *whole, double part)
{
    int64_t more;

    if (!is_whole(part))
        return false;
    more = (int64_t)part;
    if (more > 0 ? *whole > INT64_MAX - more : *whole < INT64_MIN - more)
        return false;
    *whole += more;
    return true;
}

/* Parts nearly always come in order, then the place is the end; so the list is kept backwards: newest segment
 * first. */
void parts_insert(struct part **list, struct part *part)
{
    while (*list && (*list)->segment > part->segment)
        list = &(*list)->next;
    part->next = *list;
    *list = part;
}

status sum_part_make(struct arena *arena, uint32_t segment, double sum, struct part **out)
{
    struct sum_part *part = ARENA_NEW(arena, struct sum_part);

    TRY_NEW(part);
    *part = (struct sum_part){ { NULL, segment }, sum };
    *out = &part->part;
    return OK;
}

/* A part that is complete. */
static status add_part(struct tally *tally, struct sum *sum, uint32_t segment, double part)
{
    if (add_whole(&sum->whole, part))
        return OK;
    if (tally->parted) {
        struct part *kept;
        if (tally->pooled)
            return exact_add(tally->arena, &sum->parts, part);
        TRY(sum_part_make(tally->arena, segment, part, &kept));
        parts_insert(&sum->parts, kept);
    } else {
        sum->fold += part;
    }
    return OK;
}

status sum_close(struct tally *tally, struct sum *sum)
{
    double part = sum->part;

    sum->part = 0;
    return add_part(tally, sum, sum->segment, part);
}

status sum_add_exactly(struct tally *tally, struct sum *sum, double number)
{
    return add_part(tally, sum, 0, number);
}

struct part *parts_merge(struct part *into, struct part *from)
{
    struct part *merged = NULL, **end = &merged;

    while (into || from) {
        struct part **newer = !into || (from && from->segment >= into->segment) ? &from : &into;
        *end = *newer;
        *newer = (*newer)->next;
        end = &(*end)->next;
    }
    return merged;
}

struct part *parts_turn(struct part *list)
{
    struct part *turned = NULL;

    while (list) {
        struct part *next = list->next;
        list->next = turned;
        turned = list;
        list = next;
    }
    return turned;
}

status parts_append(struct part **list, struct part **last, struct part *part)
{
    part->next = NULL;
    if (!*last)
        *list = part;
    else if (part->segment > (*last)->segment)
        return FAIL_DATA;
    else
        (*last)->next = part;
    *last = part;
    return OK;
}

/* The parts of `from` must live as long as `into`: copies. */
static status copy_parts(struct tally *tally, const struct part *from, struct part **out)
{
    for (*out = NULL; from; from = from->next) {
        TRY(sum_part_make(tally->arena, from->segment, *sum_part_of(from), out));
        out = &(*out)->next;
    }
    return OK;
}

static status merge_parts(struct tally *tally, struct part **into, const struct part *from)
{
    struct part *copies;

    if (tally->pooled)
        return exact_add_all(tally->arena, into, from);
    TRY(copy_parts(tally, from, &copies));
    *into = parts_merge(*into, copies);
    return OK;
}

static status merge_whole(struct tally *tally, struct sum *into, int64_t whole)
{
    double both = (double)into->whole + (double)whole;

    if (whole > 0 ? into->whole <= INT64_MAX - whole : into->whole >= INT64_MIN - whole) {
        into->whole += whole;
        return OK;
    }
    into->whole = 0;
    return add_part(tally, into, into->segment, both);
}

status sum_merge(struct tally *tally, struct sum *into, const struct sum *from)
{
    TRY(sum_close(tally, into));
    TRY(merge_whole(tally, into, from->whole));
    if (tally->parted)
        TRY(merge_parts(tally, &into->parts, from->parts));
    else
        into->fold += from->fold;
    return add_part(tally, into, from->segment, from->part);
}

static double fold_parts(const struct tally *tally, struct part *newest)
{
    struct part *oldest;
    double       fold = 0;

    if (tally->pooled)
        return exact_round(newest);
    oldest = parts_turn(newest);
    for (const struct part *at = oldest; at; at = at->next)
        fold += *sum_part_of(at);
    parts_turn(oldest);
    return fold;
}

struct cell segment_cell(uint32_t segment, bool open)
{
    return cell_number(open ? -1.0 - segment : segment);
}

bool segment_is_open(const struct cell *cell, uint32_t *segment)
{
    double number = collect_number(cell);

    *segment = (uint32_t)(number < 0 && number >= -1.0 - UINT32_MAX ? (uint64_t)(-1 - number) : collect_count(cell));
    return number < 0;
}

static status list_parts(const struct part *parts, const struct cell *segment, double open, struct arena *arena,
                         struct cell *segments, struct cell *sums)
{
    uint32_t     count = segment != NULL, at = count;
    struct cell *cell;

    for (const struct part *each = parts; each; each = each->next)
        count++;
    TRY_NEW(cell = arena_alloc(arena, (2 * (size_t)count + 1) * sizeof *cell));
    if (segment) {
        cell[0] = *segment;
        cell[count] = cell_number(open);
    }
    for (; parts; parts = parts->next, at++) {
        cell[at] = segment_cell(parts->segment, false);
        cell[count + at] = cell_number(*sum_part_of(parts));
    }
    *segments = collect_cell(cell, count);
    *sums = collect_cell(cell + count, count);
    return OK;
}

/* `whole` in two numbers of 32 bits, as no number holds 64; then the parts, newest segment first. What has
 * been folded already is one part. In front of all what is still open. Nothing is made of the state itself if that can be
 * helped: it may be saved because memory is short. */
status sum_save(struct tally *tally, struct sum *sum, struct arena *arena, struct cell *part)
{
    struct sum_part folded = { .part.segment = tally->one_part ? tally->context->part : sum->segment };
    bool            folds = !tally->parted || (tally->one_part && !tally->leaving && !tally->exact), front;
    int64_t         whole;
    struct cell     segment = segment_cell(sum->segment, tally->leaving);
    struct part    *parts = &folded.part;

    if (!tally->leaving && !(folds && tally->pooled ? sum->part == 0 : part_is_newest(tally, sum->parts, sum->segment)))
        TRY(sum_close(tally, sum));
    whole = sum->whole;
    front = sum->part != 0 && (tally->leaving || !add_whole(&whole, sum->part));
    if (folds) {
        folded.sum = (tally->parted ? fold_parts(tally, sum->parts) : sum->fold) + (front ? sum->part : 0);
        front = false;
        parts = folded.sum != 0 ? parts : NULL;
    } else {
        parts = sum->parts;
    }
    part[0] = cell_number((double)(whole >> 32));
    part[1] = cell_number((double)(uint32_t)whole);
    return list_parts(parts, front ? &segment : NULL, sum->part, arena, &part[2], &part[3]);
}

static status load_parts(struct tally *tally, struct sum *sum, const struct cell *segment, const struct cell *total,
                         uint32_t count)
{
    struct part *parts = NULL, *last = NULL, *one;

    if (!tally->parted) {
        while (count-- > 0)
            sum->fold += collect_number(&total[count]);
        return OK;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (tally->pooled) {
            TRY(exact_add(tally->arena, &sum->parts, collect_number(&total[i])));
            continue;
        }
        TRY(sum_part_make(tally->arena, (uint32_t)collect_count(&segment[i]), collect_number(&total[i]), &one));
        TRY(parts_append(&parts, &last, one));
    }
    sum->parts = parts_merge(sum->parts, parts);
    return OK;
}

status sum_load(struct tally *tally, struct sum *sum, const struct cell *part)
{
    uint32_t           count, totals, segment_open;
    const struct cell *segment = collect_members(&part[2], &count);
    const struct cell *total = collect_members(&part[3], &totals);
    double             high = collect_number(&part[0]);
    bool               open;

    if (totals != count || !(high >= -2147483648.0 && high <= 2147483647.0))
        return FAIL_DATA;
    open = count > 0 && segment_is_open(&segment[0], &segment_open) && !tally->exact;
    /* Where parts are pooled, what is open here may stay so: it does not matter when it becomes a part. */
    if (open || !tally->pooled)
        TRY(sum_close(tally, sum));
    TRY(merge_whole(tally, sum, (int64_t)high * 4294967296 + (int64_t)(uint32_t)collect_count(&part[1])));
    TRY(load_parts(tally, sum, segment + open, total + open, count - open));
    if (open) {
        sum->segment = segment_open;
        sum->part = collect_number(&total[0]);
    }
    return OK;
}

status sum_total(struct tally *tally, struct sum *sum, double *total)
{
    int64_t whole;
    double  fold;

    if (tally->pooled || (tally->parted && !part_is_newest(tally, sum->parts, sum->segment)))
        TRY(sum_close(tally, sum));
    whole = sum->whole;
    fold = tally->parted ? fold_parts(tally, sum->parts) : sum->fold;
    if (!add_whole(&whole, sum->part))
        fold += sum->part;
    *total = fold == 0 ? (double)whole : whole == 0 ? fold : (double)whole + fold;
    return OK;
}
