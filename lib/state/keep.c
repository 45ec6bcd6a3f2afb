#include "state/keep.h"

/* Bytes that a cell needs besides itself. */
static uint64_t bytes_of(const struct cell *cell)
{
    const struct cell *member = cell->kind == KIND_LIST ? cell->list : cell;
    uint32_t           members = cell->kind == KIND_LIST ? cell->size : 1;
    uint64_t           bytes = cell->kind == KIND_LIST ? (uint64_t)members * sizeof *member : 0;

    for (uint32_t i = 0; i < members; i++)
        bytes += member[i].kind == KIND_TEXT ? member[i].size : 0;
    return bytes;
}

static struct cell copy_scalar(const struct cell *cell, char **at)
{
    struct cell copy = *cell;

    if (cell->kind == KIND_TEXT) {
        if (cell->size)
            memcpy(*at, cell->text, cell->size);
        copy.text = *at;
        *at += cell->size;
    }
    return copy;
}

/* The cell with all it points to at `at`, which is aligned and large enough. */
static struct cell copy_cell(const struct cell *cell, char *at)
{
    struct cell  copy = *cell;
    struct cell *list = (struct cell *)(void *)at;

    if (cell->kind != KIND_LIST)
        return copy_scalar(cell, &at);
    at += (size_t)cell->size * sizeof *list;
    for (uint32_t i = 0; i < cell->size; i++)
        list[i] = copy_scalar(&cell->list[i], &at);
    copy.list = list;
    return copy;
}

status kept_cell_set(struct kept_cell *kept, const struct cell *cell, struct heap *heap)
{
    uint64_t bytes = bytes_of(cell);

    if (bytes > UINT32_MAX - 1)
        return FAIL_LIMIT;
    if (!heap_grow(heap, &kept->block, &kept->room, (uint32_t)bytes + 1, 1))
        return FAIL_MEMORY;
    kept->cell = copy_cell(cell, kept->block);
    return OK;
}

void kept_cell_free(struct kept_cell *kept, struct heap *heap)
{
    heap_free(heap, kept->block, kept->room);
    *kept = (struct kept_cell){ 0 };
}

status kept_cell_copy(const struct kept_cell *kept, struct arena *arena, struct cell *out)
{
    uint64_t bytes = bytes_of(&kept->cell);
    char    *block;

    *out = kept->cell;
    if (bytes == 0)
        return OK;
    TRY_NEW(block = arena_alloc(arena, (size_t)bytes));
    *out = copy_cell(&kept->cell, block);
    return OK;
}
