#include "plan/passes.h"
#include "plan/subsearch.h"
#include "syntax/expand.h"
#include "syntax/parse.h"

enum { STAGES_MOST = 1000 };        /* a batch is pushed through all of them in one nest of calls */

/* Commands whose names people also search for: "top secret" is rather two words than a command. */
static bool is_doubtful(str word)
{
    static const char *const words[] = { "collect", "delete", "diff", "dump", "format", "history", "map", "rest", "return",
                                         "run", "script", "set", "stash", "summary", "table", "top" };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_is_nocase(word, words[i]))
            return true;
    return false;
}

static enum word_meaning meaning(void *host, str word)
{
    const struct vocabulary *words = host;

    if (!vocabulary_command(words, word) && !vocabulary_absent(words, word))
        return WORD_PLAIN;
    return is_doubtful(word) ? WORD_DOUBTFUL : WORD_COMMAND;
}

struct words binder_words(const struct binder *binder)
{
    return (struct words){ (void *)binder->compile.words, meaning };
}

static status check_place(struct binder *binder, const struct stage *stage, bool first)
{
    if (!(stage->traits & (TRAIT_GENERATES | TRAIT_SOURCE)) || first)
        return OK;
    if (stage->traits & TRAIT_SOURCE)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "not-first",
                       "'%.*s' reads events itself: it must be the first command", SHOW(stage->name));
    return diag_at(binder->diag, FAIL_QUERY, stage->span, "not-first",
                   "'%.*s' makes rows of its own: it must be the first command", SHOW(stage->name));
}

/* Has the parser of the pipeline complained about this clause, or about "||" right before it? Then whatever else would be
 * said of it only repeats that. */
static bool is_broken(const struct binder *binder, const struct pipeline *pipeline, uint32_t at)
{
    const struct diag *diag = binder->diag;
    uint32_t           from = pipeline->clause[at].span.from;
    uint32_t           to = at + 1 < pipeline->count ? pipeline->clause[at].span.to : UINT32_MAX;

    str                before = str_trim_blanks(str_slice(binder->text, 0, from));

    if (str_ends(before, STR("||")))
        return true;

    for (uint32_t i = 0; i < diag->count; i++) {
        const struct diagnostic *one = &diag->item[i];

        if (one->severity == SEVERITY_ERROR && one->span.from >= from && one->span.from < to)
            return true;
    }
    return false;
}

/* No pipe before it and no command: words to search for. Rather that than a typing mistake? */
static void warn_of_near_command(struct binder *binder, const struct pipeline *pipeline)
{
    const struct clause *first = pipeline->clause;
    str                  word = pipeline->count && first->implied ? first->argument : STR(""), near;
    size_t               end = 0;

    while (end < word.size && ((word.at[end] >= 'a' && word.at[end] <= 'z') || (word.at[end] >= '0' && word.at[end] <= '9')))
        end++;
    if (end < 6 || (end < word.size && word.at[end] != ' '))
        return;                 /* short words are near to many */
    if (vocabulary_command(binder->compile.words, str_slice(word, 0, end)))
        return;
    near = vocabulary_suggest(&binder->compile.words->commands, str_slice(word, 0, end));
    if (near.size == 0 || near.size + 1 < end || near.size > end + 1 || str_starts(word, near))
        return;                 /* tables, associated: words of their own */
    diag_warn(binder->diag, (struct span){ first->span.from, first->span.from + (uint32_t)end }, "near-command",
              "'%.*s' is searched for as a word", (int)end, word.at);
    diag_suggest(binder->diag, near);
}

/* All stages, so that one look shows all mistakes. `whole`: the text could be cut into clauses. */
static status bind_all(struct binder *binder, const struct pipeline *pipeline, bool whole, struct plan *plan)
{
    struct stage **link = &plan->first;
    bool           failed = false, gap = false;

    for (uint32_t i = 0; i < pipeline->count; i++) {
        struct stage *stage;
        status        s;

        if (!whole && is_broken(binder, pipeline, i)) {
            gap = true;
            continue;
        }
        s = bind_stage(binder, &pipeline->clause[i], &stage);
        if (stage) {
            stage->failed = s != OK;
            stage->behind_gap = gap;
            binder->previous = stage;
            *link = stage;
            for (; *link; link = &(*link)->next)        /* some bring others along */
                plan->stages++;
            if (s == OK)
                s = check_place(binder, stage, i == 0);
        }
        if (s != OK && s != FAIL_QUERY)
            return s;
        failed |= s != OK;
        gap = !stage;
    }
    return failed ? FAIL_QUERY : OK;
}

