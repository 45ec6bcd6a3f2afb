#include "command/seasons.h"

#include <math.h>

enum { HENDERSON = 6 };                 /* values to either side */

static void fill_gaps(const double *value, uint32_t count, double *filled)
{
    uint32_t last = UINT32_MAX;

    for (uint32_t i = 0; i < count; i++) {
        if (isnan(value[i]))
            continue;
        for (uint32_t j = last == UINT32_MAX ? 0 : last + 1; j < i; j++)
            filled[j] = last == UINT32_MAX ? value[i] : value[last] + (value[i] - value[last]) * (j - last) / (i - last);
        filled[i] = value[i];
        last = i;
    }
    for (uint32_t j = last + 1; j < count; j++)
        filled[j] = value[last];
}

/* Centred, over one period; of an even one the values at either end count half. */
static void average_periods(const double *value, uint32_t count, uint32_t period, double *out)
{
    uint32_t half = period / 2, end = count - 1 - half;

    for (uint32_t i = half; i <= end; i++) {
        double sum = 0;
        for (uint32_t j = i - half; j <= i + half; j++)
            sum += (period % 2 == 0 && (j == i - half || j == i + half)) ? value[j] / 2 : value[j];
        out[i] = sum / period;
    }
    for (uint32_t i = 0; i < half; i++) {
        double ahead = half < end ? out[half + 1] - out[half] : 0, behind = half < end ? out[end] - out[end - 1] : 0;
        out[half - 1 - i] = out[half] - ahead * (i + 1);
        out[end + 1 + i] = out[end] + behind * (i + 1);
    }
}

static double henderson_weight(uint32_t half, uint32_t away)
{
    double h = half + 2.0, h2 = h * h, j2 = (double)away * away;

    return 315 * ((h - 1) * (h - 1) - j2) * (h2 - j2) * ((h + 1) * (h + 1) - j2) * (3 * h2 - 16 - 11 * j2) /
        (8 * h * (h2 - 1) * (4 * h2 - 1) * (4 * h2 - 9) * (4 * h2 - 25));
}

static void filter_henderson(const double *value, uint32_t count, double *out)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t half = i < count - 1 - i ? i : count - 1 - i;

        half = half < HENDERSON ? half : HENDERSON;
        out[i] = half ? henderson_weight(half, 0) * value[i] : value[i];
        for (uint32_t j = 1; j <= half; j++)
            out[i] += henderson_weight(half, j) * (value[i - j] + value[i + j]);
    }
}

/* Of each season by itself: an average of three values (or five) of averages of three. */
static void average_seasons(const double *value, uint32_t count, uint32_t period, uint32_t half, double *out)
{
    for (uint32_t i = 0; i < count; i++) {
        double sum = 0, weights = 0;

        for (uint32_t away = 0; away <= half; away++) {
            double weight = away + 3 > half + 1 ? half + 1 - away : 3;
            if (i + (uint64_t)away * period < count) {
                sum += weight * value[i + away * period];
                weights += weight;
            }
            if (away && i >= (uint64_t)away * period) {
                sum += weight * value[i - away * period];
                weights += weight;
            }
        }
        out[i] = sum / weights;
    }
}

static void take(double *value, const double *from, const double *away, uint32_t count, bool additive)
{
    for (uint32_t i = 0; i < count; i++)
        value[i] = additive ? from[i] - away[i] : away[i] > 0 ? from[i] / away[i] : 1;
}

status seasons_adjust(const double *value, uint32_t count, uint32_t period, bool additive, struct arena *arena, double *out)
{
    double *filled = ARENA_ARRAY(arena, double, count), *trend = ARENA_ARRAY(arena, double, count);
    double *season = ARENA_ARRAY(arena, double, count), *work = ARENA_ARRAY(arena, double, count);

    if (!filled || !trend || !season || !work)
        return FAIL_MEMORY;
    fill_gaps(value, count, filled);
    for (unsigned round = 0; round < 2; round++) {
        if (round == 0) {
            average_periods(filled, count, period, trend);
        } else {
            take(work, filled, season, count, additive);
            filter_henderson(work, count, trend);
        }
        take(work, filled, trend, count, additive);
        average_seasons(work, count, period, round == 0 ? 2 : 3, season);
        average_periods(season, count, period, trend);
        take(season, season, trend, count, additive);
    }
    take(work, filled, season, count, additive);
    for (uint32_t i = 0; i < count; i++)
        out[i] = isnan(value[i]) ? NAN : work[i];
    return OK;
}
