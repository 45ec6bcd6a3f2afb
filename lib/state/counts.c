#include "state/counts.h"

static status reserve(struct counts *counts)
{
    uint32_t before = counts->room;

    if (!heap_grow(counts->groups.heap, &counts->times, &counts->room, groups_count(&counts->groups),
                   sizeof *counts->times))
        return FAIL_MEMORY;
    if (counts->room > before)
        memset(counts->times + before, 0, (counts->room - before) * sizeof *counts->times);
    return OK;
}

status counts_init(struct counts *counts, struct heap *heap, uint32_t keys)
{
    counts->times = NULL;
    counts->room = 0;
    return groups_init(&counts->groups, heap, keys);
}

void counts_free(struct counts *counts)
{
    heap_free(counts->groups.heap, counts->times, counts->room * sizeof *counts->times);
    counts->times = NULL;
    counts->room = 0;
    groups_free(&counts->groups);
}

status counts_assign(struct counts *counts, const struct column *const *key, const struct rows *rows,
                     struct arena *arena, struct grouping *out)
{
    TRY(groups_assign(&counts->groups, key, rows, arena, out));
    return reserve(counts);
}

status counts_merge(struct counts *into, const struct counts *from)
{
    struct heap *heap = into->groups.heap;
    uint32_t     count = groups_count(&from->groups);
    uint32_t    *group = heap_alloc(heap, (count + (size_t)1) * sizeof *group);
    status       result = group ? groups_merge(&into->groups, &from->groups, group) : FAIL_MEMORY;

    if (result == OK)
        result = reserve(into);
    for (uint32_t i = 0; i < count && result == OK; i++)
        into->times[group[i]] += from->times[i];
    heap_free(heap, group, (count + (size_t)1) * sizeof *group);
    return result;
}
