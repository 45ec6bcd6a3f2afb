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

void key_set_init(struct key_set *set, struct heap *heap)
{
    *set = (struct key_set){ .heap = heap };
    arena_init(&set->arena, heap);
}

void key_set_free(struct key_set *set)
{
    if (!set->heap)
        return;
    arena_free(&set->arena);
    heap_free(set->heap, set->key, set->capacity * sizeof *set->key);
    heap_free(set->heap, set->slot, set->slots * sizeof *set->slot);
    *set = (struct key_set){ 0 };
}

static status rehash(struct key_set *set)
{
    uint32_t  slots = set->slots ? set->slots * 2 : 64, *slot;

    if (slots < set->slots)
        return FAIL_LIMIT;
    slot = heap_zero(set->heap, slots, sizeof *slot);
    TRY_NEW(slot);
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t at = (uint32_t)set->key[i].hash & (slots - 1);
        while (slot[at])
            at = (at + 1) & (slots - 1);
        slot[at] = i + 1;
    }
    heap_free(set->heap, set->slot, set->slots * sizeof *slot);
    set->slot = slot;
    set->slots = slots;
    return OK;
}

status key_set_number(struct key_set *set, str key, uint32_t *number, bool *fresh)
{
    uint64_t hash = hash_str(key);
    uint32_t at;
    char    *copy;

    if (set->count >= set->slots / 2)
        TRY(rehash(set));
    for (at = (uint32_t)hash & (set->slots - 1); set->slot[at]; at = (at + 1) & (set->slots - 1)) {
        const struct known_key *known = &set->key[set->slot[at] - 1];
        if (known->hash == hash && str_equal(str_make(known->at, known->size), key)) {
            *number = set->slot[at] - 1;
            *fresh = false;
            return OK;
        }
    }
    if (!heap_grow(set->heap, &set->key, &set->capacity, set->count + 1, sizeof *set->key))
        return FAIL_MEMORY;
    copy = arena_alloc(&set->arena, key.size);
    TRY_NEW(copy);
    memcpy(copy, key.at, key.size);
    set->key[set->count] = (struct known_key){ copy, (uint32_t)key.size, hash };
    set->slot[at] = ++set->count;
    *number = set->count - 1;
    *fresh = true;
    return OK;
}
