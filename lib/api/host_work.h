/* A command of the host at work: an operator that hands batches over the border and takes rows back.
 *
 * Rows built one by one gather in `pending`, which goes on when it is full, before a whole batch is emitted, and
 * when the callback returns: so rows come out in the order they were emitted.
 * Ordinals: what a streaming command emits keeps the place of the batch it came from, moved on where there are
 * more rows than before; of other kinds it counts from 0, as a new input. */
#pragma once

#include "api/host.h"
#include "batch/batch.h"
#include "flow/run.h"

struct host_command {
    struct hosted  hosted;
    struct command command;             /* what the plan sees */
    spl_command    given;
};

struct made_column {                    /* of the pending rows */
    const struct name *name;
    struct cell       *cell;            /* NULL: not in this batch so far */
    unsigned           kinds;
};

struct pending {
    struct batch       *batch;          /* NULL: no rows */
    uint32_t            rows, room;
    struct made_column *column;         /* stay from batch to batch: names are interned once */
    uint32_t            columns, column_room;
    uint32_t           *of_name;        /* by name->number: place in `column` + 1 */
    uint32_t            of_name_room;
};

struct work {
    struct op                  op;
    const struct host_command *own;
    struct spl_call            call;
    void                      *state;
    bool                       opened;
    bool                       in_place;        /* streaming */
    bool                       enough;          /* nobody wants more rows */
    status                     failure;         /* of an emission */
    uint64_t                   ordinal;         /* of the next row emitted, at least */
    uint32_t                   segment;
    struct pending             pending;
};

static inline str work_name(const struct work *work) { return str_of(work->own->command.name); }

/* The rows that are pending go on. OK, ENOUGH, or a failure. */
status work_flush(struct work *work);
void   pending_free(struct pending *pending, struct heap *heap);
