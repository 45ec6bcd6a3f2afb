/* Aggregates over the rows of each combination of some fields: what stats, sistats, tstats and mstats have in common.
 *
 * Rows that are partial results (group/states.h) are merged; with `emits` the result is such rows. */
#pragma once

#include "group/group_table.h"
#include "rows/results.h"

struct grouped_bound {
    struct measures measures;           /* its `by` are the keys */
    bool            single_values;
    bool            emits;              /* partial results come out; */
    uint32_t        rows;               /* with `emits`, the hidden measure that counts rows */
    bool            meets;              /* partial results come in, made by a stage before this one */
    bool            rekeys;             /* grouped_rekey will be called */
};

struct grouped {
    struct op                  *op;
    const struct grouped_bound *bound;
    struct group_table         *table;
    struct partial_fields       partial;
    struct partial_columns      columns;        /* with `emits`, while the result is made */
    const struct name         **by;
    struct column             **key;            /* of the batch at hand */
    uint32_t                    bys;
    const struct name          *time;
    uint64_t                    base;           /* row of the result that is the first group at hand */
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
/* Groups become fewer, as group_table_rekey has it: `map` fills in all keys. */
status grouped_rekey(struct grouped *grouped, group_map map, void *host, bool lazily);
status grouped_finish(struct grouped *grouped);
void   grouped_close(struct grouped *grouped);
