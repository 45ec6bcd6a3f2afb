#include "flow/chain.h"

/* The end of a front chain that works in a thread: what comes out of a block waits until its turn has come. */
static status handover_push(struct op *op, struct batch *in)
{
    struct chain *chain = op_chain(op);

    if (!heap_grow(&op->run->heap, &chain->held, &chain->held_room, chain->helds + 1, sizeof *chain->held))
        return FAIL_MEMORY;
    batch_retain(in);
    chain->held[chain->helds++] = in;
    return OK;
}

static const struct op_kind handover_kind = { .name = "hand-over", .push = handover_push };

status op_open_handover(struct run *run, struct op **out)
{
    return op_new(&handover_kind, sizeof **out, NULL, run, out);
}
