/* Lists for the rows of a batch, put together entry by entry and not row by row: typer, tags. */
#pragma once

#include "flow/op.h"

struct row_lists {
    struct op       *op;
    struct batch    *batch;             /* derived, not emitted yet */
    uint32_t        *count;             /* by row */
    struct cell     *last;              /* the last entry of each */
    struct row_entry { uint32_t row; struct cell cell; } *entry;
    uint32_t         entries, room;
};

/* Hands on the rows of `in` with what `find` puts and stores. */
status row_lists_emit(struct op *op, struct batch *in, status (*find)(struct row_lists *lists));

/* Not twice in a row the same text. Texts live as long as those of the batch. */
status row_lists_put(struct row_lists *lists, uint32_t row, str text);
/* Rows with entries get them in the field, others keep what they had. The lists are empty then. */
status row_lists_store(struct row_lists *lists, const struct name *name);
