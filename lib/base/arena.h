/* Memory that dies together: bump allocation in chunks, freed or reset whole.
 *
 * Nothing handed out is freed by itself. Every block is aligned to 16 bytes.
 * Lifetimes in the library: query, run, step, batch (see lib/README.md); an arena is always passed as an argument. */
#pragma once

#include "base/heap.h"
#include "base/str.h"

struct arena_chunk;

struct arena {
    struct heap        *heap;
    struct arena_chunk *chunk;          /* newest first */
    char               *at, *end;       /* free part of the newest chunk */
    size_t              chunk_size;     /* of the next chunk */
};

void  arena_init(struct arena *arena, struct heap *heap);
void  arena_free(struct arena *arena);              /* usable again afterwards */
void  arena_reset(struct arena *arena);             /* keeps the largest chunk */
size_t arena_size(const struct arena *arena);       /* bytes in chunks */

void *arena_alloc_slow(struct arena *arena, size_t size);

/* NULL when out of memory, and only then: no bytes have a place as well. Not zeroed. */
static inline void *arena_alloc(struct arena *arena, size_t size)
{
    size_t room = (size + 15 + !size) & ~(size_t)15;

    if (room >= size && room <= (size_t)(arena->end - arena->at)) {
        void *block = arena->at;
        arena->at += room;
        return block;
    }
    return arena_alloc_slow(arena, size);
}

/* The block needs `size` of the `given` bytes it was made with; if it was the last one, the rest is free again. */
static inline void arena_cut(struct arena *arena, void *block, size_t given, size_t size)
{
    char *end = (char *)block + ((given + 15 + !given) & ~(size_t)15);

    if (end == arena->at)
        arena->at = (char *)block + ((size + 15) & ~(size_t)15);
}

void *arena_zero(struct arena *arena, size_t count, size_t size);       /* overflow checked, zeroed */

/* A terminated copy; at NULL when out of memory (an empty text has a non-NULL pointer). */
str   arena_str(struct arena *arena, str text);
char *arena_text(struct arena *arena, str text);

#define ARENA_NEW(arena, type)          ((type *)arena_zero((arena), 1, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_zero((arena), (count), sizeof(type)))
