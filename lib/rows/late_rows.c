#include "rows/late_rows.h"

#include "plan/stage.h"

status late_rows_open(struct late_rows *late, struct op *op)
{
    struct names *names = op->run->names;

    late->op = op;
    TRY_NEW(late->key = names_intern(names, STR("\xff" "key")));
    TRY_NEW(late->place = names_intern(names, STR("\xff" "place")));
    TRY_NEW(late->segment = names_intern(names, STR("\xff" "segment")));
    late->by_key = (struct sort_by){ .name = late->key, .kind = SORT_TEXT };
    late->by_place = (struct sort_by){ .name = late->place, .kind = SORT_NUMBER };
    sorted_rows_init(&late->waiting, op, &late->by_key, 1, 0);
    sorted_rows_init(&late->decided, op, &late->by_place, 1, 0);
    return OK;
}

void late_rows_close(struct late_rows *late)
{
    sorted_rows_free(&late->waiting);
    sorted_rows_free(&late->decided);
}

/* --- rows in ------------------------------------------------------------------------------------------------------- */

void late_rows_begin(struct late_rows *late, const struct batch *in)
{
    late->place_of_first = late->places;
    late->places += in->size;
}

static status number(struct late_rows *late, struct batch *out)
{
    struct column *place = column_number(&out->arena, out->size);
    struct column *segment = column_constant(&out->arena, cell_number(out->segment));

    TRY_NEW(place && segment ? place : NULL);
    for (uint32_t i = 0; i < batch_rows(out); i++)
        place->number[batch_row(out, i)] = (double)(late->place_of_first + batch_row(out, i));
    TRY(batch_set(out, late->place, place, late->op->stage->rank));
    return batch_set(out, late->segment, segment, late->op->stage->rank);
}

status late_rows_wait(struct late_rows *late, struct batch *out, struct column *key)
{
    TRY(number(late, out));
    TRY(batch_set(out, late->key, key, late->op->stage->rank));
    return sorted_rows_add(&late->waiting, out);
}

status late_rows_decide(struct late_rows *late, struct batch *out)
{
    TRY(number(late, out));
    return sorted_rows_add(&late->decided, out);
}

static status pick(struct late_rows *late, struct batch *in, late_key key, void *host, bool keyed)
{
    struct batch  *out = batch_derive(in);
    uint32_t      *row = out ? ARENA_ARRAY(&out->arena, uint32_t, batch_rows(in) + (size_t)1) : NULL, count = 0;
    struct column *keys = row ? column_cells(&out->arena, in->size, KINDS_TEXT) : NULL;
    status         result = keys ? OK : FAIL_MEMORY;

    for (uint32_t i = 0; i < batch_rows(in) && result == OK; i++) {
        bool none = false;
        str  text;

        row[count] = batch_row(in, i);
        result = key(host, row[count], &text, &none);
        if (result != OK || none == keyed)
            continue;
        if (keyed)
            result = (text = arena_str(&out->arena, text)).at ? OK : FAIL_MEMORY;
        keys->cell[row[count++]] = keyed ? cell_text(text) : cell_null();
    }
    if (result == OK)
        out->rows = (struct rows){ count, row };
    if (result == OK && count)
        result = keyed ? late_rows_wait(late, out, keys) : late_rows_decide(late, out);
    batch_release(out);
    return result;
}

status late_rows_sort(struct late_rows *late, struct batch *in, late_key key, void *host, bool kept)
{
    late_rows_begin(late, in);
    if (kept)
        TRY(pick(late, in, key, host, false));
    return pick(late, in, key, host, true);
}

/* --- rows out ------------------------------------------------------------------------------------------------------ */

status late_rows_decided(struct late_rows *late, struct batch *out)
{
    batch_remove(out, late->key);
    return sorted_rows_add(&late->decided, out);
}

status late_rows_judge(struct late_rows *late, status (*judge)(struct op *op, struct batch *takes))
{
    if (late->judged)
        return OK;
    if (!sorted_rows_sending(&late->waiting)) {
        TRY(row_store_learn(&late->decided.rows, &late->waiting.rows));     /* they are judged in another order */
        TRY(sorted_rows_yield(&late->waiting));
    }
    TRY(sorted_rows_send(&late->waiting, judge));
    sorted_rows_free(&late->waiting);
    late->judged = true;
    return OK;
}

status late_rows_finish(struct late_rows *late, status (*judge)(struct op *op, struct batch *takes),
                        status (*emit)(struct op *op, struct batch *takes))
{
    TRY(late_rows_judge(late, judge));
    return sorted_rows_send(&late->decided, emit);
}

/* Rows of one segment, without our columns. */
static status emit_some(struct late_rows *late, struct batch *batch, uint32_t from, uint32_t count, double segment)
{
    struct batch *slice = batch_slice(batch, from, count);

    TRY_NEW(slice);
    batch_remove(slice, late->key);
    batch_remove(slice, late->place);
    batch_remove(slice, late->segment);
    slice->ordinal = late->start + batch->ordinal;
    slice->segment = (uint32_t)segment;
    if (late->layout && layout_arrange(late->layout, slice, false) != OK) {
        batch_release(slice);
        return FAIL_MEMORY;
    }
    return op_emit(late->op, slice);
}

status late_rows_emit(struct late_rows *late, struct batch *takes)
{
    const struct column *segment = batch_column(takes, late->segment);
    status               result = OK;

    for (uint32_t from = 0, to; from < takes->size && result == OK; from = to) {
        double number = column_cell(segment, from).number;
        for (to = from + 1; to < takes->size && column_cell(segment, to).number == number;)
            to++;
        result = emit_some(late, takes, from, to - from, number);
    }
    batch_release(takes);
    return result;
}
