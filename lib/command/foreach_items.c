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

/* What the words of the template are while it is parsed: names that may stand anywhere. */
#define ITEM_WORD "Qz_item_zQ"
#define ITER_WORD "Qz_iter_zQ"

/* --- binding: the words become fields, texts joined in, computed targets ------------------------------------------- */

/* The first of the words in `text`; SIZE_MAX: none. */
static size_t find_word(str text, size_t from, str *field)
{
    size_t item = str_find(text, STR(ITEM_WORD), from), iter = str_find(text, STR(ITER_WORD), from);

    *field = item < iter ? STR(ITEM_FIELD) : STR(ITER_FIELD);
    return item < iter ? item : iter;
}

static struct node *new_leaf(struct arena *arena, const struct node *like, enum node_kind kind, str text)
{
    struct node *node = ARENA_NEW(arena, struct node);

    if (node)
        *node = (struct node){ .kind = (uint8_t)kind, .depth = 1, .span = like->span, .inner = like->inner, .text = text };
    return node;
}

static status join_texts(struct arena *arena, struct node **left, struct node *right)
{
    struct node *node, **kid;

    TRY_NEW(right);
    if (!*left) {
        *left = right;
        return OK;
    }
    TRY_NEW(node = ARENA_NEW(arena, struct node));
    TRY_NEW(kid = ARENA_ARRAY(arena, struct node *, 2));
    kid[0] = *left;
    kid[1] = right;
    *node = (struct node){ .kind = NODE_BINARY, .depth = (uint16_t)(kid[0]->depth + 1), .count = 2, .span = right->span,
                           .inner = right->inner, .text = STR("."), .kid = kid };
    *left = node;
    return OK;
}

enum { WORDS_MOST = 500 };          /* in one text: each makes the tree deeper */

/* "a<<ITEM>>b" is "a" . <<ITEM>> . "b". */
static status fill_string(struct binder *binder, struct node *node)
{
    struct node *joined = NULL;
    str          text = node->text, field;
    uint32_t     words = 0;

    for (size_t from = 0, at; from <= text.size; from = at + sizeof ITEM_WORD - 1, words++) {
        at = find_word(text, from, &field);
        if (words == WORDS_MOST)
            return diag_at(binder->diag, FAIL_QUERY, node->span, "bad-template", "this text names the element too often");
        TRY(join_texts(binder->arena, &joined, new_leaf(binder->arena, node, NODE_STRING,
                                                        str_slice(text, from, at == SIZE_MAX ? text.size : at))));
        if (at == SIZE_MAX)
            break;
        TRY(join_texts(binder->arena, &joined, new_leaf(binder->arena, node, NODE_FIELD, field)));
    }
    *node = *joined;
    return OK;
}

static status fill_field(struct binder *binder, struct node *node)
{
    str  field;
    bool whole = find_word(node->text, 0, &field) == 0 && node->text.size == sizeof ITEM_WORD - 1;

    if (!whole || (node->flags & NODE_QUOTED))
        return diag_at(binder->diag, FAIL_QUERY, node->span, "bad-template",
                       "%.*s is a value of each row: it cannot be part of a field's name here", SHOW(field));
    node->text = field;
    return OK;
}

static status fill_tree(struct binder *binder, struct node *node)
{
    str field;

    for (uint32_t i = 0; i < node->count; i++) {            /* NESTING_MOST deep at most */
        TRY(fill_tree(binder, node->kid[i]));
        if (node->depth <= node->kid[i]->depth)
            node->depth = (uint16_t)(node->kid[i]->depth + 1);
    }
    if (find_word(node->text, 0, &field) == SIZE_MAX)
        return OK;
    if (node->kind == NODE_STRING)
        return fill_string(binder, node);
    return fill_field(binder, node);
}

/* A target with the element in its name is made anew in each row. */
static status fill_target(struct binder *binder, struct assignment *assignment)
{
    static const struct fill_word word[] = {
        { { ITEM_WORD, sizeof ITEM_WORD - 1 }, { "{" ITEM_FIELD "}", sizeof "{" ITEM_FIELD "}" - 1 } },
        { { ITER_WORD, sizeof ITER_WORD - 1 }, { "{" ITER_FIELD "}", sizeof "{" ITER_FIELD "}" - 1 } },
    };
    struct filled filled;
    str           field;

    if (find_word(assignment->target, 0, &field) == SIZE_MAX)
        return OK;
    TRY(fill(binder->arena, passage_of(assignment->target), word, COUNT_OF(word), &filled));
    assignment->target = filled.text;
    assignment->dynamic = true;
    return OK;
}

