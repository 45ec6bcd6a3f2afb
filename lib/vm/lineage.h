/* Which selection is a part of which: a tree that only grows, asked in logarithmic time however long a chain
 * of narrowings is.
 *
 * Each node knows its parent and one ancestor further up, so placed that a climb takes few steps. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lineage {
    uint32_t parent, jump, depth;       /* a root is its own parent */
};

static inline void lineage_add(struct lineage *node, uint32_t number, uint32_t parent)
{
    const struct lineage *up = &node[parent], *far;

    if (number == parent) {
        node[number] = (struct lineage){ number, number, 0 };
        return;
    }
    far = &node[up->jump];
    node[number].parent = parent;
    node[number].depth = up->depth + 1;
    node[number].jump = up->depth - far->depth == far->depth - node[far->jump].depth ? far->jump : parent;
}

/* Is `outer` the node itself or one of its ancestors? */
static inline bool lineage_within(const struct lineage *node, uint32_t number, uint32_t outer)
{
    uint32_t depth = node[outer].depth;

    while (node[number].depth > depth)
        number = node[node[number].jump].depth >= depth ? node[number].jump : node[number].parent;
    return number == outer;
}
