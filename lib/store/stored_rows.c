#include "store/stored_rows.h"

#include "flow/run.h"
#include "plan/stage.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>
#include <stdlib.h>

/* --- fields of rows ------------------------------------------------------------------------------------------------ */

static int by_name(const void *left, const void *right)
{
    const struct stored_field *a = left, *b = right;

    return str_compare(name_str(a->name), name_str(b->name));
}

status stored_fields(struct batch *in, struct arena *arena, struct stored_field **out, uint32_t *count)
{
    *count = 0;
    TRY_NEW(*out = arena_alloc(arena, (in->fields + (size_t)1) * sizeof **out));
    for (uint32_t i = 0; i < in->fields; i++) {
        if (name_is_internal(in->field[i].name))
            continue;
        TRY(batch_decode(in, in->field[i].column));
        (*out)[(*count)++] = (struct stored_field){ in->field[i].name, in->field[i].column };
    }
    qsort(*out, *count, sizeof **out, by_name);
    return OK;
}

status stored_column(struct batch *in, const struct name *name, struct column **out)
{
    *out = batch_column(in, name);
    return batch_decode(in, *out);
}

static status join_lines(const struct cell *list, struct arena *arena, struct cell *out)
{
    char   room[NUMBER_ROOM];
    size_t size = 0;
    char  *text;

    for (uint32_t i = 0; i < list->size; i++)
        size += cell_show(&list->list[i], room).size + 1;
    if (size > UINT32_MAX)
        return FAIL_LIMIT;
    TRY_NEW(text = arena_alloc(arena, size));
    size = 0;
    for (uint32_t i = 0; i < list->size; i++) {
        str line = cell_show(&list->list[i], room);
        if (i)
            text[size++] = '\n';
        memcpy(text + size, line.at, line.size);
        size += line.size;
    }
    *out = cell_field_text(str_make(text, size));
    return OK;
}

status stored_value(const struct column *column, uint32_t row, struct arena *arena, struct cell *out)
{
    *out = column ? column_settled(column, row) : cell_null();
    if (out->kind == KIND_LIST)
        return join_lines(out, arena, out);
    if (out->kind == KIND_BOOLEAN)
        *out = cell_field_text(out->truth ? STR("true") : STR("false"));
    out->flags |= CELL_SOFT;
    return OK;
}

bool stored_time(const struct column *column, uint32_t row, struct cell *out)
{
    double number;

    *out = column ? column_settled(column, row) : cell_null();
    return cell_spells_number(out, &number) && isfinite(number);
}

struct cell stored_default_time(const struct context *context, bool range)
{
    struct cell cell = cell_number(range && isfinite(context->earliest) ? context->earliest : context->now);

    cell.flags = CELL_SOFT;
    return cell;
}

/* --- a batch of them ----------------------------------------------------------------------------------------------- */

status stored_own(struct stored *stored, struct cell *cell)
{
    str text;

    if (cell->kind != KIND_TEXT)
        return OK;
    TRY_NEW((text = arena_str(&stored->out->arena, cell_str(cell))).at);
    cell->text = text.at;
    return OK;
}

status stored_keep(struct stored *stored, const struct column *column, uint32_t row, struct cell *out)
{
    bool list = column && column_cell(column, row).kind == KIND_LIST;

    TRY(stored_value(column, row, &stored->out->arena, out));
    return list ? OK : stored_own(stored, out);
}

status stored_told(struct stored *stored, str text, struct cell *out)
{
    *out = cell_field_text(text);
    return stored_own(stored, out);
}

status stored_begin(struct stored *stored, struct op *op, const struct batch *in, const uint32_t *row, uint32_t count)
{
    *stored = (struct stored){ .row = row, .rank = op->stage->rank };
    TRY_NEW(stored->out = batch_new(&run_root(op->run)->heap, count));
    stored->out->segment = in->segment;
    stored->out->ordinal = in->ordinal;
    return OK;
}

status stored_add(struct stored *stored, const struct name *name, bool by_name, struct cell **cells)
{
    struct column *column = column_cells(&stored->out->arena, stored->out->size, KINDS_ANY);
    uint32_t       rank = rank_at(stored->rank, stored->place) + (by_name ? RANK_BY_NAME : 0);

    TRY_NEW(column);
    stored->place += !by_name;
    memset(column->cell, 0, stored->out->size * sizeof *column->cell);
    *cells = column->cell;
    return batch_append(stored->out, name, column, rank);
}

static status keep_list(struct stored *stored, struct cell *cell)
{
    struct cell *list = arena_alloc(&stored->out->arena, cell->size * sizeof *list);

    TRY_NEW(list);
    memcpy(list, cell->list, cell->size * sizeof *list);
    cell->list = list;
    for (uint32_t i = 0; i < cell->size; i++)
        TRY(stored_own(stored, &list[i]));
    return OK;
}

status stored_lists(struct stored *stored, const struct name *name, const struct column *column)
{
    struct cell *cells;

    TRY(stored_add(stored, name, false, &cells));
    for (uint32_t i = 0; i < stored->out->size; i++) {
        struct cell cell = column ? column_settled(column, stored->row[i]) : cell_null();

        if (cell.kind == KIND_LIST)
            TRY(keep_list(stored, &cell));
        else
            TRY(stored_keep(stored, column, stored->row[i], &cell));
        cells[i] = cell;
    }
    return OK;
}

status stored_copy(struct stored *stored, const struct name *name, const struct column *column)
{
    struct cell *cells;

    TRY(stored_add(stored, name, true, &cells));
    for (uint32_t i = 0; i < stored->out->size; i++)
        TRY(stored_keep(stored, column, stored->row[i], &cells[i]));
    return OK;
}

static int fields_by_name(const void *left, const void *right)
{
    const struct field *a = left, *b = right;

    return str_compare(name_str(a->name), name_str(b->name));
}

void stored_end(struct stored *stored)
{
    uint32_t count = stored->out->fields - stored->place;

    if (count > 1)
        qsort(stored->out->field + stored->place, count, sizeof *stored->out->field, fields_by_name);
    for (uint32_t i = 0; i < stored->out->fields; i++) {
        struct column *column = stored->out->field[i].column;
        unsigned       kinds = KINDS(KIND_NULL);

        for (uint32_t row = 0; row < stored->out->size; row++)
            kinds |= KINDS(column->cell[row].kind);
        column->kinds = (uint8_t)kinds;
    }
}
