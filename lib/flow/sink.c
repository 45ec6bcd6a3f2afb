#include "flow/finisher.h"

/* The end of the rest chain: batches wait in run->ready until run_next takes them. */

static status make_room(struct run *run)
{
    if (run->ready_from + run->ready_count < run->ready_room)
        return OK;
    if (run->ready_from) {
        memmove(run->ready, run->ready + run->ready_from, run->ready_count * sizeof *run->ready);
        run->ready_from = 0;
        if (run->ready_count < run->ready_room)
            return OK;
    }
    return heap_grow(&run->heap, &run->ready, &run->ready_room, run->ready_count + 1, sizeof *run->ready) ? OK : FAIL_MEMORY;
}

/* More rows than the limit: the first ones are results still. */
static status sink_push(struct op *op, struct batch *in)
{
    struct run *run = op->run;
    uint64_t    limit = run->options.limit_rows;
    bool        over = limit && in->rows.count > limit - run->rows_out;
    struct batch *kept = in;

    if (over) {
        kept = batch_slice(in, 0, (uint32_t)(limit - run->rows_out));
        TRY_NEW(kept);
    } else {
        batch_retain(in);
    }
    if (kept->rows.count == 0) {
        batch_release(kept);
    } else if (run->finisher) {
        TRY(finisher_put(run, kept));
    } else if (make_room(run) != OK) {
        batch_release(kept);
        return FAIL_MEMORY;
    } else {
        run->ready[run->ready_from + run->ready_count++] = kept;
        run->rows_out += kept->rows.count;
    }
    if (over)
        return op_fail(op, FAIL_LIMIT, "limit-rows", "the result has more than %zu rows, the limit", (size_t)limit);
    return OK;
}

static const struct op_kind sink_kind = { .name = "sink", .push = sink_push };

status op_open_sink(struct run *run, struct op **out)
{
    return op_new(&sink_kind, sizeof **out, NULL, run, out);
}
