#include "plan/arguments.h"

#include "base/suggest.h"
#include "plan/subsearch.h"

/* --- the arguments of one stage ------------------------------------------------------------------------------------ */

static struct argument *slot(struct arguments *in, const struct param *param)
{
    return &in->stage->argument[param - in->params];
}

static status given(struct arguments *in, const struct param *param, struct span span)
{
    struct argument *out = slot(in, param);

    if (out->given)
        return diag_at(in->binder->diag, FAIL_QUERY, span, "given-twice", "'%s' of '%.*s' is given twice", param->name,
                       SHOW(in->stage->name));
    out->given = true;
    out->span = span;
    return OK;
}

static bool is_named(const struct param *param, str name)
{
    if (param->place == PLACE_KEYWORD || param->place == PLACE_ALL || param->kind == PARAM_BY)
        return false;
    if (str_is_nocase(name, param->name))
        return true;
    for (uint32_t i = 0; i < COUNT_OF(param->aliases) && param->aliases[i]; i++)
        if (str_is_nocase(name, param->aliases[i]))
            return true;
    return false;
}

bool arguments_have_option(const struct arguments *in, str name)
{
    for (uint32_t i = 0; i < in->count; i++)
        if (is_named(&in->params[i], name))
            return true;
    return false;
}

static const struct param *with_place(const struct arguments *in, enum param_place place)
{
    for (uint32_t i = 0; i < in->count; i++)
        if (in->params[i].place == place && in->params[i].kind != PARAM_SUBSEARCH)
            return &in->params[i];
    return NULL;
}

static const struct param *rest_of(const struct arguments *in)
{
    const struct param *list = with_place(in, PLACE_LIST);
    return list && list->kind == PARAM_REST ? list : NULL;
}

/* Everything from here to the end, as one passage. */
static status read_to_end(struct arguments *in, const struct param *param)
{
    struct passage passage = tokens_passage(in->tokens, in->at, in->tokens->count);

    for (; in->at < in->tokens->count; in->at++)
        if (in->brackets && arguments_token(in)->value_kind == TOKEN_BRACKET && param->kind == PARAM_REST)
            TRY(arguments_await(in, arguments_token(in)));
    TRY(given(in, param, passage.span));
    return value_parse(in, param, passage, slot(in, param));
}

static status unknown_option(struct arguments *in, const struct token *token)
{
    struct suggest near = suggest_for(token->name);
    bool           any = false, counts = false;

    if (token->name.size == 0)
        return diag_at(in->binder->diag, FAIL_QUERY, token->span, "unexpected-argument", "'%.*s' cannot use '%.*s'",
                       SHOW(in->stage->name), SHOW(token->raw));
    for (uint32_t i = 0; i < in->count; i++) {
        counts |= in->params[i].kind == PARAM_AGGREGATES;
        if (!is_named(&in->params[i], str_of(in->params[i].name)) || in->params[i].place == PLACE_LIST)
            continue;
        any = true;
        suggest_offer(&near, str_of(in->params[i].name));
    }
    diag_at(in->binder->diag, FAIL_QUERY, token->name_span, "unknown-option", "'%.*s' has no option '%.*s'",
            SHOW(in->stage->name), SHOW(token->name));
    if (in->at > 1 && token[-1].kind == TOKEN_WORD && vocabulary_command(in->binder->compile.words, token[-1].text))
        diag_hint(in->binder->diag, "for the command '%.*s' put a pipe before it", SHOW(token[-1].text));
    else if (counts && str_is_nocase(token->name, "span"))
        diag_hint(in->binder->diag, "times are cut before: bin _time span=1h");
    else if (near.best.size)
        diag_suggest(in->binder->diag, near.best);
    else if (in->count && in->params[0].kind == PARAM_RENAMES)
        diag_hint(in->binder->diag, "write %.*s AS name", SHOW(token->name));
    else if (any)
        diag_hint(in->binder->diag, "usage: %s", in->stage->command->usage);
    return FAIL_QUERY;
}

static status read_option(struct arguments *in, const struct token *token)
{
    if (str_is(token->operator_text, "=")) {
        for (uint32_t i = 0; i < in->count; i++) {
            const struct param *param = &in->params[i];

            if (!is_named(param, token->name) || (param->place == PLACE_LIST && param->kind == PARAM_REST))
                continue;
            in->at++;
            TRY(given(in, param, token->span));
            return value_read(in, param, token->text, token->value_span, token, slot(in, param));
        }
    }
    if (rest_of(in))
        return read_to_end(in, rest_of(in));
    in->at++;
    return unknown_option(in, token);
}

