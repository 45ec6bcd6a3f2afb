#include "api/handles.h"

#include "time/zone.h"

#include <math.h>
#include <time.h>

/* --- life ---------------------------------------------------------------------------------------------------------- */

static struct run *inner(const struct spl_run *run)
{
    return atomic_load_explicit(&((struct spl_run *)run)->run, memory_order_acquire);
}

struct spl_run *run_retain(struct spl_run *run)
{
    atomic_fetch_add_explicit(&run->references, 1, memory_order_relaxed);
    return run;
}

void run_release(struct spl_run *run)
{
    struct spl_query *query;
    struct heap      *heap;

    if (!run || atomic_fetch_sub_explicit(&run->references, 1, memory_order_acq_rel) != 1)
        return;
    query = run->query;
    heap = &query->engine->heap;
    run_free(inner(run));
    run_release(run->source);
    layout_free(&run->layout);
    settings_free(&run->settings);
    buf_free(&run->text);
    heap_free(heap, run, sizeof *run);
    query_release(query);
}

spl_status spl_run_new(const spl_query *query, spl_run **out, spl_error **err)
{
    struct heap    *heap = &query->engine->heap;
    struct spl_run *run = heap_zero(heap, 1, sizeof *run);

    *out = NULL;
    if (!run)
        return error_out_of_memory(err);
    atomic_store(&run->references, 1);
    run->query = query_retain(query);
    settings_init(&run->settings, heap);
    layout_init(&run->layout, heap);
    buf_init(&run->text, heap);
    run->users = 1;
    if (settings_copy(&run->settings, &query->settings) != OK) {
        run_release(run);
        return error_out_of_memory(err);
    }
    *out = run;
    return OK;
}

void run_give_up(struct spl_run *run)
{
    if (--run->users == 0 && inner(run))
        run_stop(inner(run));
    run_release(run);
}

/* The host's part ends here; batches, writers and streams may still hold the rest. */
void spl_run_free(spl_run *run)
{
    if (run)
        run_give_up(run);
}

void spl_run_cancel(spl_run *run)
{
    struct run *running;

    atomic_store(&run->cancelled, 1);
    running = inner(run);
    if (running)
        atomic_store(&running->cancelled, 1);
}

/* --- failures ------------------------------------------------------------------------------------------------------ */

status run_explain(struct spl_run *run, status failure, struct spl_error **err)
{
    struct run *running = inner(run);

    run->failure = failure;
    if (failure == FAIL_MEMORY)
        return error_out_of_memory(err);
    if (running)
        return error_copy(run->query->engine, run->query, failure, &running->diag, running->source, err);
    return error_new(run->query->engine, failure, err, "failed", "the run failed before it began");
}

static status misuse(struct spl_run *run, struct spl_error **err, const char *what)
{
    return error_new(run->query->engine, FAIL_MISUSE, err, "misuse", "%s", what);
}

static status check_free(struct spl_run *run, struct spl_error **err)
{
    if (run->busy)
        return misuse(run, err, "a callback may not use the run that called it");
    if (run->failure < 0)
        return run_explain(run, run->failure, err);
    return OK;
}

/* --- beginning ----------------------------------------------------------------------------------------------------- */

spl_status spl_run_set(spl_run *run, const char *option, const char *value, spl_error **err)
{
    struct spl_engine *engine = run->query->engine;
    struct diag        diag;
    status             result;

    TRY(check_free(run, err));
    if (inner(run))
        return misuse(run, err, "options are set before a run begins");
    diag_init(&diag, &engine->heap);
    result = settings_set(&run->settings, str_of(option), str_of(value), true, &diag);
    if (result != OK)
        error_from(engine, NULL, result, &diag, err);
    diag_free(&diag);
    return result;
}

static double wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static const char *text_or_null(const struct settings *settings, enum option option)
{
    str text = settings_text(settings, option);

    return text.size ? text.at : NULL;      /* terminated: from an arena or a literal */
}

static uint32_t count_of(const struct settings *settings, enum option option, uint32_t most)
{
    double number = settings_number(settings, option);

    return number < most ? (uint32_t)number : most;
}

