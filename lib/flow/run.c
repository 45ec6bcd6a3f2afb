#include "flow/run.h"

#include "base/clock.h"
#include "flow/effects.h"
#include "flow/finisher.h"
#include "flow/inner.h"
#include "flow/partition.h"
#include "time/relative.h"

#include <math.h>

enum { THREAD_ROOM = 12 << 20 };          /* bytes of limit.memory */

/* --- options ------------------------------------------------------------------------------------------------------- */

static status copy_texts(struct run *run)
{
    const char **text[] = { &run->options.zone, &run->options.default_index, &run->options.default_source,
                            &run->options.default_sourcetype, &run->options.default_host, &run->options.time_field,
                            &run->options.temp_folder };

    for (size_t i = 0; i < COUNT_OF(text); i++)
        if (*text[i])
            TRY_NEW(*text[i] = arena_text(&run->arena, str_of(*text[i])));
    return OK;
}

static status bound(struct run *run, str text, struct span span, double *out)
{
    struct zone_view view;

    zone_view_init(&view, run->zone, NULL);
    if (time_modifier(text, &view, run->options.now, out) != OK)
        return diag_at(&run->diag, FAIL_QUERY, span, "bad-time", "invalid time '%.*s'", SHOW(text));
    return OK;
}

/* Time terms of the query override the host's range. A lone `earliest` ends at now; a lone 0 is no lower bound. */
static status set_window(struct run *run)
{
    const struct time_bounds *bounds = &run->plan->bounds;
    struct run_options       *options = &run->options;
    bool                      ends = options->latest > 0 && options->latest < INFINITY;

    if (options->earliest == 0 && options->latest == 0) {
        options->earliest = -INFINITY;
        options->latest = INFINITY;
    }
    if (bounds->earliest.size || bounds->latest.size || bounds->rows) {
        options->earliest = -INFINITY;
        options->latest = bounds->latest.size || !bounds->earliest.size ? INFINITY : options->now;
        ends = bounds->latest.size > 0;
        if (bounds->earliest.size)
            TRY(bound(run, bounds->earliest, bounds->earliest_span, &options->earliest));
        if (bounds->latest.size)
            TRY(bound(run, bounds->latest, bounds->latest_span, &options->latest));
        if (options->earliest > options->latest)
            return diag_at(&run->diag, FAIL_QUERY, bounds->earliest_span, "time-bounds",
                           "Invalid time bounds in search: start=%.15g > end=%.15g", options->earliest, options->latest);
    }
    if (options->earliest == 0 && !ends)
        options->earliest = -INFINITY;
    run->has_window = !options->window_off && (options->earliest > -INFINITY || options->latest < INFINITY);
    return OK;
}

/* Each thread holds a block, batches of it and tables of its own, whatever the bound: where it is tight, few do what many
 * could not. */
static void bound_threads(struct run_options *options)
{
    size_t most = options->limit_memory / THREAD_ROOM;

    if (options->limit_memory && options->threads > most)
        options->threads = (uint32_t)most;
    if (options->threads == 0)
        options->threads = 1;
}

static status set_options(struct run *run)
{
    struct run_options *options = &run->options;
    status              s;

    TRY(copy_texts(run));
    run->now_is_fixed = run->outer ? run->outer->now_is_fixed : options->now != 0;
    if (options->now == 0)
        options->now = floor(clock_wall());
    if (options->seed == 0)
        options->seed = (uint64_t)(clock_wall() * 1e6);
    bound_threads(options);
    if (run->outer)
        run->deadline = run->outer->deadline;
    else if (options->limit_time > 0)
        run->deadline = clock_steady() + (uint64_t)(fmin(options->limit_time, 1e9) * 1e9);
    s = zone_open(&run->heap, options->zone ? str_of(options->zone) : STR("UTC"), &run->zone);
    if (s == FAIL_DATA)
        return diag_at(&run->diag, FAIL_MISUSE, (struct span){ 0, 0 }, "unknown-zone", "no time zone is named '%s'",
                       options->zone);
    run->asked_earliest = options->earliest;
    run->asked_latest = options->latest;
    return s;
}

