/* Groups of rows with the states of some aggregates: what all commands that group are built on.
 *
 * Rows are counted, tables of other instances and partial results are merged; then the groups are read in the order of
 * their values, as often as it takes, some at a time: those at hand are in `groups` and `tallies`, their numbers in
 * `order`. Where memory is short, groups wait on disk in between (group/group_runs.h): whoever reads sees no difference,
 * but that he gets a few thousand at a time, and that what is at hand dies with the next ones.
 * Groups can be turned into other, fewer ones: group_table_pour, group_table_rekey. Nobody need mind in which order they
 * are merged: where the tables are `pooled`, sums of fractions do not depend on it (aggregate/segments.h). */
#pragma once

#include "group/group_runs.h"
#include "group/states.h"

struct group_shape {
    const struct measures *measures;
    uint32_t               keys;
    uint32_t               natural;         /* the order of the keys: groups_order */
    uint32_t               keeps_null;      /* bits: keys in which null is a value */
    bool                   single_values;   /* struct groups */
    bool                   pooled;          /* groups will be merged into others */
    bool                   amended;         /* rows are added to groups that came back */
    bool                   whole;           /* distinct values are asked for even where aggregates only count them */
};

struct group_table {
    struct op          *op;
    struct group_shape  shape;
    struct groups       groups;
    struct tallies      tallies;
    struct states       states;
    struct group_runs   runs;
    struct group_table *older;              /* it was rekeyed in part: tables of those runs */

    uint32_t           *order;              /* the groups at hand, in the order of their values */
    uint32_t            count, room;
    bool                sorted;             /* `order` is that of all groups */

    /* Private: of reading. */
    bool                ended;              /* there are none behind those at hand */
    struct arena        texts;
    struct cell        *before;             /* keys of the group before those at hand; NULL: they are the first */
};

/* In op->arena. Harmless to close what was not opened, or NULL. */
status group_table_open(struct op *op, const struct group_shape *shape, struct group_table **out);
void   group_table_close(struct group_table *table);

static inline bool group_table_is_aside(const struct group_table *table) { return table->runs.count > 0; }

/* The groups of some rows of `in`, as groups_assign has it. Their states exist. */
status group_table_assign(struct group_table *table, const struct column *const *key, struct batch *in,
                          const struct rows *rows, struct arena *step, struct grouping *out);
/* The group with these values, none of them null; its states exist. */
status group_table_make(struct group_table *table, const struct cell *key, uint32_t *group);
status group_table_push(struct group_table *table, struct batch *in, const struct grouping *grouping, struct arena *step);
/* For those to whom the numbers of groups mean something: before group_table_assign all of them go to disk (in NULL: after
 * the last row); and will group_table_assign do so? */
status group_table_put_aside(struct group_table *table, const struct batch *in);
static inline bool group_table_is_pressed(const struct group_table *table, const struct batch *in)
{
    return group_runs_are_pressed(&table->runs, in);
}
/* After the last row: its groups go to disk if they take up much of the memory, or if those of the other one, which is
 * about to be turned into other groups, had to go there. */
status group_table_yield(struct group_table *table, const struct group_table *other);
/* Takes in what another instance has. */
status group_table_merge(struct group_table *into, struct group_table *from);

/* Reading: from the first group on; OK: there are `count` groups at hand; DONE. */
status group_table_read(struct group_table *table);
status group_table_next(struct group_table *table);

/* The group at order[at] is next: those some places behind it, with their states, are asked for, as they lie far apart. */
static inline void group_table_fetch(const struct group_table *table, uint32_t at)
{
    enum { AHEAD = 16 };

    if (table->count - at <= AHEAD)
        return;
    groups_fetch(&table->groups, table->order[at + AHEAD]);
    for (uint32_t i = 0; i < table->tallies.works; i++)
        tally_fetch(&table->tallies.work[i]->tally, table->order[at + AHEAD]);
}

/* Has the group order[at] the same values in the first `keys` keys as the one that was read before it? */
bool   group_table_follows(const struct group_table *table, uint32_t at, uint32_t keys);

/* Fills in the keys that a group at hand gets; null where it is not kept: the group is dropped. */
typedef status (*group_map)(void *host, const struct group_table *from, uint32_t group, struct cell *key);
/* Merges all groups of `from` into those of another table with the same measures. `from` stays. */
status group_table_pour(struct group_table *into, struct group_table *from, group_map map, void *host);
/* The same into a new one of its shape, in its place. With `lazily` groups on disk stay as they are: to be called once more
 * before anything is read. */
status group_table_rekey(struct group_table **table, group_map map, void *host, bool lazily);

/* A group's value of a key that holds numbers; NaN: it is none. */
double group_table_number(const struct group_table *table, uint32_t group, uint32_t key);
