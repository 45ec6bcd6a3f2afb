/* The order of all rows of a store by sort keys; stable.
 *
 * Keys become integers that are sorted by digits (11 bits at a time, digits that are the same everywhere skipped);
 * only rows that tie are looked at again, eight bytes of text or one key further on. What takes long asks `check` now and
 * then whether to go on. */
#pragma once

#include "state/rows.h"
#include "state/sort_value.h"

struct sort_check {
    status (*go_on)(void *host);        /* NULL: never asked */
    void    *host;
};

/* *order gets store->rows row numbers, to be freed by the caller (heap_free of store->rows * 4 bytes). Seals the store.
 * Rows that tie stand in input order. */
status sorter_order(struct row_store *store, const struct sort_by *key, uint32_t keys, struct sort_check check,
                    uint32_t **order);