/* --- life ---------------------------------------------------------------------------------------------------------- */

static status open_chains(struct run *run)
{
    struct run_options *options = &run->options;
    bool                alone = run->plan->generates || options->threads > 1 || options->partitions < 2;
    uint32_t            fronts = alone ? 1 : options->partitions;
    uint32_t            room = fronts > options->threads ? fronts : options->threads;
    status              s;

    TRY_NEW(run->front = ARENA_ARRAY(&run->arena, struct chain *, room));
    s = chain_open_rest(run, &run->rest);
    while (s == OK && run->fronts < fronts) {
        struct chain *chain = NULL;

        s = chain_open_front(run, options->threads > 1 && !run->plan->generates, &chain);
        if (chain)
            run->front[run->fronts++] = chain;
    }
    if (s != OK) {
        if (run->rest)
            chain_report(run->rest);
        for (uint32_t i = 0; i < run->fronts; i++)
            chain_report(run->front[i]);
    }
    return s;
}

status run_ready(struct run *run)
{
    TRY(set_window(run));
    TRY(open_chains(run));
    return sources_project(run);
}

static status start(struct run *run)
{
    TRY_NEW(run->names = run->options.names ? run->options.names : names_new(&run->heap));
    TRY_NEW(run->notes = ARENA_NEW(&run->arena, struct notes));
    TRY_NEW(run->input_notes = ARENA_NEW(&run->arena, struct notes));
    notes_init(run->notes, &run->heap);
    notes_init(run->input_notes, &run->heap);
    TRY(set_options(run));
    TRY(sources_new(run, &run->sources));
    if (run->plan->texts || run->plan->inner || (run->plan->inner_reads && !run->plan->fed)) {
        run->state = RUN_PREPARING;
        return OK;
    }
    return run_ready(run);
}

status run_make(const struct plan *plan, const struct run_options *options, heap_fn resize, void *host, struct run *outer,
                struct run **out)
{
    size_t      limit = outer ? 0 : options->limit_memory;
    struct heap own;
    struct run *run;

    heap_init(&own, resize, host, limit);
    *out = run = heap_zero(&own, 1, sizeof *run);
    TRY_NEW(run);
    heap_init(&run->heap, resize, host, limit);
    run->plan = plan;
    run->source = &plan->source;
    run->outer = outer;
    run->owner = outer ? outer->owner : NULL;
    run->options = *options;
    arena_init(&run->arena, &run->heap);
    diag_init(&run->diag, &run->heap);
    return start(run);
}

status run_new(const struct plan *plan, const struct run_options *options, heap_fn resize, void *host,
               struct diag *diag, struct run **out)
{
    struct run *run;
    status      s = run_make(plan, options, resize, host, NULL, &run);

    *out = s == OK ? run : NULL;
    if (s == OK || !run)
        return s;
    if (diag)
        diag_copy(diag, &run->diag);
    run_free(run);
    return s;
}

static void stop_ops(struct chain *chain)
{
    for (uint32_t i = 0; chain && i < chain->ops; i++)
        if (chain->op[i]->kind->stop)
            chain->op[i]->kind->stop(chain->op[i]);
}

void run_stop(struct run *run)
{
    atomic_store(&run->cancelled, 1);
    finisher_join(run);
    exchange_stop(run);
    while (run->ready_count) {
        batch_release(run->ready[run->ready_from++]);
        run->ready_count--;
    }
    if (run->failure == OK && run->state != RUN_DONE)
        run->failure = FAIL_CANCELLED;
    for (uint32_t i = 0; i < run->fronts; i++)
        stop_ops(run->front[i]);
    stop_ops(run->rest);
    effects_close(run);
}

