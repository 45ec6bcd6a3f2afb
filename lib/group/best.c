#include "group/best.h"

#include <math.h>
#include <stdlib.h>

enum { SPARE = 4096 };                      /* so many more wait to be sorted in */

void best_init(struct best *best, struct heap *heap, double most, bool top)
{
    *best = (struct best){ .heap = heap, .top = top,
                           .most = most < UINT32_MAX / 4 ? (uint32_t)ceil(most) : UINT32_MAX / 4 };
}

void best_free(struct best *best)
{
    if (best->heap)
        heap_free(best->heap, best->item, best->room * sizeof *best->item);
    *best = (struct best){ 0 };
}

static int compare(const struct best_item *a, const struct best_item *b, bool top)
{
    if (isnan(a->score) != isnan(b->score))
        return isnan(a->score) ? 1 : -1;
    if (!isnan(a->score) && a->score != b->score)
        return (a->score > b->score) == top ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static int largest_first(const void *a, const void *b) { return compare(a, b, true); }
static int smallest_first(const void *a, const void *b) { return compare(a, b, false); }

static int first_first(const void *left, const void *right)
{
    const struct best_item *a = left, *b = right;

    return a->place < b->place ? -1 : a->place > b->place;
}

void best_settle(struct best *best)
{
    if (best->count)
        qsort(best->item, best->count, sizeof *best->item, best->top ? largest_first : smallest_first);
    best->count = best->count < best->most ? best->count : best->most;
    best->full = best->count > 0 && best->count == best->most && !isnan(best->item[best->count - 1].score);
    best->bar = best->full ? best->item[best->count - 1].score : 0;
    for (uint32_t i = 0; i < best->count; i++)
        best->item[i].rank = i;
}

void best_by_place(struct best *best)
{
    if (best->count)
        qsort(best->item, best->count, sizeof *best->item, first_first);
}

void best_clear(struct best *best)
{
    best->count = 0;
    best->full = false;
}

status best_add(struct best *best, double score, uint64_t place)
{
    if (best->full && !(best->top ? score > best->bar : score < best->bar))
        return OK;
    if (best->count >= 2 * best->most + SPARE)
        best_settle(best);
    if (!heap_grow(best->heap, &best->item, &best->room, best->count + 1, sizeof *best->item))
        return FAIL_MEMORY;
    best->item[best->count++] = (struct best_item){ .score = score, .place = place };
    return OK;
}
