#include "state/keys.h"

#include "value/number.h"
#include "value/order.h"

#include <stdlib.h>

static void put_size(struct buf *key, uint32_t size, uint8_t tag)
{
    char bytes[5] = { (char)tag };

    memcpy(bytes + 1, &size, sizeof size);
    buf_put(key, str_make(bytes, sizeof bytes));
}

static void put_scalar(struct buf *key, const struct cell *cell)
{
    char room[NUMBER_ROOM];
    str  text = cell_show(cell, room);

    put_size(key, (uint32_t)text.size, 't');
    buf_put(key, text);
}

void key_put(struct buf *key, const struct cell *cell)
{
    if (cell->kind == KIND_NULL) {
        buf_byte(key, 'n');
        return;
    }
    if (cell->kind != KIND_LIST) {
        put_scalar(key, cell);
        return;
    }
    put_size(key, cell->size, 'l');
    for (uint32_t i = 0; i < cell->size; i++)
        put_scalar(key, &cell->list[i]);
}

static int compare_numbers(const void *a, const void *b)
{
    const struct field *left = a, *right = b;

    return left->name->number < right->name->number ? -1 : left->name->number > right->name->number;
}

status key_fields(struct batch *batch, struct arena *arena, struct field **out)
{
    struct field *field = arena_alloc(arena, (batch->fields + (size_t)1) * sizeof *field);

    TRY_NEW(*out = field);
    for (uint32_t f = 0; f < batch->fields; f++) {
        TRY(batch_decode(batch, batch->field[f].column));
        field[f] = batch->field[f];
    }
    if (batch->fields > 1)
        qsort(field, batch->fields, sizeof *field, compare_numbers);
    return OK;
}

void key_put_row(struct buf *key, const struct field *field, uint32_t fields, uint32_t row)
{
    for (uint32_t f = 0; f < fields; f++) {
        struct cell cell = column_cell(field[f].column, row);

        if (cell.kind == KIND_NULL)
            continue;
        buf_put(key, str_make((const char *)&field[f].name->number, sizeof field[f].name->number));
        key_put(key, &cell);
    }
}
