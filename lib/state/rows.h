/* Rows held back from a stream, to be put out later in any order.
 *
 * Rows are numbered from 0 in the order they were added. What is added is retained, not copied; but where few rows
 * would keep much memory alive (a survivor or two of each block), they are soon copied together and the blocks let go.
 * The store remembers every column that ever came by, also those of rows it has forgotten, in the order of results.
 * What row_store_gather makes depends on nothing else and outlives the store.
 * Threads: one at a time. All memory is the heap's, so the limit of the run holds. */
#pragma once

#include "batch/layout.h"

struct kept_rows {
    struct batch   *batch;
    const uint64_t *ordinal;        /* of each row of a copied batch, in the batch's arena; NULL: batch->ordinal + row */
    uint32_t        first;          /* number of its first row in the store */
};

struct kept_column {
    const struct name *name;
    uint32_t           rank;
    uint64_t           ordinal;     /* the row in which it first appeared, */
    uint32_t           place;       /* and where in it: field_place */
};

struct row_place {
    uint32_t kept, row;             /* which batch, which row of its columns */
};

struct row_store {
    struct heap        *heap;
    struct kept_rows   *kept;
    uint32_t            count, capacity;        /* of `kept` */
    uint32_t            rows;
    struct kept_column *column;
    uint32_t            columns, column_capacity;
    uint32_t           *position;               /* by name->number: place in `column` + 1 */
    uint32_t            positions;
    bool                merged;                 /* rows are no longer in input order: see row_store_ordinal */
    uint32_t            settled;                /* so many of `kept` will not be looked at for copying again */
    size_t              pinned;                 /* bytes that the others keep alive, roughly */
    const struct block *newest;

    bool                sealed;                 /* the rest is up to date */
    struct row_place   *place;                  /* of each row */
    uint32_t            place_capacity;
    struct layout       layout;
    struct column     **table;                  /* [kept][column of the layout]; NULL: absent there */
    size_t              table_size;
};

void   row_store_init(struct row_store *store, struct heap *heap);
void   row_store_free(struct row_store *store);

/* Forgets all rows; what is known of columns stays. */
void   row_store_clear(struct row_store *store);

/* The batch's selected rows become the newest. FAIL_MEMORY also past 2^32 - 2 rows. */
status row_store_add(struct row_store *store, struct batch *batch);
/* The same with all texts decoded, for row_store_cell. */
status row_store_add_decoded(struct row_store *store, struct batch *batch);
/* Only notes the batch's columns. */
status row_store_see(struct row_store *store, const struct batch *batch);
/* Notes the columns of another store, in the places where they first appeared. */
status row_store_learn(struct row_store *store, const struct row_store *from);
/* Takes all rows of `from`, which is empty afterwards; they are numbered after those that are here. */
status row_store_merge(struct row_store *store, struct row_store *from);

/* Forgets leading rows, but never one of the last `least`; what stays is numbered from 0 again. */
void   row_store_trim(struct row_store *store, uint32_t least);
/* Forgets all rows but the `count` given (ascending), which become 0, 1, 2 ... */
status row_store_keep(struct row_store *store, const uint32_t *row, uint32_t count);

/* To be called before the following ones, and again when rows were added. */
status row_store_seal(struct row_store *store);

static inline struct column *row_store_column(const struct row_store *store, uint32_t kept, uint32_t column)
{
    return store->table[(size_t)kept * store->layout.count + column];
}

/* A value of a sealed store; null also where there is no such column (-1). */
static inline struct cell row_store_cell(const struct row_store *store, uint32_t row, int64_t column)
{
    const struct row_place *place = &store->place[row];
    const struct column    *source = column < 0 ? NULL : row_store_column(store, place->kept, (uint32_t)column);
    return source ? column_cell(source, place->row) : cell_null();
}

/* Place of a row in the whole input. */
static inline uint64_t row_store_ordinal(const struct row_store *store, uint32_t row)
{
    const struct row_place *place = &store->place[row];
    const struct kept_rows *kept = &store->kept[place->kept];
    return kept->ordinal ? kept->ordinal[place->row] : kept->batch->ordinal + place->row;
}

/* A new batch of these rows in this order, all its columns those of the layout. `row` NULL: from row number `from` on. */
status row_store_gather(struct row_store *store, const uint32_t *row, uint32_t from, uint32_t count,
                        struct batch **out);
