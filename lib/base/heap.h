/* The one door to memory: the host's allocator, counted and bounded.
 *
 * A heap is an accountant: an engine has one without a limit, every run one of its own with `limit.memory`.
 * Sizes are handed back on free, so the host's allocator needs no headers.
 * Threads: any number may allocate from one heap; the counters are atomic. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* As Lua's: `size` 0 frees; otherwise a block of `size` bytes with the old contents, or NULL. */
typedef void *(*heap_fn)(void *host, void *block, size_t old_size, size_t size);

struct heap {
    heap_fn          resize;
    void            *host;
    size_t           limit;             /* bytes; 0: none */
    _Atomic size_t   used, peak;
    _Atomic uint32_t refused;           /* how often the limit said no */
};

/* `resize` NULL: the C library's realloc and free. */
void  heap_init(struct heap *heap, heap_fn resize, void *host, size_t limit);

/* NULL when out of memory or past the limit. `size` 0 gives NULL. */
void *heap_alloc(struct heap *heap, size_t size);
void *heap_zero(struct heap *heap, size_t count, size_t size);      /* overflow checked, zeroed */
void *heap_resize(struct heap *heap, void *block, size_t old_size, size_t size);
void  heap_free(struct heap *heap, void *block, size_t size);       /* NULL welcome */

/* Grow an array to hold at least `count` elements; updates *capacity. False when out of memory. */
int   heap_grow(struct heap *heap, void *array_pointer, uint32_t *capacity, uint32_t count, size_t element);
/* The same; elements that are new are zero. */
int   heap_grow_zero(struct heap *heap, void *array_pointer, uint32_t *capacity, uint32_t count, size_t element);
