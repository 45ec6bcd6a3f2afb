#include "command/results.h"

#include "flow/run.h"

#include <stdlib.h>

/* A column of numbers alone is made one. */
static status pack(struct column *column, uint32_t size, struct arena *arena, struct column **out)
{
    *out = column;
    for (uint32_t i = 0; i < size; i++)
        if (column->cell[i].kind != KIND_NUMBER || column->cell[i].decimals != EXACT)
            return OK;
    TRY_NEW(*out = column_number(arena, size));
    for (uint32_t i = 0; i < size; i++)
        (*out)->number[i] = column->cell[i].number;
    (*out)->soft = (*out)->unsettled = 1;
    return OK;
}

static status make_column(const struct results *results, uint32_t number, uint64_t from, struct batch *batch)
{
    struct arena  *arena = &batch->arena;
    struct column *column = column_cells(arena, batch->size, 0), *packed;
    unsigned       kinds = 0;

    TRY_NEW(column);
    for (uint32_t i = 0; i < batch->size; i++) {
        struct cell *cell = &column->cell[i];
        *cell = cell_null();
        TRY(results->cell(results->host, number, from + i, arena, cell));
        kinds |= KINDS(cell->kind);
        if (cell->kind == KIND_NUMBER)
            cell->flags |= CELL_SOFT;
        if (cell->kind == KIND_NUMBER && !(results->op->context->plain_numbers))
            cell_settle(cell);
    }
    column->kinds = (uint8_t)kinds;
    TRY(pack(column, batch->size, arena, &packed));
    return batch_set(batch, results->name[number], packed,
                     rank_at(results->op->stage->rank, number));
}

static status emit_some(const struct results *results, uint64_t from, uint32_t count)
{
    struct batch *batch = batch_new(results->op->context->heap, count);

    TRY_NEW(batch);
    batch->ordinal = from;
    for (uint32_t i = 0; i < results->columns; i++) {
        status s = make_column(results, i, from, batch);
        if (s != OK) {
            batch_release(batch);
            return s;
        }
    }
    return op_emit(results->op, batch);
}

status results_emit(const struct results *results)
{
    uint32_t most = results->op->run->options.batch_rows ? results->op->run->options.batch_rows : 4096;

    for (uint64_t from = 0; from < results->rows; from += most) {
        uint64_t left = results->rows - from;
        TRY(run_check(results->op->run));
        TRY(emit_some(results, from, left < most ? (uint32_t)left : most));
    }
    return OK;
}
