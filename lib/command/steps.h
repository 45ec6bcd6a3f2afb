/* How far apart the rows of a time series are, when nobody has said so: for timewrap and predict.
 *
 * Rows at local midnight are whole days apart, those at the first of the month whole months, all others a number of
 * seconds: the smallest distance between two of them. */
#pragma once

#include "time/relative.h"

struct series_step {
    uint8_t unit;               /* UNIT_SECOND, UNIT_DAY or UNIT_MONTH */
    double  amount;
};

struct series_steps {           /* what has been seen of the times */
    struct zone_view *view;
    uint64_t          count;
    bool              days, months;         /* all of them are at midnight; at the first of a month */
    double            time, day, month;     /* the latest one, as each of these */
    double            seconds, whole_days, whole_months;    /* smallest distances */
};

void   series_steps_begin(struct series_steps *steps, struct zone_view *view);
/* Times come in ascending order; one that came before is passed over. */
void   series_steps_add(struct series_steps *steps, double time);
/* Of fewer than two: a second. */
void   series_steps_end(const struct series_steps *steps, struct series_step *out);

/* The time `steps` after (or before) `from`. */
double series_step_add(const struct series_step *step, struct zone_view *view, double from, int64_t steps);

/* `from` moved by so many units; whole ones. Days and longer by the local calendar. */
double calendar_add(enum time_unit unit, int64_t amount, struct zone_view *view, double from);
