/* Text to pointer, insertion order kept. For words, not for data: state/groups is the table for rows.
 *
 * Keys are borrowed: they must live as long as the map. */
#pragma once

#include "base/heap.h"
#include "base/status.h"
#include "base/str.h"

struct map_entry {
    str      key;
    uint64_t hash;
    void    *value;
};

struct map {
    struct heap      *heap;
    struct map_entry *entry;            /* `count` of them, in insertion order */
    uint32_t          count, capacity;
    uint32_t         *slot;             /* entry number + 1, 0: free */
    uint32_t          slots;            /* a power of two, or 0 */
};

void   map_init(struct map *map, struct heap *heap);
void   map_free(struct map *map);
void  *map_get(const struct map *map, str key);                     /* NULL: absent */
struct map_entry *map_find(const struct map *map, str key);
status map_put(struct map *map, str key, void *value);              /* replaces */
