#include "state/keys.h"

#include "value/number.h"
#include "value/order.h"

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
