#include "api/lexicon.h"
#include "api/lookups.h"
#include "plan/plan.h"
#include "syntax/parse.h"
#include "syntax/print.h"
#include "time/zone.h"

#include <math.h>
#include <time.h>

static double clock_now(void *host)
{
    struct timespec now;

    (void)host;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* --- life ---------------------------------------------------------------------------------------------------------- */

static struct spl_query *allocate(const struct spl_engine *engine, const struct spl_query *model)
{
    struct spl_engine *mine = (struct spl_engine *)engine;
    struct spl_query  *query = heap_zero(&mine->heap, 1, sizeof *query);
    status             copied;

    if (!query)
        return NULL;
    atomic_store(&query->references, 1);
    query->engine = engine_retain(engine);
    settings_init(&query->settings, &mine->heap);
    if (found_lookups_init(query) != OK) {
        query_release(query);
        return NULL;
    }
    mutex_lock(&mine->lock);
    query->lexicon = lexicon_retain(model ? model->lexicon : mine->lexicon);
    copied = settings_copy(&query->settings, model ? &model->settings : &mine->settings);
    mutex_unlock(&mine->lock);
    if (copied == OK)
        return query;
    query_release(query);
    return NULL;
}

struct spl_query *query_retain(const struct spl_query *query)
{
    struct spl_query *mine = (struct spl_query *)query;

    atomic_fetch_add_explicit(&mine->references, 1, memory_order_relaxed);
    return mine;
}

void query_release(struct spl_query *query)
{
    struct spl_engine *engine;

    if (!query || atomic_fetch_sub_explicit(&query->references, 1, memory_order_acq_rel) != 1)
        return;
    engine = query->engine;
    plan_free(query->plan);
    found_lookups_free(query);
    diag_free(&query->warnings.diag);
    if (query->context.regexes)
        regex_cache_free(query->context.regexes);
    names_free(query->context.names);
    zone_free(query->zone);
    lexicon_release(query->lexicon);
    settings_free(&query->settings);
    heap_free(&engine->heap, query, sizeof *query);
    engine_release(engine);
}

void spl_query_free(spl_query *query)
{
    query_release(query);
}

/* --- compiling ----------------------------------------------------------------------------------------------------- */

/* Constants are folded before it is known when the query will run: whatever depends on that is not pure. */
static status make_context(struct spl_query *query, struct diag *diag)
{
    struct heap    *heap = &query->engine->heap;
    struct context *context = &query->context;
    struct instants instants;
    int             cpu = settings_cpu(&query->settings);

    TRY(settings_times(&query->settings, heap, clock_now(NULL), diag, &query->zone, &instants));
    *context = (struct context){
        .heap = heap, .zone = query->zone, .now = instants.now, .now_is_fixed = instants.fixed,
        .earliest = instants.earliest, .latest = instants.latest, .cpu = cpu < 0 ? cpu_best() : (enum cpu_level)cpu,
        .plain_numbers = str_is(settings_text(&query->settings, OPTION_NUMBERS), "plain"),
        .row_bodies = settings_truth(&query->settings, OPTION_DEBUG_ROW_BODIES), .clock = clock_now,
        .lookups = &query->lookups.door, .sinks = query->lexicon->sinks,
    };
    settings_limits(&query->settings, &query->limits);
    context->limits = &query->limits;
    TRY_NEW(context->names = names_new(heap));
    return regex_cache_new(heap, context->cpu, &context->regexes);
}

static const struct macro *find_macro(void *host, str name, uint32_t count)
{
    return lexicon_macro(((const struct spl_query *)host)->lexicon, name, count);
}

static str macro_name(void *host, uint32_t i)
{
    return lexicon_macro_name(((const struct spl_query *)host)->lexicon, i);
}

struct compile query_make_compile(struct spl_query *query)
{
    struct lexicon *lexicon = query->lexicon;

    return (struct compile){
        .heap = &query->engine->heap, .words = &lexicon->vocabulary, .context = &query->context, .list = lexicon_list,
        .list_host = lexicon, .definitions = &lexicon_definitions, .definitions_host = lexicon, .macros = &query->macros,
    };
}

static status evaluate_macro(void *host, str expression, const struct macro *macro, const str *value,
                             struct context *context, struct arena *arena, struct diag *diag, struct cell *out)
{
    struct compile compile = query_make_compile(host);

    compile.arena = arena;
    compile.heap = arena->heap;
    if (context)                    /* a plan made again, by one of several runs */
        compile.context = context;
    compile.diag = diag;
    return evaluate_text(&compile, expression, macro->argument, value, macro->count, out);
}

static uint32_t depth_of(const struct settings *settings)
{
    double depth = settings_number(settings, OPTION_LIMIT_SUBSEARCH_DEPTH);

    return depth < 1 ? 1 : depth > 100 ? 100 : (uint32_t)depth;         /* the grammars take a hundred brackets */
}

static status compile(struct spl_query *query, str text, bool only_raw, const struct wanted *fields,
                      struct diag *diag)
{
    struct plan_options options = { .rewrite = settings_truth(&query->settings, OPTION_DEBUG_REWRITE),
                                    .internal = settings_truth(&query->settings, OPTION_HANDED_ON),
                                    .newest_first = settings_truth(&query->settings, OPTION_NEWEST_FIRST),
                                    .only_raw = only_raw, .fields = fields, .depth = depth_of(&query->settings) };
    struct binder       binder = {
        .compile = query_make_compile(query), .diag = diag, .macros = &query->macros,
    };

    query->macros = (struct macros){ .host = query, .find = find_macro, .name = macro_name, .evaluate = evaluate_macro };
    TRY(make_context(query, diag));
    return plan_compile(&binder, text, &options, &query->plan);
}

/* Takes the query. */
static status finish(struct spl_query *query, str text, bool only_raw, const struct wanted *fields, spl_query **out,
                     spl_error **err)
{
    struct diag diag;
    status      result;

    *out = NULL;
    if (!query)
        return error_out_of_memory(err);
    diag_init(&diag, &query->engine->heap);
    result = compile(query, text, only_raw, fields, &diag);
    if (result != OK) {
        error_from(query->engine, query->plan ? query : NULL, result, &diag, err);
        if (err && (*err)->engine)          /* the one for lack of memory is not ours to write to */
            (*err)->compiling = true;
        query_release(query);
    } else {
        diag_sort(&diag);
        query->warnings = (struct spl_error){ .query = query, .diag = diag, .failure = OK, .compiling = true };
        diag_init(&diag, &query->engine->heap);
        *out = query;
    }
    diag_free(&diag);
    return result;
}

spl_status query_compile(const spl_engine *engine, str text, bool only_raw, const struct wanted *fields,
                         spl_query **out, spl_error **err)
{
    return finish(allocate(engine, NULL), text, only_raw, fields, out, err);
}

status query_compile_like(const struct spl_query *model, str text, bool handed_on, bool takes_partials,
                          struct spl_query **out,
                          struct spl_error **err)
{
    struct spl_query *query = allocate(model->engine, model);

    *out = NULL;
    if (query && (settings_set(&query->settings, STR("handed-on"), handed_on ? STR("on") : STR("off"), false, NULL) != OK ||
                  (takes_partials &&
                   (settings_set(&query->settings, STR("partials"), STR("on"), false, NULL) != OK ||
                    settings_set(&query->settings, STR("window"), STR("off"), false, NULL) != OK)))) {
        query_release(query);
        return error_out_of_memory(err);
    }
    return finish(query, text, false, NULL, out, err);
}

spl_status spl_compile_for(const spl_engine *engine, const char *text, size_t size, const char *field,
                           spl_query **out, spl_error **err)
{
    return query_compile(engine, text_given(text, size), field && strcmp(field, "_raw") == 0, NULL, out, err);
}

spl_status spl_compile(const spl_engine *engine, const char *text, size_t size, spl_query **out, spl_error **err)
{
    return spl_compile_for(engine, text, size, NULL, out, err);
}

/* --- asking -------------------------------------------------------------------------------------------------------- */

const spl_error *spl_query_warnings(const spl_query *query)
{
    return query->warnings.diag.count ? &query->warnings : NULL;
}

int32_t spl_query_generates(const spl_query *query)
{
    return !query->plan->reads;
}

static void show_fields(const struct plan *plan, struct buf *out)
{
    struct arena   arena;
    struct wanted  all, *read = &all;

    arena_init(&arena, out->heap);
    wanted_init(read, &arena, false);
    if (plan_reads(plan, read) != OK)
        out->failed = 1;
    if (read->all)
        buf_text(out, "*\n");
    for (uint32_t i = 0; i < read->names && !read->all; i++) {
        buf_put(out, read->name[i]);
        buf_byte(out, '\n');
    }
    for (uint32_t i = 0; i < read->patterns && !read->all; i++) {
        buf_put(out, read->pattern[i]);
        buf_byte(out, '\n');
    }
    arena_free(&arena);
}

static enum word_meaning meaning(void *host, str word)
{
    return vocabulary_command(host, word) || vocabulary_absent(host, word) ? WORD_COMMAND : WORD_PLAIN;
}

static void show_tree(const struct spl_query *query, struct buf *out)
{
    struct words    words = { &query->lexicon->vocabulary, meaning };
    struct pipeline pipeline = { 0 };
    struct arena    arena;

    arena_init(&arena, &query->engine->heap);
    if (parse_pipeline(&arena, NULL, passage_of(query->plan->text), &words, &pipeline) == OK)
        print_pipeline(out, &pipeline);
    arena_free(&arena);
}

char *spl_query_show(const spl_query *query, int32_t what)
{
    struct buf out;

    buf_init(&out, &query->engine->heap);
    switch (what) {
    case SPL_SHOW_TEXT:
        buf_put(&out, query->plan->text);
        buf_byte(&out, '\n');
        break;
    case SPL_SHOW_TREE:
        show_tree(query, &out);
        break;
    case SPL_SHOW_PLAN:
        plan_print(query->plan, &out);
        break;
    case SPL_SHOW_FIELDS:
        show_fields(query->plan, &out);
        break;
    default:
        return NULL;
    }
    return text_take(&out);
}
