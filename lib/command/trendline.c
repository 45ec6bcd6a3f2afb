/* trendline (sma|ema|wma)<period>(<field>) [AS <name>] ...: moving averages (reporting 8).
 *
 * sma and wma have no value before there are <period> numbers; ema begins with the first. Sums of whole numbers slide along,
 * others are added up anew so that no rounding error builds up. */
#include "command/series.h"

#include "base/compiler.h"

enum { TERMS };
enum { LEAST = 2 };

static const struct param trendline_params[] = {
    [TERMS] = { "averages", PARAM_AGGREGATES, PLACE_LIST, .required = true,
                .help = "sma5(x) AS smooth, ema10(x), wma3(y) ..." },
    { 0 }
};

static bool simple(struct series *series, double number, double *out)
{
    uint32_t period = series->period;
    double   sum = 0;

    if (series->count + 1 < period)
        return false;
    if (series->inexact == 0 && series_is_exact(number) && series->count >= period)
        sum = series->sum - series_before(series, period) + number;
    else {
        for (uint32_t back = period - 1; back > 0; back--)
            sum += series_before(series, back);
        sum += number;
    }
    *out = sum / period;
    return true;
}

static bool weighted(struct series *series, double number, double *out)
{
    uint32_t period = series->period;
    double   sum = 0;

    if (series->count + 1 < period)
        return false;
    if (series->inexact == 0 && series_is_exact(number) && series->count >= period)
        sum = series->weighted - series->sum + (double)period * number;
    else {
        for (uint32_t back = period - 1; back > 0; back--)
            sum += (double)(period - back) * series_before(series, back);
        sum += (double)period * number;
    }
    *out = sum / ((double)period * ((double)period + 1) / 2);
    return true;
}

static bool exponential(struct series *series, double number, double *out)
{
    double share = 2 / ((double)series->period + 1);

    *out = series->value = series->count ? share * number + (1 - share) * series->value : number;
    return true;
}

/* As printed in Splunk's reference, where the two weights seem to have changed places. */
static bool printed(struct series *series, double number, double *out)
{
    double share = 2 / ((double)series->period + 1);

    *out = series->value = series->count ? (1 - share) * number + share * series->value : number;
    return true;
}

static const struct {
    const char *name;
    bool      (*next)(struct series *series, double number, double *out);
} AVERAGES[] = { { "sma", simple }, { "wma", weighted }, { "ema", exponential } };

static status bind_term(struct binder *binder, const struct aggregate_term *term, struct series_term *out)
{
    uint32_t most = (uint32_t)context_limit(binder->compile.context, LIMIT_TRENDLINE);

    *out = (struct series_term){ .field = term->argument, .name = term->name };
    for (size_t i = 0; i < COUNT_OF(AVERAGES) && term->function.size >= 3; i++)
        if (str_is_nocase(str_slice(term->function, 0, 3), AVERAGES[i].name))
            out->next = AVERAGES[i].next;
    if (out->next == exponential && context_choice(binder->compile.context, CHOICE_EMA_PRINTED))
        out->next = printed;
    if (!out->next || !str_count(str_slice(term->function, 3, term->function.size), most, &out->period) ||
        out->period < LEAST)
        return diag_at(binder->diag, FAIL_QUERY, term->function_span, "bad-argument",
                       "'%.*s' must be sma, ema or wma with a period from %d to %u, such as sma5", SHOW(term->function),
                       LEAST, most);
    if (term->is_eval || term->argument.size == 0 || memchr(term->argument.at, '*', term->argument.size))
        return diag_at(binder->diag, FAIL_QUERY, term->span, "bad-argument", "'%.*s' wants one field in parentheses",
                       SHOW(term->function));
    return OK;
}

static status trendline_bind(struct binder *binder, struct stage *stage)
{
    const struct aggregates *terms = stage_argument(stage, TERMS)->aggregates;
    struct series_bound     *bound = stage->bound;

    bound->count = terms->count;
    TRY_NEW(bound->term = ARENA_ARRAY(binder->arena, struct series_term, terms->count + (size_t)1));
    for (uint32_t i = 0; i < terms->count; i++)
        TRY(bind_term(binder, &terms->item[i], &bound->term[i]));
    return OK;
}

const struct command command_trendline = {
    .name = "trendline", .usage = "trendline (sma|ema|wma)<period>(<field>) [AS <name>] ...",
    .summary = "Moving averages: simple, exponential, weighted",
    .keeps = "as many numbers as its period has, at most limit.trendline",
    .params = trendline_params, .bound_size = sizeof(struct series_bound),
    .bind = trendline_bind, .needs = series_needs, .gives = series_gives, .open = series_open,
    .example = { "trendline sma2(x) AS s", "{\"x\":1}\n{\"x\":3}\n{\"x\":6}",
                 "{\"x\":1}\n{\"x\":3,\"s\":2}\n{\"x\":6,\"s\":4.5}" },
};
