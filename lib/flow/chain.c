#include "flow/chain.h"

#include "base/clock.h"
#include "base/hash.h"
#include "text/regex.h"

static void note(void *host, const char *code, str message)
{
    struct chain *chain = host;
    notes_add(&chain->notes, code, message, 1, chain->block);
}

static double wall(void *host)
{
    (void)host;
    return clock_wall();
}

/* Each chain draws from a stream of its own: partitions must not repeat one another. */
static uint64_t random_start(struct run *run)
{
    return run->options.seed * 0xd1342543de82ef95u ^ hash_u64(++run->streams);
}

static status context_fill(struct run *run, struct chain *chain)
{
    const struct run_options *options = &run->options;
    enum cpu_level            best = cpu_best();
    int                       level = options->cpu;
    const struct context     *compiled = run->plan->compile.context;
    bool                      forced = level >= 0 && level < CPU_LEVELS && cpu_has((enum cpu_level)level);

    chain->context = (struct context){
        .heap = &run->heap,
        .names = run->names,
        .zone = run->zone,
        .now = options->now,
        .now_is_fixed = run->now_is_fixed,
        .earliest = options->earliest,
        .latest = options->latest,
        .cpu = forced ? (enum cpu_level)level : best,
        .plain_numbers = options->plain_numbers,
        .nearest_rank = options->nearest_rank,
        .natural_sort = options->natural_sort,
        .row_bodies = options->row_bodies,
        .takes_partials = options->takes_partials,
        .saved_states = options->saved_states,
        .partitioned = options->partitions > 1 || options->threads > 1 || run_spills(run),
        .limits = compiled ? compiled->limits : NULL,
        .lookups = compiled ? compiled->lookups : NULL,
        .sinks = compiled ? compiled->sinks : NULL,
        .random = random_start(run),
        .clock = wall,
        .diag = &chain->diag,
        .note = note,
        .host = chain,
    };
    return regex_cache_new(&run->heap, chain->context.cpu, &chain->context.regexes);
}

static status chain_new(struct run *run, struct chain **out)
{
    struct chain *chain = heap_zero(&run->heap, 1, sizeof *chain);

    *out = chain;
    TRY_NEW(chain);
    chain->run = run;
    diag_init(&chain->diag, &run->heap);
    notes_init(&chain->notes, &run->heap);
    TRY(context_fill(run, chain));
    run->context = &chain->context;
    return OK;
}

void chain_free(struct chain *chain)
{
    struct heap *heap;

    if (!chain)
        return;
    heap = &chain->run->heap;
    for (uint32_t i = 0; i < chain->helds; i++)
        batch_release(chain->held[i]);
    heap_free(heap, chain->held, chain->held_room * sizeof *chain->held);
    for (uint32_t i = 0; i < chain->ops; i++)
        op_free(chain->op[i]);
    op_free(chain->handover);
    heap_free(heap, chain->op, chain->room * sizeof *chain->op);
    if (chain->context.regexes)
        regex_cache_free(chain->context.regexes);
    notes_free(&chain->notes);
    diag_free(&chain->diag);
    heap_free(heap, chain, sizeof *chain);
}

/* An operator behind the others. `op` may be half made after a failure: it is the chain's to free from here on. */
static status append(struct chain *chain, struct op *op)
{
    if (!heap_grow(&chain->run->heap, &chain->op, &chain->room, chain->ops + 1, sizeof *chain->op)) {
        op_free(op);
        return FAIL_MEMORY;
    }
    if (chain->ops)
        chain->op[chain->ops - 1]->next = op;
    else
        chain->first = op;
    chain->op[chain->ops++] = op;
    return OK;
}

static status append_stage(struct chain *chain, const struct stage *stage)
{
    struct op *op = NULL;
    status     s = stage->command->open(stage, chain->run, &op);

    if (op)
        TRY(append(chain, op));
    return s;
}

static status append_own(struct chain *chain, status (*open)(struct run *, struct op **))
{
    struct op *op = NULL;
    status     s = open(chain->run, &op);

    if (op)
        TRY(append(chain, op));
    return s;
}

