/* dedup [<count>] <fields>: the first rows of every combination of values (reporting 3.7).
 *
 * A row without one of the fields is dropped, or kept without being counted (keepempty). `consecutive` forgets a key as
 * soon as another one comes; such a row does not end a run. With `keepevents` rows stay and only lose the fields.
 *
 * Keys are remembered until memory is short. From then on no more are taken in: rows with keys that are not known, and what
 * goes out behind them, wait for the end of the input (late_rows.h). */
#include "rows/late_rows.h"
#include "command/row_keys.h"
#include "plan/bind.h"

enum { DEDUP_COUNT, DEDUP_FIELDS, DEDUP_KEEPEVENTS, DEDUP_KEEPEMPTY, DEDUP_CONSECUTIVE, DEDUP_SORTBY };

struct dedup {
    struct op           op;
    uint32_t            most;
    bool                keeps_events, keeps_empty, consecutive;
    struct row_keys     alike;              /* every key so far */
    uint32_t           *count;              /* rows of each */
    uint32_t            counts;
    struct buf          last;               /* consecutive: the key of the run */
    bool                in_run;
    uint32_t            run;                /* rows of the run */
    struct sort_by     *by;                 /* sortby */
    uint32_t            keys;
    struct sorted_rows  sorted;             /* all rows, if there is a sortby */
    struct layout       layout;             /* of all rows that come by, so that it does not matter which of them wait */
    bool                full;               /* no more keys are taken in */
    struct late_rows    late;
};

static const struct param dedup_params[] = {
    { "count", PARAM_COUNT, PLACE_FIRST, .preset = "1", .least = 1, .most = UINT32_MAX, .help = "rows to keep of each" },
    { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .vital = true, .help = "what makes rows alike" },
    { "keepevents", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "keep the rows, remove only the fields" },
    { "keepempty", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "keep rows that lack a field" },
    { "consecutive", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "only rows that follow each other" },
    { "sortby", PARAM_SORT_KEYS, PLACE_KEYWORD, .help = "order the rows first" },
    { 0 }
};

enum verdict { DROP, KEEP, STRIP, WAIT };

static status count_of(struct dedup *dedup, uint32_t group, uint32_t **count)
{
    if (group >= dedup->counts
        && !heap_grow_zero(&dedup->op.run->heap, &dedup->count, &dedup->counts, group + 1, sizeof *dedup->count))
        return FAIL_MEMORY;
    *count = &dedup->count[group];
    return OK;
}

/* --- verdicts ------------------------------------------------------------------------------------------------------ */

static enum verdict judge(const struct dedup *dedup, uint32_t *count)
{
    if (*count < dedup->most) {
        ++*count;
        return KEEP;
    }
    return dedup->keeps_events ? STRIP : DROP;
}

static status judge_all(struct dedup *dedup, struct batch *in, uint8_t *verdict)
{
    uint32_t *group, *count;

    TRY(row_keys_groups(&dedup->alike, in, &dedup->op.step, &group));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        if (group[i] == GROUP_NONE) {
            verdict[i] = dedup->keeps_empty ? KEEP : DROP;
            continue;
        }
        TRY(count_of(dedup, group[i], &count));
        verdict[i] = judge(dedup, count);
    }
    return OK;
}

/* Once no more keys are taken in. */
static status judge_late(struct dedup *dedup, struct column *const *column, uint32_t row, uint8_t *verdict)
{
    uint32_t group;
    bool     empty;

    TRY(row_keys_find(&dedup->alike, column, row, &dedup->op.step, &group, &empty));
    if (empty)
        *verdict = dedup->keeps_empty ? KEEP : DROP;
    else
        *verdict = group == GROUP_NONE ? WAIT : (uint8_t)judge(dedup, &dedup->count[group]);
    return OK;
}

static status keep_key(struct dedup *dedup, struct column *const *column, uint32_t row, struct arena *arena,
                       struct cell *out)
{
    bool empty;
    str  text;

    TRY(row_keys_put(&dedup->alike, column, row, &empty));
    text = arena_str(arena, buf_str(&dedup->alike.text));
    TRY_NEW(text.at);
    *out = cell_text(text);
    return OK;
}

