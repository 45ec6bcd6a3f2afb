#include "command/indexed.h"

#include "base/suggest.h"
#include "syntax/parse.h"
#include "value/number.h"

struct reading {
    struct binder        *binder;
    struct stage         *stage;
    const struct tokens  *tokens;
    uint32_t              at;
    bool                  metrics;
    struct indexed_words *words;
    struct buf            charting;
};

static const struct token *here(const struct reading *in) { return &in->tokens->item[in->at]; }

static status wrong(struct reading *in, const struct token *token, const char *wants)
{
    return diag_at(in->binder->diag, FAIL_QUERY, token->span, "bad-argument", "'%.*s' wants %s, not '%.*s'",
                   SHOW(token->name), wants, SHOW(token->text));
}

static status read_truth(struct reading *in, const struct token *token, bool *out)
{
    return str_truth(token->text, out) ? OK : wrong(in, token, "true or false");
}

/* --- options -------------------------------------------------------------------------------------------- */

enum { FOR_TSTATS = 1, FOR_MSTATS = 2, FOR_BOTH = 3 };
enum { TRUTH, COUNT, TEXT };

/* Those without a place concern indexes, summaries or searches that go on: there is nothing here for them to change. */
static const struct option {
    const char *name;
    int         who, kind;
} options[] = {
    { "prestats", FOR_BOTH, TRUTH }, { "append", FOR_BOTH, TRUTH }, { "fillnull_value", FOR_BOTH, TEXT },
    { "chunk_size", FOR_BOTH, COUNT }, { "local", FOR_TSTATS, TRUTH }, { "summariesonly", FOR_TSTATS, TRUTH },
    { "allow_old_summaries", FOR_TSTATS, TRUTH }, { "include_reduced_buckets", FOR_TSTATS, TRUTH },
    { "use_summary_index_values", FOR_TSTATS, TRUTH }, { "chart", FOR_MSTATS, TRUTH }, { "backfill", FOR_MSTATS, TRUTH },
    { "update_period", FOR_MSTATS, COUNT }, { "chart.limit", FOR_MSTATS, TEXT }, { "chart.agg", FOR_MSTATS, TEXT },
    { "chart.usenull", FOR_MSTATS, TRUTH }, { "chart.useother", FOR_MSTATS, TRUTH }, { "chart.nullstr", FOR_MSTATS, TEXT },
    { "chart.otherstr", FOR_MSTATS, TEXT }, { "span", FOR_BOTH, TEXT }, { "every", FOR_MSTATS, TEXT },
};

static const struct option *find_option(const struct reading *in, str name)
{
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (str_is_nocase(name, options[i].name) && (options[i].who & (in->metrics ? FOR_MSTATS : FOR_TSTATS)))
            return &options[i];
    return NULL;
}

static status unknown_option(struct reading *in, const struct token *token)
{
    struct suggest near = suggest_for(token->name);

    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (options[i].who & (in->metrics ? FOR_MSTATS : FOR_TSTATS))
            suggest_offer(&near, str_of(options[i].name));
    diag_at(in->binder->diag, FAIL_QUERY, token->name_span, "unknown-option", "'%.*s' has no option '%.*s'",
            SHOW(in->stage->name), SHOW(token->name));
    if (near.best.size)
        diag_suggest(in->binder->diag, near.best);
    return FAIL_QUERY;
}

static void keep_text(struct reading *in, const struct token *token)
{
    struct indexed_words *words = in->words;

    if (str_is_nocase(token->name, "span")) {
        words->has_span = true;
        words->span = token->text;
        words->span_at = token->value_span;
    } else if (str_is_nocase(token->name, "every")) {
        words->has_every = true;
        words->every = token->text;
        words->every_at = token->value_span;
    } else if (str_is_nocase(token->name, "fillnull_value")) {
        words->has_fill = true;
        words->fill = token->text;
    }
}

