#include "command/joining.h"

#include "batch/pick.h"
#include "state/keys.h"
#include "value/order.h"

#include <math.h>

/* --- keys ---------------------------------------------------------------------------------------------------------- */

bool join_read_key(struct join *join, struct column *const *column, uint32_t row)
{
    buf_clear(&join->text);
    for (uint32_t k = 0; k < join->keys; k++) {
        struct cell cell = column[k] ? column_settled(column[k], row) : cell_null();

        if (cell.kind == KIND_NULL)
            return false;
        key_put(&join->text, &cell);
    }
    return true;
}

status join_columns(struct join *join, struct batch *in, const struct name *const *name, struct column ***out)
{
    struct column **column = ARENA_ARRAY(&join->op.step, struct column *, join->keys + (size_t)1);

    TRY_NEW(column);
    for (uint32_t k = 0; k < join->keys; k++) {
        column[k] = batch_column(in, name[k]);
        TRY(batch_decode(in, column[k]));
    }
    *out = column;
    return OK;
}

double join_time(const struct column *clock, uint32_t row)
{
    struct cell cell = clock ? column_cell(clock, row) : cell_null();
    double      time;

    return cell_reads_number(&cell, &time) ? time : NAN;
}

/* Rows of the same second are never too early or too late. */
bool join_suits_time(const struct join *join, double left, double right)
{
    if (!join->bound->timed)
        return true;
    if (!isfinite(left) || !isfinite(right))
        return false;
    if (floor(left) == floor(right))
        return true;
    return join->bound->earlier ? right < left : right > left;
}

/* --- rows of the subsearch in memory ------------------------------------------------------------------------------- */

static void free_table(struct join *join)
{
    struct join_table *table = &join->table;
    struct heap       *heap = &join->op.run->heap;

    heap_free(heap, table->first, table->firsts * sizeof *table->first);
    heap_free(heap, table->last, table->lasts * sizeof *table->last);
    heap_free(heap, table->next, table->nexts * sizeof *table->next);
    if (table->keys.heap)
        interner_free(&table->keys);
    *table = (struct join_table){ 0 };
}

static status add_row(struct join *join, uint32_t row)
{
    struct join_table *table = &join->table;
    struct heap       *heap = &join->op.run->heap;
    uint32_t           before = table->keys.count, code;

    TRY(buf_status(&join->text));
    TRY(interner_text(&table->keys, buf_str(&join->text), &code));
    if (code < before) {
        table->next[table->last[code]] = row;
        table->last[code] = row;
        return OK;
    }
    if (!heap_grow(heap, &table->first, &table->firsts, code + 1, sizeof *table->first) ||
        !heap_grow(heap, &table->last, &table->lasts, code + 1, sizeof *table->last))
        return FAIL_MEMORY;
    table->first[code] = table->last[code] = row;
    return OK;
}

/* What is kept here stays to the end: half of the memory is for those who come behind. */
static bool is_too_much(const struct join *join, uint32_t rows)
{
    enum { FEW = 4096 };

    return op_pressed(&join->op, rows, 0) ||
        (rows >= FEW && run_spills(join->op.run) && run_is_full(join->op.run));
}

/* AGAIN: memory is too short for it. */
static status fill_table(struct join *join)
{
    struct join_table *table = &join->table;
    struct row_store  *store = &join->rows->store;
    struct column    **column = ARENA_ARRAY(&join->op.step, struct column *, join->keys + (size_t)1);

    TRY_NEW(column);
    interner_init(&table->keys, &join->op.run->heap);
    if (!heap_grow(&join->op.run->heap, &table->next, &table->nexts, store->rows + 1, sizeof *table->next))
        return FAIL_MEMORY;
    for (uint32_t row = 0; row < store->rows; row++) {
        const struct row_place *place = &store->place[row];

        for (uint32_t k = 0; k < join->keys; k++) {
            int64_t number = layout_find(&store->layout, join->right[k]);
            column[k] = number < 0 ? NULL : row_store_column(store, place->kept, (uint32_t)number);
        }
        table->next[row] = OVERLAY_NONE;
        if (join_read_key(join, column, place->row))
            TRY(add_row(join, row));
        if (is_too_much(join, row))
            return AGAIN;
        if (row % 1024 == 0)
            TRY(run_check(join->op.run));
    }
    table->time = layout_find(&store->layout, join->time);
    return OK;
}

/* --- which belong together ----------------------------------------------------------------------------------------- */

status join_add_pair(struct join *join, uint32_t row, uint32_t other)
{
    struct heap *heap = &join->op.run->heap;

    if (!heap_grow(heap, &join->row, &join->pairs_room, join->pairs + 1, sizeof *join->row) ||
        !heap_grow(heap, &join->other, &join->others_room, join->pairs + 1, sizeof *join->other))
        return FAIL_MEMORY;
    join->row[join->pairs] = row;
    join->other[join->pairs++] = other;
    return OK;
}

