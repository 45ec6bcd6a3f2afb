#include "batch/layout.h"

void layout_init(struct layout *layout, struct heap *heap)
{
    *layout = (struct layout){ .heap = heap };
}

void layout_free(struct layout *layout)
{
    heap_free(layout->heap, layout->column, layout->capacity * sizeof *layout->column);
    heap_free(layout->heap, layout->position, layout->positions * sizeof *layout->position);
    layout_init(layout, layout->heap);
}

int64_t layout_find(const struct layout *layout, const struct name *name)
{
    return name->number < layout->positions ? (int64_t)layout->position[name->number] - 1 : -1;
}

static status room_for(struct layout *layout, uint32_t number)
{
    uint32_t before = layout->positions;

    if (number < before)
        return OK;
    if (!heap_grow(layout->heap, &layout->position, &layout->positions, number + 1, sizeof *layout->position))
        return FAIL_MEMORY;
    memset(layout->position + before, 0, (layout->positions - before) * sizeof *layout->position);
    return OK;
}

/* Does a new column of this rank stand before `other`? */
static bool precedes(const struct name *name, uint32_t rank, const struct layout_column *other)
{
    if (rank != other->rank)
        return rank < other->rank;
    return rank & RANK_BY_NAME && str_compare(name_str(name), name_str(other->name)) < 0;
}

status layout_add(struct layout *layout, const struct name *name, uint32_t rank)
{
    uint32_t at = layout->count;

    if (layout_find(layout, name) >= 0)
        return OK;
    TRY(room_for(layout, name->number));
    if (!heap_grow(layout->heap, &layout->column, &layout->capacity, at + 1, sizeof *layout->column))
        return FAIL_MEMORY;
    for (; at > 0 && precedes(name, rank, &layout->column[at - 1]); at--) {
        layout->column[at] = layout->column[at - 1];
        layout->position[layout->column[at].name->number] = at + 1;
    }
    layout->column[at] = (struct layout_column){ name, rank };
    layout->position[name->number] = at + 1;
    layout->count++;
    return OK;
}

status layout_add_batch(struct layout *layout, const struct batch *batch)
{
    for (uint32_t i = 0; i < batch->fields; i++)
        TRY(layout_add(layout, batch->field[i].name, batch->field[i].rank));
    return OK;
}
