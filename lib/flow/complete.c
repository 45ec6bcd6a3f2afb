#include "flow/chain.h"

static status emit(void *op, struct batch *takes) { return op_emit(op, takes); }

/* Rows that passed the leading filters get the rest of their fields. What comes out has no selection of its own. */
static status complete_push(struct op *op, struct batch *in) { return batch_complete(in, emit, op); }

static const struct op_kind complete_kind = { .name = "complete", .push = complete_push };

status op_open_complete(struct run *run, struct op **out)
{
    return op_new(&complete_kind, sizeof **out, NULL, run, out);
}
