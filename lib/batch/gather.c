#include "batch/gather.h"

status gather_open(struct gather *gather, struct column *out, uint32_t size, struct arena *arena,
                   int expected)
{
    *gather = (struct gather){ .out = out, .arena = arena, .size = size };
    *out = (struct column){ 0 };
    if (expected == KIND_NUMBER) {
        TRY_NEW(out->number = arena_alloc(arena, size * sizeof(double)));
        out->encoding = ENCODING_NUMBER;
    } else if (expected == KIND_BOOLEAN) {
        TRY_NEW(out->truth = arena_alloc(arena, size));
        out->encoding = ENCODING_TRUTH;
    } else {
        TRY_NEW(out->cell = arena_alloc(arena, size * sizeof(struct cell)));
        out->encoding = ENCODING_CELLS;
    }
    return OK;
}

/* What came first does not hold this: everything so far becomes cells. Rows that did not come yet are copied
 * as they are, which does no harm: all they can hold is a number or a truth value. */
static status to_cells(struct gather *gather, uint32_t before)
{
    struct column *out = gather->out, old = *out;
    struct cell   *cell = arena_alloc(gather->arena, gather->size * sizeof *cell);

    TRY_NEW(cell);
    for (uint32_t row = 0; row < before; row++)
        cell[row] = column_cell(&old, row);
    *out = (struct column){ .encoding = ENCODING_CELLS, .kinds = KINDS(KIND_NULL), .cell = cell };
    out->kinds |= old.encoding == ENCODING_NUMBER ? KINDS(KIND_NUMBER) : KINDS(KIND_BOOLEAN);
    return OK;
}

static status put_number(struct gather *gather, uint32_t row, const struct cell *cell)
{
    struct column *out = gather->out;

    if (cell->kind == KIND_NULL) {
        if (!out->null)
            TRY_NEW(out->null = arena_zero(gather->arena, gather->size, 1));
        out->null[row] = 1;
        out->number[row] = 0;
        return OK;
    }
    out->number[row] = cell->number;
    if (cell->decimals != EXACT && !out->decimals) {
        TRY_NEW(out->decimals = arena_alloc(gather->arena, gather->size * sizeof(int16_t)));
        for (uint32_t i = 0; i < gather->size; i++)
            out->decimals[i] = EXACT;
    }
    if (out->decimals)
        out->decimals[row] = cell->decimals;
    return OK;
}

status gather_slow(struct gather *gather, uint32_t row, const struct cell *cell)
{
    if (gather->out->encoding == ENCODING_NUMBER && (cell->kind == KIND_NUMBER || cell->kind == KIND_NULL))
        return put_number(gather, row, cell);
    TRY(to_cells(gather, row));
    return gather_put(gather, row, cell);
}

status gather_close(struct gather *gather, const struct rows *rows)
{
    struct column *out = gather->out, cells = *out;
    struct gather  numbers;

    if (out->encoding != ENCODING_CELLS)
        return OK;
    if (cells.kinds == 0 || cells.kinds == KINDS(KIND_NULL)) {
        *out = (struct column){ .encoding = ENCODING_ABSENT };
        return OK;
    }
    if (cells.kinds & ~(KINDS(KIND_NULL) | KINDS(KIND_NUMBER)))
        return OK;
    /* numbers of fields among others keep their softness as cells */
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct cell *cell = &cells.cell[rows_at(rows, i)];
        if (cell->kind == KIND_NUMBER && (cell->flags & CELL_SOFT))
            return OK;
    }
    TRY(gather_open(&numbers, out, gather->size, gather->arena, KIND_NUMBER));
    for (uint32_t i = 0; i < rows->count; i++)
        TRY(gather_put(&numbers, rows_at(rows, i), &cells.cell[rows_at(rows, i)]));
    return OK;
}
