/* From a column and a grouping to the plain arrays that aggregates loop over (struct feed). */
#pragma once

#include "batch/batch.h"
#include "catalog/aggregate.h"
#include "state/distinct.h"
#include "state/groups.h"

/* Nulls go, multivalues are taken apart; `column` NULL: every row is an entry. The column must be decoded. */
status feed_entries(struct feed *feed, const struct column *column, const struct grouping *grouping,
                    struct arena *arena);

/* feed->cell, in place or gathered. */
status feed_cells(struct feed *feed, const struct column *column, struct arena *arena);

/* feed->number and company. */
status feed_numbers(struct feed *feed, const struct column *column, struct arena *arena);

/* feed->time from the times of rows. */
status feed_times(struct feed *feed, const double *time, struct arena *arena);

/* The values as codes of a table of values: feed->count of them. */
status feed_codes(struct feed *feed, const struct column *column, struct interner *values, uint32_t *code);

/* The values go into the table of distinct ones. */
status feed_distinct(struct feed *feed, const struct column *column, struct distinct *distinct,
                     struct arena *arena);

/* A double for each of the batch's selected rows, by row; NaN where there is no number. It may be the column's own. */
status feed_read_numbers(const struct batch *batch, const struct column *column, struct arena *arena,
                         const double **out);
