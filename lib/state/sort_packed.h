/* Rows by one key that is a number in all of them, as most numbers of logs are: whole, or with a few decimals. Key and row
 * number then fit into 64 bits together, and little moves while the digits are sorted.
 *
 * The order is that of sort_value: nulls last, 0 and -0 tie, and rows that tie stay in the order they came in. */
#pragma once

#include "state/rows.h"

struct sort_packing {
    uint32_t  row_bits;             /* of a row number; the key stands above it */
    uint64_t *item;                 /* sorted */
};

/* Sorts order[0..count) by a column of the layout that is ENCODING_NUMBER in every batch, in two arrays of `count` elements;
 * out->item is one of them. False: the keys do not pack, `order` is as it was. */
bool sort_packed(const struct row_store *store, uint32_t column, bool descending, uint32_t *order, uint32_t count,
                 uint64_t *item, uint64_t *spare, struct sort_packing *out);

static inline bool sort_packed_ties(const struct sort_packing *packing, uint32_t i, uint32_t j)
{
    return (packing->item[i] ^ packing->item[j]) >> packing->row_bits == 0;
}
