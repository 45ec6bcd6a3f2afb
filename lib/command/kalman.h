/* Forecasts by structural time series models: what predict computes with.
 *
 * A model is a hidden state that moves with Gaussian noise and is observed with Gaussian noise; the Kalman filter follows
 * it (Harvey, "Forecasting, Structural Time Series Models and the Kalman Filter", 1989). Noise variances are those of
 * maximum likelihood, found by a grid and golden sections, so always the same. States begin unknown: the first values
 * settle them exactly, and there is no prediction before.
 *
 * Values are one after the other, NaN where one is missing. A forecast is, for each place, what the values before it
 * let expect there, and the variance of that (the noise of observation included). */
#pragma once

#include "flow/run.h"

struct forecast {
    double  *mean, *variance;           /* NaN: no prediction */
    uint32_t count;                     /* places; those behind the values used are the future */
};

/* The first `used` values count. Forecasts are allocated in `arena` for `count` places. */
status forecast_new(struct forecast *forecast, uint32_t count, struct arena *arena);

/* y(t) = level(t) + noise, level(t) = level(t - period) + noise. Period 1: local level; else each phase of the season
 * has its level, and all share the variances. */
status forecast_levels(const double *value, uint32_t used, uint32_t period, struct run *run, struct arena *arena,
                       struct forecast *out);
/* y(t) = level(t) + noise, level(t) = level(t - 1) + slope(t - 1) + noise, slope(t) = slope(t - 1) + noise. */
status forecast_trend(const double *value, uint32_t used, struct run *run, struct forecast *out);
/* Two local levels whose noises are correlated: variances of each alone, then the two correlations. */
status forecast_pair(const double *const value[2], const uint32_t used[2], struct run *run, struct arena *arena,
                     struct forecast out[2]);
/* Of two forecasts of one series the average, weighted by how small their squared errors were. */
void   forecast_blend(const double *value, uint32_t used, const struct forecast *other, struct forecast *into);

/* The period of the values, 0 if there is none: the first peak of the autocorrelation that comes near the highest one,
 * once a straight line is taken away; it must be above 0.3 and above what noise would have. */
status find_period(const double *value, uint32_t used, uint32_t longest, struct run *run, struct arena *arena,
                   uint32_t *period);

/* So many standard deviations hold `percent` of a normal distribution in their midst. */
double normal_width(double percent);
