/* How often each combination of values occurs: groups with a number of rows each. */
#pragma once

#include "state/groups.h"

struct counts {
    struct groups groups;
    uint64_t     *times;                /* by group */
    uint32_t      room;
};

status counts_init(struct counts *counts, struct heap *heap, uint32_t keys);
void   counts_free(struct counts *counts);

/* Finds the groups of some rows, new ones with no rows so far; who calls adds to counts->times. As groups_assign. */
status counts_assign(struct counts *counts, const struct column *const *key, const struct rows *rows,
                     struct arena *arena, struct grouping *out);

/* Adds the rows of another table with the same keys. */
status counts_merge(struct counts *into, const struct counts *from);
