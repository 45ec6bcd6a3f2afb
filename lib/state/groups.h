/* Rows to dense group numbers by the values of some key columns (BY of stats, FIELDS of top, row and column
 * of chart).
 *
 * Keys are told apart by their text. A null in a key drops the row, unless that key keeps nulls; a multivalue
 * puts the row in the group of each of its values, several multivalues in each combination. Groups are
 * numbered in order of first sight. Without keys everything is in group 0, which exists from the beginning.
 * Nothing moves: a group's number and its values stay until groups_clear or groups_free. */
#pragma once

#include "base/compiler.h"
#include "state/interner.h"
#include "state/pairs.h"

enum { GROUP_NONE = UINT32_MAX };

struct group_key {
    struct interner values;
    /* (group by the keys before, code) -> group by this one too; unused in the first */
    struct pairs    pairs;
    bool            keeps_null;
    uint32_t       *mark;               /* by code: the list it was last seen in (single_values) */
    uint32_t        marks;
};

struct groups {
    struct heap      *heap;
    struct group_key *key;
    uint32_t          keys;
    bool              single_values;    /* repeated values of one multivalue count once (dedup_splitvals) */
    uint32_t          list;             /* number of the latest list */
};

/* The rows of a batch that belong to groups: entries. One row may have several. Lives in the arena given. */
struct grouping {
    uint32_t        count;
    const uint32_t *row;                /* by entry, ascending; NULL: entry i is row i */
    const uint32_t *group;              /* by entry; NULL: all in group 0 */
};

status   groups_init(struct groups *groups, struct heap *heap, uint32_t keys);
void     groups_free(struct groups *groups);
uint32_t groups_count(const struct groups *groups);

/* `key`: the decoded key columns; NULL for a column that the batch lacks. */
status   groups_assign(struct groups *groups, const struct column *const *key, const struct rows *rows,
                       struct arena *arena, struct grouping *out);

/* Another table's groups, made here as well: group[his] = ours. Both have the same keys. */
status   groups_merge(struct groups *into, const struct groups *from, uint32_t *group);

/* Bytes that taking in `more` rows, and groups_sort then, may ask for at once. */
size_t   groups_growth(const struct groups *groups, uint32_t more);

/* No groups any more; their memory is given back. */
void     groups_clear(struct groups *groups);

/* The number of the group that has these codes; made if it is new. */
status   groups_number(struct groups *groups, const uint32_t *code, uint32_t *group);
/* The same for values, nulls among them, each of which becomes known. */
status   groups_make(struct groups *groups, const struct cell *value, uint32_t *group);

/* The same, but GROUP_NONE if there is none; nothing is made. Codes are of values that are known. */
uint32_t groups_find(const struct groups *groups, const uint32_t *code);

/* Which value of a key a group has. */
uint32_t groups_code(const struct groups *groups, uint32_t group, uint32_t key);

static inline struct cell groups_cell(const struct groups *groups, uint32_t group, uint32_t key)
{
    return groups->key[key].values.cell[groups_code(groups, group, key)];
}

/* The group's values will be asked for soon. */
static inline void groups_fetch(const struct groups *groups, uint32_t group)
{
    if (groups->keys > 1)
        PREFETCH(&groups->key[groups->keys - 1].pairs.key[group]);
    else if (groups->keys == 1)
        PREFETCH(&groups->key[0].values.cell[group]);
}

/* The order of a key: bit `key` of `natural` says NATURAL, else it is BYTE. With GROUPS_BINS the first key holds labels
 * of bins. */
#define GROUPS_BINS ((uint32_t)1 << 31)
static inline enum interner_order groups_order(uint32_t natural, uint32_t key)
{
    return key == 0 && (natural & GROUPS_BINS) ? ORDER_BINS : key < 31 && (natural >> key & 1) ? ORDER_NATURAL : ORDER_BYTE;
}

/* The groups in the order of their values, the first key most significant, as groups_order has it. The array
 * is the caller's to free: groups_count() numbers from the groups' heap. */
status   groups_sort(const struct groups *groups, uint32_t natural, uint32_t **order);
