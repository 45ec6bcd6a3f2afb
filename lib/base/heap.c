#include "base/heap.h"

#include <stdlib.h>
#include <string.h>

static void *libc_resize(void *host, void *block, size_t old_size, size_t size)
{
    (void)host;
    (void)old_size;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

void heap_init(struct heap *heap, heap_fn resize, void *host, size_t limit)
{
    *heap = (struct heap){ .resize = resize ? resize : libc_resize, .host = host, .limit = limit };
}

static int charge(struct heap *heap, size_t size)
{
    size_t used = atomic_fetch_add_explicit(&heap->used, size, memory_order_relaxed) + size;
    size_t peak = atomic_load_explicit(&heap->peak, memory_order_relaxed);

    if (heap->limit && used > heap->limit) {
        atomic_fetch_sub_explicit(&heap->used, size, memory_order_relaxed);
        atomic_fetch_add_explicit(&heap->refused, 1, memory_order_relaxed);
        return 0;
    }
    while (used > peak && !atomic_compare_exchange_weak(&heap->peak, &peak, used))
        ;
    return 1;
}

void *heap_alloc(struct heap *heap, size_t size)
{
    return heap_resize(heap, NULL, 0, size);
}

void *heap_zero(struct heap *heap, size_t count, size_t size)
{
    void *block;

    if (size && count > SIZE_MAX / size)
        return NULL;
    block = heap_alloc(heap, count * size);
    if (block)
        memset(block, 0, count * size);
    return block;
}

void *heap_resize(struct heap *heap, void *block, size_t old_size, size_t size)
{
    void *moved;

    if (size == 0) {
        heap_free(heap, block, old_size);
        return NULL;
    }
    if (!block)
        old_size = 0;
    if (size > old_size && !charge(heap, size - old_size))
        return NULL;
    moved = heap->resize(heap->host, block, old_size, size);
    if (!moved) {
        if (size > old_size)
            atomic_fetch_sub_explicit(&heap->used, size - old_size, memory_order_relaxed);
        return NULL;
    }
    if (size < old_size)
        atomic_fetch_sub_explicit(&heap->used, old_size - size, memory_order_relaxed);
    return moved;
}

void heap_free(struct heap *heap, void *block, size_t size)
{
    if (!block)
        return;
    atomic_fetch_sub_explicit(&heap->used, size, memory_order_relaxed);
    heap->resize(heap->host, block, size, 0);
}

int heap_grow(struct heap *heap, void *array_pointer, uint32_t *capacity, uint32_t count, size_t element)
{
    void   *array, *moved;
    size_t  wanted = *capacity ? *capacity : 8;

    if (count <= *capacity)
        return 1;
    while (wanted < count)
        wanted *= 2;
    if (wanted > UINT32_MAX || wanted > SIZE_MAX / element)
        return 0;
    memcpy(&array, array_pointer, sizeof array);
    moved = heap_resize(heap, array, *capacity * element, wanted * element);
    if (!moved)
        return 0;
    memcpy(array_pointer, &moved, sizeof moved);
    *capacity = (uint32_t)wanted;
    return 1;
}

int heap_grow_zero(struct heap *heap, void *array_pointer, uint32_t *capacity, uint32_t count, size_t element)
{
    uint32_t before = *capacity;
    char    *array;

    if (!heap_grow(heap, array_pointer, capacity, count, element))
        return 0;
    memcpy(&array, array_pointer, sizeof array);
    if (*capacity > before)
        memset(array + before * element, 0, (*capacity - before) * element);
    return 1;
}
