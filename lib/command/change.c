#include "command/change.h"

#include "value/number.h"

/* Numbers alone are a column of numbers, as fields hold them. */
static status pack(struct column *column, const struct batch *batch, struct arena *arena, struct column **out)
{
    bool nulls = false;

    *out = column;
    if (column->kinds & ~(KINDS(KIND_NUMBER) | KINDS(KIND_NULL)))
        return OK;
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        const struct cell *cell = &column->cell[batch_row(batch, i)];
        nulls |= cell->kind == KIND_NULL;
        if (cell->kind == KIND_NUMBER && cell->decimals != EXACT)
            return OK;
    }
    TRY_NEW(*out = column_number(arena, batch->size));
    memset((*out)->number, 0, batch->size * sizeof(double));
    (*out)->soft = 1;
    if (nulls)
        TRY_NEW((*out)->null = ARENA_ARRAY(arena, uint8_t, batch->size));
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        uint32_t           row = batch_row(batch, i);
        const struct cell *cell = &column->cell[row];
        if (cell->kind == KIND_NULL)
            (*out)->null[row] = 1;
        else
            (*out)->number[row] = cell->number;
    }
    return OK;
}

/* A value as fields store it. */
static status change_value(const struct change *change, struct cell in, struct arena *arena, struct cell *out)
{
    *out = cell_null();
    if (in.kind == KIND_NULL)
        return OK;
    TRY(change->value(change->host, &in, arena, out));
    if (out->kind == KIND_TEXT || out->kind == KIND_NUMBER)
        out->flags |= CELL_SOFT;
    return OK;
}

static status change_dictionary(const struct change *change, struct batch *out, const struct column *column,
                                struct cell *into)
{
    uint32_t     codes = column->dictionary->count;
    struct cell *known = ARENA_ARRAY(&out->arena, struct cell, codes + (size_t)1);
    uint8_t     *done = ARENA_ARRAY(&out->arena, uint8_t, codes + (size_t)1);

    if (!known || !done)
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t row = batch_row(out, i), code = column->code[row];
        if (!done[code])
            TRY(change_value(change, column->dictionary->cell[code], &out->arena, &known[code]));
        done[code] = 1;
        into[row] = known[code];
    }
    return OK;
}

static status change_cells(const struct change *change, struct batch *out, const struct column *column, struct cell *into)
{
    bool unsettled = column->encoding == ENCODING_NUMBER && column->unsettled;

    if (column->encoding == ENCODING_DICTIONARY && column->dictionary->count < batch_rows(out))
        return change_dictionary(change, out, column, into);
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t    row = batch_row(out, i);
        struct cell cell = column_cell(column, row);
        if (unsettled)
            cell_settle(&cell);
        TRY(change_value(change, cell, &out->arena, &into[row]));
    }
    return OK;
}

status change_column(const struct change *change, struct batch *out, struct column *column, struct column *other,
                     struct column **changed)
{
    struct column *cells;
    unsigned       kinds = 0;

    TRY(batch_decode(out, column));
    TRY(batch_decode(out, other));
    if (column->encoding == ENCODING_CONSTANT && column->constant.kind != KIND_NULL) {
        struct cell one;
        TRY(change_value(change, column->constant, &out->arena, &one));
        TRY_NEW(*changed = column_constant(&out->arena, one));
        return OK;
    }
    TRY_NEW(cells = column_cells(&out->arena, out->size, 0));
    memset(cells->cell, 0, out->size * sizeof(struct cell));
    TRY(change_cells(change, out, column, cells->cell));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t row = batch_row(out, i);
        if (other && column_is_null(column, row)) {
            cells->cell[row] = column_cell(other, row);
            if (other->encoding == ENCODING_NUMBER && other->unsettled)
                cell_settle(&cells->cell[row]);
        }
        kinds |= KINDS(cells->cell[row].kind);
    }
    cells->kinds = (uint8_t)kinds;
    return pack(cells, out, &out->arena, changed);
}

status change_members(const struct change *scalar, const struct cell *in, struct arena *arena, struct cell *out)
{
    uint32_t           count, kept = 0;
    const struct cell *member = list_members(in, &count);
    struct cell       *made;

    if (in->kind != KIND_LIST)
        return scalar->value(scalar->host, in, arena, out);
    TRY_NEW(made = ARENA_ARRAY(arena, struct cell, count));
    for (uint32_t i = 0; i < count; i++) {
        TRY(scalar->value(scalar->host, &member[i], arena, &made[kept]));
        made[kept].flags |= CELL_SOFT;
        kept += made[kept].kind != KIND_NULL;
    }
    *out = list_value(made, kept);
    return OK;
}

status change_push(struct op *op, const struct change *change, struct batch *in, const struct name *field)
{
    struct batch  *out = batch_derive(in);
    struct column *column, *changed;
    status         result = OK;

    TRY_NEW(out);
    column = batch_column(out, field);
    if (column && column->encoding != ENCODING_ABSENT) {
        result = change_column(change, out, column, NULL, &changed);
        if (result == OK)
            result = batch_set(out, field, changed, op->stage->rank);
    }
    return op_emit_if(op, result, out);
}

static status store_into(struct op *op, struct batch *out, const struct name *to, struct column *values)
{
    struct column *before = batch_column(out, to), *merged;

    if (!before || before->encoding == ENCODING_ABSENT)
        return batch_assign_some(out, to, values, op->stage->rank);
    TRY(batch_decode(out, before));
    TRY(column_to_cells(before, &out->rows, out->size, &out->arena, &merged));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t    row = batch_row(out, i);
        struct cell cell = column_cell(values, row);
        if (cell.kind == KIND_NULL)
            continue;
        merged->cell[row] = cell;
        merged->kinds |= (uint8_t)KINDS(cell.kind);
    }
    return batch_assign_some(out, to, merged, op->stage->rank);
}

status change_push_into(struct op *op, const struct change *change, struct batch *in, const struct name *from,
                        const struct name *to)
{
    struct column *column = batch_column(in, from), *values;
    struct batch  *out;
    status         result;

    if (!column || column->encoding == ENCODING_ABSENT) {
        batch_retain(in);
        return op_emit(op, in);
    }
    TRY_NEW(out = batch_derive(in));
    result = change_column(change, out, column, NULL, &values);
    if (result == OK)
        result = store_into(op, out, to, values);
    return op_emit_if(op, result, out);
}
