#include "base/arena.h"

enum { FIRST_CHUNK = 4096 - 32, LARGEST_CHUNK = 256 * 1024 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t              size;           /* whole, header included */
};

#define HEADER ((sizeof(struct arena_chunk) + 15) & ~(size_t)15)

void arena_init(struct arena *arena, struct heap *heap)
{
    *arena = (struct arena){ .heap = heap, .chunk_size = FIRST_CHUNK };
}

void arena_free(struct arena *arena)
{
    struct arena_chunk *chunk = arena->chunk;

    while (chunk) {
        struct arena_chunk *next = chunk->next;
        heap_free(arena->heap, chunk, chunk->size);
        chunk = next;
    }
    arena_init(arena, arena->heap);
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *keep = arena->chunk, *chunk = arena->chunk;

    if (!keep)
        return;
    for (; chunk; chunk = chunk->next)
        if (chunk->size > keep->size && chunk->size <= 4 * LARGEST_CHUNK)
            keep = chunk;
    for (chunk = arena->chunk; chunk;) {
        struct arena_chunk *next = chunk->next;
        if (chunk != keep)
            heap_free(arena->heap, chunk, chunk->size);
        chunk = next;
    }
    keep->next = NULL;
    arena->chunk = keep;
    arena->at = (char *)keep + HEADER;
    arena->end = (char *)keep + keep->size;
}

size_t arena_size(const struct arena *arena)
{
    size_t total = 0;

    for (const struct arena_chunk *chunk = arena->chunk; chunk; chunk = chunk->next)
        total += chunk->size;
    return total;
}

void *arena_alloc_slow(struct arena *arena, size_t size)
{
    size_t              room = (size + 15 + !size) & ~(size_t)15, wanted;
    struct arena_chunk *chunk;
    char               *block;

    if (room < size || room > SIZE_MAX - HEADER - LARGEST_CHUNK)
        return NULL;
    wanted = arena->chunk_size;
    if (wanted < room + HEADER)
        wanted = room + HEADER;
    chunk = heap_alloc(arena->heap, wanted);
    if (!chunk)
        return NULL;
    chunk->size = wanted;
    block = (char *)chunk + HEADER;
    if (arena->chunk && wanted > arena->chunk_size && room > LARGEST_CHUNK / 2) {
        /* A big block of its own: keep bumping in the current chunk. */
        chunk->next = arena->chunk->next;
        arena->chunk->next = chunk;
        return block;
    }
    chunk->next = arena->chunk;
    arena->chunk = chunk;
    arena->at = block + room;
    arena->end = (char *)chunk + wanted;
    if (arena->chunk_size < LARGEST_CHUNK)
        arena->chunk_size *= 2;
    return block;
}

void *arena_zero(struct arena *arena, size_t count, size_t size)
{
    void *block;

    if (size && count > SIZE_MAX / size)
        return NULL;
    block = arena_alloc(arena, count * size);
    if (block)
        memset(block, 0, count * size);
    return block;
}

char *arena_text(struct arena *arena, str text)
{
    char *copy = text.size < SIZE_MAX ? arena_alloc(arena, text.size + 1) : NULL;

    if (!copy)
        return NULL;
    if (text.size)
        memcpy(copy, text.at, text.size);
    copy[text.size] = 0;
    return copy;
}

str arena_str(struct arena *arena, str text)
{
    return (str){ arena_text(arena, text), text.size };
}
