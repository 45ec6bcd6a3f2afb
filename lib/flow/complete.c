#include "flow/chain.h"

/* Rows that passed the leading filters get the rest of their fields. What comes out has no selection of its own. */
static status complete_push(struct op *op, struct batch *in)
{
    struct batch *full;

    if (!in->origin || !in->origin->complete) {
        batch_retain(in);               /* made of all fields already: pushed as batches, or by a format without lines */
        return op_emit(op, in);
    }
    TRY(in->origin->complete(in->origin, in, &full));
    return op_emit(op, full);
}

static const struct op_kind complete_kind = { .name = "complete", .push = complete_push };

status op_open_complete(struct run *run, struct op **out)
{
    return op_new(&complete_kind, sizeof **out, NULL, run, out);
}
