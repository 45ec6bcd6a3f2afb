/* One value that outlives its batch: text and members of a list are copied, the room is used again. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "value/cell.h"

struct kept_cell {
    struct cell cell;                       /* null: nothing yet */
    char       *block;                      /* what `cell` points to */
    uint32_t    room;
};

status kept_cell_set(struct kept_cell *kept, const struct cell *cell, struct heap *heap);
void   kept_cell_free(struct kept_cell *kept, struct heap *heap);

/* A copy that lives in `arena`. */
status kept_cell_copy(const struct kept_cell *kept, struct arena *arena, struct cell *out);
