#include "flow/partition.h"

#include "base/clock.h"
#include "base/thread.h"

/* What came out of one block. */
struct item {
    bool                filled;
    status              outcome;
    struct chain       *chain;          /* whose diagnostics tell more */
    struct block_result result;
    uint32_t            input;
    size_t              bytes;
    struct batch      **batch;          /* taken over from chain->held */
    uint32_t            count, room;
};

/* What came of blocks that only had to be counted costs nothing to keep: much of it may wait for the host's thread,
 * which is seldom woken for that. Of what matters to it, rows and failures, only a little may wait. */
enum { SLOTS = 64 };

struct exchange {
    struct run    *run;
    struct mutex   input;               /* held while the next block is read */
    struct mutex   lock;                /* of all below; taken inside `input` */
    struct signal  room;                /* for the workers: a slot is free, or stop */
    struct signal  arrival;             /* for the host's thread: its turn has come */
    struct block  *ahead;
    struct chain **idle;                /* chains that no thread is at work with */
    uint32_t       idles;
    struct chain  *last;                /* whose the block claimed last is, and its segment; under `input` */
    uint32_t       segment;
    struct item    slot[SLOTS];
    uint64_t       claimed, taken;      /* blocks */
    uint32_t       waiting;             /* slots filled */
    uint32_t       matter, matter_most; /* those that matter */
    bool           stop, drained, joined;
    struct worker_thread {
        struct thread    thread;
        struct exchange *exchange;
    } *thread;
    uint32_t       threads;
};

static status parse(struct run *run, struct block *block, struct chain *front, struct block_result *result)
{
    uint64_t start = run->options.timing ? clock_steady() : 0;
    status   s = run_check(run);

    *result = (struct block_result){ 0 };
    front->block = block->number + 1;
    if (s == OK)
        s = sources_parse(run, block, chain_push, front, result);
    if (start)
        front->parsing += clock_steady() - start;
    return s;
}

status block_run(struct run *run, struct block *takes, struct chain *front)
{
    struct block_result result;
    uint32_t            count = 0;
    status              s = parse(run, takes, front, &result), passed = OK;

    run->rest->block = front->block;
    sources_account(run, takes->input, takes->size, &result);
    block_release(takes);
    if (front->helds) {
        count = front->helds;
        front->helds = 0;
        passed = chain_pass_on(run, front->held, count);
    }
    return s == OK || s == ENOUGH ? (passed != OK ? passed : s) : s;
}

/* --- the workers' side --------------------------------------------------------------------------------------------- */

static void give_back(struct exchange *exchange, struct chain *chain)
{
    mutex_lock(&exchange->lock);
    exchange->idle[exchange->idles++] = chain;
    signal_all(&exchange->room);
    mutex_unlock(&exchange->lock);
}

/* Takes a certain chain, or any: there are as many as threads. NULL: somebody said stop. */
static struct chain *take_chain(struct exchange *exchange, struct chain *wanted)
{
    struct chain *chain = NULL;

    mutex_lock(&exchange->lock);
    while (!exchange->stop && !chain) {
        for (uint32_t i = 0; i < exchange->idles && !chain; i++)
            if (!wanted || exchange->idle[i] == wanted) {
                chain = exchange->idle[i];
                exchange->idle[i] = exchange->idle[--exchange->idles];
            }
        if (!chain)
            signal_wait(&exchange->room, &exchange->lock);
    }
    mutex_unlock(&exchange->lock);
    return chain;
}

