#include "group/group_join.h"

#include "state/keep.h"
#include "state/keys.h"

enum { SLICE = 4096 };                      /* groups that are rows at a time */

status group_join_open(struct group_join *join, struct op *op)
{
    join->op = op;
    TRY_NEW(join->key = names_intern(op->context->names, STR("\xff" "key")));
    TRY_NEW(join->number = names_intern(op->context->names, STR("\xff" "number")));
    join->by_key = (struct sort_by){ .name = join->key, .kind = SORT_TEXT };
    join->by_number = (struct sort_by){ .name = join->number, .kind = SORT_NUMBER };
    sorted_rows_init(&join->numbers, op, NULL, 0, 0);
    sorted_rows_init(&join->found, op, &join->by_key, 1, 0);
    sorted_rows_init(&join->results, op, &join->by_number, 1, 0);
    join->cursor.rows = &join->results;
    return OK;
}

void group_join_close(struct group_join *join)
{
    row_cursor_close(&join->cursor);
    sorted_rows_free(&join->numbers);
    sorted_rows_free(&join->found);
    sorted_rows_free(&join->results);
}

/* --- groups as rows ------------------------------------------------------------------------------------------------ */

/* The values that make a group, in one text. */
static status put_keys(struct group_join *join, const struct groups *groups, const uint32_t *order, uint32_t from,
                       struct batch *batch)
{
    struct column *column = column_cells(&batch->arena, batch->size, KINDS(KIND_TEXT));
    struct buf     text;
    status         result = column ? OK : FAIL_MEMORY;

    buf_init(&text, join->op->context->heap);
    for (uint32_t i = 0; i < batch->size && result == OK; i++) {
        buf_clear(&text);
        for (uint32_t k = 0; k < groups->keys; k++) {
            struct cell value = groups_cell(groups, order ? order[from + i] : from + i, k);
            key_put(&text, &value);
        }
        result = buf_status(&text);
        if (result == OK) {
            column->cell[i] = cell_field_text(arena_str(&batch->arena, buf_str(&text)));
            result = column->cell[i].text ? OK : FAIL_MEMORY;
        }
    }
    buf_free(&text);
    return result == OK ? batch_append(batch, join->key, column, join->op->stage->rank) : result;
}

static status number_groups(struct group_join *join, const struct groups *groups, uint32_t from, struct batch *batch)
{
    struct column *number = column_number(&batch->arena, batch->size);

    TRY_NEW(number);
    for (uint32_t i = 0; i < batch->size; i++)
        number->number[i] = join->numbered + from + i;
    TRY(batch_append(batch, join->number, number, join->op->stage->rank));
    TRY(put_keys(join, groups, NULL, from, batch));
    return sorted_rows_add(&join->numbers, batch);
}

status group_join_put_aside(struct group_join *join, struct group_table *table, const struct batch *in)
{
    uint32_t count = groups_count(&table->groups);

    for (uint32_t from = 0; from < count; from += SLICE) {
        struct batch *batch = batch_new(join->op->context->heap, count - from < SLICE ? count - from : SLICE);
        status        result;

        TRY_NEW(batch);
        result = number_groups(join, &table->groups, from, batch);
        batch_release(batch);
        TRY(result);
    }
    join->numbered += count;
    return group_table_put_aside(table, in);
}

static status put_results(struct group_join *join, struct group_table *table, struct tally_work *const *column,
                          struct batch *batch)
{
    TRY(put_keys(join, &table->groups, table->order, 0, batch));
    for (uint32_t c = 0; c < join->columns; c++) {
        struct column *cells = column_cells(&batch->arena, batch->size, KINDS_ANY);

        TRY_NEW(cells);
        for (uint32_t i = 0; i < batch->size; i++) {
            struct kept_cell kept = { 0 };

            TRY(tallies_cell(&table->tallies, column[c], table->order[i], &batch->arena, &kept.cell));
            TRY(kept_cell_copy(&kept, &batch->arena, &cells->cell[i]));
        }
        TRY(batch_append(batch, join->name[c], cells, join->op->stage->rank));
    }
    return sorted_rows_add(&join->found, batch);
}