static void fill_options(const struct settings *settings, const struct instants *instants, struct run_options *out)
{
    *out = (struct run_options){
        .now = instants->fixed ? instants->now : 0, .seed = (uint64_t)settings_number(settings, OPTION_SEED),
        .zone = text_or_null(settings, OPTION_TIMEZONE),
        .earliest = instants->earliest, .latest = instants->latest,
        .threads = count_of(settings, OPTION_THREADS, 1024),
        .batch_rows = count_of(settings, OPTION_BATCH_ROWS, 1 << 20),
        .partitions = count_of(settings, OPTION_DEBUG_PARTITIONS, 64),
        .limit_memory = (size_t)settings_number(settings, OPTION_LIMIT_MEMORY),
        .temp_folder = text_or_null(settings, OPTION_TEMP_DIRECTORY),
        .spill_rows = (uint64_t)settings_number(settings, OPTION_DEBUG_SPILL),
        .limit_time = settings_number(settings, OPTION_LIMIT_TIME),
        .limit_rows = (uint64_t)settings_number(settings, OPTION_LIMIT_ROWS),
        .limit_subsearch = (uint64_t)settings_number(settings, OPTION_LIMIT_SUBSEARCH_ROWS),
        .limit_line = (size_t)settings_number(settings, OPTION_LIMIT_LINE),
        .row_bodies = settings_truth(settings, OPTION_DEBUG_ROW_BODIES),
        .window_off = !settings_truth(settings, OPTION_WINDOW),
        .part = count_of(settings, OPTION_PART, (1 << 20) - 1),
        .takes_partials = settings_truth(settings, OPTION_PARTIALS),
        .saved_states = settings_truth(settings, OPTION_DEBUG_PARTIALS),
        .plain_numbers = str_is(settings_text(settings, OPTION_NUMBERS), "plain"),
        .nearest_rank = str_is(settings_text(settings, OPTION_PERC_METHOD), "nearest-rank"),
        .natural_sort = settings_truth(settings, OPTION_NATURAL_SORT),
        .kv_mode = (enum kv_mode)settings_choice(settings, OPTION_KV_MODE),
        .null_text = str_is(settings_text(settings, OPTION_JSON_NULL), "text"),
        .prefilter_off = !settings_truth(settings, OPTION_DEBUG_PREFILTER),
        .timing = settings_truth(settings, OPTION_TIMING), .cpu = settings_cpu(settings),
        .default_index = text_or_null(settings, OPTION_DEFAULT_INDEX),
        .default_source = text_or_null(settings, OPTION_DEFAULT_SOURCE),
        .default_sourcetype = text_or_null(settings, OPTION_DEFAULT_SOURCETYPE),
        .default_host = text_or_null(settings, OPTION_DEFAULT_HOST),
        .time_field = text_or_null(settings, OPTION_TIME_FIELD),
    };
    if (out->threads == 0)
        out->threads = 1;
}

static status begin(struct spl_run *run, struct diag *diag)
{
    struct heap       *heap = &run->query->engine->heap;
    struct zone       *zone = NULL;
    struct run        *running = NULL;
    struct instants    instants;
    struct run_options options;
    status             result;

    result = settings_times(&run->settings, heap, wall_clock(), diag, &zone, &instants);
    zone_free(zone);
    TRY(result);
    fill_options(&run->settings, &instants, &options);
    options.names = run->source ? inner(run->source)->names : NULL;
    TRY(run_new(run->query->plan, &options, heap->resize, heap->host, diag, &running));
    running->owner = run;
    atomic_store_explicit(&run->run, running, memory_order_release);
    if (atomic_load(&run->cancelled))
        atomic_store(&running->cancelled, 1);
    return OK;
}

status run_enter(struct spl_run *run, struct spl_error **err)
{
    struct diag diag;
    status      result;

    TRY(check_free(run, err));
    run->busy = true;
    if (inner(run))
        return OK;
    diag_init(&diag, &run->query->engine->heap);
    result = begin(run, &diag);
    if (result != OK) {
        run->failure = result;
        run->busy = false;
        error_from(run->query->engine, run->query, result, &diag, err);
    }
    diag_free(&diag);
    return result;
}

void run_leave(struct spl_run *run)
{
    run->busy = false;
}

status run_begin(struct spl_run *run, struct spl_error **err)
{
    TRY(run_enter(run, err));
    run_leave(run);
    return OK;
}

/* --- in and out ---------------------------------------------------------------------------------------------------- */

status run_result(struct spl_run *run, struct spl_batch **out)
{
    struct batch *batch;

    *out = NULL;
    for (;;) {
        TRY(run_next(inner(run), &batch));
        run->layout.shown = inner(run)->plan->shown;            /* known when its subsearches have run */
        run->layout.showns = inner(run)->plan->showns;
        if (batch_rows(batch) > 0)
            return batch_wrap(run, batch, out);
        batch_release(batch);
    }
}

/* Hands over whatever is ready; HUNGRY or DONE when nothing is. */
static status deliver_all(struct spl_run *run)
{
    struct spl_batch *batch;
    int32_t           answer;

    if (run->enough)
        return DONE;
    for (;;) {
        TRY(run_result(run, &batch));
        answer = run->deliver(run->host, batch);
        spl_batch_release(batch);
        if (answer < 0)
            return diag_at(&inner(run)->diag, FAIL_HOST, (struct span){ 0, 0 }, "host-failed",
                           "the host's callback for results failed");
        if (answer > 0) {
            run->enough = true;
            return DONE;
        }
    }
}

static spl_status to_news(status news)
{
    switch (news) {
    case HUNGRY: return SPL_HUNGRY;
    case DONE:
    case ENOUGH: return SPL_DONE;
    default:     return news;
    }
}

