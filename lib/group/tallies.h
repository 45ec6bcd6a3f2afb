/* Several aggregates at work over the same groups: the engine of stats, eventstats, chart and timechart.
 *
 * The groups are the caller's (state/groups.h): he says for each batch which rows are in which group. The
 * values of an argument are prepared once for all aggregates over it (group/feeds.h). An aggregate over a
 * wildcard becomes one tally for each field that shows up.
 * All memory is the heap's and the arena's; both must outlive the tallies. */
#pragma once

#include "group/feeds.h"
#include "group/measures.h"
#include "flow/op.h"

struct sparks;                              /* group/sparks.h */

/* The field that tells which time series a data point is of: its metric and dimensions as text (command/points.h). */
#define SERIES_FIELD "_timeseries"

/* Numbers that are not yet added up: see tallies_tear. */
struct late_number {
    double   number;
    uint32_t group;
};

struct argument_values {                    /* one argument of one or more tallies */
    const struct name *field;               /* NULL: rows, or `machine` */
    struct machine    *machine;             /* f(eval(...)) */
    struct tally_work *first;               /* the tallies over it, chained by `next` */
    uint32_t           takes;               /* FEED_* of all of them */
    struct distinct    distinct;            /* when takes & FEED_DISTINCT */
    uint8_t           *spoiled;             /* by group, with allnum: some value is not numeric */
    uint32_t           spoiled_room;
    bool               any_value, any_number;
    bool               settles;             /* some tally over it adds numbers in order: aggregate->settle */
    struct late_number *late;               /* in the order of the rows */
    uint32_t           lates, late_room;
};

struct tally_work {
    struct tally           tally;
    struct argument_values *argument;
    const struct measure  *measure;
    const struct name     *name;            /* of the column */
    struct sparks         *sparks;          /* of a sparkline: it does the work */
    uint32_t               room;            /* states */
    uint32_t               number;          /* for who runs it: running.c, group_runs.c */
    struct tally_work     *next;            /* over the same argument */
};

struct tallies {
    const struct measures   *measures;
    struct context          *context;
    struct heap             *heap;
    struct arena            *arena;
    struct arena            *states;        /* what states keep outside of themselves; `arena` unless changed */
    struct argument_values **argument;
    uint32_t                 arguments, argument_room;
    /* by name->number: number of the argument that has the field, + 1 */
    uint32_t                *of_field;
    uint32_t                 of_field_room;
    struct tally_work      **work;          /* those without wildcards first, in the order of the measures */
    uint32_t                 works, work_room;
    uint32_t                 groups;
    const struct name       *time;          /* _time */
    struct interner         *series;        /* time series by their texts, when some aggregate takes FEED_SERIES */
    uint8_t                 *known;         /* by name->number: wildcards have been matched against it */
    uint32_t                 known_room;
    bool                     wild;
    bool                     parted, pooled, exact; /* of all tallies: struct tally */
    bool                     torn;          /* see tallies_add_late */
    uint32_t                 late_segment;  /* of all numbers that are late */
    uint64_t                 lates;
};

/* The argument over a field, if there is one. */
static inline struct argument_values *tallies_argument(const struct tallies *tallies, const struct name *field)
{
    uint32_t number = field->number < tallies->of_field_room ? tallies->of_field[field->number] : 0;

    return number ? tallies->argument[number - 1] : NULL;
}

/* `parted`: states of others will be merged into these. */
status tallies_init(struct tallies *tallies, const struct measures *measures, struct context *context,
                    struct arena *arena, bool parted);
void   tallies_free(struct tallies *tallies);

/* For those who run the aggregates row by row (command/running.h): wildcards take in the batch's fields. */
status tallies_see(struct tallies *tallies, const struct batch *batch);
/* A field that rows in sight do not have: of a partial state. */
status tallies_see_field(struct tallies *tallies, const struct name *field);
/* The work over a field has a column in the result: wildcards make none for fields without a value. */
bool   tallies_show(const struct tally_work *work);
/* Groups will be merged into others: in whichever order, it gives the same. Before the first row. */
void   tallies_pool(struct tallies *tallies);
/* The same, and it does not matter in which order numbers come: sums know no segments. */
void   tallies_sum_exactly(struct tallies *tallies);

/* States are being saved to be loaded again: what is open stays so. */
void   tallies_leave(struct tallies *tallies, bool leaving);
/* What has been counted of the segment at hand is elsewhere (tallies->torn): numbers that are to be added from left to right
 * are not added but kept, `late`. Whoever brings the parts together adds them where they belong. */
status tallies_add_late(struct tallies *tallies, struct argument_values *argument, const struct feed *feed);
/* The late numbers of an argument by place[their group], of `count` groups; in each group as they came. Heap: lates + 1. */
status tallies_sort_late(const struct tallies *tallies, const struct argument_values *argument, const uint32_t *place,
                         uint32_t count, struct late_number **out);
void   tallies_free_late(struct tallies *tallies);
size_t tallies_late_growth(const struct tallies *tallies, uint32_t more);
/* The first `groups` groups, which are all there are, are gone; what states kept outside of themselves may go as well. */
void   tallies_clear(struct tallies *tallies, uint32_t groups);

/* What states keep outside of themselves goes to `states` from now on; before the first row. */
void   tallies_keep_in(struct tallies *tallies, struct arena *states);
/* No groups any more; their memory is given back, but for what is in the arenas. */
void   tallies_drop(struct tallies *tallies);
/* Bytes that `more` groups may ask for at once, when the tables grow, and what is to be sorted before they are put aside. */
size_t tallies_growth(const struct tallies *tallies, uint32_t more);
/* Distinct values, cells of sparklines and late numbers, of all groups. */
uint64_t tallies_items(const struct tallies *tallies);
/* Makes whatever work another has here, too, and notes what he knows of the arguments. work->number of his: the number of
 * ours. */
status tallies_follow(struct tallies *into, struct tallies *from);

/* Groups below `groups` exist from now on. */
status tallies_reserve(struct tallies *tallies, uint32_t groups);

/* The rows of a batch; `step` is for scratch. */
status tallies_push(struct tallies *tallies, struct batch *batch, const struct grouping *grouping,
                    uint32_t groups,
                    struct arena *step);

enum {                  /* of tallies_merge, to be added */
    MERGE_THREADS = 1,  /* two may share the work */
    MERGE_LAST = 2      /* nothing is counted, merged or saved afterwards; no two of his groups become one */
};

/* Takes in what another has counted: his group g becomes group[g] (GROUP_NONE: dropped). Reserve before.
 * `how`: MERGE_*. */
status tallies_merge(struct tallies *into, struct tallies *from, const uint32_t *group, unsigned how);

/* His work in our terms; made if a wildcard showed it to him alone. The measures are the same, but may be copies. */
status tallies_counterpart(struct tallies *into, const struct tallies *from, const struct tally_work *his,
                           struct tally_work **out);

/* The columns of the result in their order: one a measure, those of a wildcard by name, without those that
 * never had a value. FAIL_DATA: *clash is a column that several fields would fill. In `arena`. */
status tallies_columns(struct tallies *tallies, struct arena *arena, struct tally_work ***column,
                       uint32_t *count,
                       const struct measure **clash);

/* One cell of the result. */
status tallies_cell(struct tallies *tallies, const struct tally_work *work, uint32_t group,
                    struct arena *arena,
                    struct cell *out);

/* Does it have a value over nothing (0)? */
static inline bool tally_counts(const struct tally_work *work)
{
    return work->tally.aggregate->counts && !work->measure->sparkline;
}
