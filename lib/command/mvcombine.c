/* mvcombine [delim=<text>] <field>: rows that are equal but for one field become one, with a list in it (commands 3).
 *
 * Equal in every other field, internal ones included; missing equals missing, lists compare as wholes. Values stand in the
 * order of their rows, repeated ones too; the row that came first keeps its place. Rows without the field pass. `delim` is
 * what nomv joins the values with later.
 *
 * Rows wait (late_rows.h), sorted by all their other fields. */
#include "rows/late_rows.h"
#include "plan/bind.h"
#include "state/keep.h"
#include "state/keys.h"
#include "value/list.h"

#include <stdlib.h>

enum { DELIM, FIELD };

static const struct param mvcombine_params[] = {
    [DELIM] = { "delim", PARAM_TEXT, PLACE_NAMED, .preset = " ", .help = "what nomv puts between the values later" },
    [FIELD] = { "field", PARAM_FIELD, PLACE_FIRST, .required = true, .help = "what may differ, and becomes a list" },
    { 0 }
};

struct mvcombine {
    struct op          op;
    const struct name *field;
    struct late_rows   late;
    struct buf         key, last;       /* of a row; of the group at hand */
    struct batch      *first;           /* that has the first row of the group at hand; NULL: there is none */
    uint32_t           row;
    struct cell       *value;           /* of the group, texts and lists in `texts` */
    uint32_t           values, room;
    struct arena       texts;
};

/* --- rows come ----------------------------------------------------------------------------------------------------- */

static int compare_fields(const void *a, const void *b)
{
    uint32_t left = ((const struct field *)a)->name->number, right = ((const struct field *)b)->name->number;

    return left < right ? -1 : left > right;
}

/* The other fields, in an order that is the same in all batches. */
static status other_fields(struct mvcombine *mvcombine, struct batch *in, struct field **out, uint32_t *count)
{
    struct field *field = arena_alloc(&mvcombine->op.step, (in->fields + (size_t)1) * sizeof *field);

    TRY_NEW(field);
    *count = 0;
    for (uint32_t f = 0; f < in->fields; f++) {
        if (in->field[f].name == mvcombine->field || in->field[f].column->encoding == ENCODING_ABSENT)
            continue;
        TRY(batch_decode(in, in->field[f].column));
        field[(*count)++] = in->field[f];
    }
    if (*count > 1)
        qsort(field, *count, sizeof *field, compare_fields);
    *out = field;
    return OK;
}

static status make_key(struct mvcombine *mvcombine, const struct field *field, uint32_t fields, uint32_t row,
                       struct arena *arena, struct cell *out)
{
    struct buf *key = &mvcombine->key;
    str         text;

    buf_clear(key);
    for (uint32_t f = 0; f < fields; f++) {
        struct cell cell = column_settled(field[f].column, row);
        if (cell.kind == KIND_NULL)
            continue;
        buf_put(key, str_make((const char *)&field[f].name->number, sizeof field[f].name->number));
        key_put(key, &cell);
    }
    TRY(buf_status(key));
    if (key->size > UINT32_MAX)
        return FAIL_MEMORY;
    TRY_NEW((text = arena_str(arena, buf_str(key))).at);
    *out = cell_text(text);
    return OK;
}

/* Those with a value wait, the others go on. */
static status put_rows(struct mvcombine *mvcombine, struct batch *in, const struct column *column, bool waiting)
{
    struct batch  *out = batch_derive(in);
    struct column *key = NULL;
    struct field  *field;
    uint32_t       fields, count = 0, *row = NULL;
    status         result = out && (row = arena_alloc(&out->arena, (batch_rows(in) + (size_t)1) * sizeof *row)) &&
        (key = column_cells(&out->arena, in->size, KINDS(KIND_TEXT))) ? OK : FAIL_MEMORY;

    if (result == OK)
        result = other_fields(mvcombine, in, &field, &fields);
    for (uint32_t i = 0; i < batch_rows(in) && result == OK; i++) {
        uint32_t at = batch_row(in, i);
        if ((column && !column_is_null(column, at)) != waiting)
            continue;
        row[count++] = at;
        if (waiting)
            result = make_key(mvcombine, field, fields, at, &out->arena, &key->cell[at]);
    }
    if (result == OK && count) {
        out->rows = (struct rows){ count, row };
        result = waiting ? late_rows_wait(&mvcombine->late, out, key) : late_rows_decide(&mvcombine->late, out);
    }
    batch_release(out);
    return result;
}

