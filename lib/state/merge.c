#include "state/merge.h"

#include <stdbool.h>

status merge_init(struct merge *merge, struct heap *heap, uint32_t room,
                  int (*compare)(const void *host, uint32_t a, uint32_t b), const void *host)
{
    *merge = (struct merge){ .heap = heap, .room = room, .compare = compare, .host = host };
    merge->source = heap_alloc(heap, (room + (size_t)1) * sizeof *merge->source);
    return merge->source ? OK : FAIL_MEMORY;
}

void merge_free(struct merge *merge)
{
    if (merge->heap)
        heap_free(merge->heap, merge->source, (merge->room + (size_t)1) * sizeof *merge->source);
    *merge = (struct merge){ 0 };
}

static bool before(const struct merge *merge, uint32_t a, uint32_t b)
{
    int order = merge->compare(merge->host, a, b);

    return order ? order < 0 : a < b;
}

static void sink(struct merge *merge, uint32_t source)
{
    uint32_t at = 0;

    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= merge->count)
            break;
        if (child + 1 < merge->count && before(merge, merge->source[child + 1], merge->source[child]))
            child++;
        if (before(merge, source, merge->source[child]))
            break;
        merge->source[at] = merge->source[child];
        at = child;
    }
    merge->source[at] = source;
}

void merge_add(struct merge *merge, uint32_t source)
{
    uint32_t at = merge->count++;

    for (; at > 0 && before(merge, source, merge->source[(at - 1) / 2]); at = (at - 1) / 2)
        merge->source[at] = merge->source[(at - 1) / 2];
    merge->source[at] = source;
}

void merge_moved(struct merge *merge)
{
    sink(merge, merge->source[0]);
}

void merge_drop(struct merge *merge)
{
    uint32_t last = merge->source[--merge->count];

    if (merge->count)
        sink(merge, last);
}
