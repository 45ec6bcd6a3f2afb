/* Aggregates that move along with the rows: the engine of streamstats (reporting 4.3).
 *
 * Without a window a state of each group takes in row after row. With one the rows in it are kept, those of a group in a
 * chain; counts, and sums of whole numbers, follow by adding and subtracting, which is exact; min and max have the rows
 * that can still become it at hand; everything else is computed anew from the rows of the window, which are not many
 * (limit.streamstats.window), so that no rounding error builds up.
 * Always true: a result is that of stats over the rows in sight, in their order. */
#pragma once

#include "group/tallies.h"

struct running_row;

struct running_extreme {                    /* the smallest values of a window, or the largest */
    struct running_candidate {              /* each is before all values of later rows; in the order of rows */
        const struct running_row *row;
        const struct cell        *cell;     /* in the row's block */
    } *item;
    uint32_t room, from, count;
};

struct running_slide {                      /* of one argument in one group's window */
    uint64_t values, numbers, inexact;      /* inexact: numbers that `sum` leaves out, as it might have to round */
    double   sum;
    struct running_extreme extreme[2];      /* min, max; only if there is such an aggregate */
};

struct running_group {
    uint64_t              epoch;            /* `slot` is of this epoch, else none */
    uint32_t              slot;             /* without window: its state */
    uint32_t              rows;             /* window: */
    struct running_row   *first, *last;
    struct running_slide *slide;            /* by argument */
    uint32_t              slides;
};

struct running_scratch {                    /* of one argument's values while they are fed */
    struct cell *cell;
    double      *number, *time;
    uint32_t    *group, *entry, *other;
    uint32_t     cells, numbers, times, groups, entries, others;
};

struct running {
    struct tallies         tallies;
    struct arena           states;          /* what states keep */
    struct arena           row;             /* until the next row */
    uint32_t               slots;           /* states in use */
    uint64_t               epoch;
    struct running_group  *group;
    uint32_t               groups;
    uint32_t               window;          /* rows; 0: no window */
    double                 span;            /* seconds; 0: rows alone count */
    bool                   closed;          /* so far away still counts */
    bool                   global;          /* the window is one of all groups' rows */
    bool                   current;         /* the row itself counts */
    uint64_t               serial;          /* of the row, over all groups */
    uint64_t               ordinal;         /* of the next value */
    struct running_row    *oldest, *newest; /* all that is in windows */
    struct column        **column;          /* by argument, of the batch at work; NULL: not there */
    uint8_t               *extremes;        /* by argument: 1 has min, 2 has max */
    uint32_t              *first, *work;    /* by argument: where its works are in `work`, by their numbers */
    const double          *time;            /* by row of it; NULL: nobody wants it */
    bool                   timed;
    struct running_scratch scratch;
};

/* Set window, span, global and current before the first row. The measures have no sparklines. */
status running_init(struct running *running, const struct measures *measures, struct context *context,
                    struct arena *arena);
void   running_free(struct running *running);

/* The batch whose rows come next; `step` lives until its last one. */
status running_batch(struct running *running, struct batch *in, struct arena *step);

/* A row of the groups given (none: it only takes its place in a global window). out[i]: what tallies.work[i] tells of
 * the first group; it lives in `arena`. */
status running_next(struct running *running, uint32_t row, const uint32_t *group, uint32_t count, struct arena *arena,
                    struct cell *out);

/* Nothing has been seen yet. */
void   running_clear(struct running *running);