static status mvcombine_push(struct op *op, struct batch *in)
{
    struct mvcombine *mvcombine = container_of(op, struct mvcombine, op);
    struct column    *column = batch_column(in, mvcombine->field);

    TRY(batch_decode(in, column));
    late_rows_begin(&mvcombine->late, in);
    TRY(put_rows(mvcombine, in, column, true));
    return put_rows(mvcombine, in, column, false);
}

/* --- groups, in the order of their keys ---------------------------------------------------------------------------- */

static status add_values(struct mvcombine *mvcombine, const struct cell *cell)
{
    uint32_t           count;
    const struct cell *member = list_members(cell, &count);

    if (!heap_grow(&mvcombine->op.run->heap, &mvcombine->value, &mvcombine->room, mvcombine->values + count,
                   sizeof *mvcombine->value))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        const struct kept_cell kept = { .cell = member[i] };
        TRY(kept_cell_copy(&kept, &mvcombine->texts, &mvcombine->value[mvcombine->values++]));
    }
    return OK;
}

/* A batch with first rows of groups, which have all their values now. */
struct combined {
    struct batch  *out;
    struct column *column;
    uint32_t      *row, count;
};

static status combined_begin(struct batch *from, struct combined *to)
{
    *to = (struct combined){ .out = batch_derive(from) };
    TRY_NEW(to->out);
    TRY_NEW(to->row = arena_alloc(&to->out->arena, (from->size + (size_t)1) * sizeof *to->row));
    TRY_NEW(to->column = column_cells(&to->out->arena, from->size, 0));
    return OK;
}

static status combined_add(struct mvcombine *mvcombine, struct combined *to)
{
    struct arena *arena = &to->out->arena;
    struct cell  *list = arena_alloc(arena, mvcombine->values * sizeof *list), *into = &to->column->cell[mvcombine->row];

    TRY_NEW(list);
    for (uint32_t i = 0; i < mvcombine->values; i++) {
        const struct kept_cell kept = { .cell = mvcombine->value[i] };
        TRY(kept_cell_copy(&kept, arena, &list[i]));
    }
    *into = list_value(list, mvcombine->values);
    to->column->kinds |= (uint8_t)KINDS(into->kind);
    to->row[to->count++] = mvcombine->row;
    mvcombine->values = 0;
    arena_reset(&mvcombine->texts);
    batch_release(mvcombine->first);
    mvcombine->first = NULL;
    return OK;
}

static status combined_end(struct mvcombine *mvcombine, struct combined *to)
{
    if (to->count == 0)
        return OK;
    to->out->rows = (struct rows){ to->count, to->row };
    TRY(batch_set(to->out, mvcombine->field, to->column, mvcombine->op.stage->rank));
    return late_rows_decided(&mvcombine->late, to->out);
}

/* The group at hand is over. It began in the batch at hand, or one before it. */
static status end_group(struct mvcombine *mvcombine, struct batch *batch, struct combined *here)
{
    struct combined alone;
    status          result;

    if (!mvcombine->first)
        return OK;
    if (mvcombine->first == batch)
        return combined_add(mvcombine, here);
    result = combined_begin(mvcombine->first, &alone);
    if (result == OK)
        result = combined_add(mvcombine, &alone);
    if (result == OK)
        result = combined_end(mvcombine, &alone);
    batch_release(alone.out);
    return result;
}

