/* A field whose values become others, each by itself: convert, replace, makemv, nomv.
 *
 * Values that repeat (constants, dictionaries) are changed once a batch. */
#pragma once

#include "batch/pattern.h"
#include "flow/op.h"
#include "flow/run.h"
#include "value/order.h"
#include "value/list.h"

struct change {
    /* `in` is never null, a list comes whole; null in `out` removes the value. Text made may live in `arena`. */
    status (*value)(void *host, const struct cell *in, struct arena *arena, struct cell *out);
    void    *host;
};

/* The changed column for the selected rows of `out`, a batch that is not emitted yet. `other`: what rows get whose field is
 * null, where that is not null; may be NULL. */
status change_column(const struct change *change, struct batch *out, struct column *column, struct column *other,
                     struct column **changed);

/* For `value` functions that work on scalars: every member by itself, nulls left out. */
status change_members(const struct change *scalar, const struct cell *in, struct arena *arena, struct cell *out);

/* The push of a command that changes one field: the batch goes on with it changed. */
status change_push(struct op *op, const struct change *change, struct batch *in, const struct name *field);

/* The push of a command that writes what it makes of one field to another: rows for which that is null keep what they had
 * there. */
status change_push_into(struct op *op, const struct change *change, struct batch *in, const struct name *from,
                        const struct name *to);
