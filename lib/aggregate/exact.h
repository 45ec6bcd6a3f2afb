/* Sums that stay exact until they are rounded in the end: numbers may come in any order, and sums of sums be made of any of
 * them, it gives the same.
 *
 * A sum is a list of struct sum_part that do not overlap, the smallest first (Shewchuk), behind some that are zero; they are
 * marked `exact`, and what is not stands behind them and is left alone. A few are enough for numbers of ordinary size. What
 * is beyond all numbers stays so. */
#pragma once

#include "aggregate/segments.h"

/* Parts live in the arena. */
status exact_add(struct arena *arena, struct part **sum, double number);
status exact_add_all(struct arena *arena, struct part **sum, const struct part *more);
double exact_round(struct part *sum);
/* With one more number. */
status exact_round_with(struct arena *scratch, const struct part *sum, double number, double *out);
/* The one list of numbers that do not overlap which a sum, with one more number, can be told by: the largest first. */
status exact_tell(struct arena *arena, const struct part *sum, double number, struct cell *out);

/* How many numbers, their sum, and that of their squares. Zeroed. */
struct exact_moments {
    double       count;
    struct part *sum, *squares;
};

status exact_moments_add(struct arena *arena, struct exact_moments *moments, double number);
status exact_moments_add_all(struct arena *arena, struct exact_moments *moments, const struct exact_moments *more);
/* So many numbers with this mean, and sum of squared differences from it. */
status exact_moments_merge(struct arena *arena, struct exact_moments *moments, double count, double mean, double square);
/* The mean, and the sum of squared differences from it: to the last digit what came in if that was only one. */
status exact_moments_spread(struct arena *scratch, const struct exact_moments *moments, double *mean, double *out);
