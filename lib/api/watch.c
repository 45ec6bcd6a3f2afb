/* Watches: a run that reads and a run for each rule (rules/watch.h), from outside. */
#include "api/handles.h"

#include "read/feed.h"
#include "rules/watch.h"

struct spl_watch {
    struct spl_rules  *rules;
    struct settings    settings;
    struct watch       watch;
    struct spl_query  *reading;         /* the query of the source */
    struct spl_run    *source;
    struct spl_run   **run;             /* by place among the ready rules */
    uint32_t          *number;          /* their places in the set */
    struct watched    *watched;
    uint32_t           ready;
    spl_match_fn       found;
    void              *host;
    bool               begun;
    _Atomic bool       busy;            /* inside a call: the host's callbacks may not make another */
    status             failure;
};

static status allocate(struct spl_watch *watch)
{
    struct spl_rules *rules = watch->rules;
    struct heap      *heap = &rules->engine->heap;
    status            copied;

    for (uint32_t i = 0; i < rules->count; i++)
        watch->ready += rules->rule[i]->state == SPL_RULE_READY;
    watch->run = heap_zero(heap, watch->ready + 1, sizeof *watch->run);
    watch->number = heap_zero(heap, watch->ready + 1, sizeof *watch->number);
    watch->watched = heap_zero(heap, watch->ready + 1, sizeof *watch->watched);
    if (!watch->run || !watch->number || !watch->watched)
        return FAIL_MEMORY;
    for (uint32_t i = 0, place = 0; i < rules->count; i++)
        if (rules->rule[i]->state == SPL_RULE_READY)
            watch->number[place++] = i;
    mutex_lock(&rules->engine->lock);
    copied = settings_copy(&watch->settings, &rules->engine->settings);
    mutex_unlock(&rules->engine->lock);
    return copied;
}

spl_status spl_watch_new(const spl_rules *rules, spl_match_fn found, void *host, spl_watch **out, spl_error **err)
{
    struct heap      *heap = &rules->engine->heap;
    struct spl_watch *watch = heap_zero(heap, 1, sizeof *watch);

    *out = NULL;
    if (!watch)
        return error_out_of_memory(err);
    watch->rules = (struct spl_rules *)rules;
    atomic_fetch_add_explicit(&watch->rules->references, 1, memory_order_relaxed);
    settings_init(&watch->settings, heap);
    watch->found = found;
    watch->host = host;
    if (allocate(watch) != OK) {
        spl_watch_free(watch);
        return error_out_of_memory(err);
    }
    *out = watch;
    return OK;
}

void spl_watch_free(spl_watch *watch)
{
    struct spl_rules *rules;
    struct heap      *heap;

    if (!watch)
        return;
    rules = watch->rules;
    heap = &rules->engine->heap;
    for (uint32_t i = 0; watch->run && i < watch->ready; i++)
        spl_run_free(watch->run[i]);
    spl_run_free(watch->source);            /* last: the rules' batches are derived from its own */
    query_release(watch->reading);
    settings_free(&watch->settings);
    heap_free(heap, watch->run, (watch->ready + 1) * sizeof *watch->run);
    heap_free(heap, watch->number, (watch->ready + 1) * sizeof *watch->number);
    heap_free(heap, watch->watched, (watch->ready + 1) * sizeof *watch->watched);
    heap_free(heap, watch, sizeof *watch);
    rules_release(rules);
}

spl_status spl_watch_set(spl_watch *watch, const char *option, const char *value, spl_error **err)
{
    struct spl_engine *engine = watch->rules->engine;
    struct diag        diag;
    status             result;

    if (watch->begun)
        return error_new(engine, FAIL_MISUSE, err, "misuse", "options are set before a watch begins");
    diag_init(&diag, &engine->heap);
    result = settings_set(&watch->settings, str_of(option), str_of(value), true, &diag);
    if (result != OK)
        error_from(engine, NULL, result, &diag, err);
    diag_free(&diag);
    return result;
}

