#include "command/row_keys.h"

#include "value/number.h"
#include "value/order.h"

status row_keys_init(struct row_keys *keys, struct heap *heap, const struct name *const *field, uint32_t fields)
{
    *keys = (struct row_keys){ .field = field, .fields = fields };
    buf_init(&keys->text, heap);
    return groups_init(&keys->groups, heap, fields);
}

void row_keys_free(struct row_keys *keys)
{
    if (!keys->groups.heap)
        return;
    groups_free(&keys->groups);
    buf_free(&keys->text);
}

/* --- groups -------------------------------------------------------------------------------------------------------- */

/* A list is told apart from texts by a byte that no text in UTF-8 begins with. */
static status list_text(struct row_keys *keys, const struct cell *list)
{
    buf_clear(&keys->text);
    buf_byte(&keys->text, (char)0xff);
    key_put(&keys->text, list);
    return buf_status(&keys->text);
}

static status code_of(struct row_keys *keys, uint32_t field, const struct cell *cell, uint32_t *code)
{
    struct interner *values = &keys->groups.key[field].values;

    if (cell->kind != KIND_LIST)
        return interner_cell(values, cell, code);
    TRY(list_text(keys, cell));
    return interner_text(values, buf_str(&keys->text), code);
}

static bool has_lists(const struct column *column)
{
    if (column->encoding == ENCODING_CONSTANT)
        return column->constant.kind == KIND_LIST;
    return (column->encoding == ENCODING_CELLS || column->encoding == ENCODING_DICTIONARY)
        && column->kinds & KINDS(KIND_LIST);
}

/* Codes of a field for all selected rows. */
static status read_codes(struct row_keys *keys, struct batch *in, uint32_t field, uint32_t *code)
{
    struct column *column = batch_column(in, keys->field[field]);
    uint32_t       rows = batch_rows(in);

    TRY(batch_decode(in, column));
    if (!column || column->encoding == ENCODING_ABSENT) {
        for (uint32_t i = 0; i < rows; i++)
            code[i] = INTERNER_NULL;
        return OK;
    }
    if (!has_lists(column))
        return interner_column(&keys->groups.key[field].values, column, in->rows.row, rows, code);
    for (uint32_t i = 0; i < rows; i++) {
        struct cell cell = column_cell(column, batch_row(in, i));
        TRY(code_of(keys, field, &cell, &code[i]));
    }
    return OK;
}

status row_keys_groups(struct row_keys *keys, struct batch *in, struct arena *arena, uint32_t **group)
{
    uint32_t  rows = batch_rows(in), *code = arena_alloc(arena, (size_t)rows * keys->fields * sizeof *code);
    uint32_t *one = arena_alloc(arena, keys->fields * sizeof *one);

    TRY_NEW(code && one ? code : NULL);
    TRY_NEW(*group = arena_alloc(arena, rows * sizeof **group));
    for (uint32_t f = 0; f < keys->fields; f++)
        TRY(read_codes(keys, in, f, code + (size_t)f * rows));
    for (uint32_t i = 0; i < rows; i++) {
        bool empty = false;
        for (uint32_t f = 0; f < keys->fields; f++) {
            one[f] = code[(size_t)f * rows + i];
            empty |= one[f] == INTERNER_NULL;
        }
        (*group)[i] = GROUP_NONE;
        if (!empty)
            TRY(groups_number(&keys->groups, one, &(*group)[i]));
    }
    return OK;
}

/* --- row by row ---------------------------------------------------------------------------------------------------- */

status row_keys_columns(const struct row_keys *keys, struct batch *in, struct arena *arena, struct column ***out)
{
    struct column **column = arena_alloc(arena, keys->fields * sizeof *column);

    TRY_NEW(column);
    for (uint32_t f = 0; f < keys->fields; f++) {
        column[f] = batch_column(in, keys->field[f]);
        TRY(batch_decode(in, column[f]));
    }
    *out = column;
    return OK;
}

static struct cell cell_at(struct column *const *column, uint32_t field, uint32_t row)
{
    return column[field] ? column_cell(column[field], row) : cell_null();
}

/* INTERNER_NULL: no key has this value. */
static status find_code(struct row_keys *keys, uint32_t field, const struct cell *cell, uint32_t *code)
{
    char room[NUMBER_ROOM];
    str  text;

    if (cell->kind == KIND_LIST)
        TRY(list_text(keys, cell));
    text = cell->kind == KIND_LIST ? buf_str(&keys->text) : cell_show(cell, room);
    *code = interner_find(&keys->groups.key[field].values, text);
    return OK;
}

status row_keys_find(struct row_keys *keys, struct column *const *column, uint32_t row, struct arena *arena,
                     uint32_t *group, bool *empty)
{
    uint32_t *code = arena_alloc(arena, keys->fields * sizeof *code);
    bool      known = true;

    TRY_NEW(code);
    *group = GROUP_NONE;
    *empty = false;
    for (uint32_t f = 0; f < keys->fields; f++) {
        struct cell cell = cell_at(column, f, row);
        if ((*empty = cell.kind == KIND_NULL))
            return OK;
        code[f] = INTERNER_NULL;
        if (known)
            TRY(find_code(keys, f, &cell, &code[f]));
        known &= code[f] != INTERNER_NULL;
    }
    if (known)
        *group = groups_find(&keys->groups, code);
    return OK;
}

status row_keys_put(struct row_keys *keys, struct column *const *column, uint32_t row, bool *empty)
{
    buf_clear(&keys->text);
    *empty = false;
    for (uint32_t f = 0; f < keys->fields; f++) {
        struct cell cell = cell_at(column, f, row);
        *empty |= cell.kind == KIND_NULL;
        key_put(&keys->text, &cell);
    }
    return buf_status(&keys->text);
}
