/* Text put together from parts, every byte of which knows where it came from: what macros make, before it becomes a source.
 * Private to expand.c. */
#pragma once

#include "syntax/source.h"

/* Where the memory is from, and how much was made in all. */
struct marking {
    struct heap *heap;
    struct diag *diag;
    size_t       made;              /* bytes, on all levels */
};

struct marked {
    struct buf           text;
    struct source_piece *piece;
    uint32_t             pieces, capacity;
};

void     marked_init(struct marked *marked, struct heap *heap);
void     marked_free(struct marked *marked);
/* Bytes that stand in a frame at `offset`, one by one. FAIL_QUERY: too many in all. */
status   marked_put(struct marking *marking, struct marked *to, str text, uint32_t frame, uint32_t offset);
/* Bytes [from, to) of another marked text, origins and all. */
status   marked_put_part(struct marking *marking, struct marked *to, const struct marked *in, uint32_t from, uint32_t end);
/* The piece that a byte belongs to. */
uint32_t marked_piece(const struct marked *marked, uint32_t at);