/* Called by lib/rules with rows of the rule at a place among the ready ones. */
static status on_rows(void *host, uint32_t place, struct batch *takes)
{
    struct spl_watch *watch = host;
    struct spl_batch *batch;
    int32_t           answer;

    if (batch_rows(takes) == 0) {
        batch_release(takes);
        return OK;
    }
    TRY(batch_wrap(watch->run[place], takes, &batch));
    answer = watch->found(watch->host, watch->rules->rule[watch->number[place]], batch);
    spl_batch_release(batch);
    return answer == 0 ? OK : FAIL_HOST;
}

static struct run *running(struct spl_run *run)
{
    return atomic_load_explicit(&run->run, memory_order_acquire);
}

/* A run of the query with the watch's settings. The source's names are shared. */
static status open_run(struct spl_watch *watch, struct spl_query *query, struct spl_run **out, struct spl_error **err)
{
    struct settings *settings;

    TRY(spl_run_new(query, out, err));
    settings = &(*out)->settings;
    settings_free(settings);
    settings_init(settings, &watch->rules->engine->heap);
    if (settings_copy(settings, &watch->settings) != OK)
        return error_out_of_memory(err);
    if (watch->source && *out != watch->source)
        (*out)->source = run_retain(watch->source);
    TRY(settings_set(settings, STR("threads"), STR("1"), true, NULL));
    return run_begin(*out, err);
}

static status open_source(struct spl_watch *watch, struct spl_error **err)
{
    const struct plan **plan;
    struct arena        arena;
    struct wanted       fields;
    uint32_t            plans = 0;
    status              result;

    arena_init(&arena, &watch->rules->engine->heap);
    wanted_init(&fields, &arena, false);
    plan = ARENA_ARRAY(&arena, const struct plan *, watch->ready + 1);
    for (uint32_t i = 0; plan && i < watch->ready; i++)
        if (!watch->watched[i].alone)
            plan[plans++] = watch->rules->rule[watch->number[i]]->query->plan;
    result = plan ? watch_fields(&fields, plan, plans) : FAIL_MEMORY;
    if (result == OK)
        result = query_compile(watch->rules->engine, STR("search *"), false, &fields, &watch->reading, err);
    else
        error_out_of_memory(err);
    arena_free(&arena);
    TRY(result);
    return open_run(watch, watch->reading, &watch->source, err);
}

/* `files`: the first input is a file, which can be read more than once. */
static status begin(struct spl_watch *watch, bool files, struct spl_error **err)
{
    if (watch->failure != OK)
        return error_new(watch->rules->engine, watch->failure, err, "failed", "the watch has failed before");
    if (watch->begun)
        return OK;
    watch->begun = true;
    for (uint32_t i = 0; i < watch->ready; i++)
        watch->watched[i].alone = files && watch->rules->rule[watch->number[i]]->query->plan->inner_reads;
    TRY(open_source(watch, err));
    for (uint32_t i = 0; i < watch->ready; i++) {
        TRY(open_run(watch, watch->rules->rule[watch->number[i]]->query, &watch->run[i], err));
        watch->watched[i].run = running(watch->run[i]);
    }
    watch->watch = (struct watch){ .source = running(watch->source), .rule = watch->watched, .rules = watch->ready,
                                   .found = on_rows, .host = watch };
    return OK;
}

static status pump(struct spl_watch *watch, struct spl_error **err)
{
    status s;

    do
        s = watch_step(&watch->watch);
    while (s == OK);
    if (s == HUNGRY || s == DONE)
        return s;
    watch->failure = s;
    if (s == FAIL_HOST)
        return error_new(watch->rules->engine, s, err, "host-failed", "the host's callback for matches failed");
    return run_explain(watch->source, s, err);
}

