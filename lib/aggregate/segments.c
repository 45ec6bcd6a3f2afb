#include "aggregate/segments.h"

#include "aggregate/collect.h"

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

status sum_close(struct tally *tally, struct sum *sum)
{
    double part = sum->part;

    sum->part = 0;
    if (add_whole(&sum->whole, part))
        return OK;
    if (tally->parted) {
        struct sum_part *kept = ARENA_NEW(tally->arena, struct sum_part);
        TRY_NEW(kept);
        *kept = (struct sum_part){ { NULL, sum->segment }, part };
        parts_insert(&sum->parts, &kept->part);
    } else {
        sum->fold += part;
    }
    return OK;
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

static double sum_of(const struct part *part) { return ((const struct sum_part *)(const void *)part)->sum; }

/* The parts of `from` must live as long as `into`: copies. */
static status copy_parts(struct tally *tally, const struct part *from, struct part **out)
{
    for (*out = NULL; from; from = from->next) {
        struct sum_part *copy = ARENA_NEW(tally->arena, struct sum_part);
        TRY_NEW(copy);
        *copy = (struct sum_part){ { NULL, from->segment }, sum_of(from) };
        *out = &copy->part;
        out = &copy->part.next;
    }
    return OK;
}

/* The open segment must be closed. */
static status merge_whole(struct tally *tally, struct sum *into, int64_t whole)
{
    if (whole > 0 ? into->whole <= INT64_MAX - whole : into->whole >= INT64_MIN - whole) {
        into->whole += whole;
        return OK;
    }
    into->part = (double)into->whole + (double)whole;
    into->whole = 0;
    return sum_close(tally, into);
}

status sum_merge(struct tally *tally, struct sum *into, struct sum *from)
{
    TRY(sum_close(tally, into));
    TRY(sum_close(tally, from));
    TRY(merge_whole(tally, into, from->whole));
    if (tally->parted) {
        struct part *copies;
        TRY(copy_parts(tally, from->parts, &copies));
        into->parts = parts_merge(into->parts, copies);
    } else {
        into->fold += from->fold;
    }
    return OK;
}

static double fold_parts(struct part *newest)
{
    struct part *oldest = parts_turn(newest);
    double       fold = 0;

    for (const struct part *at = oldest; at; at = at->next)
        fold += sum_of(at);
    parts_turn(oldest);
    return fold;
}

/* `whole` in two numbers of 32 bits, as no number holds 64; then the parts, newest segment first. What has
 * been folded already is one part. */
status sum_save(struct tally *tally, struct sum *sum, struct arena *arena, struct cell *part)
{
    struct sum_part folded = { .part.segment = tally->one_part ? tally->context->part : sum->segment };
    struct part    *first;
    struct cell    *segment, *total;
    uint32_t        count = 0;

    TRY(sum_close(tally, sum));
    if (!tally->parted)
        folded.sum = sum->fold;
    else if (tally->one_part)
        folded.sum = fold_parts(sum->parts);
    first = tally->parted && !tally->one_part ? sum->parts : folded.sum != 0 ? &folded.part : NULL;
    for (const struct part *at = first; at; at = at->next)
        count++;
    TRY_NEW(segment = arena_alloc(arena, (2 * (size_t)count + 1) * sizeof *segment));
    total = segment + count;
    count = 0;
    for (const struct part *at = first; at; at = at->next, count++) {
        segment[count] = cell_number(at->segment);
        total[count] = cell_number(sum_of(at));
    }
    part[0] = cell_number((double)(sum->whole >> 32));
    part[1] = cell_number((double)(uint32_t)sum->whole);
    part[2] = collect_cell(segment, count);
    part[3] = collect_cell(total, count);
    return OK;
}

status sum_load(struct tally *tally, struct sum *sum, const struct cell *part)
{
    uint32_t           count, totals;
    const struct cell *segment = collect_members(&part[2], &count);
    const struct cell *total = collect_members(&part[3], &totals);
    struct part       *parts = NULL, *last = NULL;
    double             high;

    if (totals != count)
        return FAIL_DATA;
    TRY(sum_close(tally, sum));
    high = collect_number(&part[0]);
    if (!(high >= -2147483648.0 && high <= 2147483647.0))
        return FAIL_DATA;
    TRY(merge_whole(tally, sum, (int64_t)high * 4294967296 + (int64_t)(uint32_t)collect_count(&part[1])));
    if (!tally->parted) {
        while (count-- > 0)
            sum->fold += collect_number(&total[count]);
        return OK;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct sum_part *one = ARENA_NEW(tally->arena, struct sum_part);
        TRY_NEW(one);
        *one = (struct sum_part){ { NULL, (uint32_t)collect_count(&segment[i]) }, collect_number(&total[i]) };
        TRY(parts_append(&parts, &last, &one->part));
    }
    sum->parts = parts_merge(sum->parts, parts);
    return OK;
}

status sum_total(struct tally *tally, struct sum *sum, double *total)
{
    int64_t whole = sum->whole;
    double  fold;

    if (tally->parted) {
        TRY(sum_close(tally, sum));
        fold = fold_parts(sum->parts);
        whole = sum->whole;
    } else {
        fold = sum->fold;
        if (!add_whole(&whole, sum->part))
            fold += sum->part;
    }
    *total = fold == 0 ? (double)whole : whole == 0 ? fold : (double)whole + fold;
    return OK;
}
