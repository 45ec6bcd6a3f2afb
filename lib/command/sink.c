#include "command/sink.h"

status sink_warn(struct binder *binder, const struct stage *stage)
{
    struct span at = { stage->span.from, stage->span.from + (uint32_t)stage->name.size };

    diag_warn(binder->diag, at, "no-sink", "'%.*s' writes nothing here; its rows go on as they are",
              SHOW(stage->name));
    return OK;
}

static status sink_push(struct op *op, struct batch *in)
{
    batch_retain(in);
    return op_emit(op, in);
}

static const struct op_kind sink_kind = { "sink", .push = sink_push };

status sink_open(const struct stage *stage, struct run *run, struct op **out)
{
    return op_new(&sink_kind, sizeof(struct op), stage, run, out);
}
