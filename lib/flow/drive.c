#include "flow/effects.h"
#include "flow/finisher.h"
#include "flow/inner.h"
#include "flow/partition.h"

#include "base/clock.h"

/* The pull loop: reads a block, pushes its batches through, hands out what has come to the sink. */

/* The test regime of partitions in one thread deals batches out in turn. Each is a segment of its own, whose sums are made
 * by one chain: so the answers are those of one partition, to the last digit, if batches are cut in the same way. */
static status deal(void *host, struct batch *takes)
{
    struct run *run = host;

    takes->segment = (uint32_t)run->turn;
    return chain_push(run->front[run->turn++ % run->fronts], takes);
}

static status read_dealing(struct run *run, struct block *block)
{
    struct block_result result;
    uint32_t            input = block->input;
    size_t              bytes = block->size;
    status              s = run_check(run);

    for (uint32_t i = 0; i < run->fronts; i++)
        run->front[i]->block = block->number + 1;
    if (s == OK) {
        s = sources_parse(run, block, deal, run, &result);
        sources_account(run, input, bytes, &result);
    }
    block_release(block);
    return s;
}

/* Takes the batch: it stands behind all that was read so far. What a hand-over holds goes on at once. */
static status push_batch(struct run *run, struct chain *front, struct batch *takes)
{
    uint32_t count;

    takes->ordinal = ((uint64_t)run->options.part << 44) + sources_place(run->sources, takes->size);
    TRY(chain_push(front, takes));
    count = front->helds;
    front->helds = 0;
    return chain_pass_on(run, front->held, count);
}

/* One block on this thread, or one batch that was kept. */
static status read_one(struct run *run)
{
    struct block *block = NULL;
    struct batch *batch;
    status        s;

    TRY(sources_next_batch(run, &batch));
    if (batch)
        return push_batch(run, run->front[run->turn++ % run->fronts], batch);
    s = sources_next(run, &run->diag, &block);
    if (s != OK)
        return s;
    if (run->options.partitions > 0 && run->options.threads < 2)
        return read_dealing(run, block);
    /* The first block never needs a thread, and often is the only one. */
    if (run->options.threads > 1 && run->turn++ && sources_are_files(run->sources))
        return exchange_start(run, block);
    return block_run(run, block, run->front[0]);
}

/* Nothing more will happen: threads end, and what was noted is gathered. */
static void settle(struct run *run)
{
    if (run->state == RUN_DONE)
        return;
    run->state = RUN_DONE;
    finisher_join(run);
    exchange_stop(run);
    for (uint32_t i = 0; i < run->fronts; i++)
        notes_merge(run->notes, &run->front[i]->notes);
    if (run->rest)
        notes_merge(run->notes, &run->rest->notes);
    sources_note(run, run->notes);
    for (uint32_t i = 0; i < run->input_notes->count; i++)
        notes_raise(run->notes, &run->input_notes->note[i]);
}

static status finish(struct run *run)
{
    status s;

    exchange_stop(run);
    if (run->exchange && !run->plan->effects && !run->plan->searches &&
        finisher_start(run, chains_finish) == OK) {
        run->state = RUN_EMITTING;
        return OK;
    }
    s = chains_finish(run);
    if (s == AGAIN)
        return OK;                      /* the results that are ready are taken first */
    settle(run);
    return s;
}

static status step(struct run *run)
{
    status s;

    if (run->state == RUN_FINISHING)
        return finish(run);
    if (run->plan->generates)
        s = DONE;
    else
        s = run->exchange ? exchange_step(run) : read_one(run);
    if (s == DONE || s == ENOUGH) {
        run->state = RUN_FINISHING;
        return OK;
    }
    return s;
}

static const struct op *first_holder(const struct run *run, bool keeping)
{
    for (uint32_t i = 0; i <= run->fronts; i++) {
        const struct chain *chain = i < run->fronts ? run->front[i] : run->rest;

        for (uint32_t j = 0; chain && j < chain->ops; j++) {
            const struct op *op = chain->op[j];
            if (op->stage && op->rows_in && (keeping ? op->stage->command->keeps != NULL : op->kind->finish != NULL))
                return op;
        }
    }
    return NULL;
}

/* Who was refused memory. The chain that failed first is not known: any will do. */
static const struct op *short_of_memory(const struct run *run)
{
    const struct op *op = run->rest ? run->rest->short_of : NULL;

    for (uint32_t i = 0; i < run->fronts && !op; i++)
        op = run->front[i]->short_of;
    return op;
}

/* Whom to name: the stage that asked for memory, if it is one that holds some. Others pass rows on and ask for what a batch
 * takes; then the first stage that holds rows back has the rest or, where these can go to disk, the first one that keeps
 * something. */
