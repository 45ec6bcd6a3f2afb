/* What a stats function IS: a handful of verbs over states of fixed size.
 *
 * States of one aggregate lie in one array, `size` bytes each, zeroed before `init`. Groups are numbered densely.
 * `merge` is associative; `save` and `load` speak cells, so that partial results are ordinary columns: that one form
 * serves threads, spilling, prestats and distribution. */
#pragma once

#include "batch/column.h"
#include "catalog/context.h"

/* One column of input with the group of each of its rows. */
struct feed {
    const struct column *column;        /* argument; NULL for a bare count */
    const struct column *time;          /* _time as numbers; NULL when the aggregate does not want it */
    struct rows          rows;          /* which rows take part */
    const uint32_t      *group;         /* by place in `rows`; NULL: all in group 0 */
    uint64_t             ordinal;       /* of row 0: first and last go by ordinal, not by arrival */
    uint32_t             segment;       /* order-sensitive sums restart when it changes (see aggregate/README) */
};

struct tally {                          /* one aggregate at work in one operator */
    const struct aggregate *aggregate;
    struct context         *context;
    struct arena           *arena;      /* for what states keep; lives as long as the states */
    double                  percent;    /* percentiles: 0..100 */
    bool                    text_ok;    /* the argument may hold text (min, max) */
    bool                    allnum;
    char                   *state;      /* array of states */
    uint32_t                groups;     /* in use */
    void                   *shared;     /* one per tally, for aggregates that keep one table for all groups (dc, values) */
};

struct aggregate {
    const char *name;
    const char *aliases[3];
    const char *usage, *summary;
    uint32_t    size;
    bool        numeric;                /* only numeric values count; non-numeric ones are ignored */
    bool        timed;                  /* wants feed.time */
    bool        counts;                 /* has a value over no input (0) */
    bool        percent;                /* the name ends in a percentile: perc95 */
    bool        bare;                   /* may stand without an argument */

    status (*open)(struct tally *tally);                        /* optional */
    void   (*init)(struct tally *tally, char *state);           /* optional: zero is fine for most */
    status (*update)(struct tally *tally, const struct feed *feed);
    status (*merge)(struct tally *into, uint32_t group, struct tally *from, uint32_t from_group);
    status (*finish)(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out);
    uint8_t     parts;                  /* cells of a saved state */
    const char *part[6];                /* their names */
    status (*save)(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part);
    status (*load)(struct tally *tally, uint32_t group, const struct cell *part);   /* merges into the group */
    void   (*close)(struct tally *tally);

    struct { const char *query, *input, *output; } example;
};
