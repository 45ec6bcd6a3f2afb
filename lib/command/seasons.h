/* The seasonal part of a series, and what is left without it: the X-11 method in its classical form.
 *
 * A first trend is a moving average over one period; what deviates from it is averaged season by season (3x3) and kept
 * balanced. Without that the trend is taken again by Henderson's filter over 13 values, and the seasons again (3x5). Where
 * an average would reach beyond the ends, the first trend goes on in a straight line, Henderson's filter becomes shorter and
 * the averages of a season have fewer terms. Missing values are on straight lines between their neighbours. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>

enum { SEASON_LEAST = 5, SEASON_MOST = 1000 };

/* value[i] NaN: missing. `period` 2 at least; there are at least two periods of values. `out` gets the adjusted ones, NaN
 * where they are missing. Not `additive`: all are above 0. */
status seasons_adjust(const double *value, uint32_t count, uint32_t period, bool additive, struct arena *arena, double *out);
