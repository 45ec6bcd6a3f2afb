/* Multivalues as lists of cells: a scalar counts as a list of one, null as an empty one. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "value/cell.h"

/* The members of a value; `count` of them. A scalar is its own only member. */
static inline const struct cell *list_members(const struct cell *cell, uint32_t *count)
{
    *count = cell->kind == KIND_LIST ? cell->size : cell->kind != KIND_NULL;
    return cell->kind == KIND_LIST ? cell->list : cell;
}

/* `count` cells as a value: none is null, one is a scalar. The array is not copied. */
static inline struct cell list_value(const struct cell *member, uint32_t count)
{
    if (count == 0)
        return cell_null();
    if (count == 1)
        return member[0];
    return (struct cell){ .kind = KIND_LIST, .size = count, .list = member };
}