static status read_list(struct arguments *in, const struct param *param)
{
    struct argument *out = slot(in, param);

    out->given = true;                                  /* a list may go on behind options */
    if (out->span.to == 0)
        out->span = arguments_token(in)->span;
    switch (param->kind) {
    case PARAM_RENAMES:
        return list_read_renames(in, param, out);
    case PARAM_PAIRS:
        return list_read_pairs(in, out);
    case PARAM_SORT_KEYS:
        return list_read_keys(in, out);
    case PARAM_AGGREGATES:
        if (!out->aggregates)
            TRY_NEW(out->aggregates = ARENA_NEW(in->binder->arena, struct aggregates));
        return parse_aggregates(in->binder->arena, in->binder->diag, in->tokens, &in->at,
                                (struct aggregates *)out->aggregates);
    case PARAM_FIELD:
    case PARAM_FIELDS:
    case PARAM_BY:
    case PARAM_TEXT:
        return list_read_names(in, param, out);
    default:
        out->given = false;             /* read_to_end gives it again, with its place */
        return read_to_end(in, param);
    }
}

/* A keyword and what follows it. */
static status read_keyword(struct arguments *in, const struct param *param)
{
    struct argument    *out = slot(in, param);
    const struct token *keyword = &in->tokens->item[in->at++], *token = arguments_token(in);

    TRY(given(in, param, keyword->span));
    switch (param->kind) {
    case PARAM_BY:
    case PARAM_FIELDS:
    case PARAM_RENAMES:
    case PARAM_PAIRS:
    case PARAM_SORT_KEYS:
        TRY(read_list(in, param));
        if (out->count)
            return OK;
        break;
    case PARAM_REST:
    case PARAM_EXPR:
    case PARAM_SEARCH:
        if (token->kind == TOKEN_END)
            break;
        out->given = false;             /* read_to_end gives it again, with its place */
        return read_to_end(in, param);
    default:
        if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING)
            break;
        in->at++;
        return value_read(in, param, token->text, token->span, token, out);
    }
    return diag_at(in->binder->diag, FAIL_QUERY, keyword->span, "missing-argument", "'%.*s' wants something behind it",
                   SHOW(keyword->raw));
}

/* One bracket of several: the argument is all of them, and what stands between. */
static status read_brackets(struct arguments *in, const struct param *param, const struct token *token)
{
    struct argument *out = slot(in, param);
    uint32_t         from = in->at++;

    while (out->given && in->tokens->item[from].span.from > out->span.from)
        from--;
    out->passage = tokens_passage(in->tokens, from, in->at);
    out->span = (struct span){ in->tokens->item[from].span.from, token->span.to };
    out->text = out->passage.text;
    out->given = true;
    return OK;
}

static status read_enclosed(struct arguments *in, const struct token *token)
{
    bool                bracket = token->kind == TOKEN_BRACKET;
    const struct param *param = with_place(in, PLACE_PARENTHESES), *inner = NULL;

    for (uint32_t i = 0; bracket && i < in->count && !(inner && !slot(in, inner)->given); i++)
        if (in->params[i].kind == PARAM_SUBSEARCH)
            inner = &in->params[i];
    if (inner && inner->place == PLACE_LIST)
        return read_brackets(in, inner, token);
    if (inner) {
        in->at++;
        TRY(given(in, inner, token->span));
        return value_read(in, inner, token->text, token->span, token, slot(in, inner));
    }
    if (rest_of(in))
        return read_to_end(in, rest_of(in));
    in->at++;
    if (bracket)
        return arguments_await(in, token);
    if (!param) {
        diag_at(in->binder->diag, FAIL_QUERY, token->span, "unexpected-argument", "'%.*s' takes nothing in parentheses here",
                SHOW(in->stage->name));
        diag_hint(in->binder->diag, "usage: %s", in->stage->command->usage);
        return FAIL_QUERY;
    }
    TRY(given(in, param, token->span));
    return value_parse(in, param, token_passage(in->tokens, token), slot(in, param));
}

