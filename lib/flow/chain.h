/* A run of operators over one partition, with what is theirs alone: context, diagnostics, notes. Private to flow/.
 *
 * A run has one front chain a partition (the stages of plan->parallel and the mergeable one behind them) and one rest chain.
 * With one partition the front's last operator is followed by the rest's first; otherwise a front ends in a hand-over or in
 * the mergeable operator. The last operator of the rest is the sink. */
#pragma once

#include "flow/notes.h"
#include "flow/run.h"

struct chain {
    struct run    *run;
    struct context context;
    struct diag    diag;            /* run-time failures of its operators; copied to run->diag in block order */
    struct notes   notes;
    uint64_t       block;           /* being parsed, from 1: orders notes */
    uint64_t       parsing;         /* nanoseconds in the reader, what follows included */
    struct op     *first;           /* where batches go in; of an empty front chain the rest's first */
    struct op    **op;              /* `ops` of them, linked by next */
    uint32_t       ops, room;
    bool           merges;          /* the last operator of a front chain is mergeable */
    const struct op *short_of;      /* the first operator that was refused memory; NULL: none */
    struct op     *handover;        /* threads: behind the last operator, until they have been joined */
    struct batch **held;            /* hand-over: what came out of the block being parsed */
    uint32_t       helds, held_room;
};

/* RUN_PREPARING: its subsearches have not run yet, so that nobody knows what it will do. */
enum run_state { RUN_READING, RUN_FINISHING, RUN_EMITTING, RUN_DONE, RUN_PREPARING };

/* A run inside `outer` (NULL: none). *out is set, also after a failure, when there is something to free. */
status run_make(const struct plan *plan, const struct run_options *options, heap_fn resize, void *host, struct run *outer,
                struct run **out);
/* Opens the chains, with a plan that can be run. */
status run_ready(struct run *run);
/* Of a run in RUN_PREPARING: runs the subsearches, if all that they read is there, and makes it ready. */
status run_prepare(struct run *run);

static inline struct chain *op_chain(const struct op *op) { return op->context->host; }

/* What an operator was called for ended so. Those behind it, which it calls, come first. */
static inline void op_ended(const struct op *op, status result)
{
    if (result == FAIL_MEMORY && !op_chain(op)->short_of)
        op_chain(op)->short_of = op;
}

/* The rest is opened first. `handover`: the front's batches are kept in `held` instead of going on to the rest. */
status chain_open_rest(struct run *run, struct chain **out);
status chain_open_front(struct run *run, bool handover, struct chain **out);
void   chain_free(struct chain *chain);             /* NULL welcome */

/* Into the first operator; a batch_sink. Takes the batch. */
status chain_push(void *chain, struct batch *takes);

/* The batches held by a hand-over go to the rest; what that returns stops it. The batches are gone either way. */
status chain_pass_on(struct run *run, struct batch **batch, uint32_t count);

/* No more input: what all chains hold is merged and goes on. AGAIN: not all of it yet. */
status chains_finish(struct run *run);

/* From the chain's diagnostics to the run's. */
void   chain_report(struct chain *chain);

/* The operators that belong to no stage. */
status op_open_complete(struct run *run, struct op **out);      /* complete.c: the rest of the fields of what passed */
status op_open_window(struct run *run, struct op **out);        /* window.c: earliest <= _time < latest */
status op_open_handover(struct run *run, struct op **out);      /* handover.c: keeps batches in its chain's `held` */
status op_open_sink(struct run *run, struct op **out);          /* sink.c: run->ready */
