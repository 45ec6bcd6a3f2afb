/* mstats: stats over the data points of metrics (reporting 7.2). They come as events: metric_name and _value, or fields
 * metric_name:NAME. */
#include "command/indexed.h"

#include "plan/plan.h"
#include "syntax/parse.h"

static const struct param params[] = INDEXED_PARAMS;

/* --- the two ways to name metrics ----------------------------------------------------------------------- */

static bool names_metric(const struct node *node)
{
    if (node->kind == NODE_FIELD && str_is(node->text, "metric_name"))
        return true;
    for (uint32_t i = 0; i < node->count; i++)      /* depth is limited by the parser */
        if (names_metric(node->kid[i]))
            return true;
    return false;
}

static bool is_of_series(const struct binder *binder, const struct aggregate_term *term)
{
    double                  percent;
    const struct aggregate *aggregate = vocabulary_aggregate(binder->compile.words, term->function, &percent);

    return aggregate && (aggregate->takes & FEED_SERIES);
}

static bool is_count(str function) { return str_is_nocase(function, "count") || str_is_nocase(function, "c"); }

static status check_term(struct binder *binder, const struct indexed_words *words, struct aggregate_term *term)
{
    if (term->is_eval || str_is_nocase(term->function, "sparkline") || str_is_nocase(term->function, "eval"))
        return diag_at(binder->diag, FAIL_QUERY, term->span, "bad-aggregate", "'mstats' takes metrics only");
    if (words->prestats && is_of_series(binder, term) && !binder->options->internal)
        return diag_at(binder->diag, FAIL_QUERY, term->function_span, "bad-aggregate",
                       "'%.*s' gives no partial results: it must know all fields to split by", SHOW(term->function));
    if (words->prestats && !term->has_argument && is_count(term->function)) {
        term->has_argument = true;              /* whoever finishes it asks for count(_value) */
        term->argument = STR("_value");
        term->argument_span = term->span;
    }
    if (!term->has_argument)
        return diag_at(binder->diag, FAIL_QUERY, term->span, "bad-aggregate", "'%.*s' wants a metric, or _value",
                       SHOW(term->function));
    return OK;
}

static status check_names(struct binder *binder, struct stage *stage, const struct indexed_words *words,
                          struct indexed_bound *bound)
{
    uint32_t values = 0;

    for (uint32_t i = 0; i < words->terms.count; i++) {
        TRY(check_term(binder, words, &words->terms.item[i]));
        bound->by_series |= is_of_series(binder, &words->terms.item[i]);
        values += str_is(words->terms.item[i].argument, "_value");
    }
    if (values && values < words->terms.count)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument",
                       "'mstats' counts over names of metrics or over _value, not over both");
    bound->by_value = values > 0;
    if (values && !(words->where && names_metric(words->where)))
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument",
                       "over _value, WHERE must say which metric_name is meant");
    if (!values && words->where && names_metric(words->where))
        return diag_at(binder->diag, FAIL_QUERY, words->where_at, "bad-argument",
                       "where metrics are named in aggregates, WHERE cannot choose a metric_name");
    return OK;
}

/* --- BY ------------------------------------------------------------------------------------------------- */

/* With a span the bins of time come first. */
static status make_by(struct binder *binder, const struct indexed_words *words, struct indexed_bound *bound)
{
    struct measures *measures = &bound->grouped.measures;
    str             *by;

    for (uint32_t i = 0; i < words->bys; i++) {
        if (str_is(words->by[i], "_value"))
            return diag_at(binder->diag, FAIL_QUERY, words->by_at[i], "bad-field", "'mstats' cannot group by _value");
        bound->by_series |= str_is(words->by[i], SERIES_FIELD);
    }

    TRY_NEW(by = ARENA_ARRAY(binder->arena, str, words->bys + 2));
    if (words->has_span)
        by[measures->bys++] = STR("_time");
    for (uint32_t i = 0; i < words->bys; i++)
        if (!words->has_span || !str_is(words->by[i], "_time"))
            by[measures->bys++] = words->by[i];
    measures->by = by;
    return OK;
}

