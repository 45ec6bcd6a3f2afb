/* foreach mode=multivalue, json_array, auto_collections: one eval, run once per element of a field within each row.
 *
 * The element is a value and not text of the query: the template is compiled once, over two fields that only it sees. All
 * rows that have an element number n run together; what their targets hold is put aside for the next round. */
#include "command/foreach_items.h"

#include "command/filter.h"
#include "flow/run.h"
#include "state/keep.h"
#include "text/json.h"
#include "value/list.h"

#include <stdlib.h>

/* --- elements ------------------------------------------------------------------------------------------------------ */

struct elements {
    const struct cell *cell;
    uint32_t           count;
};

static status json_element(enum json_token token, const struct json_walk *walk, str text, struct arena *arena,
                           struct cell *out)
{
    char *room;

    if (token == JSON_NULL)
        *out = cell_null();
    else if (token != JSON_STRING)
        *out = cell_field_text(text);
    else if (!walk->escaped)
        *out = cell_field_text(walk->text);
    else {
        TRY_NEW(room = arena_alloc(arena, walk->text.size));
        *out = cell_field_text(str_make(room, json_decode(walk->text, room)));
    }
    return OK;
}

/* The elements of a JSON array; *array is false when the text is something else. */
static status json_elements(str text, struct arena *arena, bool *array, struct elements *out)
{
    struct json_walk walk;
    uint32_t         room = 1;
    struct cell     *cell;
    str              trimmed = str_trim_blanks(text);

    *out = (struct elements){ 0 };
    *array = trimmed.size >= 2 && trimmed.at[0] == '[' && json_is_valid(text);
    if (!*array)
        return OK;
    for (size_t i = 0; i < text.size; i++)
        room += text.at[i] == ',';
    TRY_NEW(cell = arena_alloc(arena, room * sizeof *cell));
    json_walk_start(&walk, text);
    json_next(&walk);
    for (;;) {
        enum json_token token = json_next(&walk);
        str             value = walk.text;

        if (token == JSON_ARRAY_END || token == JSON_ERROR)
            break;
        if ((token == JSON_OBJECT || token == JSON_ARRAY) && !json_skip(&walk, token, &value))
            break;
        TRY(json_element(token, &walk, value, arena, &cell[out->count++]));
    }
    out->cell = cell;
    return OK;
}

static status elements_of(const struct foreach_bound *bound, const struct cell *cell, struct arena *arena,
                          struct elements *out)
{
    bool               array = false;
    struct cell       *own;
    const struct cell *member;

    *out = (struct elements){ 0 };
    if (bound->json && cell->kind == KIND_TEXT)
        TRY(json_elements(cell_str(cell), arena, &array, out));
    if (array || !bound->lists)
        return OK;
    member = list_members(cell, &out->count);
    if (cell->kind == KIND_LIST || out->count == 0) {
        out->cell = member;
        return OK;
    }
    TRY_NEW(own = arena_alloc(arena, sizeof *own));         /* `cell` itself is the caller's */
    *own = *cell;
    out->cell = own;
    return OK;
}

/* --- running ------------------------------------------------------------------------------------------------------- */

/* What a target holds in a row after the round before; turn by turn in two places, as the new value may be made of the old
 * one's text. */
struct held {
    struct kept_cell kept[2];
    uint8_t          turn;
    bool             written;
};

struct target {
    const struct name *name;
    struct column     *column;          /* what rows see in the next round, and behind the command */
    struct held       *held;            /* by row */
    uint32_t           size;
    uint32_t           row, round;      /* where it was written first, rows before rounds */
};

struct items {
    struct op          op;
    struct machine    *machine;
    const struct name *field, *item, *iter;
    struct target     *target;
    uint32_t           targets, room;

    struct elements   *of;              /* by selected row of this batch */
    uint32_t          *active;          /* selected rows that are not through */
    uint32_t          *row;             /* and their rows */
    uint32_t           actives;
};

