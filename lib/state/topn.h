/* The first rows of a stream by sort keys: what `sort 100` keeps.
 *
 * Once it is full, a row is compared by 64 bits of its first key with the worst row kept before anything else of it is
 * looked at; only rows that get in are retained, at the end of their batch. Rows that tie go by input order.
 * Instances may each see a part of the batches and be merged: the result is that of one that saw all. */
#pragma once

#include "state/rows.h"
#include "state/sort_value.h"

struct top_row {
    uint64_t mark;                  /* sort_value_mark of the first key */
    uint64_t arrival, ordinal;      /* these decide between rows that tie */
    uint32_t slot;
};

struct top_slot {
    uint32_t row;                   /* number in the store */
    uint32_t fresh;                 /* 1 + row of the batch that is being looked at, 0: in the store already */
};

struct top_key {
    struct sort_value value;
    char             *text;         /* memory of value.text */
    uint32_t          room;
};

struct topn {
    struct heap          *heap;
    const struct sort_by *by;       /* borrowed */
    uint32_t              keys, most;
    bool                  merged;   /* rows of several instances: ordinals count, not the order of arrival */
    uint64_t              seen;
    struct top_row       *top;      /* `count` of them, a heap with the worst row first */
    uint32_t              count, top_room;
    struct top_slot      *slot;     /* as many */
    uint32_t              slot_room;
    struct top_key       *key;      /* [slot][key] */
    uint32_t              key_room;
    struct sort_value    *offered;  /* key values of the row that is being looked at */
    char                 *rooms;    /* for their texts */
    struct row_store      store;    /* the rows kept, and some that were pushed out */
};

/* most > 0, keys > 0 */
status topn_init(struct topn *topn, struct heap *heap, const struct sort_by *by, uint32_t keys, uint32_t most);
void   topn_free(struct topn *topn);
status topn_add(struct topn *topn, struct batch *batch, struct arena *step);
status topn_merge(struct topn *topn, struct topn *from);        /* `from` is empty afterwards */
/* Row numbers of topn->store, the first one first, topn->count of them; from `arena`. Add no more afterwards. */
status topn_order(struct topn *topn, struct arena *arena, uint32_t **order);
