/* eval {f}=x: each row names the field it assigns to (language 9). Rare, so the plain way: row by row, each
 * target a column of cells that starts as a copy of what was there. */
#include "base/map.h"
#include "value/number.h"
#include "value/order.h"
#include "vm/machine.h"

/* names whose values hold braces again are replaced again, but not for ever */
enum { REPLACEMENTS_MOST = 100 };

struct scatter {
    struct machine *machine;
    struct buf      text, other;
    struct map      target;             /* name -> column */
    struct arena    keys;
};

/* The value of a field in a row as text; a multivalue's first. False: null. */
static status field_text(struct scatter *scatter, str name, uint32_t row, struct buf *out, bool *found)
{
    struct machine    *machine = scatter->machine;
    const struct name *known = names_intern(machine->context->names, name);
    struct rows        one = { 1, &row };
    struct column     *column;
    struct cell        cell;
    char               room[NUMBER_ROOM];

    TRY_NEW(known);
    column = batch_column(machine->batch, known);
    *found = false;
    if (!column)
        return OK;
    TRY(column_decode(column, &one, batch_eldest_arena(machine->batch)));
    cell = column_cell(column, row);
    if (cell.kind == KIND_LIST)
        cell = cell.list[0];
    *found = cell.kind != KIND_NULL;
    if (*found)
        buf_put(out, cell_show(&cell, room));
    return OK;
}

/* Replaces the innermost of the first braces in `text`. *found = false: no name comes out of it. *more: there
 * were braces. An empty pair is no field's name but the mark of an array, as in items{}.name. */
static status replace_once(struct scatter *scatter, uint32_t row, bool *more, bool *found)
{
    str    text = buf_str(&scatter->text);
    size_t open = SIZE_MAX, close = SIZE_MAX;
    struct buf spare;

    for (size_t i = 0; i < text.size && close == SIZE_MAX; i++) {
        if (text.at[i] == '{')
            open = i;
        else if (text.at[i] == '}' && open != SIZE_MAX && i > open + 1)
            close = i;
        else if (text.at[i] == '}')
            open = SIZE_MAX;
    }
    *more = close != SIZE_MAX;
    *found = true;
    if (!*more)
        return OK;
    buf_clear(&scatter->other);
    buf_put(&scatter->other, str_slice(text, 0, open));
    TRY(field_text(scatter, str_slice(text, open + 1, close), row, &scatter->other, found));
    buf_put(&scatter->other, str_slice(text, close + 1, text.size));
    spare = scatter->text;
    scatter->text = scatter->other;
    scatter->other = spare;
    return buf_status(&scatter->text);
}

static status target_name(struct scatter *scatter, str template, uint32_t row, bool *found)
{
    bool more = true;

    buf_clear(&scatter->text);
    buf_put(&scatter->text, template);
    TRY(buf_status(&scatter->text));
    *found = true;
    for (int i = 0; more && *found && i < REPLACEMENTS_MOST; i++)
        TRY(replace_once(scatter, row, &more, found));
    if (more && *found) {
        *found = false;
        if (scatter->machine->context->note)
            scatter->machine->context->note(scatter->machine->context->host, "endless-name",
                                            STR("rows had a name made of values that makes itself again; nothing is "
                                                "assigned in them"));
    }
    *found &= scatter->text.size > 0;
    return OK;
}

static status new_target(struct scatter *scatter, struct column **out)
{
    struct machine    *machine = scatter->machine;
    struct batch      *batch = machine->batch;
    str                text = arena_str(&scatter->keys, buf_str(&scatter->text));
    const struct name *name = text.at ? names_intern(machine->context->names, text) : NULL;
    struct column     *before, *column;

    TRY_NEW(name);
    before = batch_column(batch, name);
    TRY_NEW(column = column_cells(&batch->arena, batch->size, KINDS_ANY));
    if (before)
        TRY(column_decode(before, &batch->rows, batch_eldest_arena(batch)));
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        uint32_t row = batch_row(batch, i);
        column->cell[row] = before ? column_cell(before, row) : cell_null();
    }
    TRY(map_put(&scatter->target, text, column));
    *out = column;
    return batch_assign_some(batch, name, column, rank_at(machine->rank, machine->place));
}

static status scatter_rows(struct scatter *scatter, const struct instruction *at, const struct rows *rows)
{
    struct machine      *machine = scatter->machine;
    struct column       *stored;

    TRY(store_column(machine->context, machine->reg[at->b], rows, machine->batch->size, false,
                     machine->results, &stored));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t       row = rows_at(rows, i);
        struct column *target;
        bool           found;
        TRY(target_name(scatter, machine->program->template[at->a], row, &found));
        if (!found)
            continue;
        target = map_get(&scatter->target, buf_str(&scatter->text));
        if (!target)
            TRY(new_target(scatter, &target));
        target->cell[row] = column_cell(stored, row);
    }
    return OK;
}

status execute_SCATTER(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    struct scatter scatter = { .machine = machine };
    status         done;

    buf_init(&scatter.text, machine->heap);
    buf_init(&scatter.other, machine->heap);
    map_init(&scatter.target, machine->heap);
    arena_init(&scatter.keys, machine->heap);
    done = scatter_rows(&scatter, at, &under->rows);
    machine->place++;
    buf_free(&scatter.text);
    buf_free(&scatter.other);
    map_free(&scatter.target);
    arena_free(&scatter.keys);
    return done;
}
