/* What a stats function IS: a handful of verbs over states of fixed size.
 *
 * States of one aggregate lie in one array, `size` bytes each, zeroed. Groups are numbered densely. Whoever
 * runs aggregates (group/tallies.h) prepares the values of an argument once for all aggregates over it and
 * hands them over as a feed: plain arrays, one entry a value, nulls gone, multivalues taken apart. So an
 * update is a loop over arrays.
 *
 * The answer never depends on how the input was divided: whatever is sensitive to order goes by ordinal or by
 * segment (aggregate/README.md). `save` and `load` speak cells, so that partial results are ordinary columns:
 * that one form serves spilling, prestats and distribution. */
#pragma once

#include "base/compiler.h"
#include "batch/column.h"
#include "catalog/context.h"

struct distinct;            /* state/distinct.h */
struct interner;            /* state/interner.h */

/* What an aggregate looks at, besides `count` and `group`, which every feed has. */
enum {
    FEED_CELLS    = 1,      /* cell */
    /* number, number_group, number_entry, other_entry; comes with the cells if FEED_CELLS */
    FEED_NUMBERS  = 2,
    FEED_ROWS     = 4,      /* row, ordinal: where entries stood in the input */
    FEED_TIME     = 8,      /* time */
    FEED_DISTINCT = 16,     /* tally->distinct, which takes the values in by itself */
    FEED_LINKS    = 32,     /* distinct with the values of each group in a chain */
    FEED_COUNTS   = 64,     /* distinct with the number of times each value occurred in its group */
    FEED_SERIES   = 128     /* series, whose texts are in tally->series; only mstats has them */
};

/* The values of one argument in one batch, in the order of the rows. Dead after the push. */
struct feed {
    uint32_t           count;           /* entries */
    const uint32_t    *group;           /* by entry; NULL: all in group 0 */
    const struct cell *cell;            /* by entry: text or number, decoded */
    const uint32_t    *row;             /* by entry, its row of the batch; NULL: entry i is row i */
    const double      *time;            /* by entry: _time, NaN where the row has none */
    const uint32_t    *series;          /* by row of the batch: the time series it is a point of, a code in tally->series */

    uint32_t           numbers;         /* those entries that are numeric (reporting 1.1); finite, always */
    const double      *number;          /* by number */
    const uint32_t    *number_group;    /* by number; NULL: all in group 0 */
    const uint32_t    *number_entry;    /* by number, which entry; NULL: number i is entry i */
    uint32_t           others;          /* entries that are not */
    const uint32_t    *other_entry;

    uint64_t           ordinal;         /* of row 0 */
    uint32_t           segment;         /* order-sensitive sums restart when it changes */
};

struct tally {                          /* one aggregate at work in one operator */
    const struct aggregate *aggregate;
    struct context         *context;
    struct arena           *arena;      /* for what states keep; lives as long as the states */
    double                  percent;    /* percentiles: 0..100 */
    char                   *state;      /* array of states */
    uint32_t                groups;     /* in use */
    struct distinct        *distinct;   /* the values of the argument, shared by all tallies over it */
    struct interner        *series;     /* FEED_SERIES: the time series met so far, shared by all who take them */
    bool                    parted;     /* sums keep the parts they come in: states of other instances will be merged */
    /* groups will be merged into others: then it does not matter in which order, see aggregate/segments.h */
    bool                    pooled;
    bool                    told;       /* that a limit took values away: it is told once */
    bool                    exact;      /* the same for single numbers: segments are of no account */
    bool                    leaving;    /* `save` leaves open what is, see `settle`: more of it may follow what is loaded */
    /* what is saved and loaded are partial results: they are told without a trace of how the input was cut, or who has
     * counted what of it, and what comes in is of no segment of the input */
    bool                    partial;
    uint64_t                holder;     /* while partial results are loaded: the ordinal of the row that they came in */
};

enum { AGGREGATE_PARTS = 6 };           /* most */

struct aggregate {
    const char *name;
    const char *aliases[3];
    const char *usage, *summary;
    uint32_t    size;
    uint32_t    takes;                  /* FEED_* */
    /* only numeric values count: gives no column for a field that never had one */
    bool        numeric;
    bool        counts;                 /* has a value over no input (0) */
    bool        percent;                /* the name ends in a percentile: perc95 */
    bool        bare;                   /* may stand without an argument */
    /* a rate over bins of time: seconds of its unit; timechart only. 0: none */
    double      per;
    bool        picks;                  /* of the distinct values of a group it wants the most frequent one only */
    bool        joint;                  /* the value of a group depends on other groups: all must be there at once */

    /* NULL: tally->distinct is all there is */
    status (*update)(struct tally *tally, const struct feed *feed);
    /* All groups of `from` at once: group g goes to group[g], UINT32_MAX: dropped. Several may go to one.
     * tally->distinct has been merged already. NULL: nothing else to do. */
    status (*merge)(struct tally *into, struct tally *from, const uint32_t *group);
    /* Where numbers are added from left to right in each segment: what is open of a group is complete, whatever comes next
     * is another part. NULL: the state does not depend on segments. */
    status (*settle)(struct tally *tally, uint32_t group);
    /* Null when there is nothing to tell. Text and lists live in `arena` or as long as the states. May be
     * asked again. */
    status (*finish)(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out);
    void   (*close)(struct tally *tally);               /* frees what states hold outside the arena; NULL: nothing */
    /* A partial state as cells that may be stored in fields: no Booleans, numbers of at most 53 bits. Saving
     * may complete what is open in the state. States without `update` are in tally->distinct and saved once
     * an argument, by any of the aggregates over it. `load` takes what `save` made; as that may have been
     * outside of this process, it trusts nothing: FAIL_DATA. */
    uint8_t     parts;                  /* cells of a saved state */
    const char *state;                  /* what the saved state is called, if others have the same; NULL: `name` */
    const char *part[AGGREGATE_PARTS];  /* their names */
    status (*save)(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part);
    /* merges into the group */
    status (*load)(struct tally *tally, uint32_t group, const struct cell *part);

    struct { const char *query, *input, *output; } example;
};

/* States of many groups lie far apart: ask for that of entry i + 12 while entry i is at work. */
static inline void tally_ahead(const char *state, size_t size, const uint32_t *group, uint32_t i,
                               uint32_t count)
{
    if (group && i + 12 < count)
        PREFETCH(state + group[i + 12] * size);
}

static inline void tally_fetch(const struct tally *tally, uint32_t group)
{
    PREFETCH(tally->state + (size_t)group * tally->aggregate->size);
}

static inline void *tally_state(const struct tally *tally, uint32_t group)
{
    return tally->state + (size_t)group * tally->aggregate->size;
}