/* The next block, with the chain it is for. Sums are made of a segment from left to right: all blocks of it are for one. */
static status read_block(struct exchange *exchange, struct chain **chain, struct block **block)
{
    status s;

    if (!(*chain = take_chain(exchange, NULL)))
        return DONE;
    *block = exchange->ahead;
    exchange->ahead = NULL;
    s = *block ? OK : sources_next(exchange->run, &(*chain)->diag, block);
    if (s == OK && (*block)->segment == exchange->segment) {
        if (*chain != exchange->last) {
            give_back(exchange, *chain);
            *chain = take_chain(exchange, exchange->last);
        }
        if (!*chain) {
            block_release(*block);
            *block = NULL;
            return DONE;
        }
        sources_follow_on(exchange->run, *block);
    }
    if (s == OK) {
        exchange->last = *chain;
        exchange->segment = (*block)->segment;
    }
    return s;
}

/* A block, its chain and its number; without the block if reading failed. DONE: no more, or somebody said stop. */
static status claim(struct exchange *exchange, struct chain **chain, struct block **block, uint64_t *number)
{
    bool   go;
    status s = DONE;

    mutex_lock(&exchange->input);
    mutex_lock(&exchange->lock);
    while (!exchange->stop && !exchange->drained
           && (exchange->claimed - exchange->taken >= SLOTS || exchange->matter >= exchange->matter_most))
        signal_wait(&exchange->room, &exchange->lock);
    go = !exchange->stop && !exchange->drained;
    mutex_unlock(&exchange->lock);
    if (go) {
        s = read_block(exchange, chain, block);
        mutex_lock(&exchange->lock);
        exchange->drained = s != OK;
        if (s != DONE)
            *number = exchange->claimed++;
        if (exchange->drained) {
            signal_all(&exchange->room);
            signal_all(&exchange->arrival);
        }
        mutex_unlock(&exchange->lock);
    }
    mutex_unlock(&exchange->input);
    return s;
}

static bool matters(const struct item *item) { return item->count > 0 || item->outcome < 0; }

/* Wakes the host's thread for what matters at once, which may also be what comes before it in turn; else when half of the
 * slots wait. */
static void hand_in(struct exchange *exchange, uint64_t number, const struct item *item)
{
    mutex_lock(&exchange->lock);
    exchange->slot[number % SLOTS] = *item;
    exchange->waiting++;
    exchange->matter += matters(item);
    if (exchange->matter || exchange->drained || exchange->waiting >= SLOTS / 2)
        signal_all(&exchange->arrival);
    mutex_unlock(&exchange->lock);
}

static void *work(void *argument)
{
    struct worker_thread *worker = argument;
    struct exchange      *exchange = worker->exchange;

    for (;;) {
        struct chain *chain = NULL;
        struct block *block = NULL;
        uint64_t      number = 0;
        status        s = claim(exchange, &chain, &block, &number);
        struct item   item = { .filled = true, .outcome = s, .chain = chain };

        if (s == DONE)
            return NULL;
        if (s == OK) {
            item.outcome = parse(exchange->run, block, chain, &item.result);
            item.input = block->input;
            item.bytes = block->size;
            block_release(block);
        }
        item.batch = chain->held;
        item.count = chain->helds;
        item.room = chain->held_room;
        chain->held = NULL;
        chain->helds = chain->held_room = 0;
        hand_in(exchange, number, &item);
        if (item.outcome < 0)
            return NULL;                /* its chain's diagnostics are now the taker's to read */
        give_back(exchange, chain);
    }
}

/* --- the host's side ----------------------------------------------------------------------------------------------- */

static status exchange_new(struct run *run, struct exchange **out)
{
    struct exchange *exchange = ARENA_NEW(&run->arena, struct exchange);

    TRY_NEW(exchange);
    exchange->run = run;
    exchange->matter_most = run->options.threads + 1;
    TRY_NEW(exchange->idle = ARENA_ARRAY(&run->arena, struct chain *, run->options.threads));
    TRY_NEW(exchange->thread = ARENA_ARRAY(&run->arena, struct worker_thread, run->options.threads));
    TRY(mutex_init(&exchange->input));
    if (mutex_init(&exchange->lock) != OK) {
        mutex_free(&exchange->input);
        return FAIL_MEMORY;
    }
    if (signal_init(&exchange->room) != OK || signal_init(&exchange->arrival) != OK) {
        mutex_free(&exchange->input);
        mutex_free(&exchange->lock);
        return FAIL_MEMORY;
    }
    *out = exchange;
    return OK;
}