/* One such word a stage is told: the next ones mostly follow from it. Behind the name of a command nothing at all is meant
 * for this one. */
static status unexpected(struct arguments *in, const struct token *token)
{
    bool command = token->kind == TOKEN_WORD && vocabulary_command(in->binder->compile.words, token->text);

    if (in->refused)
        return FAIL_QUERY;
    in->refused = true;
    diag_at(in->binder->diag, FAIL_QUERY, token->span, "unexpected-argument", "'%.*s' cannot use '%.*s'",
            SHOW(in->stage->name), SHOW(token->raw));
    if (command)
        diag_hint(in->binder->diag, "for the command put a pipe before it");
    else
        diag_hint(in->binder->diag, "usage: %s", in->stage->command->usage);
    if (command)
        in->at = in->tokens->count;
    return FAIL_QUERY;
}

/* Is the token for this parameter, which stands first? A negative count is a mistake to be told, not the name of a field;
 * before sort keys the sign is the direction. */
static bool stands_first(const struct param *param, const struct param *list, const struct token *token)
{
    struct token count = *token;

    if (value_fits(param, token))
        return true;
    if (param->kind != PARAM_COUNT || token->text.size < 2 || token->text.at[0] != '-' || !list ||
        list->kind != PARAM_FIELDS)
        return false;
    count.text = str_slice(token->text, 1, token->text.size);
    return value_fits(param, &count) && count.text.at[0] != '+';
}

/* A word or a string: the first free parameter it suits, else a member of the list. */
static status read_bare(struct arguments *in, const struct token *token)
{
    const struct param *list = with_place(in, PLACE_LIST);
    uint32_t            at = in->at;

    for (uint32_t i = 0; i < in->count && !(list && slot(in, list)->given); i++) {
        const struct param *param = &in->params[i];

        if (param->place != PLACE_FIRST || in->stage->argument[i].given || !stands_first(param, list, token))
            continue;
        in->at++;
        TRY(given(in, param, token->span));
        return value_read(in, param, token->text, token->span, token, slot(in, param));
    }
    if (list)
        TRY(read_list(in, list));
    if (in->at > at)
        return OK;
    in->at++;
    return unexpected(in, token);
}

static const struct param *keyword_at(const struct arguments *in)
{
    for (uint32_t i = 0; i < in->count; i++)
        if ((in->params[i].place == PLACE_KEYWORD && token_is(arguments_token(in), in->params[i].name)) ||
            (in->params[i].kind == PARAM_BY && token_is(arguments_token(in), "by")))
            return &in->params[i];
    return NULL;
}

/* span= at the end, delim=, with a bare comma */
static bool lacks_value(const struct arguments *in, const struct token *token)
{
    if (token->kind != TOKEN_WORD || rest_of(in) ||
        token[1].kind != TOKEN_OPERATOR || !str_is(token[1].operator_text, "="))
        return false;
    for (uint32_t i = 0; i < in->count; i++)
        if (in->params[i].place != PLACE_LIST && is_named(&in->params[i], token->text))
            return true;
    return false;
}

static status valueless(struct arguments *in, const struct token *token)
{
    in->at += 2;
    diag_at(in->binder->diag, FAIL_QUERY, token->span, "missing-argument", "option '%.*s' lacks its value",
            SHOW(token->text));
    if (arguments_token(in)->kind == TOKEN_COMMA)
        diag_hint(in->binder->diag, "a comma needs quotes: %.*s=\",\"", SHOW(token->text));
    return FAIL_QUERY;
}

static status read_one(struct arguments *in)
{
    const struct token *token = arguments_token(in);
    const struct param *keyword = keyword_at(in);

    switch (token->kind) {
    case TOKEN_COMMA:
        in->at++;
        return OK;
    case TOKEN_PAIR:
    case TOKEN_OPERATOR:
        return read_option(in, token);
    case TOKEN_GROUP:
    case TOKEN_BRACKET:
        return read_enclosed(in, token);
    default:
        if (lacks_value(in, token))
            return valueless(in, token);
        return keyword ? read_keyword(in, keyword) : read_bare(in, token);
    }
}

