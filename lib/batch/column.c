#include "batch/column.h"

#include "value/number.h"

#include <math.h>

size_t json_decode(str escaped, char *out);      /* text/json.h */

struct column *column_absent(struct arena *arena)
{
    struct column *column = ARENA_NEW(arena, struct column);
    return column;              /* ENCODING_ABSENT is 0 */
}

struct column *column_constant(struct arena *arena, struct cell cell)
{
    struct column *column = ARENA_NEW(arena, struct column);

    if (!column)
        return NULL;
    column->encoding = ENCODING_CONSTANT;
    column->constant = cell;
    return column;
}

struct column *column_truth(struct arena *arena, uint32_t size)
{
    struct column *column = ARENA_NEW(arena, struct column);

    if (!column || !(column->truth = arena_alloc(arena, size)))
        return NULL;
    column->encoding = ENCODING_TRUTH;
    return column;
}

struct column *column_number(struct arena *arena, uint32_t size)
{
    struct column *column = ARENA_NEW(arena, struct column);

    if (!column || !(column->number = arena_alloc(arena, size * sizeof(double))))
        return NULL;
    column->encoding = ENCODING_NUMBER;
    return column;
}

struct column *column_cells(struct arena *arena, uint32_t size, unsigned kinds)
{
    struct column *column = ARENA_NEW(arena, struct column);

    if (!column || !(column->cell = arena_alloc(arena, size * sizeof(struct cell))))
        return NULL;
    column->encoding = ENCODING_CELLS;
    column->kinds = (uint8_t)kinds;
    return column;
}

static status decode_cell(struct cell *cell, struct arena *arena)
{
    char  *text;
    size_t size;

    if (cell->kind != KIND_TEXT || !(cell->flags & CELL_ESCAPED))
        return OK;
    text = arena_alloc(arena, cell->size + 1);
    TRY_NEW(text);
    size = json_decode(cell_str(cell), text);       /* never longer than the escaped text */
    cell->text = text;
    cell->size = (uint32_t)size;
    cell->flags &= (uint8_t)~CELL_ESCAPED;
    return OK;
}

/* The members of a list are ours to change as well: a reader makes lists in the batch's arena. */
static status decode_list(const struct cell *list, struct arena *arena)
{
    struct cell *member = (struct cell *)list->list;

    for (uint32_t i = 0; i < list->size; i++)
        TRY(decode_cell(&member[i], arena));
    return OK;
}

status column_decode(struct column *column, const struct rows *rows, struct arena *arena)
{
    if (column->encoding != ENCODING_CELLS || !column->escaped)
        return OK;
    for (uint32_t i = 0; i < rows->count; i++) {
        struct cell *cell = &column->cell[rows_at(rows, i)];
        if (cell->kind == KIND_LIST)
            TRY(decode_list(cell, arena));
        else
            TRY(decode_cell(cell, arena));
    }
    return OK;
}

static status store_list(struct cell *cell, struct arena *arena)
{
    struct cell *copy = ARENA_ARRAY(arena, struct cell, cell->size);

    TRY_NEW(copy);
    for (uint32_t i = 0; i < cell->size; i++) {
        copy[i] = cell->list[i];
        if (copy[i].kind == KIND_TEXT)
            copy[i].flags |= CELL_SOFT;
    }
    cell->list = copy;
    return OK;
}

status column_store(struct column *column, uint32_t size, struct arena *arena, struct column **out)
{
    *out = column;
    if (column->encoding == ENCODING_TRUTH)
        return FAIL_BUG;
    if (column->encoding == ENCODING_CONSTANT && column->constant.kind == KIND_TEXT
        && !(column->constant.flags & CELL_SOFT)) {
        TRY_NEW(*out = column_constant(arena, column->constant));
        (*out)->constant.flags |= CELL_SOFT;
    }
    if (column->encoding == ENCODING_CONSTANT && column->constant.kind == KIND_LIST) {
        TRY_NEW(*out = column_constant(arena, column->constant));
        return store_list(&(*out)->constant, arena);
    }
    if (column->encoding == ENCODING_CELLS) {
        TRY_NEW(*out = column_cells(arena, size, column->kinds));
        (*out)->escaped = column->escaped;
        memcpy((*out)->cell, column->cell, size * sizeof(struct cell));
        for (uint32_t i = 0; i < size; i++) {
            struct cell *cell = &(*out)->cell[i];
            if (cell->kind == KIND_TEXT)
                cell->flags |= CELL_SOFT;
            else if (cell->kind == KIND_LIST)
                TRY(store_list(cell, arena));
        }
    }
    return OK;
}

void cell_settle(struct cell *cell)
{
    char   room[NUMBER_ROOM];
    double number;

    if (cell->kind != KIND_NUMBER || cell->decimals != EXACT || cell->number == floor(cell->number))
        return;
    number_parse(str_make(room, number_format(cell->number, EXACT, room)), &number, &cell->decimals);
}

status column_to_cells(const struct column *column, const struct rows *rows, uint32_t size, struct arena *arena,
                       struct column **out)
{
    unsigned kinds = KINDS(KIND_NULL);

    TRY_NEW(*out = column_cells(arena, size, kinds));
    memset((*out)->cell, 0, size * sizeof(struct cell));
    if (!column || column->encoding == ENCODING_ABSENT)
        return OK;
    (*out)->escaped = column->encoding == ENCODING_CELLS && column->escaped;
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t     row = rows_at(rows, i);
        struct cell *cell = &(*out)->cell[row];
        *cell = column_cell(column, row);
        if (column->encoding == ENCODING_NUMBER && column->unsettled)
            cell_settle(cell);
        kinds |= KINDS(cell->kind);
    }
    (*out)->kinds = (uint8_t)kinds;
    return OK;
}