status plan_add_clause(struct binder *binder, struct pipeline *pipeline, uint32_t at, str name, str argument)
{
    struct clause *more = ARENA_ARRAY(binder->arena, struct clause, pipeline->count + (size_t)1);
    uint32_t       end = at ? pipeline->clause[at - 1].span.to : pipeline->span.from;

    TRY_NEW(more);
    memcpy(more, pipeline->clause, at * sizeof *more);
    memcpy(more + at + 1, pipeline->clause + at, (pipeline->count - at) * sizeof *more);
    more[at] = (struct clause){ .name = name, .argument = argument, .implied = true, .name_span = { end, end },
                                .argument_span = { end, end }, .span = { end, end }, .copied = argument.size > 0 };
    pipeline->clause = more;
    pipeline->count++;
    return OK;
}

status plan_turn_events(struct binder *binder, struct pipeline *pipeline)
{
    const struct vocabulary *words = binder->compile.words;
    const struct command    *first = pipeline->count ? vocabulary_command(words, pipeline->clause[0].name) : NULL;
    uint32_t                 at = 0;

    if (first && (first->traits & (TRAIT_GENERATES | TRAIT_SOURCE)))
        return OK;
    while (at < pipeline->count && str_is_nocase(pipeline->clause[at].name, "search"))
        at++;
    TRY(plan_add_clause(binder, pipeline, at, STR("reverse"), STR("")));
    return plan_add_clause(binder, pipeline, at + 1, STR("sort"), STR("0 -_time"));
}

static status read_text(struct binder *binder, str text, struct plan *plan)
{
    static const struct macros none;
    struct words               words = binder_words(binder);

    plan->source = source_plain(text);
    plan->text = binder->text = text;
    if (!binder->expanded)
        TRY(expand(&plan->arena, binder->diag, text, binder->macros ? binder->macros : &none, &plan->source));
    TRY(plan_unfold(binder, &plan->source));
    plan->text = binder->text = plan->source.expanded;
    TRY(parse_pipeline(&plan->arena, binder->diag, passage_of(plan->text), &words, &plan->pipeline));
    return binder->options->newest_first ? plan_turn_events(binder, &plan->pipeline) : OK;
}

/* Macros and comments as blanks. */
static void blank_out(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        size_t marks = size - i >= 3 && memcmp(text + i, "```", 3) == 0 ? 3 : 1, end;

        if (text[i] != '`')
            continue;
        end = str_find(str_make(text, size), marks == 3 ? STR("```") : STR("`"), i + marks);
        end = end == SIZE_MAX ? size : end + marks;
        memset(text + i, ' ', end - i);
        i = end - 1;
    }
}

/* The macros of a query cannot be expanded, which has been told. What is a mistake whatever they stand for is told as well:
 * words that nobody knows, in the text around them. */
static status look_beyond(struct binder *binder, str text, struct plan *plan)
{
    static const char *const kept[] = { "unknown-command", "unknown-function", "unknown-aggregate", "absent-command" };
    struct words    words = binder_words(binder);
    struct diag    *diag = binder->diag, other;
    struct pipeline pipeline = { 0 };
    char           *copy = arena_alloc(&plan->arena, text.size + 1);
    status          s;

    TRY_NEW(copy);
    memcpy(copy, text.at, text.size);
    blank_out(copy, text.size);
    binder->text = str_make(copy, text.size);
    diag_init(&other, plan->heap);
    binder->diag = binder->compile.diag = &other;
    s = parse_pipeline(&plan->arena, &other, passage_of(binder->text), &words, &pipeline);
    if ((s == OK || s == FAIL_QUERY) && pipeline.count <= STAGES_MOST)
        s = bind_all(binder, &pipeline, s == OK, plan);
    binder->diag = binder->compile.diag = diag;
    for (uint32_t i = 0; i < other.count; i++)
        for (size_t j = 0; j < COUNT_OF(kept); j++)
            if (strcmp(other.item[i].code, kept[j]) == 0)
                diag_repeat(diag, &other.item[i]);
    diag_free(&other);
    return s == OK ? FAIL_QUERY : s;
}

