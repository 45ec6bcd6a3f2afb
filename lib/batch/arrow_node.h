/* An Arrow array as a tree of typed nodes, checked once. Private to batch/arrow_*. */
#pragma once

#include "batch/arrow.h"

enum { ARROW_DEPTH = 64, ARROW_LEAVES = 20000, ARROW_KEYS = 1000 };

enum arrow_kind {
    NODE_NULL, NODE_BOOL, NODE_INT, NODE_UINT, NODE_HALF, NODE_FLOAT, NODE_DOUBLE, NODE_DECIMAL,
    NODE_TEXT, NODE_TEXT_LARGE, NODE_TEXT_VIEW, NODE_TIME,
    NODE_LIST, NODE_LIST_LARGE, NODE_LIST_VIEW, NODE_LIST_FIXED, NODE_STRUCT, NODE_MAP, NODE_RUNS
};

struct arrow_node {
    const struct ArrowSchema *schema;
    const struct ArrowArray  *array;
    uint8_t                   kind;         /* enum arrow_kind */
    bool                      binary;       /* texts that need not be UTF-8 */
    int                       width;        /* bytes of a number; of a fixed-size text or list: its size */
    int                       scale;        /* decimals: digits after the point; times: units a second as a power of ten */
    double                    factor;       /* times: seconds a unit */
    struct arrow_node        *dictionary;   /* `width` and `kind` are then those of the index */
    struct arrow_node       **child;
    int64_t                   children;
};

/* The tree for a schema and its array, in `arena`. */
status arrow_build(struct arena *arena, const struct ArrowSchema *schema, const struct ArrowArray *array, unsigned depth,
                   struct diag *diag, struct arrow_node **out);

/* Is the value at `at` (array->offset already added) null by the node's own validity buffer? */
bool   arrow_is_null(const struct arrow_node *node, int64_t at);

/* A scalar; text is borrowed from the array or made in `arena`. `at` includes the offset. */
status arrow_scalar(const struct arrow_node *node, int64_t at, struct arena *arena, struct cell *out);

/* The bytes of a text node's value at `at`. False: its offsets contradict themselves. */
bool   arrow_text(const struct arrow_node *node, int64_t at, str *out);

/* The elements of a list, map or run at `at`: [*from, *to) of its values, without the child's offset. False: not inside the
 * child. */
bool   arrow_range(const struct arrow_node *node, int64_t at, int64_t *from, int64_t *to);

/* Where the value of a run-end encoded node stands in its values. */
bool   arrow_run(const struct arrow_node *node, int64_t at, int64_t *value);

/* The place in the dictionary. False: out of range. */
bool   arrow_code(const struct arrow_node *node, int64_t at, int64_t *code);