/* --- results by number --------------------------------------------------------------------------------------------- */

/* The cursor goes to the key of each row; the row gets what stands there. */
static status look_up(struct group_join *join, struct row_cursor *found, struct batch *batch)
{
    const struct column *key = batch_column(batch, join->key);
    struct column      **cells = ARENA_ARRAY(&batch->arena, struct column *, join->columns + (size_t)1);

    TRY_NEW(cells);
    for (uint32_t c = 0; c < join->columns; c++)
        TRY_NEW(cells[c] = column_cells(&batch->arena, batch->size, KINDS_ANY));
    for (uint32_t row = 0; row < batch->size; row++) {
        struct cell wanted = column_cell(key, row), at = found->batch ? row_cursor_cell(found, join->key) : cell_null();

        while (at.kind == KIND_NULL || !str_equal(cell_str(&at), cell_str(&wanted))) {
            status result = row_cursor_step(found);
            if (result != OK)
                return result == DONE ? FAIL_BUG : result;
            at = row_cursor_cell(found, join->key);
        }
        for (uint32_t c = 0; c < join->columns; c++) {
            const struct kept_cell kept = { .cell = row_cursor_cell(found, join->name[c]) };
            TRY(kept_cell_copy(&kept, &batch->arena, &cells[c]->cell[row]));
        }
    }
    for (uint32_t c = 0; c < join->columns; c++)
        TRY(batch_append(batch, join->name[c], cells[c], join->op->stage->rank));
    batch_remove(batch, join->key);
    return sorted_rows_add(&join->results, batch);
}

static status sort_numbers(struct group_join *join, struct sorted_rows *by_key)
{
    struct batch *batch;
    status        result;

    TRY(sorted_rows_yield(&join->numbers));
    while ((result = sorted_rows_next(&join->numbers, 0, &batch)) == OK) {
        result = sorted_rows_add(by_key, batch);
        batch_release(batch);
        TRY(result);
    }
    sorted_rows_free(&join->numbers);
    return result == DONE ? OK : result;
}

static status look_up_all(struct group_join *join, struct sorted_rows *by_key)
{
    struct row_cursor found = { .rows = &join->found };
    struct batch     *batch;
    status            result = sort_numbers(join, by_key);

    if (result == OK)
        result = sorted_rows_yield(by_key);
    if (result == OK)
        result = sorted_rows_yield(&join->found);
    while (result == OK && (result = sorted_rows_next(by_key, 0, &batch)) == OK) {
        result = look_up(join, &found, batch);
        batch_release(batch);
    }
    row_cursor_close(&found);
    sorted_rows_free(&join->found);
    return result == DONE ? OK : result;
}

status group_join_read(struct group_join *join, struct group_table *table, struct tally_work *const *column,
                       const struct name *const *name, uint32_t columns)
{
    status result;

    join->name = name;
    join->columns = columns;
    while ((result = group_table_next(table)) == OK) {
        struct batch *batch = batch_new(join->op->context->heap, table->count);

        TRY_NEW(batch);
        result = put_results(join, table, column, batch);
        batch_release(batch);
        TRY(result);
    }
    return result == DONE ? OK : result;
}

status group_join_sort(struct group_join *join)
{
    struct sorted_rows by_key;
    status             result;

    sorted_rows_init(&by_key, join->op, &join->by_key, 1, 0);
    result = look_up_all(join, &by_key);
    sorted_rows_free(&by_key);
    return result;
}

status group_join_find(struct group_join *join, double number)
{
    while (!join->cursor.batch || row_cursor_cell(&join->cursor, join->number).number != number) {
        status result = row_cursor_step(&join->cursor);
        if (result != OK)
            return result == DONE ? FAIL_BUG : result;
    }
    return OK;
}