static void keep_truth(struct reading *in, const struct token *token, bool truth)
{
    struct indexed_words *words = in->words;

    if (str_is_nocase(token->name, "prestats")) {
        words->prestats |= truth;
        words->prestats_at = token->span;
    } else if (str_is_nocase(token->name, "append")) {
        words->append = truth;
    } else if (str_is_nocase(token->name, "chart")) {
        words->is_chart = truth;
        words->chart_at = token->span;
    }
}

static status read_option(struct reading *in)
{
    const struct token  *token = here(in);
    const struct option *option = str_is(token->operator_text, "=") ? find_option(in, token->name) : NULL;
    double               number;
    bool                 truth = false;

    if (!option)
        return unknown_option(in, token);
    in->at++;
    if (str_starts(str_of(option->name), STR("chart."))) {
        buf_byte(&in->charting, ' ');
        buf_text(&in->charting, option->name + 6);
        buf_byte(&in->charting, '=');
        buf_put(&in->charting, token->raw);
    }
    switch (option->kind) {
    case TRUTH:
        TRY(read_truth(in, token, &truth));
        keep_truth(in, token, truth);
        return OK;
    case COUNT:
        return number_parse(token->text, &number, NULL) && number >= 0 && number == (double)(uint64_t)number
            ? OK : wrong(in, token, "a whole number");
    default:
        keep_text(in, token);
        return OK;
    }
}

/* --- clauses -------------------------------------------------------------------------------------------- */

static bool is_by(const struct token *token) { return token_is(token, "by") || token_is(token, "groupby"); }

static status twice(struct reading *in, const struct token *token)
{
    return diag_at(in->binder->diag, FAIL_QUERY, token->span, "given-twice", "'%.*s' stands twice", SHOW(token->raw));
}

/* FROM datamodel=M.ROOT */
static status read_from(struct reading *in)
{
    const struct token *from = here(in), *token = from + 1;

    if (in->words->model.size)
        return twice(in, from);
    if (token->kind == TOKEN_PAIR && str_is_nocase(token->name, "datamodel") && token->text.size) {
        in->words->model = token->text;
        in->words->model_at = token->value_span;
        in->at += 2;
        return OK;
    }
    if (token->kind == TOKEN_WORD && str_is_nocase(token->text, "datamodel") &&
        (token[1].kind == TOKEN_WORD || token[1].kind == TOKEN_STRING)) {
        in->words->model = token[1].text;
        in->words->model_at = token[1].span;
        in->at += 3;
        return OK;
    }
    in->at = in->tokens->count;
    diag_at(in->binder->diag, FAIL_QUERY, token->kind == TOKEN_END ? from->span : token->span, "bad-argument",
            "'%.*s' can only read from a data model", SHOW(in->stage->name));
    diag_hint(in->binder->diag, "write FROM datamodel=Model.Dataset; there are no namespaces or finished searches here");
    return FAIL_QUERY;
}

/* To the next clause, or to a span, which mstats may have behind it. */
static status read_where(struct reading *in)
{
    const struct token *where = here(in);
    uint32_t            from = ++in->at;

    while (here(in)->kind != TOKEN_END && !is_by(here(in)) &&
           !(here(in)->kind == TOKEN_PAIR && (str_is_nocase(here(in)->name, "span") ||
                                              (in->metrics && find_option(in, here(in)->name))))) {
        if (token_is(here(in), "from") && here(in)[1].kind == TOKEN_PAIR && str_is_nocase(here(in)[1].name, "datamodel"))
            return diag_at(in->binder->diag, FAIL_QUERY, here(in)->span, "unexpected-argument",
                           "FROM stands before WHERE");
        if (token_is(here(in), "where"))
            return twice(in, here(in));
        in->at++;
    }
    if (in->at == from)
        return diag_at(in->binder->diag, FAIL_QUERY, where->span, "missing-argument", "'%.*s' wants something behind it",
                       SHOW(where->raw));
    in->words->where_at = where->span;
    return bind_passage(in->binder, in->stage, INDEXED_WHERE, tokens_passage(in->tokens, from, in->at));
}