static void drop_targets(struct items *items)
{
    struct heap *heap = &items->op.run->heap;

    for (uint32_t i = 0; i < items->targets; i++) {
        struct target *target = &items->target[i];

        for (uint32_t row = 0; row < target->size; row++)
            for (int j = 0; j < 2; j++)
                kept_cell_free(&target->held[row].kept[j], heap);
        heap_free(heap, target->held, target->size * sizeof *target->held);
    }
    items->targets = 0;
}

/* The target of that name, with a column in `out` that begins as what there was. */
static status find_target(struct items *items, struct batch *out, const struct name *name, struct target **found)
{
    struct heap   *heap = &items->op.run->heap;
    struct column *before = batch_column(out, name);
    struct target *target = NULL;

    for (uint32_t i = 0; i < items->targets && !target; i++)
        if (items->target[i].name == name)
            target = &items->target[i];
    *found = target;
    if (target)
        return OK;
    if (!heap_grow(heap, &items->target, &items->room, items->targets + 1, sizeof *items->target))
        return FAIL_MEMORY;
    *found = target = &items->target[items->targets];
    *target = (struct target){ .name = name, .row = UINT32_MAX };
    TRY_NEW(target->held = heap_zero(heap, out->size + (size_t)1, sizeof *target->held));
    target->size = out->size + 1;
    items->targets++;
    TRY(batch_decode(out, before));
    TRY(column_to_cells(before, &out->rows, out->size, &out->arena, &target->column));
    target->column->kinds = KINDS_ANY;
    target->column->escaped = 0;
    return OK;
}

/* The column's values in the active rows are what the target holds from now on. */
static status keep_values(struct items *items, struct target *target, struct column *from, uint32_t round)
{
    for (uint32_t i = 0; i < items->actives; i++) {
        uint32_t     row = items->row[i];
        struct held *held = &target->held[row];
        struct cell  cell = column_cell(from, row);

        if (from->encoding == ENCODING_NUMBER && from->unsettled)
            cell_settle(&cell);
        held->turn ^= 1;
        held->written = true;
        TRY(kept_cell_set(&held->kept[held->turn], &cell, &items->op.run->heap));
        target->column->cell[row] = held->kept[held->turn].cell;
        if (items->active[i] < target->row) {
            target->row = items->active[i];
            target->round = round;
        }
    }
    return OK;
}

static status set_words(struct items *items, struct batch *work, uint32_t round)
{
    struct column *item = column_cells(&work->arena, work->size, KINDS_ANY), *iter;
    struct cell    number = cell_number(round);

    TRY_NEW(item);
    for (uint32_t i = 0; i < items->actives; i++) {
        item->cell[items->row[i]] = items->of[items->active[i]].cell[round];
        item->cell[items->row[i]].flags |= CELL_SOFT;
    }
    number.flags = CELL_SOFT;
    TRY_NEW(iter = column_constant(&work->arena, number));
    TRY(batch_set(work, items->item, item, 0));
    return batch_set(work, items->iter, iter, 0);
}

/* One round: element number `round` of the active rows. `state` is the batch as the round before left it. */
static status run_round(struct items *items, struct batch *state, struct batch *work, struct batch *out, uint32_t round)
{
    work->rows = (struct rows){ items->actives, items->row };
    TRY(set_words(items, work, round));
    TRY(machine_assign(items->machine, work, items->op.stage->rank));
    for (uint32_t i = 0; i < work->fields; i++) {
        struct field  *field = &work->field[i];
        struct target *target;

        if (field->name == items->item || field->name == items->iter ||
            (i < state->fields && state->field[i].name == field->name && state->field[i].column == field->column) ||
            batch_column(state, field->name) == field->column)
            continue;
        TRY(find_target(items, out, field->name, &target));
        TRY(keep_values(items, target, field->column, round));
        TRY(batch_set(state, field->name, target->column, items->op.stage->rank));
    }
    return OK;
}

static status run_rounds(struct items *items, struct batch *state, struct batch *out)
{
    for (uint32_t round = 0; items->actives; round++) {
        struct batch *work = batch_derive(state);
        uint32_t      left = 0;
        status        result;

        TRY_NEW(work);
        result = run_round(items, state, work, out, round);
        batch_release(work);
        TRY(result);
        TRY(run_check(items->op.run));
        for (uint32_t i = 0; i < items->actives; i++) {
            if (items->of[items->active[i]].count <= round + 1)
                continue;
            items->active[left] = items->active[i];
            items->row[left++] = items->row[i];
        }
        items->actives = left;
    }
    return OK;
}

