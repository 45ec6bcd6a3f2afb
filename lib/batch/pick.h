/* Some rows of a batch as a batch of their own: each as often as it is named, and in any order. */
#pragma once

#include "batch/batch.h"

/* The same column over rows of its own: row i is what `row[i]` was. */
status column_pick(const struct column *column, const uint32_t *row, uint32_t count, struct arena *arena,
                   struct column **out);

/* Derived from `in` (texts are shared), every row of it selected. It cannot be completed: its rows are not those that were
 * read. Its ordinals begin with that of `in`. */
status batch_pick(struct batch *in, const uint32_t *row, uint32_t count, struct batch **out);