status chain_open_rest(struct run *run, struct chain **out)
{
    const struct plan *plan = run->plan;
    uint32_t           skip = plan->parallel + plan->merges, number = 0;

    TRY(chain_new(run, out));
    (*out)->context.partitioned = run_spills(run);
    for (const struct stage *stage = plan->first; stage; stage = stage->next)
        if (number++ >= skip)
            TRY(append_stage(*out, stage));
    return append_own(*out, op_open_sink);
}

status chain_open_front(struct run *run, bool handover, struct chain **out)
{
    const struct plan  *plan = run->plan;
    const struct stage *stage = plan->first;
    struct op          *behind = run->rest->first;
    struct chain       *chain;

    TRY(chain_new(run, out));
    chain = *out;
    if (run->has_window && !plan->generates && !plan->fed)
        TRY(append_own(chain, op_open_window));
    for (uint32_t i = 0; i < plan->parallel + plan->merges; i++, stage = stage->next) {
        if (plan->complete_after && i == plan->filters)
            TRY(append_own(chain, op_open_complete));
        TRY(append_stage(chain, stage));
    }
    if (plan->complete_after && plan->filters == plan->parallel + plan->merges)
        TRY(append_own(chain, op_open_complete));
    chain->merges = plan->merges;
    if (handover) {
        TRY(op_open_handover(run, &chain->handover));
        behind = chain->handover;
    }
    if (chain->ops)
        chain->op[chain->ops - 1]->next = behind;
    else
        chain->first = behind;
    return OK;
}

status chain_push(void *host, struct batch *takes)
{
    struct chain *chain = host;
    status        s = takes->rows.count ? op_push(chain->first, takes) : OK;

    batch_release(takes);
    return s;
}

status chain_pass_on(struct run *run, struct batch **batch, uint32_t count)
{
    status s = OK;

    for (uint32_t i = 0; i < count; i++) {
        if (s == OK)
            s = chain_push(run->rest, batch[i]);
        else
            batch_release(batch[i]);
    }
    return s;
}

/* Goes on with the operator that it was at. */
static status finish_ops(struct chain *chain, uint32_t from, uint32_t to)
{
    uint32_t *at = &chain->run->finish_op;

    for (; from + *at < to; ++*at) {
        status s = op_finish(chain->op[from + *at]);

        if (s != OK && s != AGAIN)
            chain_report(chain);
        TRY(s);
    }
    return OK;
}

static status merge_fronts(struct run *run)
{
    struct chain *first = run->front[0];
    struct op    *into = first->op[first->ops - 1];

    for (uint32_t i = 1; i < run->fronts; i++) {
        struct chain *other = run->front[i];
        status        s;

        into->last = i + 1 == run->fronts;
        s = into->kind->merge(into, other->op[other->ops - 1]);
        op_ended(into, s);
        if (s != OK) {
            chain_report(first);
            return s;
        }
    }
    return OK;
}

static status finish_front(struct chain *chain)
{
    if (chain->ops)
        chain->op[chain->ops - 1]->next = chain->run->rest->first;
    return finish_ops(chain, 0, chain->ops - chain->merges);
}

/* Each front chain, then the merge, the merged operator, the rest. */
static status finish_part(struct run *run, uint32_t part)
{
    struct chain *first = run->front[0];

    if (part < run->fronts)
        return finish_front(run->front[part]);
    if (part == run->fronts)
        return first->merges ? merge_fronts(run) : OK;
    if (part == run->fronts + 1)
        return first->merges ? finish_ops(first, first->ops - 1, first->ops) : OK;
    return finish_ops(run->rest, 0, run->rest->ops);
}

status chains_finish(struct run *run)
{
    for (; run->finish_part < run->fronts + 3; run->finish_part++, run->finish_op = 0)
        TRY(finish_part(run, run->finish_part));
    return OK;
}

void chain_report(struct chain *chain)
{
    struct diag *from = &chain->diag, *into = &chain->run->diag;

    for (uint32_t i = 0; i < from->count; i++) {
        diag_at(into, OK, from->item[i].span, from->item[i].code, "%.*s", (int)from->item[i].message.size,
                from->item[i].message.at);
        if (from->item[i].hint.size)
            diag_hint(into, "%.*s", (int)from->item[i].hint.size, from->item[i].hint.at);
    }
    from->count = from->errors = 0;
}
