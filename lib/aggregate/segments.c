#include "aggregate/segments.h"

#include "aggregate/collect.h"
#include "aggregate/exact.h"

static const double WHOLE_MOST = 9007199254740992.0, HIGH_MOST = 140737488355328.0;    /* 53 and 47 bits */

static bool is_whole(double number)
{
    return number >= -WHOLE_MOST && number <= WHOLE_MOST && (double)(int64_t)number == number;
}

static void add_wide(struct sum *sum, uint64_t low, int64_t high)
{
    sum->whole += low;
    sum->carry = (int16_t)(sum->carry + high + (sum->whole < low));
}

/* False when it is no integer. */
static bool add_whole(struct sum *sum, double part)
{
    if (!is_whole(part))
        return false;
    add_wide(sum, (uint64_t)(int64_t)part, part < 0 ? -1 : 0);
    return true;
}

static double whole_of(const struct sum *sum)
{
    int64_t low = (int64_t)sum->whole;

    return sum->carry == (low < 0 ? -1 : 0) ? (double)low : sum->carry * 18446744073709551616.0 + (double)sum->whole;
}

/* Parts nearly always come in order, then the place is the end; so the list is kept backwards: newest segment
 * first. */
void parts_insert(struct part **list, struct part *part)
{
    list = parts_others(list);
    while (*list && (*list)->segment > part->segment)
        list = &(*list)->next;
    part->next = *list;
    *list = part;
}

status sum_part_make(struct arena *arena, uint32_t segment, double sum, struct part **out)
{
    struct sum_part *part = ARENA_NEW(arena, struct sum_part);

    TRY_NEW(part);
    *part = (struct sum_part){ { .segment = segment }, sum };
    *out = &part->part;
    return OK;
}

/* What was folded on the fly is the first part. */
static status list_sum(struct tally *tally, struct sum *sum)
{
    double fold = sum->fold;

    if (sum->listed)
        return OK;
    sum->parts = NULL;
    sum->listed = true;
    return fold == 0 ? OK : sum_part_make(tally->arena, 0, fold, &sum->parts);
}

/* A part that is complete, and not whole. */
static status add_fraction(struct tally *tally, struct sum *sum, uint32_t segment, double part)
{
    struct part *kept;

    if (!tally->parted && !sum->listed) {
        sum->fold += part;
        return OK;
    }
    TRY(list_sum(tally, sum));
    if (tally->pooled)
        return exact_add(tally->arena, &sum->parts, part);
    TRY(sum_part_make(tally->arena, segment, part, &kept));
    parts_insert(&sum->parts, kept);
    return OK;
}

