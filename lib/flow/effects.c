#include "flow/effects.h"

#include "flow/run.h"

static status told(struct op *op, const struct sink_stream *stream, status s)
{
    if (s != FAIL_HOST)
        return s;
    return op_fail(op, FAIL_HOST, "sink-failed", "%s failed: %s", stream->target->command, stream->why);
}

status effect_open(struct op *op, const struct sink_target *target, struct sink_stream **out)
{
    const struct sinks  *sinks = op->context->sinks;
    struct sink_stream **link = &run_root(op->run)->stream;
    status               s;

    *out = NULL;
    s = sinks->open(sinks, target, op->run, op->context, out);
    if (!*out)
        return s;
    while (*link)
        link = &(*link)->next;
    *link = *out;
    return told(op, *out, s);
}

status effect_write(struct op *op, struct sink_stream *stream, struct batch *batch)
{
    return told(op, stream, stream->kind->write(stream, batch));
}

status effects_finish(struct run *run)
{
    status s = OK;

    if (run->outer)
        return OK;
    while (run->stream && s == OK) {
        struct sink_stream *stream = run->stream;

        s = stream->kind->finish(stream);
        if (s == FAIL_HOST)         /* of a subsearch it may stand in another text */
            diag_at(&run->diag, s, DIAG_NOWHERE, "sink-failed", "%s failed: %s", stream->target->command, stream->why);
        if (s != OK)
            break;
        run->stream = stream->next;
        stream->kind->close(stream);
    }
    return s;
}

void effects_close(struct run *run)
{
    while (run->stream) {
        struct sink_stream *stream = run->stream;

        run->stream = stream->next;
        stream->kind->close(stream);
    }
}
