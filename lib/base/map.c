#include "base/map.h"

#include "base/hash.h"

void map_init(struct map *map, struct heap *heap)
{
    *map = (struct map){ .heap = heap };
}

void map_free(struct map *map)
{
    heap_free(map->heap, map->entry, map->capacity * sizeof *map->entry);
    heap_free(map->heap, map->slot, map->slots * sizeof *map->slot);
    map_init(map, map->heap);
}

struct map_entry *map_find(const struct map *map, str key)
{
    uint64_t hash = hash_str(key);

    if (map->slots == 0)
        return NULL;
    for (uint32_t i = (uint32_t)hash & (map->slots - 1);; i = (i + 1) & (map->slots - 1)) {
        struct map_entry *entry;
        if (map->slot[i] == 0)
            return NULL;
        entry = &map->entry[map->slot[i] - 1];
        if (entry->hash == hash && str_equal(entry->key, key))
            return entry;
    }
}

void *map_get(const struct map *map, str key)
{
    struct map_entry *entry = map_find(map, key);
    return entry ? entry->value : NULL;
}

static void place(struct map *map, uint32_t number)
{
    uint32_t i = (uint32_t)map->entry[number].hash & (map->slots - 1);

    while (map->slot[i])
        i = (i + 1) & (map->slots - 1);
    map->slot[i] = number + 1;
}

static status rehash(struct map *map, uint32_t slots)
{
    uint32_t *slot = heap_zero(map->heap, slots, sizeof *slot);

    TRY_NEW(slot);
    heap_free(map->heap, map->slot, map->slots * sizeof *map->slot);
    map->slot = slot;
    map->slots = slots;
    for (uint32_t i = 0; i < map->count; i++)
        place(map, i);
    return OK;
}

status map_put(struct map *map, str key, void *value)
{
    struct map_entry *entry = map_find(map, key);

    if (entry) {
        entry->value = value;
        return OK;
    }
    if (map->count * 2 >= map->slots)
        TRY(rehash(map, map->slots ? map->slots * 2 : 16));
    if (!heap_grow(map->heap, &map->entry, &map->capacity, map->count + 1, sizeof *map->entry))
        return FAIL_MEMORY;
    map->entry[map->count] = (struct map_entry){ key, hash_str(key), value };
    place(map, map->count++);
    return OK;
}