static const struct op *holder(const struct run *run)
{
    bool             keeping = run->options.temp_folder != NULL;
    const struct op *op = short_of_memory(run), *first = first_holder(run, keeping);

    if (op && op->stage && (op->kind->finish || (keeping && op->stage->command->keeps)))
        return op;
    return first ? first : first_holder(run, !keeping);
}

/* A failure sticks. Those that nobody has explained yet get their words here. */
static void fail(struct run *run, status s)
{
    struct span nowhere = { 0, 0 };
    struct run *root = run_root(run);

    settle(run);
    if (!run->exchange && !root->exchange)
        root->heap.limit = 0;           /* room for the message */
    for (uint32_t i = 0; i < run->fronts; i++)
        if (run->diag.errors == 0)
            chain_report(run->front[i]);
    if (run->diag.errors == 0 && run->rest)
        chain_report(run->rest);
    if (s == FAIL_MEMORY && run->options.limit_memory && atomic_load(&root->heap.refused)) {
        const struct op *op = holder(run);
        str              name = op ? op->stage->name : STR("the search");

        s = FAIL_LIMIT;
        diag_at(&run->diag, s, op ? op->stage->span : nowhere, "limit-memory",
                "%.*s needs more memory than the limit of %zu bytes", SHOW(name), run->options.limit_memory);
        if (op && op->kind->spills && !run->options.temp_folder)
            diag_hint(&run->diag, "with the option 'temp.directory' it puts rows aside on disk");
    } else if (s == FAIL_CANCELLED) {
        diag_at(&run->diag, s, nowhere, "cancelled", "the search was cancelled");
    } else if (s == FAIL_LIMIT && run->diag.errors == 0) {
        if (run->deadline && clock_steady() > run->deadline)
            diag_at(&run->diag, s, nowhere, "limit-time", "the search took longer than its time limit");
        else
            diag_at(&run->diag, s, nowhere, "limit-size",
                    "a value, a list or a table became larger than the library can hold");
    } else if (s == FAIL_MEMORY && run->diag.errors == 0) {
        diag_at(&run->diag, s, nowhere, "out-of-memory", "out of memory");
    } else if (s == FAIL_IO && run->diag.errors == 0) {
        diag_at(&run->diag, s, nowhere, "unreadable", "the input could not be read to its end");
    } else if (run->diag.errors == 0) {
        diag_at(&run->diag, s, nowhere, "failed", "the search failed (%d)", (int)s);
    }
    run->failure = s;
}

status run_next(struct run *run, struct batch **out)
{
    *out = NULL;
    for (;;) {
        status s;

        if (run->ready_count) {
            *out = run->ready[run->ready_from++];
            run->ready_count--;
            return OK;
        }
        run_prepare(run);
        if (run->failure != OK)
            return run->failure;
        if (run->state == RUN_PREPARING)
            return HUNGRY;
        if (run->state == RUN_DONE) {
            if ((s = effects_finish(run)) == OK)
                return DONE;
            fail(run, s);
            continue;
        }
        if (run->state == RUN_EMITTING) {
            if (finisher_next(run, out) == OK)
                return OK;
            s = finisher_join(run);
            settle(run);
            if (s != OK && s != ENOUGH)
                fail(run, s);
            continue;
        }
        s = step(run);
        if (s == HUNGRY)
            return HUNGRY;
        if (s != OK && s != ENOUGH)
            fail(run, s);
    }
}

static status prepare(struct run *run)
{
    if (run->plan->inner_reads) {
        if (!sources_are_complete(run->sources))
            return OK;
        TRY(sources_gather(run));
    }
    TRY(inners_run(run));
    TRY(run_ready(run));
    run->state = RUN_READING;
    return OK;
}

status run_prepare(struct run *run)
{
    status s;

    if (run->state != RUN_PREPARING || run->failure != OK)
        return OK;
    s = prepare(run);
    if (s != OK)
        fail(run, s);
    return run->failure;
}

/* Rows that the host made itself. */
status run_push_batch(struct run *run, struct batch *takes)
{
    status s = run_prepare(run);

    if (s == OK && run->failure == OK && run->state == RUN_PREPARING)
        return sources_keep_batch(run, takes);
    if (run->failure != OK || run->state != RUN_READING || run->exchange) {
        batch_release(takes);
        return run->failure != OK ? run->failure : run->state == RUN_READING ? FAIL_MISUSE : ENOUGH;
    }
    s = push_batch(run, run->front[0], takes);
    if (s == ENOUGH)
        run->state = RUN_FINISHING;
    else if (s != OK)
        fail(run, s);
    return s;
}