static int compare_targets(const void *a, const void *b)
{
    const struct target *left = *(struct target *const *)a, *right = *(struct target *const *)b;

    if (left->row != right->row)
        return left->row < right->row ? -1 : 1;
    if (left->round != right->round)
        return left->round < right->round ? -1 : 1;
    return left < right ? -1 : left > right;
}

/* New columns in the order in which row after row would make them. */
static status put_targets(struct items *items, struct batch *out)
{
    struct target **sorted = ARENA_ARRAY(&items->op.step, struct target *, items->targets + (size_t)1);

    TRY_NEW(sorted);
    for (uint32_t i = 0; i < items->targets; i++) {
        struct target *target = sorted[i] = &items->target[i];

        for (uint32_t j = 0; j < batch_rows(out); j++) {
            uint32_t     row = batch_row(out, j);
            struct held *held = &target->held[row];

            if (held->written)
                TRY(kept_cell_copy(&held->kept[held->turn], &out->arena, &target->column->cell[row]));
        }
    }
    qsort(sorted, items->targets, sizeof *sorted, compare_targets);
    for (uint32_t i = 0; i < items->targets; i++)
        TRY(batch_assign(out, sorted[i]->name, sorted[i]->column, items->op.stage->rank));
    return OK;
}

/* How many elements each row has; *any: some has one. */
static status find_elements(struct items *items, struct batch *in)
{
    const struct foreach_bound *bound = items->op.stage->bound;
    struct arena               *step = &items->op.step;
    struct column              *column = batch_column(in, items->field);
    uint32_t                    rows = batch_rows(in);

    items->actives = 0;
    if (!column)
        return OK;
    TRY(batch_decode(in, column));
    TRY_NEW(items->of = ARENA_ARRAY(step, struct elements, rows));
    TRY_NEW(items->active = ARENA_ARRAY(step, uint32_t, rows));
    TRY_NEW(items->row = ARENA_ARRAY(step, uint32_t, rows));
    for (uint32_t i = 0; i < rows; i++) {
        struct cell cell = column_cell(column, batch_row(in, i));

        if (column->encoding == ENCODING_NUMBER && column->unsettled)
            cell_settle(&cell);
        TRY(elements_of(bound, &cell, step, &items->of[i]));
        if (items->of[i].count == 0)
            continue;
        items->active[items->actives] = i;
        items->row[items->actives++] = batch_row(in, i);
    }
    return OK;
}

static status items_push(struct op *op, struct batch *in)
{
    struct items *items = container_of(op, struct items, op);
    struct batch *out, *state;
    status        result;

    TRY(find_elements(items, in));
    out = batch_derive(in);
    TRY_NEW(out);
    if (items->actives == 0)
        return op_emit(op, out);
    state = batch_derive(in);
    result = state ? run_rounds(items, state, out) : FAIL_MEMORY;
    if (result == OK)
        result = put_targets(items, out);
    drop_targets(items);
    batch_release(state);
    return op_emit_if(op, result, out);
}

static void items_close(struct op *op)
{
    struct items *items = container_of(op, struct items, op);

    machine_free(items->machine);
    heap_free(&op->run->heap, items->target, items->room * sizeof *items->target);
}

static const struct op_kind items_kind = { "foreach", .push = items_push, .close = items_close };

status foreach_items_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct foreach_bound *bound = stage->bound;
    struct items               *items;

    TRY(op_new(&items_kind, sizeof *items, stage, run, out));
    items = container_of(*out, struct items, op);
    TRY_NEW(items->field = names_intern(run->names, bound->field));
    TRY_NEW(items->item = names_intern(run->names, STR(ITEM_FIELD)));
    TRY_NEW(items->iter = names_intern(run->names, STR(ITER_FIELD)));
    return machine_new(bound->program, (*out)->context, &items->machine);
}
