#include "command/idle.h"

static status idle_push(struct op *op, struct batch *in)
{
    return op_emit(op, batch_derive(in));
}

static const struct op_kind idle_kind = { "idle", .push = idle_push };

status idle_open(const struct stage *stage, struct run *run, struct op **out)
{
    return op_new(&idle_kind, sizeof(struct op), stage, run, out);
}
