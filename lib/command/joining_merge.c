#include "command/joining.h"

#include "batch/pick.h"


/* --- rows of the subsearch, by key --------------------------------------------------------------------------------- */

/* Those that have one. */
static status add_keyed(struct join *join, struct batch *batch)
{
    struct column **column, *key;
    uint32_t       *row, count = 0;

    TRY(join_columns(join, batch, join->right, &column));
    TRY_NEW(key = column_cells(&batch->arena, batch->size, KINDS_TEXT));
    TRY_NEW(row = ARENA_ARRAY(&batch->arena, uint32_t, batch->size + (size_t)1));
    for (uint32_t i = 0; i < batch->size; i++) {
        str text;

        if (!join_read_key(join, column, i))
            continue;
        TRY(buf_status(&join->text));
        TRY_NEW((text = arena_str(&batch->arena, buf_str(&join->text))).at);
        key->cell[i] = cell_text(text);
        row[count++] = i;
    }
    batch->rows = (struct rows){ count, row };
    TRY(batch_append(batch, join->merge.late.key, key, join->op.stage->rank));
    return sorted_rows_add(&join->merge.rows, batch);
}

/* The names of columns for the time being: \xff and a number. */
static status name_aside(struct join *join)
{
    const struct layout *layout = &join->merge.rows.rows.layout;
    struct overlay      *aside = &join->merge.aside;
    struct buf          *text = &join->text;

    *aside = (struct overlay){ .op = &join->op, .layout = layout, .copies = true };
    TRY_NEW(aside->name = ARENA_ARRAY(&join->op.arena, const struct name *, layout->count + (size_t)1));
    for (uint32_t c = 0; c < layout->count; c++) {
        int64_t number = layout_find(join->overlay.layout, layout->column[c].name);

        if (number < 0 || !join->overlay.name[number])
            continue;
        buf_clear(text);
        buf_print(text, "\xff%u", (unsigned)number);
        TRY(buf_status(text));
        TRY_NEW(aside->name[c] = names_intern(join->op.run->names, buf_str(text)));
    }
    return OK;
}

status join_merge_open(struct join *join)
{
    struct join_merge *merge = &join->merge;
    struct batch      *batch;
    status             s;

    TRY(late_rows_open(&merge->late, &join->op));
    sorted_rows_init(&merge->rows, &join->op, &merge->late.by_key, 1, 0);
    merge->cursor.rows = &merge->rows;
    TRY(inner_rows_flush(join->rows));
    while ((s = inner_rows_next(join->rows, send_most(&join->op), &batch)) == OK) {
        s = add_keyed(join, batch);
        batch_release(batch);
        arena_reset(&join->op.step);
        TRY(s);
    }
    if (s != DONE)
        return s;
    inner_rows_drop(join->rows);
    TRY(sorted_rows_yield(&merge->rows));
    TRY(row_store_seal(&merge->rows.rows));
    return name_aside(join);
}

static void drop_places(struct join_merge *merge, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        batch_release(merge->place[i].batch);
    if (count)
        memmove(merge->place, merge->place + count, (merge->places - count) * sizeof *merge->place);
    merge->places -= count;
    merge->from -= count;
}

void join_merge_close(struct join *join)
{
    struct join_merge *merge = &join->merge;

    merge->from = merge->places;
    drop_places(merge, merge->places);
    heap_free(&join->op.run->heap, merge->place, merge->room * sizeof *merge->place);
    row_cursor_close(&merge->cursor);
    sorted_rows_free(&merge->rows);
    late_rows_close(&merge->late);
    buf_free(&merge->key);
}

/* --- rows that come in --------------------------------------------------------------------------------------------- */

struct keyed {
    struct join          *join;
    struct column *const *column;
};

static status key_of(void *host, uint32_t row, str *out, bool *none)
{
    const struct keyed *keyed = host;

    *none = !join_read_key(keyed->join, keyed->column, row);
    *out = buf_str(&keyed->join->text);
    return buf_status(&keyed->join->text);
}

status join_merge_push(struct join *join, struct batch *in)
{
    struct column **column;

    TRY(join_columns(join, in, join->left, &column));
    return late_rows_sort(&join->merge.late, in, key_of, &(struct keyed){ join, column }, join->bound->outer);
}

/* --- both go by each other ----------------------------------------------------------------------------------------- */

static status step(struct join_merge *merge)
{
    status s = row_cursor_step(&merge->cursor);

    merge->begun = true;
    merge->over = s == DONE;
    return s == DONE ? OK : s;
}

static int compare(const struct join_merge *merge, str key)
{
    struct cell cell = row_cursor_cell(&merge->cursor, merge->late.key);

    return str_compare(cell_str(&cell), key);
}