/* `key`, of rows that wait, lives with `keys`. */
static status judge_all_late(struct dedup *dedup, struct batch *in, uint8_t *verdict, struct batch *keys,
                             struct column *key)
{
    struct column **column;

    TRY(row_keys_columns(&dedup->alike, in, &dedup->op.step, &column));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        TRY(judge_late(dedup, column, batch_row(in, i), &verdict[i]));
        if (verdict[i] == WAIT)
            TRY(keep_key(dedup, column, batch_row(in, i), &keys->arena, &key->cell[batch_row(in, i)]));
    }
    return OK;
}

/* Only the key of the current run is remembered. */
static status judge_runs(struct dedup *dedup, struct batch *in, uint8_t *verdict)
{
    struct column **column;

    TRY(row_keys_columns(&dedup->alike, in, &dedup->op.step, &column));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        bool empty;

        TRY(row_keys_put(&dedup->alike, column, batch_row(in, i), &empty));
        if (empty) {
            verdict[i] = dedup->keeps_empty ? KEEP : DROP;
            continue;
        }
        if (!dedup->in_run || !str_equal(buf_str(&dedup->alike.text), buf_str(&dedup->last))) {
            struct buf last = dedup->last;
            dedup->last = dedup->alike.text;
            dedup->alike.text = last;
            dedup->run = 0;
            dedup->in_run = true;
        }
        verdict[i] = judge(dedup, &dedup->run);
    }
    return OK;
}

/* --- rows out ------------------------------------------------------------------------------------------------------ */

static status strip(struct dedup *dedup, struct batch *in, struct batch *out, const uint8_t *verdict)
{
    for (uint32_t f = 0; f < dedup->alike.fields; f++) {
        struct field  *field = batch_field(out, dedup->alike.field[f]);
        struct column *column;

        if (!field)
            continue;
        TRY(column_to_cells(field->column, &in->rows, in->size, &out->arena, &column));
        for (uint32_t i = 0; i < batch_rows(in); i++)
            if (verdict[i] == STRIP)
                column->cell[batch_row(in, i)] = cell_null();
        field->column = column;
    }
    return OK;
}

/* The rows that wait, or those that go out. */
static status select_rows(struct dedup *dedup, struct batch *in, const uint8_t *verdict, bool waiting, struct batch *out)
{
    uint32_t *row = arena_alloc(&out->arena, (batch_rows(in) + 1) * sizeof *row), count = 0;
    bool      stripped = false;

    TRY_NEW(row);
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        stripped |= verdict[i] == STRIP;
        if (verdict[i] != DROP && (verdict[i] == WAIT) == waiting)
            row[count++] = batch_row(in, i);
    }
    out->rows = (struct rows){ count, row };
    return stripped && !waiting ? strip(dedup, in, out, verdict) : OK;
}

static status dedup_at_once(struct dedup *dedup, struct batch *in)
{
    uint8_t      *verdict = arena_alloc(&dedup->op.step, batch_rows(in) + 1);
    struct batch *out;
    status        result;

    TRY_NEW(verdict);
    TRY(dedup->consecutive ? judge_runs(dedup, in, verdict) : judge_all(dedup, in, verdict));
    TRY_NEW(out = batch_derive(in));
    result = select_rows(dedup, in, verdict, false, out);
    if (result == OK)
        result = layout_arrange(&dedup->layout, out, false);
    if (result != OK) {
        batch_release(out);
        return result;
    }
    dedup->late.start = batch_end(in);
    return op_emit(&dedup->op, out);
}

static status put_late(struct dedup *dedup, struct batch *in, const uint8_t *verdict, bool waiting, struct column *key)
{
    struct batch *out = batch_derive(in);
    status        result;

    TRY_NEW(out);
    result = select_rows(dedup, in, verdict, waiting, out);
    if (result == OK && batch_rows(out))
        result = waiting ? late_rows_wait(&dedup->late, out, key) : late_rows_decide(&dedup->late, out);
    batch_release(out);
    return result;
}

