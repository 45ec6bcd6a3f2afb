/* Rows by one key that is a number in all of them, as most numbers of logs are: whole, or with a few decimals. Key and row
 * number then fit into 64 bits together, and little moves while the digits are sorted.
 *
 * The order is that of sort_value: nulls last, 0 and -0 tie, and rows that tie stay in the order they came in. */
#pragma once

#include "state/rows.h"

struct sort_packing {
    const struct row_store *store;
    uint32_t                column;     /* of the layout: ENCODING_NUMBER in every batch */
    bool                    descending;
    double                  factor;     /* makes whole numbers of all */
    int64_t                 least, most;
    uint32_t                row_bits, bits;     /* of a row number, and of a key, above it */
};

/* Can the keys of these rows be packed? */
bool sort_packing_of(const struct row_store *store, uint32_t column, bool descending, const uint32_t *order, uint32_t count,
                     struct sort_packing *out);

/* Sorts order[0..count) with the help of two arrays of as many elements each; returns that of them which has the sorted
 * rows: see sort_packed_ties. */
const uint64_t *sort_packed(const struct sort_packing *packing, uint32_t *order, uint32_t count, uint64_t *item,
                            uint64_t *spare);

static inline bool sort_packed_ties(const struct sort_packing *packing, uint64_t a, uint64_t b)
{
    return (a ^ b) >> packing->row_bits == 0;
}
