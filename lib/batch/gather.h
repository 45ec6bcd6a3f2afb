/* A column made row by row, in the plainest encoding that holds what comes.
 *
 * Rows must come in ascending order; rows that never come are undefined. */
#pragma once

#include "batch/column.h"

struct gather {
    struct column *out;
    struct arena  *arena;
    uint32_t       size;
};

/* `expected`: KIND_NUMBER or KIND_BOOLEAN to begin with such a column, else cells. */
status gather_open(struct gather *gather, struct column *out, uint32_t size, struct arena *arena,
                   int expected);
status gather_slow(struct gather *gather, uint32_t row, const struct cell *cell);
/* Cells that turned out to be numbers only become a number column. */
status gather_close(struct gather *gather, const struct rows *rows);

/* Where to make the cell of a row so that nothing is copied: in its place, or in `spare`. */
static inline struct cell *gather_slot(struct gather *gather, uint32_t row, struct cell *spare)
{
    return gather->out->encoding == ENCODING_CELLS ? &gather->out->cell[row] : spare;
}

static inline status gather_put(struct gather *gather, uint32_t row, const struct cell *cell)
{
    struct column *out = gather->out;

    if (out->encoding == ENCODING_CELLS) {
        if (cell != &out->cell[row])
            out->cell[row] = *cell;
        out->kinds |= (uint8_t)KINDS(cell->kind);
        return OK;
    }
    if (out->encoding == ENCODING_TRUTH && cell->kind <= KIND_BOOLEAN) {
        out->truth[row] = cell->kind == KIND_NULL ? TRUTH_NULL : (uint8_t)cell->truth;
        return OK;
    }
    if (out->encoding == ENCODING_NUMBER && cell->kind == KIND_NUMBER && cell->decimals == EXACT &&
        !out->decimals) {
        out->number[row] = cell->number;
        return OK;
    }
    return gather_slow(gather, row, cell);
}
