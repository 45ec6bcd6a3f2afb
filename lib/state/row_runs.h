/* Rows of a store put aside on disk in runs, each in some order, to come back run after run or merged by sort keys.
 *
 * The store stays what knows the columns and their order (state/rows.h): only its rows go. Rows that come back are those
 * that went, in batches as row_store_gather makes them, with the columns of the store's layout. */
#pragma once

#include "state/merge.h"
#include "state/record.h"
#include "state/rows.h"
#include "state/sort_value.h"

struct row_runs {
    struct heap       *heap;
    const char        *folder;          /* borrowed */
    struct diag       *diag;
    struct spool     **spool;           /* our own first; then those of merged instances */
    uint32_t           spools, spool_room;
    struct record_run *run;
    uint32_t           count, room;
    uint64_t           rows;            /* in all runs */
    size_t             piece;           /* bytes that a run which is read has in memory */
};

void   row_runs_init(struct row_runs *runs, struct heap *heap, const char *folder, struct diag *diag);
void   row_runs_free(struct row_runs *runs);

/* A new run: `count` rows of the store, by `order` (NULL: from row 0 on). The store keeps them. */
status row_runs_put(struct row_runs *runs, struct row_store *store, const uint32_t *order, uint32_t count);
/* Takes over the runs of `from`, behind ours; `from` is empty afterwards. */
status row_runs_merge(struct row_runs *runs, struct row_runs *from);
/* The last run becomes the first, and so on. */
void   row_runs_turn(struct row_runs *runs);

struct row_order {
    const struct sort_by *by;           /* borrowed */
    uint32_t              keys;         /* 0: run after run */
    bool                  by_ordinal;   /* rows that tie go by their place in the input before they go by run */
};

struct row_source {                     /* a run being read */
    struct record_reader reader;
    struct arena         lists;         /* of the row at hand */
    uint64_t             ordinal;
    struct cell         *cell;          /* the row at hand, by column of the layout */
    struct sort_value   *value;         /* by key */
    char                *texts;         /* room for texts of numbers, by key */
};

struct row_merge {
    struct row_runs    *runs;
    struct row_order    order;
    struct layout       layout;         /* of the rows: the store's, once it is sealed */
    struct arena        arena;
    int64_t            *key;            /* columns of the keys */
    struct row_source  *source;
    uint32_t            sources, next;  /* keys 0: run that is opened next */
    struct merge        merge;
};

/* Reads what has been put so far; seals the store, which may be freed afterwards. Without keys one run is open at a time;
 * with keys all are, after some have been merged on disk if there are many. */
status row_merge_open(struct row_merge *merge, struct row_runs *runs, struct row_store *store, struct row_order order);
void   row_merge_free(struct row_merge *merge);
/* The next rows, at most `most`. DONE: there are no more. */
status row_merge_next(struct row_merge *merge, uint32_t most, struct batch **out);