static status add_by(struct reading *in, const struct token *token)
{
    struct indexed_words *words = in->words;

    if (memchr(token->text.at, '*', token->text.size))
        return diag_at(in->binder->diag, FAIL_QUERY, token->span, "bad-field", "no wildcards in BY: '%.*s'",
                       SHOW(token->text));
    for (uint32_t i = 0; i < words->bys; i++)
        if (str_equal(words->by[i], token->text))
            return OK;
    words->by[words->bys] = token->text;
    words->by_at[words->bys++] = token->span;
    return OK;
}

static status read_by(struct reading *in)
{
    const struct token   *by = here(in);
    struct indexed_words *words = in->words;

    in->at++;
    if (!words->by) {
        TRY_NEW(words->by = ARENA_ARRAY(in->binder->arena, str, in->tokens->count + 2));
        TRY_NEW(words->by_at = ARENA_ARRAY(in->binder->arena, struct span, in->tokens->count + 2));
    }
    for (;;) {
        const struct token *token = here(in);
        if (words->bys && token_is(token, "where") && token[1].kind != TOKEN_END)
            return diag_at(in->binder->diag, FAIL_QUERY, token->span, "unexpected-argument", "WHERE stands before BY");
        if (token->kind == TOKEN_COMMA) {
            in->at++;
        } else if (token->kind == TOKEN_PAIR) {
            TRY(read_option(in));
        } else if (token->kind == TOKEN_WORD || token->kind == TOKEN_STRING) {
            in->at++;
            TRY(add_by(in, token));
        } else {
            break;
        }
    }
    if (words->bys)
        return OK;
    return diag_at(in->binder->diag, FAIL_QUERY, by->span, "missing-argument", "'%.*s' wants a field behind it",
                   SHOW(by->raw));
}

static status read_one(struct reading *in)
{
    const struct token *token = here(in);
    uint32_t            before = in->at;

    if (token->kind == TOKEN_COMMA) {
        in->at++;
        return OK;
    }
    if (token->kind == TOKEN_PAIR)
        return read_option(in);
    if (token_is(token, "from") && !in->metrics && !in->words->where_at.to && !in->words->bys)
        return read_from(in);
    if (token_is(token, "where") && !in->words->where_at.to && !in->words->bys)
        return read_where(in);
    if (is_by(token))
        return read_by(in);
    if (token->kind == TOKEN_WORD || token->kind == TOKEN_STRING)
        TRY(parse_aggregates(in->binder->arena, in->binder->diag, in->tokens, &in->at, &in->words->terms));
    if (in->at > before)
        return OK;
    return diag_at(in->binder->diag, FAIL_QUERY, token->span, "unexpected-argument", "'%.*s' cannot use '%.*s' here",
                   SHOW(in->stage->name), SHOW(token->raw));
}

/* The first mistake ends it: what comes after a clause that was not understood would only confuse. */
status indexed_read(struct binder *binder, struct stage *stage, bool metrics, struct indexed_words *words)
{
    struct reading in = { .binder = binder, .stage = stage, .tokens = &stage->tokens, .metrics = metrics, .words = words };
    status         s = OK;

    buf_init(&in.charting, binder->compile.heap);
    while (here(&in)->kind != TOKEN_END && s == OK)
        s = read_one(&in);
    if (s == OK && (s = buf_status(&in.charting)) == OK) {
        words->charting = arena_str(binder->arena, buf_str(&in.charting));
        s = words->charting.at ? OK : FAIL_MEMORY;
    }
    buf_free(&in.charting);
    TRY(s);
    words->where = stage_argument(stage, INDEXED_WHERE)->node;
    if (words->terms.count == 0)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'%.*s' wants an aggregate",
                       SHOW(stage->name));
    return OK;
}