static status bind_eval(struct binder *binder, const struct filled *filled, struct foreach_bound *bound)
{
    struct words       words = binder_words(binder);
    struct pipeline    pipeline = { 0 };
    struct assignments assignments = { 0 };
    struct passage     text;
    struct span        none = { 0, 0 };

    TRY(parse_pipeline(binder->arena, binder->diag, passage_of(filled->text), &words, &pipeline));
    if (pipeline.count != 1 || !str_is_nocase(pipeline.clause[0].name, "eval"))
        return diag_at(binder->diag, FAIL_QUERY, pipeline.count ? pipeline.clause[pipeline.count > 1].span : none,
                       "bad-template", "in this mode the template of 'foreach' is exactly one eval");
    text = clause_argument(&pipeline.clause[0]);
    TRY(parse_assignments(binder->arena, binder->diag, text, &assignments));
    for (uint32_t i = 0; i < assignments.count; i++) {
        TRY(fill_target(binder, &assignments.item[i]));
        TRY(fill_tree(binder, assignments.item[i].value));
    }
    return program_assignments(&binder->compile, &assignments, &bound->program);
}

static status check_field(struct binder *binder, const struct argument *list)
{
    if (list->count > 1)
        return diag_at(binder->diag, FAIL_QUERY, list->spans[1], "unexpected-argument",
                       "in this mode 'foreach' takes one field");
    return OK;
}

status foreach_items_bind(struct binder *binder, struct stage *stage)
{
    struct foreach_bound  *bound = stage->bound;
    const struct argument *argument = stage->argument, *list = &argument[FOREACH_NAMES];
    struct passage         template = argument[FOREACH_TEMPLATE].passage;
    struct fill_word       word[] = { { argument[FOREACH_ITEMSTR].text, STR(ITEM_WORD) },
                                      { argument[FOREACH_ITERSTR].text, STR(ITER_WORD) } };
    struct filled          filled;
    struct binder          inner = *binder;
    struct diag            diag;
    status                 result;

    TRY(check_field(binder, list));
    bound->field = list->names[0];
    bound->json = !str_is(argument[FOREACH_MODE].text, "multivalue");
    bound->lists = !str_is(argument[FOREACH_MODE].text, "json_array");
    result = fill(binder->arena, template, word, COUNT_OF(word), &filled);
    if (result != OK)
        return result == FAIL_LIMIT ? diag_at(binder->diag, FAIL_QUERY, template.span, "too-long",
                                              "the template is too long when filled") : result;
    diag_init(&diag, binder->compile.heap);
    inner.diag = inner.compile.diag = &diag;
    inner.text = filled.text;
    result = bind_eval(&inner, &filled, bound);
    filled_report(&filled, &diag, binder->diag);
    diag_free(&diag);
    return result;
}

static bool is_own(str name)
{
    return str_is(name, ITEM_FIELD) || str_is(name, ITER_FIELD);
}

status foreach_items_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct foreach_bound *bound = stage->bound;
    struct program_names        reads = program_reads(bound->program), writes = program_writes(bound->program);
    bool                        any = writes.dynamic;

    for (uint32_t i = 0; i < writes.count; i++)
        any |= wanted_has(wanted, writes.name[i]);
    if (!any)
        return OK;
    if (reads.dynamic)
        return wanted_everything(wanted);
    TRY(wanted_add(wanted, bound->field));
    for (uint32_t i = 0; i < writes.count; i++)
        TRY(wanted_add(wanted, writes.name[i]));
    for (uint32_t i = 0; i < reads.count; i++)
        if (!is_own(reads.name[i]))
            TRY(wanted_add(wanted, reads.name[i]));
    return OK;
}

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
    if (result == OK)
        return op_emit(op, out);
    batch_release(out);
    return result;
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
