/* Fields of numbers made row after row from the numbers of another field: delta, accum, trendline.
 *
 * A row without a number takes no part: nothing is remembered of it, and it keeps what the new field had before. Of a
 * multivalue the first value counts. */
#pragma once

#include "plan/bind.h"

struct series {                             /* one of them at work */
    uint32_t  period;
    uint64_t  count;                        /* numbers so far */
    double   *ring;                         /* the latest `period`; that of place i in ring[i % period] */
    uint32_t  room;
    uint32_t  inexact;                      /* of those in the ring; while 0, the sums are exact */
    double    sum, weighted;                /* of the others in the ring */
    double    value;                        /* the latest result, for those who go on from it */
};

struct series_term {
    str      field, name;
    uint32_t period;                        /* numbers to be remembered; 0: none */
    /* The next number, which the ring does not have yet. False: no result. */
    bool   (*next)(struct series *series, double number, double *out);
};

struct series_bound {                       /* stage->bound */
    struct series_term *term;
    uint32_t            count;
};

status series_needs(const struct stage *stage, struct wanted *wanted);
status series_gives(const struct stage *stage, struct wanted *columns);
status series_open(const struct stage *stage, struct run *run, struct op **out);

/* The number `back` before the next one; there must be so many in the ring. */
static inline double series_before(const struct series *series, uint32_t back)
{
    return series->ring[(series->count - back) % series->period];
}

/* Sums of whole numbers up to this size are exact, those weighted with places in the ring as well. */
static inline bool series_is_exact(double number)
{
    return number <= 16777216.0 && number >= -16777216.0 && number == (double)(int32_t)number;
}
