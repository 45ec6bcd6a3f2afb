/* Which of several sorted sources has the next item: a heap of their numbers.
 *
 * Where items are equal the source with the smaller number comes first, so that merging what was cut in pieces is stable. */
#pragma once

#include "base/heap.h"
#include "base/status.h"

struct merge {
    struct heap *heap;
    uint32_t    *source;                /* `count` of them, the one that comes next first */
    uint32_t     count, room;
    /* Below 0: the item at hand of source a comes before that of b. */
    int        (*compare)(const void *host, uint32_t a, uint32_t b);
    const void  *host;
};

/* For at most `room` sources. */
status merge_init(struct merge *merge, struct heap *heap, uint32_t room,
                  int (*compare)(const void *host, uint32_t a, uint32_t b), const void *host);
void   merge_free(struct merge *merge);

void   merge_add(struct merge *merge, uint32_t source);         /* it has an item */
void   merge_moved(struct merge *merge);                        /* the first one has another item at hand */
void   merge_drop(struct merge *merge);                         /* the first one has no more */
