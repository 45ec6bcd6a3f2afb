/* Aggregates over the rows of each combination of some fields: what stats, sistats, tstats and mstats have in common.
 *
 * Rows that are partial results (command/states.h) are merged; with `emits` the result is such rows. */
#pragma once

#include "command/group_runs.h"
#include "command/results.h"
#include "command/states.h"

struct grouped_bound {
    struct measures measures;           /* its `by` are the keys */
    bool            single_values;
    bool            emits;              /* partial results come out; */
    uint32_t        rows;               /* with `emits`, the hidden measure that counts rows */
    bool            meets;              /* partial results come in, made by a stage before this one */
    bool            rekeys;             /* grouped_rekey will be called: groups are never put aside on disk */
};

struct grouped {
    struct op                  *op;
    const struct grouped_bound *bound;
    struct groups               groups;
    struct tallies              tallies;
    struct states               states;
    struct group_runs           runs;           /* what did not fit into memory */
    struct partial_fields       partial;
    struct partial_columns      columns;        /* with `emits`, while the result is made */
    const struct name         **by;
    struct column             **key;            /* of the batch at hand */
    uint32_t                    bys;
    const struct name          *time;
    uint32_t                   *order;          /* groups, sorted, while the result is made */
    uint32_t                    ordered;
    uint64_t                    base;           /* row of the result that is group order[0] */
    struct tally_work         **column;
    struct results              results;        /* once they are ready */
    bool                        meets, met;     /* partial rows may come; have come */
};

/* Binds the aggregates of `bound`, whose `by` and flags are set. `allowed`: MEASURES_*. */
status grouped_bind(struct binder *binder, struct stage *stage, const struct aggregates *terms, unsigned allowed,
                    struct grouped_bound *bound);
status grouped_needs(const struct grouped_bound *bound, struct wanted *wanted);

status grouped_open(struct grouped *grouped, struct op *op, const struct grouped_bound *bound);
/* `key`, by number of the BY field: a column to go by in place of the field's own, decoded. NULL: none. */
status grouped_push(struct grouped *grouped, struct batch *in, struct column *const *key);
/* Partial results into their groups. */
status grouped_push_partials(struct grouped *grouped, struct batch *in, const struct rows *rows);
status grouped_merge(struct grouped *into, struct grouped *from);
/* Groups become fewer: map tells what becomes of the value of one key. */
status grouped_rekey(struct grouped *grouped, uint32_t key, status (*map)(void *host, struct cell *value), void *host);
status grouped_finish(struct grouped *grouped);
void   grouped_close(struct grouped *grouped);
