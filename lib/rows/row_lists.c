#include "rows/row_lists.h"

#include "flow/run.h"
#include "plan/stage.h"
#include "value/list.h"

status row_lists_put(struct row_lists *lists, uint32_t row, str text)
{
    if (lists->count[row] && str_equal(cell_str(&lists->last[row]), text))
        return OK;
    if (!heap_grow(&lists->op->run->heap, &lists->entry, &lists->room, lists->entries + 1, sizeof *lists->entry))
        return FAIL_MEMORY;
    lists->last[row] = cell_field_text(text);
    lists->entry[lists->entries++] = (struct row_entry){ row, lists->last[row] };
    lists->count[row]++;
    return OK;
}

status row_lists_store(struct row_lists *lists, const struct name *name)
{
    struct batch  *batch = lists->batch;
    struct column *before = batch_column(batch, name), *column;
    struct cell   *cell, **next;

    if (lists->entries == 0)
        return OK;
    TRY(batch_decode(batch, before));
    TRY(column_to_cells(before, &batch->rows, batch->size, &batch->arena, &column));
    TRY_NEW(cell = arena_alloc(&batch->arena, lists->entries * sizeof *cell));
    TRY_NEW(next = arena_alloc(&lists->op->step, batch->size * sizeof *next));
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        uint32_t row = batch_row(batch, i);
        next[row] = cell;
        cell += lists->count[row];
    }
    for (uint32_t i = 0; i < lists->entries; i++)
        *next[lists->entry[i].row]++ = lists->entry[i].cell;
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        uint32_t row = batch_row(batch, i), count = lists->count[row];
        if (!count)
            continue;
        column->cell[row] = list_value(next[row] - count, count);
        column->kinds |= (uint8_t)KINDS(column->cell[row].kind);
        lists->count[row] = 0;
    }
    lists->entries = 0;
    return batch_assign_some(batch, name, column, lists->op->stage->rank);
}

/* In op->step, but for the entries. */
static status collect(struct op *op, struct batch *out, status (*find)(struct row_lists *lists))
{
    struct row_lists lists = { .op = op, .batch = out };
    status           result;

    TRY_NEW(lists.count = ARENA_ARRAY(&op->step, uint32_t, out->size + (size_t)1));
    TRY_NEW(lists.last = ARENA_ARRAY(&op->step, struct cell, out->size + (size_t)1));
    result = find(&lists);
    heap_free(&op->run->heap, lists.entry, lists.room * sizeof *lists.entry);
    return result;
}

status row_lists_emit(struct op *op, struct batch *in, status (*find)(struct row_lists *lists))
{
    struct batch *out = batch_derive(in);
    status        result;

    TRY_NEW(out);
    result = collect(op, out, find);
    return op_emit_if(op, result, out);
}