static status begin_group(struct mvcombine *mvcombine, struct batch *batch, uint32_t row, str key)
{
    batch_retain(batch);
    mvcombine->first = batch;
    mvcombine->row = row;
    buf_clear(&mvcombine->last);
    buf_put(&mvcombine->last, key);
    return buf_status(&mvcombine->last);
}

static status combine_rows(struct mvcombine *mvcombine, struct batch *batch, struct combined *here)
{
    const struct column *key = batch_column(batch, mvcombine->late.key);
    const struct column *column = batch_column(batch, mvcombine->field);

    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        uint32_t    row = batch_row(batch, i);
        struct cell text = column_cell(key, row), cell = column_settled(column, row);
        if (!mvcombine->first || !str_equal(cell_str(&text), buf_str(&mvcombine->last))) {
            TRY(end_group(mvcombine, batch, here));
            TRY(begin_group(mvcombine, batch, row, cell_str(&text)));
        }
        TRY(add_values(mvcombine, &cell));
    }
    return OK;
}

static status combine(struct op *op, struct batch *takes)
{
    struct mvcombine *mvcombine = container_of(op, struct mvcombine, op);
    struct combined   here;
    status            result = combined_begin(takes, &here);

    if (result == OK)
        result = combine_rows(mvcombine, takes, &here);
    if (result == OK)
        result = combined_end(mvcombine, &here);
    batch_release(here.out);
    batch_release(takes);
    arena_reset(&op->step);
    return result;
}

static status emit(struct op *op, struct batch *takes)
{
    return late_rows_emit(&container_of(op, struct mvcombine, op)->late, takes);
}

static status mvcombine_finish(struct op *op)
{
    struct mvcombine *mvcombine = container_of(op, struct mvcombine, op);

    TRY(late_rows_judge(&mvcombine->late, combine));
    TRY(end_group(mvcombine, NULL, NULL));
    return late_rows_finish(&mvcombine->late, combine, emit);
}

static void mvcombine_close(struct op *op)
{
    struct mvcombine *mvcombine = container_of(op, struct mvcombine, op);

    if (!mvcombine->field)
        return;
    batch_release(mvcombine->first);
    late_rows_close(&mvcombine->late);
    buf_free(&mvcombine->key);
    buf_free(&mvcombine->last);
    heap_free(&op->run->heap, mvcombine->value, mvcombine->room * sizeof *mvcombine->value);
    arena_free(&mvcombine->texts);
}

static const struct op_kind mvcombine_kind = {
    "mvcombine", .push = mvcombine_push, .finish = mvcombine_finish, .close = mvcombine_close, .spills = true,
};

static status mvcombine_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct mvcombine *mvcombine;

    TRY(op_new(&mvcombine_kind, sizeof *mvcombine, stage, run, out));
    mvcombine = container_of(*out, struct mvcombine, op);
    buf_init(&mvcombine->key, &run->heap);
    buf_init(&mvcombine->last, &run->heap);
    arena_init(&mvcombine->texts, &run->heap);
    TRY_NEW(mvcombine->field = names_intern(run->names, stage_argument(stage, FIELD)->text));
    return late_rows_open(&mvcombine->late, *out);
}

/* Every field tells rows apart, whether anybody wants to see it or not. */
static status mvcombine_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    return wanted_everything(wanted);
}

const struct command command_mvcombine = {
    .name = "mvcombine", .usage = "mvcombine [delim=<text>] <field>",
    .summary = "Rows that are equal but for one field become one, with a list in it",
    .keeps = "the values of one combined row",
    .params = mvcombine_params, .needs = mvcombine_needs, .gives = columns_stay, .open = mvcombine_open,
    .example = { "table k v | mvcombine v", "{\"k\":1,\"v\":\"a\"}\n{\"k\":2,\"v\":\"b\"}\n{\"k\":1,\"v\":\"c\"}",
                 "{\"k\":1,\"v\":[\"a\",\"c\"]}\n{\"k\":2,\"v\":\"b\"}" },
};