/* Where a row becomes one at most the batch stays what it is, but for those that found none. */
static status take_pairs(struct join *join, struct batch *in, struct batch **out)
{
    uint32_t *row;

    if (join->bound->most != 1) {
        TRY(batch_pick(in, join->row, join->pairs, out));
        (*out)->ordinal = join->ordinal;
        join->ordinal += join->pairs;
        return OK;
    }
    TRY_NEW(*out = batch_derive(in));
    row = ARENA_ARRAY(&(*out)->arena, uint32_t, join->pairs + (size_t)1);
    if (!row) {
        batch_release(*out);
        return FAIL_MEMORY;
    }
    memcpy(row, join->row, join->pairs * sizeof *row);
    (*out)->rows = (struct rows){ join->pairs, row };
    return OK;
}

status join_rename(struct join *join, struct batch *out)
{
    struct buf *text = &join->text;

    for (uint32_t f = 0; join->bound->left.size && f < out->fields; f++) {
        struct field *field = &out->field[f];

        if (field->name->size && field->name->text[0] == '\xff')
            continue;                   /* ours, for the time being */
        buf_clear(text);
        buf_put(text, join->bound->left);
        buf_put(text, name_str(field->name));
        TRY(buf_status(text));
        TRY_NEW(field->name = names_intern(join->op.run->names, buf_str(text)));
    }
    return OK;
}

static status flush(struct join *join, struct batch *in)
{
    struct overlay_source source = { .store = &join->rows->store };
    struct batch         *out;
    status                result;

    if (join->pairs == 0)
        return OK;
    TRY(run_check(join->op.run));
    TRY(take_pairs(join, in, &out));
    result = join_rename(join, out);
    if (result == OK)
        result = overlay_rows(&join->overlay, out, &source, join->other);
    join->pairs = 0;
    return op_emit_if(&join->op, result, out);
}

static status find_pairs(struct join *join, struct batch *in, uint32_t row, double time)
{
    const struct join_table *table = &join->table;
    uint32_t                 code = interner_find(&table->keys, buf_str(&join->text));
    uint64_t                 found = 0;

    for (uint32_t other = code == INTERNER_NULL ? OVERLAY_NONE : table->first[code]; other != OVERLAY_NONE;
         other = table->next[other]) {
        const struct row_place *place = &join->rows->store.place[other];
        const struct column    *clock = table->time < 0 ? NULL
            : row_store_column(&join->rows->store, place->kept, (uint32_t)table->time);

        if (join->bound->timed && !join_suits_time(join, time, join_time(clock, place->row)))
            continue;
        TRY(join_add_pair(join, row, other));
        if (join->bound->most != 1 && join->pairs >= join->most)
            TRY(flush(join, in));
        if (++found == join->bound->most)
            break;
    }
    return found || !join->bound->outer ? OK : join_add_pair(join, row, OVERLAY_NONE);
}

static status table_push(struct join *join, struct batch *in)
{
    struct column **column, *clock = join->bound->timed ? batch_column(in, join->time) : NULL;

    TRY(join_columns(join, in, join->left, &column));
    TRY(batch_decode(in, clock));
    join->pairs = 0;
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t row = batch_row(in, i);

        if (join_read_key(join, column, row)) {
            TRY(buf_status(&join->text));
            TRY(find_pairs(join, in, row, join_time(clock, row)));
        } else if (join->bound->outer) {
            TRY(join_add_pair(join, row, OVERLAY_NONE));
        }
    }
    return flush(join, in);
}

/* --- beginning ----------------------------------------------------------------------------------------------------- */

/* Of the fields that the subsearch has those which came in. */
static status find_common(struct join *join, const struct layout *left)
{
    const struct layout *right = &join->rows->store.layout;

    TRY_NEW(join->left = join->right = ARENA_ARRAY(&join->op.arena, const struct name *, right->count + (size_t)1));
    for (uint32_t c = 0; c < right->count; c++) {
        const struct name *name = right->column[c].name;

        if (!name_is_internal(name) && layout_find(left, name) >= 0)
            join->left[join->keys++] = name;
    }
    return OK;
}

static status name_keys(struct join *join)
{
    const struct join_bound *bound = join->bound;
    struct names            *names = join->op.run->names;

    TRY_NEW(join->left = ARENA_ARRAY(&join->op.arena, const struct name *, bound->keys + (size_t)1));
    TRY_NEW(join->right = ARENA_ARRAY(&join->op.arena, const struct name *, bound->keys + (size_t)1));
    join->keys = bound->keys;
    for (uint32_t k = 0; k < bound->keys; k++) {
        TRY_NEW(join->left[k] = names_intern(names, bound->key[k].left));
        TRY_NEW(join->right[k] = names_intern(names, bound->key[k].right));
    }
    return OK;
}