/* Which of them want events, and do something outside: the pipeline, its subsearches. */
static void find_readers(struct plan *plan)
{
    plan->inner_reads = plan->effects = plan->searches = false;
    for (const struct subsearch *one = plan->subsearch; one; one = one->next) {
        plan->inner_reads |= one->plan->reads;
        plan->effects |= one->plan->effects;
    }
    for (const struct stage *stage = plan->first; stage; stage = stage->next) {
        plan->effects |= (stage->traits & TRAIT_EFFECT) != 0;
        plan->searches |= (stage->traits & TRAIT_SEARCHES) != 0;
        plan->inner_reads |= (stage->traits & TRAIT_SEARCHES_INPUT) != 0;
    }
    plan->reads = plan->inner_reads || (!plan->generates && !plan->fed);
}

status plan_clauses(struct binder *binder, bool whole, struct plan *plan)
{
    const struct pipeline *pipeline = &plan->pipeline;
    status                 bound;

    if (pipeline->count > STAGES_MOST)
        return diag_at(binder->diag, FAIL_QUERY, pipeline->clause[STAGES_MOST].span, "too-long",
                       "the query has more than %d commands", STAGES_MOST);
    warn_of_near_command(binder, pipeline);
    bound = bind_all(binder, pipeline, whole, plan);
    if (bound == FAIL_QUERY && !binder->settled)
        TRY(plan_advise(plan, binder));
    if (bound != OK || !whole)
        return bound != OK ? bound : FAIL_QUERY;
    plan->bounds = binder->bounds;
    plan->generates = plan->first && (plan->first->traits & TRAIT_GENERATES);
    find_readers(plan);
    if (plan->depth == 0)
        TRY(plan_halves(plan));
    if (!binder->settled)               /* else it has been said */
        TRY(plan_advise(plan, binder));
    if (plan->texts) {
        TRY(plan_await(plan));
    } else {
        TRY(plan_formats(plan, binder));
        if (plan->options.rewrite)
            TRY(plan_rewrite(plan, binder));
        TRY(plan_fields(plan, &plan->options));
        TRY(plan_prefilter(plan, binder));
    }
    plan_split(plan);
    return OK;
}

status plan_new(struct binder *binder, struct plan **out)
{
    struct heap *heap = binder->compile.heap;
    struct plan *plan = heap_zero(heap, 1, sizeof *plan);

    *out = plan;
    TRY_NEW(plan);
    plan->heap = heap;
    arena_init(&plan->arena, heap);
    binder->plan = plan;
    binder->arena = binder->compile.arena = &plan->arena;
    binder->compile.diag = binder->diag;
    binder->compile.rewrite = binder->options->rewrite;
    binder->stages = binder->copies = 0;
    binder->partials = false;
    binder->series = false;
    binder->previous = binder->source = NULL;
    binder->bounds = (struct time_bounds){ 0 };
    plan->compile = binder->compile;
    plan->options = *binder->options;
    return OK;
}

status plan_compile(struct binder *binder, str text, const struct plan_options *options, struct plan **out)
{
    struct plan *plan;
    str          kept;
    status       s;

    binder->options = options;
    binder->settled = false;
    TRY(plan_new(binder, out));
    plan = *out;
    plan->depth = binder->depth;
    if (text.size > UINT32_MAX / 2)
        return diag_at(binder->diag, FAIL_QUERY, (struct span){ 0, 0 }, "too-long", "the query is too long");
    kept = arena_str(&plan->arena, text);
    TRY_NEW(kept.at);
    s = read_text(binder, kept, plan);
    if (s == FAIL_QUERY && !binder->expanded && plan->pipeline.count == 0 && memchr(kept.at, '`', kept.size))
        return look_beyond(binder, kept, plan);
    if (s != OK && s != FAIL_QUERY)
        return s;
    s = plan_clauses(binder, s == OK, plan);
    plan->options.fields = NULL;                    /* the caller's */
    return s;
}

void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    for (struct stage *stage = plan->first; stage; stage = stage->next)
        if (stage->command->drop)
            stage->command->drop(stage);
    for (struct subsearch *one = plan->subsearch; one; one = one->next)
        plan_free(one->plan);                       /* as deep as subsearches nest: plan_options.depth */
    arena_free(&plan->arena);
    heap_free(plan->heap, plan, sizeof *plan);
}