/* Presets for what was not given, an error for what had to be. */
static status complete(struct arguments *in)
{
    for (uint32_t i = 0; i < in->count; i++) {
        const struct param *param = &in->params[i];
        struct argument    *out = &in->stage->argument[i];

        if (out->given)
            continue;
        out->span = in->stage->span;
        if (param->required && !in->stage->open) {
            diag_at(in->binder->diag, FAIL_QUERY, in->stage->span, "missing-argument", "'%.*s' lacks its argument '%s'",
                    SHOW(in->stage->name), param->name);
            diag_hint(in->binder->diag, "usage: %s", in->stage->command->usage);
            return FAIL_QUERY;
        }
        if (param->limit)
            out->number = (double)context_limit(in->binder->compile.context, param->limit);
        else if (param->preset)
            TRY(value_read(in, param, str_of(param->preset), in->stage->span, NULL, out));
    }
    return OK;
}

static uint32_t params_count(const struct param *params)
{
    uint32_t count = 0;

    while (params && params[count].kind != PARAM_END)
        count++;
    return count;
}

/* Whether words beside a bracket make sense its text will tell; what is wrong elsewhere is so now. */
static status read_beside(struct arguments *in)
{
    struct binder *binder = in->binder;
    struct diag   *diag = binder->diag, own;
    uint32_t       at = in->at;
    bool           beside;
    status         s;

    diag_init(&own, binder->compile.heap);
    binder->diag = &own;
    s = read_one(in);
    binder->diag = diag;
    beside = s == FAIL_QUERY && arguments_beside(in, at);
    if (!beside)
        diag_copy(diag, &own);
    diag_free(&own);
    return beside ? OK : s;
}

/* Reports as many mistakes as there are, not only the first. */
status bind_arguments(struct binder *binder, struct stage *stage, const struct clause *clause)
{
    const struct param *params = stage->command->params;
    struct arguments    in = { .binder = binder, .stage = stage, .params = params, .count = params_count(params) };
    const struct param *all = with_place(&in, PLACE_ALL);
    bool                failed = false;

    stage->argument = arena_zero(binder->arena, in.count + 1, sizeof *stage->argument);
    TRY_NEW(stage->argument);
    in.tokens = &stage->tokens;
    if (all) {
        struct argument *out = slot(&in, all);

        out->given = clause->argument.size > 0;
        if (!out->given && all->required)
            return complete(&in);
        TRY(value_parse(&in, all, clause_argument(clause), out));
        return complete(&in);
    }
    TRY(parse_tokens(binder->arena, binder->diag, clause_argument(clause), &stage->tokens));
    TRY(arguments_find_brackets(&in));
    while (arguments_token(&in)->kind != TOKEN_END) {
        uint32_t at = in.at;
        status   s = in.brackets ? read_beside(&in) : read_one(&in);

        if (s != OK && s != FAIL_QUERY)
            return s;
        if (in.at == at)
            in.at = in.tokens->count;           /* stuck in a list that makes no sense: the rest would not either */
        failed |= s != OK;
    }
    TRY(arguments_await_all(&in));
    return failed ? FAIL_QUERY : complete(&in);
}

/* --- arguments of a stage that is there already --------------------------------------------------------------------- */

status bind_passage(struct binder *binder, struct stage *stage, uint32_t number, struct passage passage)
{
    struct arguments in = { .binder = binder, .stage = stage, .params = stage->command->params,
                            .count = params_count(stage->command->params), .tokens = &stage->tokens };

    TRY(value_parse(&in, &in.params[number], passage, &stage->argument[number]));
    stage->argument[number].given = true;
    return binder->stages == 1 ? bounds_take(binder, stage) : bounds_make_rows(binder, stage);
}

status bind_option(struct binder *binder, struct stage *stage, const struct token *token)
{
    struct arguments in = { .binder = binder, .stage = stage, .params = stage->command->params,
                            .count = params_count(stage->command->params), .tokens = &stage->tokens };

    for (uint32_t i = 0; i < in.count; i++) {
        const struct param *param = &in.params[i];
        struct argument    *out = &stage->argument[i];

        if (param->kind == PARAM_REST || !is_named(param, token->name) || !str_is(token->operator_text, "="))
            continue;
        if (out->given && out->span.from >= token->span.from && out->span.to <= token->span.to)
            return OK;                  /* it stands before the pieces and was read with the others */
        TRY(given(&in, param, token->span));
        return value_read(&in, param, token->text, token->value_span, token, out);
    }
    return unknown_option(&in, token);
}