static status dedup_late(struct dedup *dedup, struct batch *in)
{
    uint8_t       *verdict = arena_alloc(&dedup->op.step, batch_rows(in) + 1);
    struct batch  *keys = batch_derive(in);             /* as long as rows that wait */
    struct column *key = keys ? column_cells(&keys->arena, in->size, KINDS(KIND_TEXT)) : NULL;
    status         result = verdict && key ? OK : FAIL_MEMORY;

    if (result == OK)
        result = judge_all_late(dedup, in, verdict, keys, key);
    if (result == OK) {
        late_rows_begin(&dedup->late, in);
        result = put_late(dedup, keys, verdict, true, key);
    }
    if (result == OK)
        result = put_late(dedup, in, verdict, false, NULL);
    batch_release(keys);
    return result;
}

/* Half of what is left is for the rows that wait. */
static bool is_full(struct dedup *dedup)
{
    size_t growth = groups_growth(&dedup->alike.groups, SEGMENT_ROWS / 16) + dedup->counts * sizeof *dedup->count;

    if (!dedup->full && !dedup->consecutive)
        dedup->full = op_pressed(&dedup->op, groups_count(&dedup->alike.groups),
                                 growth + dedup->op.run->options.limit_memory / 4);
    return dedup->full;
}

static status dedup_rows(struct dedup *dedup, struct batch *in)
{
    TRY(layout_show(&dedup->layout, in));
    return is_full(dedup) ? dedup_late(dedup, in) : dedup_at_once(dedup, in);
}

static status dedup_push(struct op *op, struct batch *in)
{
    struct dedup *dedup = container_of(op, struct dedup, op);

    return dedup->by ? sorted_rows_add(&dedup->sorted, in) : dedup_rows(dedup, in);
}

static status receive(struct op *op, struct batch *takes)
{
    status result = dedup_rows(container_of(op, struct dedup, op), takes);

    batch_release(takes);
    arena_reset(&op->step);
    return result;
}

/* Rows that waited, key by key. */
static status judge_waiting(struct op *op, struct batch *takes)
{
    struct dedup        *dedup = container_of(op, struct dedup, op);
    const struct column *key = batch_column(takes, dedup->late.key);
    uint8_t             *verdict = arena_alloc(&op->step, takes->size + (size_t)1);
    struct batch        *out = batch_derive(takes);
    status               result = verdict && out ? OK : FAIL_MEMORY;

    for (uint32_t i = 0; i < takes->size && result == OK; i++) {
        struct cell cell = column_cell(key, i);
        if (!dedup->in_run || !str_equal(cell_str(&cell), buf_str(&dedup->last))) {
            buf_clear(&dedup->last);
            buf_put(&dedup->last, cell_str(&cell));
            result = buf_status(&dedup->last);
            dedup->run = 0;
            dedup->in_run = true;
        }
        verdict[i] = (uint8_t)judge(dedup, &dedup->run);
    }
    if (result == OK)
        result = select_rows(dedup, takes, verdict, false, out);
    if (result == OK && batch_rows(out))
        result = late_rows_decided(&dedup->late, out);
    batch_release(out);
    batch_release(takes);
    arena_reset(&op->step);
    return result;
}

static status emit_late(struct op *op, struct batch *takes)
{
    return late_rows_emit(&container_of(op, struct dedup, op)->late, takes);
}

static status dedup_finish(struct op *op)
{
    struct dedup *dedup = container_of(op, struct dedup, op);

    if (dedup->by)
        TRY(sorted_rows_send(&dedup->sorted, receive));
    dedup->by = NULL;                       /* done */
    sorted_rows_free(&dedup->sorted);
    if (!dedup->full)
        return OK;
    if (!dedup->late.judged)
        groups_clear(&dedup->alike.groups);       /* all that were known have been judged */
    return late_rows_finish(&dedup->late, judge_waiting, emit_late);
}

static void dedup_close(struct op *op)
{
    struct dedup *dedup = container_of(op, struct dedup, op);
    struct heap  *heap = &op->run->heap;

    row_keys_free(&dedup->alike);
    heap_free(heap, dedup->count, dedup->counts * sizeof *dedup->count);
    buf_free(&dedup->last);
    sorted_rows_free(&dedup->sorted);
    late_rows_close(&dedup->late);
    layout_free(&dedup->layout);
}

