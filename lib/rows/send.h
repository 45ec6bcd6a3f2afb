/* What commands share on the way out: a batch with fewer rows, and rows of a store in some order. */
#pragma once

#include "flow/op.h"
#include "flow/run.h"
#include "state/row_runs.h"
#include "state/sorter.h"

/* `takes` with these rows as its selection (in its own arena or one that outlives it); nothing is copied. */
status send_selected(struct op *op, struct batch *takes, uint32_t *row, uint32_t count);

/* Rows of the store in the order given (NULL: as they are), in batches of the usual size. They count as a new input: their
 * ordinals start from `*ordinal`, which moves on. */
status send_rows(struct op *op, struct row_store *store, const uint32_t *order, uint32_t count, uint64_t *ordinal);

/* `send_rows` with the receiver in one's own hands; takes its batch. */
status send_each(struct op *op, struct row_store *store, const uint32_t *order, uint32_t count, uint64_t *ordinal,
                 status (*receive)(struct op *op, struct batch *takes));

/* A column of cells becomes the field `name`, the stage's number `place`, of a batch on its way out. Only before it is
 * emitted. Numbers among the cells get the decimals of their text; the column's kinds are filled in here. */
status send_column(struct op *op, struct batch *batch, const struct name *name, struct column *cells, uint32_t place);

/* Rows of a batch of the usual size. */
uint32_t send_most(const struct op *op);

/* run_check for long sorts. */
struct sort_check send_check(struct op *op);
