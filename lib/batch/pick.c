#include "batch/pick.h"

static status pick_numbers(const struct column *column, const uint32_t *row, uint32_t count, struct arena *arena,
                           struct column **out)
{
    struct column *copy = column_number(arena, count);

    TRY_NEW(copy);
    copy->soft = column->soft;
    copy->unsettled = column->unsettled;
    if (column->null)
        TRY_NEW(copy->null = arena_alloc(arena, count));
    if (column->decimals)
        TRY_NEW(copy->decimals = arena_alloc(arena, count * sizeof *copy->decimals));
    for (uint32_t i = 0; i < count; i++) {
        copy->number[i] = column->number[row[i]];
        if (copy->null)
            copy->null[i] = column->null[row[i]];
        if (copy->decimals)
            copy->decimals[i] = column->decimals[row[i]];
    }
    *out = copy;
    return OK;
}

status column_pick(const struct column *column, const uint32_t *row, uint32_t count, struct arena *arena,
                   struct column **out)
{
    if (column->encoding == ENCODING_ABSENT || column->encoding == ENCODING_CONSTANT) {
        TRY_NEW(*out = ARENA_NEW(arena, struct column));
        **out = *column;
        return OK;
    }
    if (column->encoding == ENCODING_NUMBER)
        return pick_numbers(column, row, count, arena, out);
    TRY_NEW(*out = column_cells(arena, count, column->encoding == ENCODING_CELLS ? column->kinds : KINDS_ANY));
    (*out)->escaped = column->encoding == ENCODING_CELLS && column->escaped;
    for (uint32_t i = 0; i < count; i++)
        (*out)->cell[i] = column_cell(column, row[i]);
    return OK;
}

/* What the field was before, for those who look at it by row. */
static status pick_history(const struct field *field, const uint32_t *row, uint32_t count, struct arena *arena,
                           struct field *into)
{
    struct making *made = &into->made, *earlier;
    struct column *column;

    if (field->read == field->column) {
        into->read = into->column;
    } else if (field->read) {
        TRY(column_pick(field->read, row, count, arena, &column));
        into->read = column;
    }
    for (;; made = earlier) {
        if (made->before) {
            TRY(column_pick(made->before, row, count, arena, &column));
            made->before = column;
        }
        if (!made->earlier)
            return OK;
        TRY_NEW(earlier = ARENA_NEW(arena, struct making));
        *earlier = *made->earlier;
        made->earlier = earlier;
    }
}

status batch_pick(struct batch *in, const uint32_t *row, uint32_t count, struct batch **out)
{
    struct batch *batch = batch_derive(in);
    status        result = OK;

    TRY_NEW(batch);
    batch->size = count;
    batch->rows = (struct rows){ .count = count };
    batch->origin = NULL;
    batch->line = NULL;
    for (uint32_t f = 0; f < batch->fields && result == OK; f++) {
        struct field *field = &batch->field[f];
        result = column_pick(in->field[f].column, row, count, &batch->arena, &field->column);
        if (result == OK)
            result = pick_history(&in->field[f], row, count, &batch->arena, field);
    }
    if (result != OK) {
        batch_release(batch);
        return result;
    }
    *out = batch;
    return OK;
}