void run_free(struct run *run)
{
    struct heap own;

    if (!run)
        return;
    run_stop(run);
    for (uint32_t i = 0; i < run->fronts; i++)
        chain_free(run->front[i]);
    chain_free(run->rest);
    inners_free(run);
    sources_free(run->sources);
    zone_free(run->zone);
    if (!run->options.names)
        names_free(run->names);
    if (run->notes)
        notes_free(run->notes);
    if (run->input_notes)
        notes_free(run->input_notes);
    diag_free(&run->diag);
    heap_free(&run->heap, run->ready, run->ready_room * sizeof *run->ready);
    arena_free(&run->arena);
    heap_init(&own, run->heap.resize, run->heap.host, 0);
    atomic_store(&own.used, sizeof *run);
    heap_free(&own, run, sizeof *run);
}

status run_check(struct run *run)
{
    if (run_is_cancelled(run))
        return FAIL_CANCELLED;
    return run->deadline && clock_steady() > run->deadline ? FAIL_LIMIT : OK;
}

/* --- what it tells ------------------------------------------------------------------------------------------------- */

uint32_t run_note_count(const struct run *run)
{
    return run->notes->count;
}

const struct note *run_note_at(const struct run *run, uint32_t i)
{
    return &run->notes->note[i];
}

uint64_t run_events(const struct run *run)
{
    return run->events > run->inner_events ? run->events : run->inner_events;
}

uint64_t run_bytes(const struct run *run)
{
    return run->bytes > run->inner_bytes ? run->bytes : run->inner_bytes;
}

uint32_t run_stages(const struct run *run)
{
    return 1 + run->plan->stages + run->inner_stages;
}

/* What is spent in pushes and finishes of an operator, without what those of the next one take inside them. */
static void add_chain(const struct chain *chain, const struct stage *stage, struct stage_stats *out, int64_t *time)
{
    for (uint32_t i = 0; i < chain->ops; i++) {
        const struct op *op = chain->op[i], *next = i + 1 < chain->ops ? chain->op[i + 1] : NULL;

        if (op->stage != stage)
            continue;
        out->rows_in += op->rows_in;
        out->rows_out += op->rows_out;
        *time += (int64_t)(op->pushing + op->finishing) - (next ? (int64_t)next->pushing : 0);
    }
}

/* The last operators of the fronts push into the rest, in one chain: its time is in theirs, unless it was handed over. */
static int64_t rest_inside(const struct run *run, const struct stage *stage)
{
    const struct chain *front = run->front[0];

    if (front->handover && !front->merges)
        return 0;
    return front->ops && front->op[front->ops - 1]->stage == stage ? (int64_t)run->rest->first->pushing : 0;
}

void run_stage_stats(const struct run *run, uint32_t i, struct stage_stats *out)
{
    const struct stage *stage = run->plan->first;
    int64_t             time = 0;

    *out = (struct stage_stats){ .name = STR("read"), .rows_out = run->events };
    if (i > run->plan->stages && i < run_stages(run))
        *out = run->inner_stats[i - run->plan->stages - 1];
    if (i > run->plan->stages || !run->rest || run->fronts == 0)
        return;
    if (i == 0) {
        for (uint32_t j = 0; j < run->fronts; j++) {
            struct stage_stats own = { .name = STR("") };
            const struct chain *front = run->front[j];

            time += (int64_t)front->parsing - (int64_t)(front->first && front->ops ? front->op[0]->pushing : 0);
            add_chain(front, NULL, &own, &time);            /* the window and completion are reading too */
        }
        if (!run->front[0]->ops && !run->front[0]->handover)
            time -= (int64_t)run->rest->first->pushing;
    } else {
        for (uint32_t j = 1; stage && j < i; j++)
            stage = stage->next;
        if (!stage)
            return;
        out->name = stage->name;
        out->rows_out = 0;
        for (uint32_t j = 0; j < run->fronts; j++)
            add_chain(run->front[j], stage, out, &time);
        add_chain(run->rest, stage, out, &time);
        time -= rest_inside(run, stage);
    }
    out->seconds = run->options.timing && time > 0 ? (double)time * 1e-9 : 0;
}