/* --- chart=t -------------------------------------------------------------------------------------------- */

static void put_terms(struct binder *binder, const struct indexed_words *words, struct buf *text)
{
    for (uint32_t i = 0; i < words->terms.count; i++) {
        const struct aggregate_term *term = &words->terms.item[i];
        buf_print(text, " %.*s", SHOW(str_slice(binder->text, term->span.from, term->span.to)));
        if (term->renamed)
            buf_print(text, " AS \"%.*s\"", SHOW(term->name));
    }
}

static status write_chart(struct binder *binder, const struct indexed_words *words, str *out)
{
    struct buf  text;
    const char *between = " BY";

    buf_init(&text, binder->compile.heap);
    buf_text(&text, words->has_span ? "timechart" : "chart");
    if (words->has_span)
        buf_print(&text, " span=%.*s", SHOW(words->span));
    buf_put(&text, words->charting);
    put_terms(binder, words, &text);
    for (uint32_t i = 0; i < words->bys; i++, between = ",")
        buf_print(&text, "%s \"%.*s\"", between, SHOW(words->by[i]));
    *out = buf_status(&text) == OK ? arena_str(binder->arena, buf_str(&text)) : (str){ NULL, 0 };
    buf_free(&text);
    return out->at ? OK : FAIL_MEMORY;
}

/* Its partial results go into a chart of the same aggregates, which is the next stage. */
static status add_chart(struct binder *binder, struct stage *stage, const struct indexed_words *words)
{
    struct words    commands = binder_words(binder);
    struct pipeline pipeline = { 0 };
    struct passage  passage = { .span = stage->span, .copied = true };
    status          s;

    if (words->bys > (words->has_span ? 1u : 2u) || (!words->has_span && !words->bys))
        return diag_at(binder->diag, FAIL_QUERY, words->chart_at, "bad-argument",
                       words->has_span ? "chart=t with a span takes one BY field at most"
                                       : "chart=t without a span takes one or two BY fields");
    TRY(write_chart(binder, words, &passage.text));
    TRY(parse_pipeline(binder->arena, binder->diag, passage, &commands, &pipeline));
    if (pipeline.count != 1)
        return FAIL_BUG;
    binder->series = true;
    s = bind_stage(binder, &pipeline.clause[0], &stage->next);
    binder->series = false;
    return s;
}

/* -------------------------------------------------------------------------------------------------------- */

static status bind(struct binder *binder, struct stage *stage)
{
    struct indexed_bound *bound = stage->bound;
    struct indexed_words  words = { 0 };
    bool                  chart;

    TRY(indexed_read(binder, stage, true, &words));
    TRY(check_names(binder, stage, &words, bound));
    if (words.prestats && words.is_chart)       /* whoever finishes them gives them their shape */
        words.is_chart = false;
    chart = words.is_chart;
    bound->metrics = true;
    bound->grouped.emits = words.prestats || chart;
    TRY(make_by(binder, &words, bound));
    TRY(grouped_bind(binder, stage, &words.terms, MEASURES_SERIES, &bound->grouped));
    TRY(indexed_bind(binder, stage, &words, bound));
    return chart ? add_chart(binder, stage, &words) : OK;
}

const struct command command_mstats = {
    .name = "mstats",
    .usage = "mstats [chart=<bool>] [prestats=<bool>] [append=<bool>] [fillnull_value=<text>] <aggregates of metrics> "
             "WHERE <search> [BY <fields>] [span=<span> [every=<span>]]",
    .summary = "stats over the data points of metrics",
    .params = params, .bind = bind, .map = "mstats prestats=t", INDEXED,
    .example = { "| mstats avg(cpu.load) WHERE app=a* BY app",
                 "{\"metric_name\":\"cpu.load\",\"_value\":1,\"app\":\"a1\"}\n{\"metric_name:cpu.load\":4,\"app\":\"a1\"}",
                 "{\"app\":\"a1\",\"avg(cpu.load)\":2.5}" },
};
