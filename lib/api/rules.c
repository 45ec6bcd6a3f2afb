/* Rule sets and watches: rules are queries, a watch is a run that reads and a run for each rule. */
#include "api/handles.h"

#include "base/map.h"
#include "base/utf8.h"
#include "knowledge/pack.h"
#include "read/feed.h"
#include "rules/watch.h"

#include <stdio.h>

struct spl_rule {
    struct rule_record  record;         /* its texts are terminated */
    int32_t             state;
    struct spl_query   *query;          /* ready ones */
    struct spl_error   *problem;
};

struct spl_rules {
    _Atomic uint32_t   references;
    struct spl_engine *engine;
    struct arena       arena;
    struct spl_rule  **rule;            /* each in the arena, so that they stay where they are */
    uint32_t           count, capacity;
};

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

/* --- rules --------------------------------------------------------------------------------------------------------- */

spl_status spl_rules_new(const spl_engine *engine, spl_rules **out, spl_error **err)
{
    struct spl_engine *mine = (struct spl_engine *)engine;
    struct spl_rules  *rules = heap_zero(&mine->heap, 1, sizeof *rules);

    *out = NULL;
    if (!rules)
        return error_out_of_memory(err);
    atomic_store(&rules->references, 1);
    rules->engine = engine_retain(engine);
    arena_init(&rules->arena, &mine->heap);
    *out = rules;
    return OK;
}

static void rules_release(struct spl_rules *rules)
{
    struct spl_engine *engine;

    if (!rules || atomic_fetch_sub_explicit(&rules->references, 1, memory_order_acq_rel) != 1)
        return;
    engine = rules->engine;
    for (uint32_t i = 0; i < rules->count; i++) {
        query_release(rules->rule[i]->query);
        spl_error_free(rules->rule[i]->problem);
    }
    heap_free(&engine->heap, rules->rule, rules->capacity * sizeof *rules->rule);
    arena_free(&rules->arena);
    heap_free(&engine->heap, rules, sizeof *rules);
    engine_release(engine);
}

void spl_rules_free(spl_rules *rules)
{
    rules_release(rules);
}

/* Copies of all texts, so that the document may go. */
static status keep_record(struct spl_rules *rules, const struct rule_record *from, struct rule_record *out)
{
    str *text[] = { &out->id, &out->title, &out->pack, &out->search, &out->description, &out->severity, &out->remark };
    str *attack;

    *out = *from;
    for (size_t i = 0; i < COUNT_OF(text); i++)
        TRY_NEW((*text[i] = arena_str(&rules->arena, *text[i])).at);
    TRY_NEW(attack = ARENA_ARRAY(&rules->arena, str, from->attacks + 1));
    for (uint32_t i = 0; i < from->attacks; i++)
        TRY_NEW((attack[i] = arena_str(&rules->arena, from->attack[i])).at);
    out->attack = attack;
    return OK;
}

static status make_unique(struct spl_rules *rules, struct rule_record *record)
{
    struct buf buf;
    uint32_t   same = 1;

    for (uint32_t i = 0; i < rules->count; i++) {
        str other = rules->rule[i]->record.id;
        same += str_equal(other, record->id)
             || (str_starts(other, record->id) && other.at[record->id.size] == '#');
    }
    if (same == 1)
        return OK;
    buf_init(&buf, rules->arena.heap);
    buf_put(&buf, record->id);
    buf_print(&buf, "#%u", same);
    record->id = arena_str(&rules->arena, buf_str(&buf));
    buf_free(&buf);
    return record->id.at ? OK : FAIL_MEMORY;
}

static status add_rule(struct spl_rules *rules, const struct rule_record *record, struct spl_error **err)
{
    struct heap     *heap = &rules->engine->heap;
    struct spl_rule *rule = ARENA_NEW(&rules->arena, struct spl_rule);
    status           compiled;

    if (!rule || keep_record(rules, record, &rule->record) != OK || make_unique(rules, &rule->record) != OK
        || !heap_grow(heap, &rules->rule, &rules->capacity, rules->count + 1, sizeof *rules->rule))
        return error_out_of_memory(err);
    if (record->kind == RULE_PROSE) {
        rule->state = SPL_RULE_PROSE;
    } else {
        compiled = query_compile(rules->engine, rule->record.search, false, NULL, &rule->query, &rule->problem);
        if (compiled == FAIL_MEMORY)
            return error_out_of_memory(err);
        rule->state = compiled == OK ? SPL_RULE_READY : SPL_RULE_REFUSED;
    }
    rules->rule[rules->count++] = rule;
    return OK;
}

