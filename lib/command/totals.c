#include "command/totals.h"

#include "flow/op.h"
#include "flow/run.h"
#include "value/number.h"

#include <stdlib.h>

struct column_total {
    const struct name *name;
    uint32_t           rank;
    double             sum;
    bool               any;             /* a number was there */
};

struct totals {
    struct op                  op;
    const struct totals_bound *bound;
    const struct name         *total, *label_field;
    struct column_total       *column;
    uint32_t                   columns, room;
    uint32_t                  *position;        /* by name->number: place in `column` + 1 */
    uint32_t                   positions;
    bool                       any;             /* rows */
    uint64_t                   ordinal;         /* behind the last row */
    uint32_t                   segment;
};

static bool has_number(const struct cell *cell, double *number)
{
    if (cell->kind == KIND_TEXT)
        return number_parse_loose(cell_str(cell), number);
    *number = cell->number;
    return cell->kind == KIND_NUMBER;
}

static bool is_listed(const struct totals *totals, const struct name *name)
{
    const struct argument *fields = totals->bound->fields;

    for (uint32_t i = 0; i < fields->count; i++)
        if (names_match(fields->names[i], name_str(name)))
            return true;
    return false;
}

/* --- along rows ---------------------------------------------------------------------------------------------------- */

static int compare_fields(const void *a, const void *b)
{
    const struct field *left = a, *right = b;

    return str_compare(name_str(left->name), name_str(right->name));
}

static status add_column(struct batch *out, struct column *column, double *restrict sum)
{
    TRY(batch_decode(out, column));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t    row = batch_row(out, i);
        struct cell cell = column_cell(column, row);
        double      number;
        if (has_number(&cell, &number))
            sum[row] += number;
    }
    return OK;
}

/* Added in order of the names, so that a row's sum does not depend on the batch it stands in. */
static status total_rows(struct totals *totals, struct batch *out)
{
    struct field  *field = ARENA_ARRAY(&totals->op.step, struct field, out->fields + (size_t)1);
    struct column *sums = column_number(&out->arena, out->size);
    uint32_t       fields = 0;

    if (!field || !sums)
        return FAIL_MEMORY;
    memset(sums->number, 0, out->size * sizeof(double));
    sums->soft = 1;
    for (uint32_t i = 0; i < out->fields; i++) {
        const struct name *name = out->field[i].name;
        if (totals->bound->fields->count ? is_listed(totals, name) : !name_is_internal(name) && name != totals->total)
            field[fields++] = out->field[i];
    }
    qsort(field, fields, sizeof *field, compare_fields);
    for (uint32_t i = 0; i < fields; i++)
        TRY(add_column(out, field[i].column, sums->number));
    return batch_assign(out, totals->total, sums, totals->op.stage->rank);
}

/* --- along columns ------------------------------------------------------------------------------------------------- */

static status column_total(struct totals *totals, const struct field *field, struct column_total **out)
{
    struct heap *heap = &totals->op.run->heap;
    uint32_t     number = field->name->number;

    if (number >= totals->positions
        && !heap_grow_zero(heap, &totals->position, &totals->positions, number + 1, sizeof *totals->position))
        return FAIL_MEMORY;
    if (totals->position[number] == 0) {
        if (!heap_grow(heap, &totals->column, &totals->room, totals->columns + 1, sizeof *totals->column))
            return FAIL_MEMORY;
        totals->column[totals->columns++] = (struct column_total){ .name = field->name, .rank = field->rank };
        totals->position[number] = totals->columns;
    }
    *out = &totals->column[totals->position[number] - 1];
    return OK;
}

