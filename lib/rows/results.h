/* Rows that a command makes itself (stats, top, chart): cells asked for one by one, put out in batches of the
 * usual size. */
#pragma once

#include "flow/op.h"

struct shown;

struct results {
    struct op                *op;
    const struct name *const *name;         /* of the columns, in their order */
    uint32_t                  columns;
    uint64_t                  rows;
    /* Text and lists may live in `arena` or as long as the operator. */
    status                  (*cell)(void *host, uint32_t column, uint64_t row, struct arena *arena,
                                    struct cell *out);
    void                     *host;
    /* The cell will be asked for soon: what it is made of may be fetched from far memory. NULL: it is near. */
    void                    (*ahead)(void *host, uint32_t column, uint64_t row);
    bool                      passing;      /* texts and lists live until the call returns: they are copied */
    bool                      rests;        /* these results outlive the call, which may return AGAIN (op_kind.finish) */

    /* Private: how far it is. */
    uint64_t                  next;
    struct shown             *shown;
    uint32_t                  showns;
};

status results_emit(struct results *results);

/* For rows that are made a piece at a time: `more` adds the next ones to results->rows; DONE: there are none. What it
 * made them of lives until it is called again; `passing` and `rests` must be set. */
status results_emit_pieces(struct results *results, status (*more)(struct op *op));
