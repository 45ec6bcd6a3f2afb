#include "aggregate/exact.h"

#include "aggregate/collect.h"

#include <math.h>

enum {
    ROOM = 12,
    MOST = 48                               /* so many numbers do not overlap */
};

static status make_part(struct arena *arena, double number, struct part **out)
{
    TRY(sum_part_make(arena, 0, number, out));
    (*out)->exact = true;
    return OK;
}

/* Parts that are not needed any more wait in front, as zeros. */
status exact_add(struct arena *arena, struct part **sum, double number)
{
    struct part *kept = NULL, **end = &kept, *spare = NULL, *at = *sum, *next, *last;

    for (; at && at->exact; at = next) {
        double other = *sum_part_of(at), both = number + other;
        double rest = fabs(number) < fabs(other) ? number - (both - other) : other - (both - number);

        next = at->next;
        number = both;
        *sum_part_of(at) = rest != 0 && isfinite(rest) ? rest : 0;
        if (*sum_part_of(at) != 0) {
            *end = at;
            end = &at->next;
        } else {
            at->next = spare;
            spare = at;
        }
    }
    *end = at;
    *sum = kept;
    if ((last = spare))
        spare = spare->next;
    else
        TRY(make_part(arena, 0, &last));
    *sum_part_of(last) = number;
    last->next = at;
    *end = last;
    *sum = kept;
    while ((next = spare)) {
        spare = next->next;
        next->next = *sum;
        *sum = next;
    }
    return OK;
}

status exact_add_all(struct arena *arena, struct part **sum, const struct part *more)
{
    for (; more && more->exact; more = more->next)
        if (*sum_part_of(more) != 0)
            TRY(exact_add(arena, sum, *sum_part_of(more)));
    return OK;
}

/* The largest number comes first. */
static double round_turned(const struct part *at)
{
    double sum = at ? *sum_part_of(at) : 0, rest = 0;

    while (at && at->next && rest == 0) {
        double before = sum, next = *sum_part_of(at = at->next);
        sum = before + next;
        rest = next - (sum - before);
    }
    /* Half of a unit in the last place was rounded to even: what comes behind decides. */
    if (rest != 0 && isfinite(rest) && at->next &&
        (rest > 0 ? *sum_part_of(at->next) > 0 : *sum_part_of(at->next) < 0)) {
        double twice = rest * 2, rounded = sum + twice;
        if (twice == rounded - sum)
            sum = rounded;
    }
    return sum;
}

/* In place: those that are exact, the other way round, in front of `behind`. */
static struct part *turn(struct part *list, struct part *behind)
{
    while (list && list->exact) {
        struct part *next = list->next;
        list->next = behind;
        behind = list;
        list = next;
    }
    return behind;
}

double exact_round(struct part *sum)
{
    struct part *others = *parts_others(&sum), *turned = turn(sum, NULL);
    double       rounded = round_turned(turned);

    turn(turned, others);
    return rounded;
}

/* Zeros to begin with, so that a sum of ordinary numbers needs no memory. */
static void take_room(struct sum_part *room, uint32_t count, struct part **sum)
{
    for (*sum = NULL; count > 0; *sum = &room[count].part)
        room[--count] = (struct sum_part){ { .next = *sum, .exact = true }, 0 };
}

status exact_round_with(struct arena *scratch, const struct part *sum, double number, double *out)
{
    struct sum_part room[ROOM];
    struct part    *all;

    take_room(room, ROOM, &all);
    TRY(exact_add_all(scratch, &all, sum));
    TRY(exact_add(scratch, &all, number));
    *out = exact_round(all);
    return OK;
}

/* Rounded, what this leaves rounded, and so on. */
status exact_tell(struct arena *arena, const struct part *sum, double number, struct cell *out)
{
    struct sum_part room[ROOM];
    struct part    *rest;
    struct cell     told[MOST], *cell;
    uint32_t        count = 0;
    double          rounded;

    take_room(room, ROOM, &rest);
    TRY(exact_add_all(arena, &rest, sum));
    TRY(exact_add(arena, &rest, number));
    while (count < MOST && (rounded = exact_round(rest)) != 0) {
        told[count++] = cell_number(rounded);
        if (!isfinite(rounded))
            break;
        TRY(exact_add(arena, &rest, -rounded));
    }
    TRY_NEW(cell = arena_alloc(arena, (count + (size_t)1) * sizeof *cell));
    memcpy(cell, told, count * sizeof *cell);
    *out = collect_cell(cell, count);
    return OK;
}

/* --- moments ------------------------------------------------------------------------------------------------------- */

static status add_product(struct arena *arena, struct part **sum, double a, double b)
{
    double product = a * b, rest = fma(a, b, -product);

    TRY(exact_add(arena, sum, product));
    return rest != 0 && isfinite(rest) ? exact_add(arena, sum, rest) : OK;
}

/* a * b * b */
static status add_square(struct arena *arena, struct part **sum, double a, double b)
{
    double square = b * b, rest = fma(b, b, -square);

    TRY(add_product(arena, sum, a, square));
    return isfinite(rest) ? add_product(arena, sum, a, rest) : OK;
}

status exact_moments_add(struct arena *arena, struct exact_moments *moments, double number)
{
    moments->count++;
    TRY(exact_add(arena, &moments->sum, number));
    return add_product(arena, &moments->squares, number, number);
}

status exact_moments_add_all(struct arena *arena, struct exact_moments *moments, const struct exact_moments *more)
{
    moments->count += more->count;
    TRY(exact_add_all(arena, &moments->sum, more->sum));
    return exact_add_all(arena, &moments->squares, more->squares);
}

status exact_moments_merge(struct arena *arena, struct exact_moments *moments, double count, double mean, double square)
{
    moments->count += count;
    TRY(add_product(arena, &moments->sum, count, mean));
    TRY(exact_add(arena, &moments->squares, square));
    return add_square(arena, &moments->squares, count, mean);
}

/* Closer than a quotient of rounded numbers: a second one of what the first leaves. Then *off is what the sum has too
 * much. */
static status find_mean(struct arena *scratch, struct part **off, double count, double *mean)
{
    double first = exact_round(*off) / count;

    TRY(add_product(scratch, off, -count, first));
    *mean = first + exact_round(*off) / count;
    TRY(add_product(scratch, off, count, first));
    return add_product(scratch, off, -count, *mean);
}

/* The mean of the numbers is none that can be said, but one close to it is: differences are taken from that, without an
 * error, and then comes what this makes too much. */
status exact_moments_spread(struct arena *scratch, const struct exact_moments *moments, double *mean, double *out)
{
    struct sum_part room[2][ROOM];
    struct part    *spread, *off;
    double          count = moments->count, error;

    *mean = *out = 0;
    if (count == 0)
        return OK;
    take_room(room[0], ROOM, &spread);
    take_room(room[1], ROOM, &off);
    TRY(exact_add_all(scratch, &off, moments->sum));
    TRY(find_mean(scratch, &off, count, mean));
    TRY(exact_add_all(scratch, &spread, moments->squares));
    for (const struct part *at = moments->sum; at; at = at->next)
        TRY(add_product(scratch, &spread, -2 * *mean, *sum_part_of(at)));
    TRY(add_square(scratch, &spread, count, *mean));
    error = exact_round(off);
    *out = exact_round(spread) - error * error / count;
    *out = isnan(*out) ? INFINITY : *out < 0 ? 0 : *out;
    return OK;
}
