/* filldown [<fields>]: a field without a value takes the last one above it (reporting 6). Without fields, all of them. */
#include "batch/layout.h"
#include "flow/op.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "state/keep.h"

enum { FIELDS };

static const struct param filldown_params[] = {
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "which; all if not given" },
    { 0 }
};

struct last_value {                         /* of a field that is filled */
    const struct name *name;
    struct kept_cell   kept;
};

struct filldown {
    struct op           op;
    struct last_value  *last;
    uint32_t            lasts, room;
    uint32_t           *place;              /* by name->number: place in `last` + 1 */
    uint32_t            places;
    struct layout       layout;             /* of all rows so far: a row has every field that came before it */
};

static bool is_listed(const struct filldown *filldown, const struct name *name)
{
    const struct argument *list = stage_argument(filldown->op.stage, FIELDS);

    for (uint32_t i = 0; i < list->count; i++)
        if (names_match(list->names[i], name_str(name)))
            return true;
    return list->count == 0;
}

/* A field that shows up for the first time. */
static status note_field(struct filldown *filldown, const struct field *field)
{
    struct heap *heap = filldown->op.context->heap;
    uint32_t     number = field->name->number;

    if (number < filldown->places && filldown->place[number])
        return OK;
    if (!heap_grow_zero(heap, &filldown->place, &filldown->places, number + 1, sizeof *filldown->place))
        return FAIL_MEMORY;
    if (!is_listed(filldown, field->name)) {
        filldown->place[number] = UINT32_MAX;
        return OK;
    }
    if (!heap_grow(heap, &filldown->last, &filldown->room, filldown->lasts + 1, sizeof *filldown->last))
        return FAIL_MEMORY;
    filldown->last[filldown->lasts] = (struct last_value){ .name = field->name };
    filldown->place[number] = ++filldown->lasts;
    return OK;
}

/* A batch without the field: the value goes on through all of its rows. */
static status fill_all(const struct last_value *last, struct batch *out)
{
    struct column *column;
    struct cell    cell;

    if (last->kept.cell.kind == KIND_NULL)
        return OK;
    TRY(kept_cell_copy(&last->kept, &out->arena, &cell));
    TRY_NEW(column = column_constant(&out->arena, cell));
    return batch_set(out, last->name, column, 0);
}

static status fill(struct filldown *filldown, struct last_value *last, struct batch *out)
{
    struct column *column = batch_column(out, last->name);
    struct cell    cell;

    if (!column || column->encoding == ENCODING_ABSENT)
        return fill_all(last, out);
    TRY(batch_decode(out, column));
    if (batch_has_nulls(out, column)) {
        TRY(kept_cell_copy(&last->kept, &out->arena, &cell));
        TRY(column_to_cells(column, &out->rows, out->size, &out->arena, &column));
        for (uint32_t i = 0; i < batch_rows(out); i++) {
            struct cell *at = &column->cell[batch_row(out, i)];
            if (at->kind == KIND_NULL)
                *at = cell;
            else
                cell = *at;
            column->kinds |= (uint8_t)KINDS(at->kind);
        }
        TRY(batch_set(out, last->name, column, 0));
    }
    cell = column_cell(column, batch_row(out, batch_rows(out) - 1));
    if (column->encoding == ENCODING_NUMBER && column->unsettled)
        cell_settle(&cell);
    return cell.kind == KIND_NULL ? OK : kept_cell_set(&last->kept, &cell, filldown->op.context->heap);
}

static status fill_fields(struct filldown *filldown, struct batch *out)
{
    TRY(layout_show(&filldown->layout, out));
    for (uint32_t i = 0; i < out->fields; i++)
        TRY(note_field(filldown, &out->field[i]));
    for (uint32_t i = 0; i < filldown->lasts; i++)
        TRY(fill(filldown, &filldown->last[i], out));
    return layout_arrange(&filldown->layout, out, false);
}

static status filldown_push(struct op *op, struct batch *in)
{
    struct batch *out;
    status        s;

    if (batch_rows(in) == 0)
        return OK;
    TRY_NEW(out = batch_derive(in));
    s = fill_fields(container_of(op, struct filldown, op), out);
    return op_emit_if(op, s, out);
}

static void filldown_close(struct op *op)
{
    struct filldown *filldown = container_of(op, struct filldown, op);
    struct heap     *heap = op->context->heap;

    for (uint32_t i = 0; i < filldown->lasts; i++)
        kept_cell_free(&filldown->last[i].kept, heap);
    heap_free(heap, filldown->last, filldown->room * sizeof *filldown->last);
    heap_free(heap, filldown->place, filldown->places * sizeof *filldown->place);
    layout_free(&filldown->layout);
}

static const struct op_kind filldown_kind = { .name = "filldown", .push = filldown_push, .close = filldown_close };

static status filldown_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct filldown *filldown;

    TRY(op_new(&filldown_kind, sizeof *filldown, stage, run, out));
    filldown = container_of(*out, struct filldown, op);
    layout_init_all(&filldown->layout, &run->heap);
    return OK;
}

const struct command command_filldown = {
    .name = "filldown", .usage = "filldown [<fields, wildcards allowed>]",
    .summary = "Gives a field without a value the last one above it",
    .params = filldown_params, .traits = TRAIT_STREAMING, .gives = columns_stay, .open = filldown_open,
    .example = { "filldown h | table h n", "{\"h\":\"a\",\"n\":1}\n{\"n\":2}\n{\"h\":\"b\",\"n\":3}",
                 "{\"h\":\"a\",\"n\":1}\n{\"h\":\"a\",\"n\":2}\n{\"h\":\"b\",\"n\":3}" },
};