static const struct op_kind dedup_kind = {
    "dedup", .push = dedup_push, .finish = dedup_finish, .close = dedup_close, .spills = true,
};

/* --- opening ------------------------------------------------------------------------------------------------------- */

static status intern_names(struct dedup *dedup, const struct stage *stage)
{
    const struct argument *fields = stage_argument(stage, DEDUP_FIELDS), *keys = stage_argument(stage, DEDUP_SORTBY);
    struct arena          *arena = &dedup->op.arena;
    struct names          *names = dedup->op.run->names;
    const struct name    **field;

    TRY_NEW(field = ARENA_ARRAY(arena, const struct name *, fields->count));
    for (uint32_t i = 0; i < fields->count; i++)
        TRY_NEW(field[i] = names_intern(names, fields->names[i]));
    TRY(row_keys_init(&dedup->alike, &dedup->op.run->heap, field, fields->count));
    if (!keys->given)
        return OK;
    dedup->keys = keys->count;
    TRY_NEW(dedup->by = ARENA_ARRAY(arena, struct sort_by, keys->count));
    for (uint32_t i = 0; i < keys->count; i++) {
        TRY_NEW(dedup->by[i].name = names_intern(names, keys->keys[i].field));
        dedup->by[i].kind = keys->keys[i].kind;
        dedup->by[i].descending = keys->keys[i].descending;
    }
    return OK;
}

static status dedup_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct dedup    *dedup;

    TRY(op_new(&dedup_kind, sizeof *dedup, stage, run, out));
    dedup = container_of(*out, struct dedup, op);
    buf_init(&dedup->last, &run->heap);
    layout_init_all(&dedup->layout, &run->heap);
    dedup->late.layout = &dedup->layout;
    dedup->most = (uint32_t)stage_argument(stage, DEDUP_COUNT)->number;
    dedup->keeps_events = stage_argument(stage, DEDUP_KEEPEVENTS)->truth;
    dedup->keeps_empty = stage_argument(stage, DEDUP_KEEPEMPTY)->truth;
    dedup->consecutive = stage_argument(stage, DEDUP_CONSECUTIVE)->truth;
    TRY(intern_names(dedup, stage));
    sorted_rows_init(&dedup->sorted, *out, dedup->by, dedup->keys, 0);
    return late_rows_open(&dedup->late, *out);
}

static status dedup_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct argument *fields = stage_argument(stage, DEDUP_FIELDS), *keys = stage_argument(stage, DEDUP_SORTBY);

    for (uint32_t i = 0; i < fields->count; i++)
        TRY(wanted_add(wanted, fields->names[i]));
    for (uint32_t i = 0; i < keys->count; i++)
        TRY(wanted_add(wanted, keys->keys[i].field));
    return OK;
}

/* The first rows of each key in each part hold the first of all; but what is told of neighbours, or of rows that are not
 * dropped, is not the same in a part. */
static status dedup_bind(struct binder *binder, struct stage *stage)
{
    if (stage_argument(stage, DEDUP_CONSECUTIVE)->truth || stage_argument(stage, DEDUP_KEEPEVENTS)->truth)
        stage->traits &= ~(uint32_t)TRAIT_SPLITS;
    (void)binder;
    return OK;
}

const struct command command_dedup = {
    .name = "dedup",
    .usage = "dedup [<count>] <fields> [keepevents=<bool>] [keepempty=<bool>] [consecutive=<bool>] [sortby <keys>]",
    .summary = "The first rows of every combination of values",
    .params = dedup_params, .map = "dedup", .traits = TRAIT_STREAMING | TRAIT_SPLITS,
    .bind = dedup_bind, .needs = dedup_needs, .gives = columns_stay, .open = dedup_open,
    .example = { "dedup h | table h n", "{\"h\":\"a\",\"n\":1}\n{\"h\":\"a\",\"n\":2}\n{\"h\":\"b\",\"n\":3}",
                 "{\"h\":\"a\",\"n\":1}\n{\"h\":\"b\",\"n\":3}" },
};