/* What the fields of the subsearch are called; its keys equal those that are there already. */
static status name_columns(struct join *join)
{
    struct overlay *overlay = &join->overlay;
    struct buf     *text = &join->text;

    if (join->bound->right.size == 0) {
        TRY(overlay_name(overlay));
        for (uint32_t c = 0; c < overlay->layout->count; c++)
            for (uint32_t k = 0; k < join->keys; k++)
                if (overlay->layout->column[c].name == join->right[k])
                    overlay->name[c] = NULL;
        return OK;
    }
    TRY_NEW(overlay->name = ARENA_ARRAY(&join->op.arena, const struct name *, overlay->layout->count + (size_t)1));
    for (uint32_t c = 0; c < overlay->layout->count; c++) {
        buf_clear(text);
        buf_put(text, join->bound->right);
        buf_put(text, name_str(overlay->layout->column[c].name));
        TRY(buf_status(text));
        if (wanted_has(&join->op.stage->output, buf_str(text)))
            TRY_NEW(overlay->name[c] = names_intern(join->op.run->names, buf_str(text)));
    }
    return OK;
}

/* The keys are known: what is needed to find rows by them. */
static status begin(struct join *join)
{
    struct inner_rows *rows = join->rows;
    status             result = AGAIN;

    join->opened = true;
    for (uint32_t c = 0; c < rows->store.layout.count; c++)
        TRY(layout_add(&join->columns, rows->store.layout.column[c].name, rows->store.layout.column[c].rank));
    join->overlay.layout = &join->columns;
    TRY(name_columns(join));
    if (rows->runs.count == 0) {
        TRY(overlay_decode(&rows->store));
        result = fill_table(join);
    }
    if (result != AGAIN)
        return result;
    free_table(join);
    join->merges = true;
    return join_merge_open(join);
}

/* --- the operator -------------------------------------------------------------------------------------------------- */

static status take_rows(struct join *join, struct batch *in)
{
    return join->merges ? join_merge_push(join, in) : table_push(join, in);
}

static status join_push(struct op *op, struct batch *in)
{
    struct join *join = container_of(op, struct join, op);

    if (join->rows->rows == 0 && !join->bound->outer)
        return ENOUGH;
    return join->bound->common ? sorted_rows_add(&join->held, in) : take_rows(join, in);
}

static status take_held(struct op *op, struct batch *takes)
{
    status result = take_rows(container_of(op, struct join, op), takes);

    batch_release(takes);
    arena_reset(&op->step);
    return result;
}

static status join_finish(struct op *op)
{
    struct join *join = container_of(op, struct join, op);

    if (join->held.op && !join->opened) {
        TRY(row_store_seal(&join->held.rows));
        TRY(find_common(join, &join->held.rows.layout));
        TRY(sorted_rows_yield(&join->held));
        TRY(begin(join));
    }
    if (join->held.op)
        TRY(sorted_rows_send(&join->held, take_held));
    sorted_rows_free(&join->held);
    return join->merges ? join_merge_finish(join) : OK;
}

static void join_close(struct op *op)
{
    struct join *join = container_of(op, struct join, op);
    struct heap *heap = &op->run->heap;

    heap_free(heap, join->row, join->pairs_room * sizeof *join->row);
    heap_free(heap, join->other, join->others_room * sizeof *join->other);
    free_table(join);
    join_merge_close(join);
    sorted_rows_free(&join->held);
    buf_free(&join->text);
    layout_free(&join->columns);
}

static const struct op_kind join_kind = {
    "join", .push = join_push, .finish = join_finish, .close = join_close, .spills = true,
};

status join_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct join_bound *bound = stage->bound;
    struct join             *join;

    TRY(op_new(&join_kind, sizeof *join, stage, run, out));
    join = container_of(*out, struct join, op);
    join->bound = bound;
    join->most = send_most(*out);
    buf_init(&join->text, &run->heap);
    buf_init(&join->merge.key, &run->heap);
    layout_init(&join->columns, &run->heap);
    join->overlay = (struct overlay){ .op = *out, .overwrites = bound->overwrites };
    TRY_NEW(join->time = names_intern(run->names, STR("_time")));
    join->rows = inner_rows(run, bound->subsearch);
    TRY(inner_rows_open(join->rows, (*out)->context->diag));
    if (bound->common) {
        sorted_rows_init(&join->held, *out, NULL, 0, 0);
        return is_too_much(join, join->rows->store.rows) ? inner_rows_flush(join->rows) : OK;
    }
    TRY(name_keys(join));
    return begin(join);
}