static status add_part(struct tally *tally, struct sum *sum, uint32_t segment, double part)
{
    return add_whole(sum, part) ? OK : add_fraction(tally, sum, segment, part);
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
static status merge_parts(struct tally *tally, struct part **into, struct part *from)
{
    struct part *copies, **end = &copies;

    TRY(exact_add_all(tally->arena, into, from));
    for (from = *parts_others(&from); from; from = from->next) {
        TRY(sum_part_make(tally->arena, from->segment, *sum_part_of(from), end));
        end = &(*end)->next;
    }
    *end = NULL;
    into = parts_others(into);
    *into = parts_merge(*into, copies);
    return OK;
}

status sum_merge(struct tally *tally, struct sum *into, const struct sum *from)
{
    TRY(sum_close(tally, into));
    add_wide(into, from->whole, from->carry);
    if (from->listed) {
        TRY(list_sum(tally, into));
        TRY(merge_parts(tally, &into->parts, from->parts));
    } else if (from->fold != 0) {
        TRY(add_fraction(tally, into, 0, from->fold));
    }
    return add_part(tally, into, from->segment, from->part);
}

static double fold_parts(struct part *list)
{
    struct part **others = parts_others(&list);
    double        fold = 0;

    *others = parts_turn(*others);
    for (const struct part *at = *others; at; at = at->next)
        fold += *sum_part_of(at);
    *others = parts_turn(*others);
    return fold;
}

/* Of what is complete and has a segment. */
static double fold_of(const struct sum *sum) { return sum->listed ? fold_parts(sum->parts) : sum->fold; }

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

/* `open`: it stands in front of all. */
static status list_parts(const struct sum *sum, bool open, bool leaving, struct arena *arena, struct cell *part)
{
    struct part *others = *parts_others((struct part **)&sum->parts);
    uint32_t     segments = 0, sums = 0;
    struct cell *segment, *total;

    for (const struct part *at = sum->parts; at; at = at->next)
        sums++;
    TRY_NEW(segment = arena_alloc(arena, (2 * (size_t)sums + 3) * sizeof *segment));
    total = segment + sums + 1;
    sums = 0;
    if (open) {
        segment[segments++] = segment_cell(sum->segment, leaving);
        total[sums++] = cell_number(sum->part);
    }
    for (const struct part *at = others; at; at = at->next) {
        segment[segments++] = segment_cell(at->segment, false);
        total[sums++] = cell_number(*sum_part_of(at));
    }
    for (const struct part *at = sum->parts; at != others; at = at->next)
        total[sums++] = cell_number(*sum_part_of(at));
    part[2] = collect_cell(segment, segments);
    part[3] = collect_cell(total, sums);
    return OK;
}

/* The integer in its upper bits and in 32 lower ones, as no number holds 64; segments; what is not whole, newest segment
 * first. In front of all what is still open. Nothing is made of the state itself if that can be helped: it may be saved
 * because memory is short. */
status sum_save(struct tally *tally, struct sum *sum, struct arena *arena, struct cell *part)
{
    struct sum all;
    bool       open;

    if (!tally->partial)
        TRY(list_sum(tally, sum));
    if (!tally->leaving && sum->listed && !part_is_newest(sum->parts, sum->segment))
        TRY(sum_close(tally, sum));
    all = *sum;
    open = sum->part != 0 && (tally->leaving || !add_whole(&all, sum->part));
    part[0] = cell_number((double)(all.carry * 4294967296 + (int64_t)(all.whole >> 32)));
    part[1] = cell_number((double)(uint32_t)all.whole);
    if (!tally->partial)
        return list_parts(sum, open, tally->leaving, arena, part);
    part[2] = cell_null();
    return exact_tell(arena, sum->listed ? sum->parts : NULL, fold_of(sum) + (open ? sum->part : 0), &part[3]);
}

/* The first `segments` have one. */
static status load_parts(struct tally *tally, struct sum *sum, const struct cell *segment, uint32_t segments,
                         const struct cell *total, uint32_t count)
{
    struct part *parts = NULL, *last = NULL, *one, **others;

    if (count == 0)
        return OK;
    TRY(list_sum(tally, sum));
    for (uint32_t i = 0; i < segments; i++) {
        TRY(sum_part_make(tally->arena, (uint32_t)collect_count(&segment[i]), collect_number(&total[i]), &one));
        TRY(parts_append(&parts, &last, one));
    }
    others = parts_others(&sum->parts);
    *others = parts_merge(*others, parts);
    for (uint32_t i = segments; i < count; i++)
        TRY(exact_add(tally->arena, &sum->parts, collect_number(&total[i])));
    return OK;
}

/* What is open here stays so, if nothing else is: numbers of its segment may still come. */
status sum_load(struct tally *tally, struct sum *sum, const struct cell *part)
{
    uint32_t           segments, sums, segment_open = 0;
    const struct cell *segment = collect_members(&part[2], &segments);
    const struct cell *total = collect_members(&part[3], &sums);
    double             high = collect_number(&part[0]);
    bool               open;

    if (segments > sums || !(high >= -HIGH_MOST && high <= HIGH_MOST))
        return FAIL_DATA;
    if (tally->partial)
        segments = 0;
    open = segments > 0 && segment_is_open(&segment[0], &segment_open);
    if (open)
        TRY(sum_close(tally, sum));
    add_wide(sum, ((uint64_t)(int64_t)high << 32) + (uint32_t)collect_count(&part[1]), (int64_t)high >> 32);
    TRY(load_parts(tally, sum, segment + open, segments - open, total + open, sums - open));
    if (open) {
        sum->segment = segment_open;
        sum->part = collect_number(&total[0]);
    }
    return OK;
}

status sum_total(struct tally *tally, struct sum *sum, struct arena *scratch, double *total)
{
    struct sum all;
    double     fold, whole;

    if (sum->listed && !part_is_newest(sum->parts, sum->segment))
        TRY(sum_close(tally, sum));
    all = *sum;
    fold = fold_of(sum);
    if (!add_whole(&all, sum->part))
        fold += sum->part;
    if (sum->listed && sum->parts && sum->parts->exact)
        TRY(exact_round_with(scratch, sum->parts, fold, &fold));
    whole = whole_of(&all);
    *total = fold == 0 ? whole : whole == 0 ? fold : whole + fold;
    return OK;
}
