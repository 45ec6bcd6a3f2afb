/* tstats: stats over events as a data model shows them (reporting 7.1). There are no summaries here: it reads the events. */
#include "command/indexed.h"

static const struct param params[] = INDEXED_PARAMS;

/* What can be told from an index. */
static bool is_allowed(const struct aggregate *aggregate)
{
    static const char *const names[] = {
        "count", "dc", "estdc", "sum", "sumsq", "avg", "min", "max", "range", "median", "mode", "perc", "exactperc",
        "upperperc", "stdev", "stdevp", "var", "varp", "first", "last", "earliest", "latest", "earliest_time",
        "latest_time", "rate", "values",
    };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_is(str_of(aggregate->name), names[i]))
            return true;
    return false;
}

static status check_term(struct binder *binder, const struct stage *stage, const struct aggregate_term *term)
{
    double                  percent;
    const struct aggregate *aggregate = vocabulary_aggregate(binder->compile.words, term->function, &percent);

    if (term->is_eval)
        return diag_at(binder->diag, FAIL_QUERY, term->span, "bad-aggregate", "'%.*s' takes fields only, no eval()",
                       SHOW(stage->name));
    if (str_is_nocase(term->function, "sparkline") || (aggregate && !is_allowed(aggregate)))
        return diag_at(binder->diag, FAIL_QUERY, term->function_span, "bad-aggregate", "'%.*s' cannot be used in '%.*s'",
                       SHOW(term->function), SHOW(stage->name));
    if (memchr(term->argument.at, '*', term->argument.size))
        return diag_at(binder->diag, FAIL_QUERY, term->argument_span, "bad-field", "no wildcards in '%.*s': '%.*s'",
                       SHOW(stage->name), SHOW(term->argument));
    if (aggregate && !aggregate->bare && !term->has_argument)
        return diag_at(binder->diag, FAIL_QUERY, term->span, "bad-aggregate", "'%.*s' wants a field",
                       SHOW(term->function));
    return OK;
}

/* sum(PREFIX(kb=)) is called sum(kb=). */
static status name_term(struct binder *binder, struct aggregate_term *term, str written)
{
    struct buf name;

    if (term->renamed || str_equal(written, term->argument))
        return OK;
    buf_init(&name, binder->compile.heap);
    buf_print(&name, "%.*s(%.*s)", SHOW(term->function), SHOW(term->argument));
    term->name = buf_status(&name) == OK ? arena_str(binder->arena, buf_str(&name)) : (str){ NULL, 0 };
    buf_free(&name);
    return term->name.at ? OK : FAIL_MEMORY;
}

static status bind_names(struct binder *binder, const struct stage *stage, struct indexed_words *words,
                         struct indexed_bound *bound)
{
    for (uint32_t i = 0; i < words->terms.count; i++) {
        struct aggregate_term *term = &words->terms.item[i];
        str                    written = term->argument;
        TRY(check_term(binder, stage, term));
        if (!term->has_argument)
            continue;
        TRY(datasets_add(binder, &bound->datasets, written, term->argument_span, &term->argument));
        TRY(name_term(binder, term, written));
    }
    for (uint32_t i = 0; i < words->bys; i++)
        TRY(datasets_add(binder, &bound->datasets, words->by[i], words->by_at[i], &words->by[i]));
    return OK;
}

static bool wants_time(const struct indexed_words *words)
{
    for (uint32_t i = 0; i < words->bys; i++)
        if (str_is(words->by[i], "_time"))
            return true;
    return false;
}

static status bind(struct binder *binder, struct stage *stage)
{
    struct indexed_bound *bound = stage->bound;
    struct indexed_words  words = { 0 };

    TRY(indexed_read(binder, stage, false, &words));
    bound->datasets.has_model = words.model.size > 0;
    TRY(bind_names(binder, stage, &words, bound));
    bound->grouped.emits = words.prestats;
    bound->grouped.measures.by = words.by;
    bound->grouped.measures.bys = words.bys;
    TRY(grouped_bind(binder, stage, &words.terms, 0, &bound->grouped));
    if (words.has_span && !wants_time(&words))
        diag_warn(binder->diag, words.span_at, "unused-span", "a span cuts _time, which is not among the BY fields");
    return indexed_bind(binder, stage, &words, bound);
}

const struct command command_tstats = {
    .name = "tstats",
    .usage = "tstats [prestats=<bool>] [append=<bool>] [summariesonly=<bool>] [fillnull_value=<text>] <aggregates> "
             "[FROM datamodel=<model>[.<dataset>]] [WHERE <search>] [BY <fields> [span=<span>]]",
    .summary = "stats over the events of a data model, or over all of them",
    .params = params, .bind = bind, .map = "tstats prestats=t", INDEXED,
    .example = { "| tstats count FROM datamodel=Endpoint.Processes WHERE Processes.user=ADM* BY Processes.dest",
                 "{\"dest\":\"h1\",\"user\":\"admin\"}\n{\"dest\":\"h1\",\"user\":\"bob\"}",
                 "{\"Processes.dest\":\"h1\",\"count\":1}" },
};