spl_status spl_rules_add(spl_rules *rules, const char *id, const char *title, const char *text, size_t size,
                         spl_error **err)
{
    struct rule_record record = { .id = str_of(id), .title = str_of(title ? title : id), .search = text_given(text, size),
                                  .severity = STR("medium"), .pack = STR(""), .description = STR(""), .remark = STR("") };

    return add_rule(rules, &record, err);
}

static str text_or_empty(str text)
{
    return text.at ? text : STR("");
}

/* Names end up in alerts, which must be valid JSON whatever a document holds. */
static status make_readable(struct arena *arena, str *text)
{
    struct buf buf;
    uint32_t   code;

    if (utf8_is_valid(*text))
        return OK;
    buf_init(&buf, arena->heap);
    for (const char *at = text->at, *end = at + text->size; at < end;) {
        at += utf8_next(at, end, &code);
        utf8_put(&buf, code > UTF8_MAX ? UTF8_REPLACEMENT : code);
    }
    *text = buf_status(&buf) == OK ? arena_str(arena, buf_str(&buf)) : str_make(NULL, 0);
    buf_free(&buf);
    return text->at ? OK : FAIL_MEMORY;
}

static status make_names_readable(struct arena *arena, struct rule_record *record)
{
    TRY(make_readable(arena, &record->id));
    TRY(make_readable(arena, &record->title));
    TRY(make_readable(arena, &record->pack));
    TRY(make_readable(arena, &record->remark));
    return make_readable(arena, &record->description);
}

spl_status spl_rules_add_pack(spl_rules *rules, const char *name, const char *format, const void *bytes, size_t size,
                              spl_error **err)
{
    struct arena arena;
    struct pack  pack;
    status       result;

    if (format && strcmp(format, "markdown") != 0)
        return error_new(rules->engine, FAIL_MISUSE, err, "unknown-format", "no pack format is named '%s'", format);
    arena_init(&arena, &rules->engine->heap);
    result = pack_read_markdown(&arena, str_make(bytes, size), str_of(name), &pack);
    for (uint32_t i = 0; i < pack.count && result == OK; i++) {
        struct rule_record *record = &pack.rule[i];
        record->search = text_or_empty(record->search);
        record->description = text_or_empty(record->description);
        record->remark = text_or_empty(record->remark);
        result = make_names_readable(&arena, record);
        if (result == OK)
            result = add_rule(rules, record, err);
    }
    arena_free(&arena);
    return result == FAIL_MEMORY ? error_out_of_memory(err) : result;
}

size_t spl_rules_count(const spl_rules *rules)
{
    return rules->count;
}

const spl_rule *spl_rules_get(const spl_rules *rules, size_t i)
{
    return i < rules->count ? rules->rule[i] : NULL;
}

int32_t     spl_rule_state(const spl_rule *rule) { return rule->state; }
const char *spl_rule_id(const spl_rule *rule) { return rule->record.id.at; }
const char *spl_rule_title(const spl_rule *rule) { return rule->record.title.at; }
const char *spl_rule_pack(const spl_rule *rule) { return rule->record.pack.at; }
const char *spl_rule_severity(const spl_rule *rule) { return rule->record.severity.at; }
const char *spl_rule_text(const spl_rule *rule) { return rule->record.search.at; }
size_t      spl_rule_line(const spl_rule *rule) { return rule->record.line; }
const char *spl_rule_remark(const spl_rule *rule) { return rule->record.remark.at; }

const char *spl_rule_attack(const spl_rule *rule, size_t i)
{
    return i < rule->record.attacks ? rule->record.attack[i].at : NULL;
}

const spl_error *spl_rule_problem(const spl_rule *rule)
{
    return rule->problem ? rule->problem : rule->query ? spl_query_warnings(rule->query) : NULL;
}

/* --- watch --------------------------------------------------------------------------------------------------------- */

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
