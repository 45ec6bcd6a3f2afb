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
static void insert(struct sum_part **list, struct sum_part *part)
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
        *kept = (struct sum_part){ .sum = part, .segment = sum->segment };
        insert(&sum->parts, kept);
    } else {
        sum->fold += part;
    }
    return OK;
}

/* Both lists descend. Of equal segments the one of `from` comes first, that is: is folded later. */
static struct sum_part *merge_parts(struct sum_part *into, struct sum_part *from)
{
    struct sum_part *merged = NULL, **end = &merged;

    while (into || from) {
        struct sum_part **newer = !into || (from && from->segment >= into->segment) ? &from : &into;
        *end = *newer;
        *newer = (*newer)->next;
        end = &(*end)->next;
    }
    *end = NULL;
    return merged;
}

/* The parts of `from` must live as long as `into`: copies. */
static status copy_parts(struct tally *tally, const struct sum_part *from, struct sum_part **out)
{
    for (*out = NULL; from; from = from->next) {
        struct sum_part *copy = ARENA_NEW(tally->arena, struct sum_part);
        TRY_NEW(copy);
        *copy = *from;
        copy->next = NULL;
        *out = copy;
        out = &copy->next;
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
        struct sum_part *copies;
        TRY(copy_parts(tally, from->parts, &copies));
        into->parts = merge_parts(into->parts, copies);
    } else {
        into->fold += from->fold;
    }
    return OK;
}

static double fold_parts(const struct sum_part *newest)
{
    /* Oldest first: a list of n is turned round in place of a recursion. */
    struct sum_part *turned = NULL, *at = (struct sum_part *)newest;
    double           fold = 0;

    while (at) {
        struct sum_part *next = at->next;
        at->next = turned;
        turned = at;
        at = next;
    }
    while (turned) {
        struct sum_part *next = turned->next;
        fold += turned->sum;
        turned->next = at;
        at = turned;
        turned = next;
    }
    return fold;
}

/* `whole` in two numbers of 32 bits, as no number holds 64; then the parts, newest segment first. What has
 * been folded already is one part. */
status sum_save(struct tally *tally, struct sum *sum, struct arena *arena, struct cell *part)
{
    struct sum_part  folded = { .segment = tally->one_part ? tally->context->part : sum->segment };
    struct sum_part *first;
    struct cell     *segment, *total;
    uint32_t         count = 0;

    TRY(sum_close(tally, sum));
    if (!tally->parted)
        folded.sum = sum->fold;
    else if (tally->one_part)
        folded.sum = fold_parts(sum->parts);
    first = tally->parted && !tally->one_part ? sum->parts : folded.sum != 0 ? &folded : NULL;
    for (const struct sum_part *at = first; at; at = at->next)
        count++;
    TRY_NEW(segment = arena_alloc(arena, (2 * (size_t)count + 1) * sizeof *segment));
    total = segment + count;
    count = 0;
    for (const struct sum_part *at = first; at; at = at->next, count++) {
        segment[count] = cell_number(at->segment);
        total[count] = cell_number(at->sum);
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
    struct sum_part   *parts = NULL, **end = &parts;
    double             high;
    uint32_t           last = 0;

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
    for (uint32_t i = 0; i < count; i++, end = &(*end)->next) {
        TRY_NEW(*end = ARENA_NEW(tally->arena, struct sum_part));
        **end = (struct sum_part){ .sum = collect_number(&total[i]), .segment = (uint32_t)collect_count(&segment[i]) };
        if (i > 0 && (*end)->segment > last)
            return FAIL_DATA;
        last = (*end)->segment;
    }
    sum->parts = merge_parts(sum->parts, parts);
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
