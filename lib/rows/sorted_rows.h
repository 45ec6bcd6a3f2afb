/* All rows of an operator, to be put out in the order of sort keys; without keys as they came, or backwards. What does not
 * fit into memory waits on disk in sorted runs, which are merged on the way out: the rows and their order are the same.
 *
 * Rows that tie go as they came. Once all are there they can be read as often as one likes, each time from the first. */
#pragma once

#include "rows/send.h"
#include "state/row_runs.h"

struct sorted_rows {
    struct op            *op;           /* whose rows */
    const struct sort_by *by;
    uint32_t              keys;
    uint32_t              most;         /* so many are wanted; 0: all */
    bool                  backwards;    /* the last row first; to be set before the first one is added */
    bool                  passing;      /* without keys: batches that are still in memory come back uncopied, with their
                                         * own columns and a selection; to be set before the first row is read */
    struct row_store      rows;
    struct row_runs       runs;

    /* Private: on the way out. */
    bool                  sending;
    uint32_t             *order;
    uint64_t              sent, total;
    uint32_t              kept, row;    /* passing: the next one, of rows.kept, in it */
    uint64_t              ordinal;      /* of its first row */
    struct row_merge      merge;
};

/* `by` is borrowed; no keys: NULL, 0. */
void   sorted_rows_init(struct sorted_rows *sorted, struct op *op, const struct sort_by *by, uint32_t keys, uint32_t most);
void   sorted_rows_free(struct sorted_rows *sorted);            /* harmless where nothing was initialised */
status sorted_rows_add(struct sorted_rows *sorted, struct batch *batch);
/* Takes the rows of another instance. */
status sorted_rows_merge(struct sorted_rows *sorted, struct sorted_rows *from);
static inline uint64_t sorted_rows_count(const struct sorted_rows *sorted)
{
    return sorted->runs.rows + sorted->rows.rows;
}

/* Has sorted_rows_send begun? */
static inline bool sorted_rows_sending(const struct sorted_rows *sorted) { return sorted->sending; }

/* When all are there: the next rows, `most` at most (0: the usual size), with columns in the order of rows.layout and
 * every row selected (but see `passing`). DONE: there are no more. */
status sorted_rows_next(struct sorted_rows *sorted, uint32_t most, struct batch **out);
/* The rest of them; again after AGAIN (op_kind.finish). `receive` takes its batches. */
status sorted_rows_send(struct sorted_rows *sorted, status (*receive)(struct op *op, struct batch *takes));
/* From the first one again. */
status sorted_rows_rewind(struct sorted_rows *sorted);
/* What is in memory goes to disk. */
status sorted_rows_flush(struct sorted_rows *sorted);
/* Row by row: */
struct row_cursor {
    struct sorted_rows *rows;
    struct batch       *batch;          /* that has the row at hand; NULL: before the first one */
    uint32_t            row;
};
status row_cursor_step(struct row_cursor *cursor);      /* to the next one. DONE: there is none */
void   row_cursor_close(struct row_cursor *cursor);

static inline struct cell row_cursor_cell(const struct row_cursor *cursor, const struct name *name)
{
    const struct column *column = batch_column(cursor->batch, name);
    return column ? column_cell(column, cursor->row) : cell_null();
}

/* Before other rows are gathered from these: they go to disk where they take up much of the memory, to leave room. */
status sorted_rows_yield(struct sorted_rows *sorted);
