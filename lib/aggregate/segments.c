#include "aggregate/segments.h"

#include "aggregate/collect.h"

#include <math.h>

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

static double *sum_of(const struct part *part) { return &((struct sum_part *)(void *)part)->sum; }

static status make_part(struct tally *tally, uint32_t segment, double sum, struct part **out)
{
    struct sum_part *part = ARENA_NEW(tally->arena, struct sum_part);

    TRY_NEW(part);
    *part = (struct sum_part){ { NULL, segment }, sum };
    *out = &part->part;
    return OK;
}

/* Adds to numbers that stand for their exact sum: they do not overlap, the smallest comes first (Shewchuk). So it does not
 * matter in which order numbers are added. What is beyond all numbers stays so. */
static status add_exactly(struct tally *tally, struct part **list, double number)
{
    struct part **kept = list, *spare = NULL, *at = *list, *next;

    for (; at; at = next) {
        double other = *sum_of(at), sum = number + other, rest;

        next = at->next;
        rest = fabs(number) < fabs(other) ? number - (sum - other) : other - (sum - number);
        if (rest != 0 && isfinite(rest)) {
            *sum_of(at) = rest;
            *kept = at;
            kept = &at->next;
        } else {
            spare = at;
        }
        number = sum;
    }
    if (!spare)
        TRY(make_part(tally, 0, 0, &spare));
    *sum_of(spare) = number;
    spare->next = NULL;
    *kept = spare;
    return OK;
}

status sum_close(struct tally *tally, struct sum *sum)
{
    double part = sum->part;

    sum->part = 0;
    if (add_whole(&sum->whole, part))
        return OK;
    if (tally->parted) {
        struct part *kept;
        if (tally->pooled)
            return add_exactly(tally, &sum->parts, part);
        TRY(make_part(tally, sum->segment, part, &kept));
        parts_insert(&sum->parts, kept);
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

static struct part *merge_sorted(struct part *a, struct part *b, size_t size)
{
    struct part *merged = NULL, **end = &merged;

    while (a || b) {
        bool          first = !b || (a && (a->segment != b->segment ? a->segment > b->segment
                                           : memcmp(a + 1, b + 1, size) >= 0));
        struct part **next = first ? &a : &b;
        *end = *next;
        *next = (*next)->next;
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

/* Bottom-up: lists of 1, 2, 4 ... parts. Equal ones may change places, it cannot be told. */
struct part *parts_sort(struct part *list, size_t size)
{
    struct part *pile[64] = { NULL }, *sorted = NULL;

    while (list) {
        struct part *one = list;
        uint32_t     level = 0;
        list = list->next;
        one->next = NULL;
        for (; pile[level]; pile[level++] = NULL)
            one = merge_sorted(pile[level], one, size);
        pile[level] = one;
    }
    for (uint32_t level = 0; level < COUNT_OF(pile); level++)
        sorted = merge_sorted(pile[level], sorted, size);
    return sorted;
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
        TRY(make_part(tally, from->segment, *sum_of(from), out));
        out = &(*out)->next;
    }
    return OK;
}

static status merge_parts(struct tally *tally, struct part **into, const struct part *from)
{
    struct part *copies;

    for (; tally->pooled && from; from = from->next)
        TRY(add_exactly(tally, into, *sum_of(from)));
    TRY(copy_parts(tally, from, &copies));
    *into = parts_merge(*into, copies);
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
    if (tally->parted)
        return merge_parts(tally, &into->parts, from->parts);
    into->fold += from->fold;
    return OK;
}

/* The exact sum, rounded once; the largest number comes first. */
static double round_exact(const struct part *at)
{
    double sum = at ? *sum_of(at) : 0, rest = 0;

    while (at && at->next && rest == 0) {
        double before = sum, next = *sum_of(at = at->next);
        sum = before + next;
        rest = next - (sum - before);
    }
    /* Half of a unit in the last place was rounded to even: what comes behind decides. */
    if (rest != 0 && isfinite(rest) && at->next && (rest < 0) == (*sum_of(at->next) < 0)) {
        double twice = rest * 2, rounded = sum + twice;
        if (twice == rounded - sum)
            sum = rounded;
    }
    return sum;
}

static double fold_parts(const struct tally *tally, struct part *newest)
{
    struct part *oldest = parts_turn(newest);
    double       fold = 0;

    for (const struct part *at = oldest; !tally->pooled && at; at = at->next)
        fold += *sum_of(at);
    if (tally->pooled)
        fold = round_exact(oldest);
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
        folded.sum = fold_parts(tally, sum->parts);
    first = tally->parted && !tally->one_part ? sum->parts : folded.sum != 0 ? &folded.part : NULL;
    for (const struct part *at = first; at; at = at->next)
        count++;
    TRY_NEW(segment = arena_alloc(arena, (2 * (size_t)count + 1) * sizeof *segment));
    total = segment + count;
    count = 0;
    for (const struct part *at = first; at; at = at->next, count++) {
        segment[count] = cell_number(at->segment);
        total[count] = cell_number(*sum_of(at));
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
        struct part *one;
        if (tally->pooled) {
            TRY(add_exactly(tally, &sum->parts, collect_number(&total[i])));
            continue;
        }
        TRY(make_part(tally, (uint32_t)collect_count(&segment[i]), collect_number(&total[i]), &one));
        TRY(parts_append(&parts, &last, one));
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
        fold = fold_parts(tally, sum->parts);
        whole = sum->whole;
    } else {
        fold = sum->fold;
        if (!add_whole(&whole, sum->part))
            fold += sum->part;
    }
    *total = fold == 0 ? (double)whole : whole == 0 ? fold : (double)whole + fold;
    return OK;
}
