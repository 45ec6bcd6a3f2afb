/* One value at a time: flatten lays the values of a multivalue out as rows, fold gathers what became of
 * them. */
#include "batch/gather.h"
#include "vm/machine.h"

static size_t count_values(const struct column *column, const struct rows *rows)
{
    size_t total = 0;

    for (uint32_t i = 0; i < rows->count; i++) {
        struct cell cell = column_cell(column, rows_at(rows, i));
        total += cell.kind == KIND_LIST ? cell.size : cell.kind != KIND_NULL;
    }
    return total;
}

static void lay_out(const struct column *column, const struct rows *rows, struct cell *element,
                    uint32_t *parent)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t    row = rows_at(rows, i);
        struct cell cell = column_cell(column, row);
        if (cell.kind == KIND_LIST)
            for (uint32_t j = 0; j < cell.size; j++) {
                parent[n] = row;
                element[n++] = cell.list[j];
            }
        else if (cell.kind != KIND_NULL) {
            parent[n] = row;
            element[n++] = cell;
        }
    }
}

status execute_FLATTEN(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    const struct column *column = machine->reg[at->a];
    struct arena        *arena = machine_arena(machine, at);
    size_t               total = count_values(column, &under->rows);
    struct space        *space = ARENA_NEW(&machine->scratch, struct space);
    uint32_t            *parent;

    if (total > UINT32_MAX / 2)
        return FAIL_LIMIT;
    TRY_NEW(space);
    TRY_NEW(parent = arena_alloc(&machine->scratch, (total + 1) * sizeof *parent));
    TRY_NEW(space->element = column_cells(arena, (uint32_t)total + 1, KINDS_ANY));
    space->size = (uint32_t)total;
    space->parent = parent;
    lay_out(column, &under->rows, space->element->cell, parent);
    machine->rows[at->into] = (struct selection){ { (uint32_t)total, NULL }, space };
    return OK;
}

status execute_ELEMENT(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    machine->reg[at->into] = under->space->element;
    return OK;
}

status execute_SPREAD(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    struct column  *column = machine->reg[at->a], *out;
    const uint32_t *parent = under->space->parent;
    unsigned        kinds = 0;

    machine->reg[at->into] = column;
    if (column->encoding <= ENCODING_CONSTANT)
        return OK;
    TRY_NEW(out = column_cells(machine_arena(machine, at), under->space->size, 0));
    for (uint32_t i = 0; i < under->rows.count; i++) {
        uint32_t row = rows_at(&under->rows, i);
        out->cell[row] = column_cell(column, parent[row]);
        kinds |= KINDS(out->cell[row].kind);
    }
    out->kinds = (uint8_t)kinds;
    machine->reg[at->into] = out;
    return OK;
}

/* The inner rows of one outer row, from place `from` on: how many there are, and how many values they
 * hold. */
static uint32_t run_of(const struct column *inner, const struct selection *rows, uint32_t from,
                       uint64_t *values)
{
    uint32_t parent = rows->space->parent[rows_at(&rows->rows, from)], to = from;

    *values = 0;
    for (; to < rows->rows.count && rows->space->parent[rows_at(&rows->rows, to)] == parent; to++) {
        struct cell cell = column_cell(inner, rows_at(&rows->rows, to));
        *values += cell.kind == KIND_LIST ? cell.size : cell.kind != KIND_NULL && cell.kind != KIND_BOOLEAN;
    }
    return to - from;
}

static void gather_values(const struct column *inner, const struct selection *rows, uint32_t from,
                          uint32_t count,
                          struct cell *value)
{
    uint32_t n = 0;

    for (uint32_t i = from; i < from + count; i++) {
        struct cell cell = column_cell(inner, rows_at(&rows->rows, i));
        if (cell.kind == KIND_LIST) {
            memcpy(value + n, cell.list, cell.size * sizeof cell);
            n += cell.size;
        } else if (cell.kind != KIND_NULL && cell.kind != KIND_BOOLEAN) {
            value[n++] = cell;
        }
    }
}

status execute_FOLD(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    const struct column    *inner = machine->reg[at->a];
    const struct selection *rows = &machine->rows[at->b];
    struct arena           *arena = machine_arena(machine, at);
    struct gather           gather;
    struct column          *out = column_absent(arena);
    uint32_t                at_inner = 0;

    TRY_NEW(out);
    TRY(gather_open(&gather, out, under->space->size, arena, KIND_TEXT));
    for (uint32_t i = 0; i < under->rows.count; i++) {
        uint32_t     row = rows_at(&under->rows, i), count = 0;
        uint64_t     values = 0;
        struct cell  cell = cell_null(), *value;
        bool mine = at_inner < rows->rows.count && rows->space->parent[rows_at(&rows->rows, at_inner)] == row;
        if (mine)
            count = run_of(inner, rows, at_inner, &values);
        if (values > UINT32_MAX / 2)
            return FAIL_LIMIT;
        if (values) {
            TRY_NEW(value = arena_alloc(arena, values * sizeof *value));
            gather_values(inner, rows, at_inner, count, value);
            cell = values == 1 ? value[0] : (struct cell){ .kind = KIND_LIST, .size = (uint32_t)values,
                                                           .list = value };
        }
        at_inner += count;
        TRY(gather_put(&gather, row, &cell));
    }
    machine->reg[at->into] = out;
    return gather_close(&gather, &under->rows);
}