static status total_columns(struct totals *totals, struct batch *out)
{
    for (uint32_t f = 0; f < out->fields; f++) {
        const struct field  *field = &out->field[f];
        struct column_total *total;
        bool                 own = totals->bound->rows && field->name == totals->total;

        if (name_is_internal(field->name) || (totals->bound->fields->count && !own && !is_listed(totals, field->name)))
            continue;
        TRY(column_total(totals, field, &total));
        TRY(batch_decode(out, field->column));
        for (uint32_t i = 0; i < batch_rows(out); i++) {
            struct cell cell = column_cell(field->column, batch_row(out, i));
            double      number;
            if (!has_number(&cell, &number))
                continue;
            total->sum += number;
            total->any = true;
        }
    }
    totals->any |= batch_rows(out) > 0;
    if (batch_rows(out))
        totals->ordinal = batch_end(out);
    totals->segment = out->segment;
    return OK;
}

static status put_totals(const struct totals *totals, struct batch *batch)
{
    for (uint32_t i = 0; i < totals->columns; i++) {
        const struct column_total *total = &totals->column[i];
        struct column             *column;

        if (!total->any || total->name == totals->label_field)
            continue;
        TRY_NEW(column = column_number(&batch->arena, 1));
        column->number[0] = total->sum;
        column->soft = 1;
        TRY(batch_append(batch, total->name, column, total->rank));
    }
    if (totals->label_field) {
        uint32_t       rank = rank_at(totals->op.stage->rank, 1), number = totals->label_field->number;
        struct column *column = column_constant(&batch->arena, cell_field_text(totals->bound->label));

        TRY_NEW(column);
        if (number < totals->positions && totals->position[number])
            rank = totals->column[totals->position[number] - 1].rank;
        TRY(batch_append(batch, totals->label_field, column, rank));
    }
    return OK;
}

/* --- the operator -------------------------------------------------------------------------------------------------- */

static status totals_push(struct op *op, struct batch *in)
{
    struct totals *totals = container_of(op, struct totals, op);
    struct batch  *out = batch_derive(in);
    status         result = OK;

    TRY_NEW(out);
    if (totals->bound->rows)
        result = total_rows(totals, out);
    if (result == OK && totals->bound->columns)
        result = total_columns(totals, out);
    return op_emit_if(op, result, out);
}

static status totals_finish(struct op *op)
{
    struct totals *totals = container_of(op, struct totals, op);
    struct batch  *batch;
    status         result;

    if (!totals->bound->columns || !totals->any)
        return OK;
    TRY_NEW(batch = batch_new(&op->run->heap, 1));
    batch->ordinal = totals->ordinal;
    batch->segment = totals->segment;
    result = put_totals(totals, batch);
    return op_emit_if(op, result, batch);
}

static void totals_close(struct op *op)
{
    struct totals *totals = container_of(op, struct totals, op);

    heap_free(&op->run->heap, totals->column, totals->room * sizeof *totals->column);
    heap_free(&op->run->heap, totals->position, totals->positions * sizeof *totals->position);
}

static const struct op_kind totals_kind = {
    "totals", .push = totals_push, .finish = totals_finish, .close = totals_close,
};

status totals_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct totals *totals;

    TRY(op_new(&totals_kind, sizeof *totals, stage, run, out));
    totals = container_of(*out, struct totals, op);
    totals->bound = stage->bound;
    if (totals->bound->rows)
        TRY_NEW(totals->total = names_intern(run->names, totals->bound->total));
    if (totals->bound->label_field.size)
        TRY_NEW(totals->label_field = names_intern(run->names, totals->bound->label_field));
    return OK;
}

/* A column's sum is of a field that is wanted, or nobody looks at it: only the rows' sums ask for more. */
status totals_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct totals_bound *bound = stage->bound;
    const struct argument     *fields = bound->fields;

    if (!bound->rows || !wanted_has(wanted, bound->total))
        return OK;
    TRY(wanted_remove(wanted, bound->total));
    for (uint32_t i = 0; i < fields->count; i++)
        TRY(wanted_add_pattern(wanted, fields->names[i]));
    return fields->count ? OK : wanted_add_pattern(wanted, STR("*"));
}

status totals_gives(const struct stage *stage, struct wanted *columns)
{
    const struct totals_bound *bound = stage->bound;

    if (bound->rows)
        TRY(wanted_add(columns, bound->total));
    return bound->label_field.size ? wanted_add(columns, bound->label_field) : OK;
}
