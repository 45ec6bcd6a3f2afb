/* Rows with many columns, made of rows with a few: xyseries, timewrap.
 *
 * Narrow rows that become one wide row have one value in common and come one behind the other; each fills some of its
 * columns. A few wide rows at a time are in memory. */
#pragma once

#include "rows/results.h"
#include "rows/sorted_rows.h"

struct wide_rows {
    struct op          *op;
    struct sorted_rows *from;           /* all are there */
    const struct name  *by;             /* the column of that value */
    uint32_t            columns;        /* of a wide row */
    /* Calls wide_rows_put for what a narrow row fills in. `begins`: it is the first of its row. */
    status            (*fill)(struct op *op, const struct batch *narrow, uint32_t row, bool begins);

    /* Private. */
    uint32_t            most, count;    /* rows that there is room for; that are there */
    size_t              size;           /* of `cell` */
    struct cell        *cell;           /* by row and column */
    struct arena        texts;
    struct buf          last, next;     /* the value of the row at work, of the narrow row at hand */
    struct row_cursor   cursor;
    bool                waits;          /* the narrow row at hand, for the next wide rows */
    struct results      results;
};

/* Set the public fields first. `name`: of the columns. */
status wide_rows_open(struct wide_rows *wide, const struct name *const *name);
void   wide_rows_free(struct wide_rows *wide);          /* harmless where nothing was opened */
/* What came last counts. The cell is copied. */
status wide_rows_put(struct wide_rows *wide, uint32_t column, struct cell cell);
/* For results_emit_pieces. */
status wide_rows_more(struct wide_rows *wide);