/* All chains are opened before the first thread starts: opening is the host's thread's business. */
static status open_fronts(struct run *run)
{
    while (run->fronts < run->options.threads) {
        struct chain *chain = NULL;
        status        s = chain_open_front(run, true, &chain);

        if (chain)
            run->front[run->fronts++] = chain;
        if (s != OK) {
            chain_report(chain ? chain : run->rest);
            return s;
        }
    }
    return OK;
}

status exchange_start(struct run *run, struct block *ahead)
{
    struct exchange *exchange;
    status           s = open_fronts(run);

    if (s == OK)
        s = exchange_new(run, &exchange);
    if (s != OK) {
        block_release(ahead);
        return s;
    }
    run->exchange = exchange;
    exchange->ahead = ahead;
    exchange->last = run->front[0];     /* it had the block before */
    exchange->segment = ahead->segment;
    while (exchange->idles < run->fronts) {
        exchange->idle[exchange->idles] = run->front[exchange->idles];
        exchange->idles++;
    }
    sources_share_out(run->sources);
    for (uint32_t i = 0; i < run->options.threads; i++) {
        struct worker_thread *worker = &exchange->thread[exchange->threads];

        worker->exchange = exchange;
        if (thread_start(&worker->thread, work, worker) == OK)
            exchange->threads++;
    }
    if (exchange->threads == 0)
        return diag_at(&run->diag, FAIL_LIMIT, (struct span){ 0, 0 }, "no-threads", "no thread could be started");
    return OK;
}

static void item_drop(struct run *run, struct item *item)
{
    heap_free(&run->heap, item->batch, item->room * sizeof *item->batch);
    *item = (struct item){ 0 };
}

status exchange_step(struct run *run)
{
    struct exchange *exchange = run->exchange;
    struct item     *slot, item;
    status           s;

    mutex_lock(&exchange->lock);
    slot = &exchange->slot[exchange->taken % SLOTS];
    while (!slot->filled && !(exchange->drained && exchange->taken == exchange->claimed))
        signal_wait(&exchange->arrival, &exchange->lock);
    item = *slot;
    if (slot->filled) {
        *slot = (struct item){ 0 };
        exchange->taken++;
        exchange->waiting--;
        exchange->matter -= matters(&item);
        slot = NULL;
        signal_all(&exchange->room);
    }
    mutex_unlock(&exchange->lock);
    if (slot)
        return DONE;
    run->rest->block = exchange->taken;
    if (item.outcome >= 0)
        sources_account(run, item.input, item.bytes, &item.result);
    else
        chain_report(item.chain);
    s = chain_pass_on(run, item.batch, item.count);
    item.count = 0;
    if (item.outcome < 0)
        s = item.outcome;
    item_drop(run, &item);
    return s;
}

void exchange_stop(struct run *run)
{
    struct exchange *exchange = run->exchange;

    if (!exchange || exchange->joined)
        return;
    mutex_lock(&exchange->lock);
    exchange->stop = true;
    signal_all(&exchange->room);
    mutex_unlock(&exchange->lock);
    for (uint32_t i = 0; i < exchange->threads; i++)
        thread_join(&exchange->thread[i].thread);
    for (uint32_t i = 0; i < SLOTS; i++) {
        for (uint32_t j = 0; j < exchange->slot[i].count; j++)
            batch_release(exchange->slot[i].batch[j]);
        item_drop(run, &exchange->slot[i]);
    }
    block_release(exchange->ahead);
    exchange->ahead = NULL;
    exchange->joined = true;            /* everything else is the arena's */
    signal_free(&exchange->room);
    signal_free(&exchange->arrival);
    mutex_free(&exchange->lock);
    mutex_free(&exchange->input);
}