/* Every call that may call the host back is between these two. */
static status enter(struct spl_watch *watch, bool files, struct spl_error **err)
{
    status result;

    if (watch->busy)
        return error_new(watch->rules->engine, FAIL_MISUSE, err, "misuse",
                         "a callback may not use the watch that called it");
    watch->busy = true;
    result = begin(watch, files, err);
    if (result != OK)
        watch->busy = false;
    return result;
}

static spl_status leave(struct spl_watch *watch, status result)
{
    watch->busy = false;
    return result < 0 ? result : OK;
}

/* For the rules that read by themselves. */
static void open_alone(struct spl_watch *watch, const char *path, const char *format)
{
    for (uint32_t i = 0; i < watch->ready; i++) {
        struct watched *rule = &watch->watched[i];

        if (!rule->alone || rule->over)
            continue;
        if (feed_is_plain_path(path))
            rule->failure = run_open(rule->run, path, format);
        else
            rule->failure = diag_at(&rule->run->diag, FAIL_IO, DIAG_NOWHERE, "unreadable",
                                    "subsearches read the input more than once; '%s' behind files can be read once",
                                    path);
        rule->over = rule->failure < 0;
    }
}

spl_status spl_watch_open(spl_watch *watch, const char *path, const char *format, spl_error **err)
{
    status result;

    TRY(enter(watch, feed_is_plain_path(path), err));
    result = run_open(running(watch->source), path, format);
    if (result >= 0)
        open_alone(watch, path, format);
    return leave(watch, result < 0 ? run_explain(watch->source, result, err) : OK);
}

spl_status spl_watch_push(spl_watch *watch, const char *format, const void *bytes, size_t size, spl_error **err)
{
    status result;

    TRY(enter(watch, false, err));
    result = run_push(running(watch->source), format, str_make(bytes, size));
    return leave(watch, result < 0 ? run_explain(watch->source, result, err) : pump(watch, err));
}

spl_status spl_watch_end(spl_watch *watch, spl_error **err)
{
    status result;

    TRY(enter(watch, false, err));
    result = run_end(running(watch->source));
    return leave(watch, result < 0 ? run_explain(watch->source, result, err) : pump(watch, err));
}

void spl_watch_cancel(spl_watch *watch)
{
    if (watch->source)
        spl_run_cancel(watch->source);
    for (uint32_t i = 0; i < watch->ready; i++)
        if (watch->run[i])
            spl_run_cancel(watch->run[i]);
}

/* --- what it tells ------------------------------------------------------------------------------------------------- */

uint64_t spl_watch_figure(const spl_watch *watch, int32_t which)
{
    return watch->source ? spl_run_figure(watch->source, which) : 0;
}

static const struct watched *watched_at(const struct spl_watch *watch, size_t rule, uint32_t *place)
{
    for (*place = 0; *place < watch->ready; ++*place)
        if (watch->number[*place] == rule)
            return &watch->watched[*place];
    return NULL;
}

uint64_t spl_watch_rows(const spl_watch *watch, size_t rule)
{
    uint32_t              place;
    const struct watched *watched = watched_at(watch, rule, &place);

    return watched ? watched->rows : 0;
}

spl_status spl_watch_failure(const spl_watch *watch, size_t rule, spl_error **err)
{
    uint32_t              place;
    const struct watched *watched = watched_at(watch, rule, &place);

    if (!watched || watched->failure == OK)
        return OK;
    return run_explain(watch->run[place], watched->failure, err);
}

size_t      spl_watch_notes(const spl_watch *watch) { return watch->source ? spl_run_notes(watch->source) : 0; }
const char *spl_watch_note_code(const spl_watch *watch, size_t i) { return spl_run_note_code(watch->source, i); }
uint64_t    spl_watch_note_count(const spl_watch *watch, size_t i) { return spl_run_note_count(watch->source, i); }
const char *spl_watch_note_text(const spl_watch *watch, size_t i) { return spl_run_note_text(watch->source, i); }
