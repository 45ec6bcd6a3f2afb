#include "aggregate/exact.h"

#include <math.h>

enum { ROOM = 12 };

/* Parts that are not needed any more wait in front, as zeros. */
status exact_add(struct arena *arena, struct part **sum, double number)
{
    struct part *kept = NULL, **end = &kept, *spare = NULL, *next, *last;

    for (struct part *at = *sum; at; at = next) {
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
    *end = NULL;
    *sum = kept;
    if ((last = spare))
        spare = spare->next;
    else
        TRY(sum_part_make(arena, 0, 0, &last));
    *sum_part_of(last) = number;
    last->next = NULL;
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
    for (; more; more = more->next)
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

double exact_round(struct part *sum)
{
    struct part *turned = parts_turn(sum);
    double       rounded = round_turned(turned);

    parts_turn(turned);
    return rounded;
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

/* Zeros to begin with, so that a sum of ordinary numbers needs no memory. */
static void take_room(struct sum_part *room, uint32_t count, struct part **sum)
{
    for (*sum = NULL; count > 0; *sum = &room[count].part)
        room[--count] = (struct sum_part){ { *sum, 0 }, 0 };
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
    *mean = exact_round(off) / count;
    TRY(exact_add_all(scratch, &spread, moments->squares));
    for (const struct part *at = moments->sum; at; at = at->next)
        TRY(add_product(scratch, &spread, -2 * *mean, *sum_part_of(at)));
    TRY(add_square(scratch, &spread, count, *mean));
    TRY(add_product(scratch, &off, -count, *mean));
    error = exact_round(off);
    *out = exact_round(spread) - error * error / count;
    *out = isnan(*out) ? INFINITY : *out < 0 ? 0 : *out;
    return OK;
}
