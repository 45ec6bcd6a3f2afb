#include "plan/arguments.h"

#include "plan/subsearch.h"
#include "value/number.h"

#include <math.h>

/* Digits only, with a plus at most; beyond 2^53 nobody means it. */
static bool read_count(str text, double *out)
{
    str digits = text.size && text.at[0] == '+' ? str_slice(text, 1, text.size) : text;

    for (size_t i = 0; i < digits.size; i++)
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return false;
    return number_parse(digits, out, NULL) && *out <= 9007199254740992.0;
}

/* The spelling of "a|b|c" that `text` is, in any case; empty: none. */
static str read_choice(const char *choices, str text)
{
    str all = str_of(choices);

    for (size_t from = 0; from <= all.size;) {
        size_t end = str_find(all, STR("|"), from);
        str    choice = str_slice(all, from, end == SIZE_MAX ? all.size : end);

        if (str_equal_nocase(choice, text))
            return choice;
        if (end == SIZE_MAX)
            break;
        from = end + 1;
    }
    return STR("");
}

bool value_fits(const struct param *param, const struct token *token)
{
    double number;
    bool   truth;

    switch (param->kind) {
    case PARAM_BOOL:   return str_truth(token->text, &truth);
    case PARAM_COUNT:  return token->kind == TOKEN_WORD && read_count(token->text, &number);
    case PARAM_NUMBER: return token->kind == TOKEN_WORD && number_parse(token->text, &number, NULL) && isfinite(number);
    case PARAM_WORD:   return token->kind == TOKEN_WORD && read_choice(param->choices, token->text).size > 0;
    default:           return true;
    }
}

static status wrong(struct arguments *in, const struct param *param, struct span span, str text, const char *wants)
{
    return diag_at(in->binder->diag, FAIL_QUERY, span, "bad-argument", "'%.*s' wants %s for '%s', not '%.*s'",
                   SHOW(in->stage->name), wants, param->name, SHOW(text));
}

static status read_number(struct arguments *in, const struct param *param, str text, struct span span,
                          struct argument *out)
{
    bool   whole = param->kind == PARAM_COUNT;
    double highest;

    if (whole ? !read_count(text, &out->number)
              : !number_parse(text, &out->number, NULL) || !isfinite(out->number))
        return wrong(in, param, span, text, whole ? "a whole number" : "a number");
    highest = param->ceiling ? (double)context_limit(in->binder->compile.context, param->ceiling) : param->most;
    if (highest > param->least && (out->number < param->least || out->number > highest)) {
        char   least[NUMBER_ROOM], most[NUMBER_ROOM];
        size_t a = number_format(param->least, EXACT, least), b = number_format(highest, EXACT, most);

        return diag_at(in->binder->diag, FAIL_QUERY, span, "bad-argument",
                       "'%s' of '%.*s' must be from %.*s to %.*s, not %.*s", param->name,
                       SHOW(in->stage->name), (int)a, least, (int)b, most, SHOW(text));
    }
    return OK;
}

/* "a, b c" as a list of names. */
static status read_names(struct arguments *in, const struct param *param, str text, struct span span,
                         struct argument *out)
{
    for (size_t from = 0, to; from < text.size; from = to + 1) {
        to = from;
        while (to < text.size && text.at[to] != ',' && text.at[to] != ' ')
            to++;
        if (to > from)
            TRY(list_add_name(in, param, str_slice(text, from, to), span, out));
    }
    return OK;
}

status value_read(struct arguments *in, const struct param *param, str text, struct span span,
                  const struct token *token, struct argument *out)
{
    out->span = span;
    if (token && token->value_kind == TOKEN_BRACKET && param->kind != PARAM_SUBSEARCH) {
        out->text = STR("");
        return arguments_await(in, token);
    }
    switch (param->kind) {
    case PARAM_BOOL:
        return str_truth(text, &out->truth) ? OK : wrong(in, param, span, text, "true or false");
    case PARAM_COUNT:
    case PARAM_NUMBER:
        return read_number(in, param, text, span, out);
    case PARAM_WORD:
        out->text = read_choice(param->choices, text);
        if (out->text.size)
            return OK;
        wrong(in, param, span, text, "another word");
        diag_hint(in->binder->diag, "it is one of %s", param->choices);
        return FAIL_QUERY;
    case PARAM_FIELDS:
    case PARAM_BY:
        return read_names(in, param, text, span, out);
    case PARAM_FIELD:
        return list_add_name(in, param, text, span, out);
    case PARAM_EXPR:
    case PARAM_SEARCH:
    case PARAM_ASSIGNMENTS:
        return value_parse(in, param, token ? token_passage(in->tokens, token) : (struct passage){ text, span, true }, out);
    default:
        out->text = text;
        if (token)
            out->passage = token_passage(in->tokens, token);
        return OK;
    }
}

status value_parse(struct arguments *in, const struct param *param, struct passage passage, struct argument *out)
{
    struct binder *binder = in->binder;
    struct node   *node = NULL;

    out->span = passage.span;
    out->passage = passage;
    switch (param->kind) {
    case PARAM_SEARCH:
        TRY(parse_search(binder->arena, binder->diag, passage, &node));
        break;
    case PARAM_EXPR:
        TRY(parse_expr(binder->arena, binder->diag, passage, &node));
        break;
    case PARAM_ASSIGNMENTS: {
        struct assignments *assignments = ARENA_NEW(binder->arena, struct assignments);
        status              parsed;

        TRY_NEW(assignments);
        parsed = parse_assignments(binder->arena, binder->diag, passage, assignments);
        if (parsed != OK && (parsed != FAIL_QUERY || assignments->count == 0))
            return parsed;
        if (assignments->count > LIST_MOST)
            return diag_at(binder->diag, FAIL_QUERY, passage.span, "too-long", "'%.*s' has more than %d assignments",
                           SHOW(in->stage->name), LIST_MOST);
        for (uint32_t i = 0; i < assignments->count; i++)
            TRY(subsearch_find(binder, in->stage, assignments->item[i].value, passage.copied));
        out->assignments = assignments;
        return parsed;
    }
    default:
        out->text = passage.text;
        return OK;
    }
    out->node = node;
    return subsearch_find(binder, in->stage, node, passage.copied);
}