static status add_place(struct join *join)
{
    struct join_merge *merge = &join->merge;

    if (!heap_grow(&join->op.run->heap, &merge->place, &merge->room, merge->places + 1, sizeof *merge->place))
        return FAIL_MEMORY;
    batch_retain(merge->cursor.batch);
    merge->place[merge->places++] = (struct overlay_place){ merge->cursor.batch, merge->cursor.row };
    return OK;
}

/* The rows with this key, as many as can be wanted; keys ascend. */
static status go_to(struct join *join, str key)
{
    struct join_merge *merge = &join->merge;
    uint64_t           most = join->bound->timed ? 0 : join->bound->most;

    if (!merge->begun)
        TRY(step(merge));
    buf_clear(&merge->key);
    buf_put(&merge->key, key);
    TRY(buf_status(&merge->key));
    merge->from = merge->places;
    while (!merge->over && compare(merge, key) < 0)
        TRY(step(merge));
    while (!merge->over && compare(merge, key) == 0) {
        if (!most || merge->places - merge->from < most)
            TRY(add_place(join));
        TRY(step(merge));
    }
    return OK;
}

/* What was found goes into columns of its own: which place it has among the others only the order of the rows will tell. */
static status flush(struct join *join, struct batch *in)
{
    struct join_merge    *merge = &join->merge;
    struct overlay_source source = { .place = merge->place };
    struct batch         *out;
    status                result;

    if (join->pairs == 0)
        return OK;
    TRY(run_check(join->op.run));
    TRY(batch_pick(in, join->row, join->pairs, &out));
    result = overlay_rows(&merge->aside, out, &source, join->other);
    join->pairs = 0;
    if (result == OK)
        result = late_rows_decided(&merge->late, out);
    batch_release(out);
    drop_places(merge, merge->from);
    return result;
}

static status find_pairs(struct join *join, struct batch *in, uint32_t row, double time)
{
    struct join_merge *merge = &join->merge;
    uint64_t           found = 0;

    for (uint32_t i = 0; i < merge->places - merge->from; i++) {
        const struct overlay_place *place = &merge->place[merge->from + i];
        const struct column        *clock = join->bound->timed ? batch_column(place->batch, join->time) : NULL;

        if (join->bound->timed && !join_suits_time(join, time, join_time(clock, place->row)))
            continue;
        TRY(join_add_pair(join, row, merge->from + i));
        if (join->pairs == join->most)
            TRY(flush(join, in));
        if (++found == join->bound->most)
            break;
    }
    return found || !join->bound->outer ? OK : join_add_pair(join, row, OVERLAY_NONE);
}

static status judge_rows(struct join *join, struct batch *in)
{
    struct join_merge   *merge = &join->merge;
    struct column       *clock = join->bound->timed ? batch_column(in, join->time) : NULL;
    const struct column *key = batch_column(in, merge->late.key);

    TRY(batch_decode(in, clock));
    join->pairs = 0;
    for (uint32_t row = 0; row < in->size; row++) {
        struct cell cell = column_cell(key, row);

        if (!merge->begun || !str_equal(cell_str(&cell), buf_str(&merge->key)))
            TRY(go_to(join, cell_str(&cell)));
        TRY(find_pairs(join, in, row, join_time(clock, row)));
    }
    return flush(join, in);
}

static status judge(struct op *op, struct batch *takes)
{
    status result = judge_rows(container_of(op, struct join, op), takes);

    batch_release(takes);
    return result;
}

/* --- rows go out, in their order ----------------------------------------------------------------------------------- */

static status lay_aside_over(struct join *join, struct batch *out)
{
    const struct overlay *aside = &join->merge.aside;
    uint32_t              columns = join->overlay.layout->count;
    struct column       **column = ARENA_ARRAY(&join->op.step, struct column *, columns + (size_t)1);
    uint32_t             *row = ARENA_ARRAY(&join->op.step, uint32_t, out->size + (size_t)1);

    TRY_NEW(column && row ? column : NULL);
    for (uint32_t i = 0; i < out->size; i++)
        row[i] = i;
    for (uint32_t c = 0; c < aside->layout->count; c++) {
        int64_t number = aside->name[c] ? layout_find(join->overlay.layout, aside->layout->column[c].name) : -1;

        if (number < 0)
            continue;
        column[number] = batch_column(out, aside->name[c]);
        TRY(batch_decode(out, column[number]));
        batch_remove(out, aside->name[c]);
    }
    TRY(join_rename(join, out));
    return overlay_rows(&join->overlay, out, &(struct overlay_source){ .column = column }, row);
}

static status emit(struct op *op, struct batch *takes)
{
    struct join *join = container_of(op, struct join, op);
    status       result = lay_aside_over(join, takes);

    arena_reset(&op->step);
    if (result == OK)
        return late_rows_emit(&join->merge.late, takes);
    batch_release(takes);
    return result;
}

status join_merge_finish(struct join *join)
{
    return late_rows_finish(&join->merge.late, judge, emit);
}
