#include "command/kalman.h"

#include <math.h>

/* Missing values on straight lines between their neighbours; those at the ends are left out. */
static uint32_t fill_gaps(const double *value, uint32_t used, double *filled)
{
    uint32_t count = 0, last = UINT32_MAX;

    for (uint32_t i = 0; i < used; i++) {
        if (isnan(value[i]))
            continue;
        for (uint32_t j = last; last != UINT32_MAX && ++j < i;)
            filled[count++] = value[last] + (value[i] - value[last]) * (j - last) / (i - last);
        filled[count++] = value[i];
        last = i;
    }
    return count;
}

/* Least squares. */
static void take_line_away(double *value, uint32_t count)
{
    double middle = (count - 1) / 2.0, mean = 0, products = 0, squares = 0;

    for (uint32_t i = 0; i < count; i++)
        mean += value[i];
    mean /= count;
    for (uint32_t i = 0; i < count; i++) {
        products += (i - middle) * (value[i] - mean);
        squares += (i - middle) * (i - middle);
    }
    for (uint32_t i = 0; i < count; i++)
        value[i] -= mean + products / squares * (i - middle);
}

/* The correlation of the values with those `lag` later. */
static double correlation(const double *value, uint32_t count, uint32_t lag)
{
    double products = 0, early = 0, late = 0;

    for (uint32_t i = 0; i + lag < count; i++) {
        products += value[i] * value[i + lag];
        early += value[i] * value[i];
        late += value[i + lag] * value[i + lag];
    }
    return early > 0 && late > 0 ? products / sqrt(early * late) : 0;
}

static bool is_peak(const double *related, uint32_t lag)
{
    return related[lag] >= related[lag - 1] && related[lag] >= related[lag + 1];
}

status find_period(const double *value, uint32_t used, uint32_t longest, struct run *run, struct arena *arena,
                   uint32_t *period)
{
    double  *filled = ARENA_ARRAY(arena, double, used + (size_t)1), *related, highest = 0;
    uint32_t count, most;

    *period = 0;
    TRY_NEW(filled);
    count = fill_gaps(value, used, filled);
    most = count / 2 < longest ? count / 2 : longest;
    TRY_NEW(related = ARENA_ARRAY(arena, double, most + (size_t)2));
    if (most < 2)
        return OK;
    take_line_away(filled, count);
    for (uint32_t lag = 1; lag <= most + 1; lag++) {
        TRY(run_check(run));
        related[lag] = lag < count ? correlation(filled, count, lag) : 0;
    }
    for (uint32_t lag = 2; lag <= most; lag++)
        if (is_peak(related, lag) && related[lag] > highest)
            highest = related[lag];
    for (uint32_t lag = 2; lag <= most && *period == 0; lag++)
        if (is_peak(related, lag) && related[lag] >= 0.9 * highest && related[lag] > 0.3
            && related[lag] > 1.96 / sqrt(count - lag))
            *period = lag;
    return OK;
}