spl_status run_outcome(struct spl_run *run, status result, struct spl_error **err)
{
    if (result >= 0 && run->deliver) {
        status delivered = deliver_all(run);
        if (delivered < 0 || delivered == DONE)
            result = delivered;
    }
    return result < 0 ? run_explain(run, result, err) : to_news(result);
}

spl_status spl_run_open(spl_run *run, const char *path, const char *format, spl_error **err)
{
    status result;

    TRY(run_enter(run, err));
    result = run_open(inner(run), path, format);
    run_leave(run);
    return result < 0 ? run_explain(run, result, err) : OK;
}

spl_status spl_run_push(spl_run *run, const char *format, const void *bytes, size_t size, spl_error **err)
{
    spl_status result;

    TRY(run_enter(run, err));
    result = run_outcome(run, run_push(inner(run), format, str_make(bytes, size)), err);
    run_leave(run);
    return result;
}

spl_status spl_run_end(spl_run *run, spl_error **err)
{
    spl_status result;

    TRY(run_enter(run, err));
    result = run_outcome(run, run_end(inner(run)), err);
    run_leave(run);
    return result;
}

spl_status spl_run_next(spl_run *run, spl_batch **out, spl_error **err)
{
    status result;

    *out = NULL;
    if (run->streaming)
        return misuse(run, err, "the results of this run belong to its stream");
    TRY(run_enter(run, err));
    if (run->deliver)
        result = run_outcome(run, OK, err);
    else if ((result = run_result(run, out)) == OK)
        result = SPL_BATCH;
    else
        result = result < 0 ? run_explain(run, result, err) : to_news(result);
    run_leave(run);
    return result;
}

spl_status spl_run_deliver(spl_run *run, spl_batch_fn fn, void *host, spl_error **err)
{
    TRY(check_free(run, err));
    if (inner(run))
        return misuse(run, err, "who gets the results is settled before a run begins");
    run->deliver = fn;
    run->host = host;
    return OK;
}

/* --- figures and notes --------------------------------------------------------------------------------------------- */

uint64_t spl_run_figure(const spl_run *run, int32_t which)
{
    const struct run *running = inner(run);

    if (!running)
        return 0;
    switch (which) {
    case SPL_EVENTS_READ: return run_events(running);
    case SPL_BYTES_READ:  return run_bytes(running);
    case SPL_ROWS_OUT:    return running->rows_out;
    case SPL_MEMORY_NOW:  return atomic_load((_Atomic size_t *)&running->heap.used);
    case SPL_MEMORY_PEAK: return atomic_load((_Atomic size_t *)&running->heap.peak);
    default:              return 0;
    }
}

static const char *keep_text(const struct spl_run *run, str text)
{
    struct buf *kept = (struct buf *)&run->text;

    buf_clear(kept);
    buf_put(kept, text);
    buf_byte(kept, 0);
    return kept->failed ? "" : kept->at;
}

static struct stage_stats stage_at(const struct spl_run *run, size_t i)
{
    struct stage_stats stats = { 0 };

    if (inner(run) && i < run_stages(inner(run)))
        run_stage_stats(inner(run), (uint32_t)i, &stats);
    return stats;
}

const char *spl_run_stage(const spl_run *run, size_t i)
{
    if (!inner(run) || i >= run_stages(inner(run)))
        return NULL;
    return keep_text(run, stage_at(run, i).name);
}

uint64_t spl_run_stage_rows_in(const spl_run *run, size_t i) { return stage_at(run, i).rows_in; }
uint64_t spl_run_stage_rows_out(const spl_run *run, size_t i) { return stage_at(run, i).rows_out; }
double   spl_run_stage_seconds(const spl_run *run, size_t i) { return stage_at(run, i).seconds; }

/* The run's notes, then those of its stream. */
static struct note note_at(const struct spl_run *run, size_t i)
{
    size_t             count = inner(run) ? run_note_count(inner(run)) : 0;
    const struct note *note = i < count ? run_note_at(inner(run), (uint32_t)i) : NULL;

    if (note)
        return *note;
    if (i == count && run->misfits)
        return (struct note){ "arrow-misfit", run->misfits, STR("values did not fit the type of their column") };
    if (i == count + (run->misfits > 0) && run->late_columns)
        return (struct note){ "arrow-columns", run->late_columns, STR("columns came after the stream's schema was fixed") };
    return (struct note){ 0 };
}

size_t spl_run_notes(const spl_run *run)
{
    return (inner(run) ? run_note_count(inner(run)) : 0) + (run->misfits > 0) + (run->late_columns > 0);
}

const char *spl_run_note_code(const spl_run *run, size_t i) { return note_at(run, i).code; }
uint64_t    spl_run_note_count(const spl_run *run, size_t i) { return note_at(run, i).count; }

const char *spl_run_note_text(const spl_run *run, size_t i)
{
    struct note note = note_at(run, i);
    return note.code ? keep_text(run, note.message) : NULL;
}
