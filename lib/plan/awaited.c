/* Arguments with brackets whose texts are not there yet: which of them are told of, and which the texts have to settle.
 *
 * Words beside a bracket may make sense with its text or not; so what seems wrong there is no mistake yet. The stage is left
 * open then: it is read again when the texts have come. */
#include "plan/arguments.h"

#include "plan/subsearch.h"

static status add(struct arguments *in, const struct token *token)
{
    struct subsearch *made;
    struct span       inside = token->value_span;

    return subsearch_add(in->binder, in->stage, SUBSEARCH_TEXT, token_passage(in->tokens, token),
                         (struct span){ inside.from - 1, inside.to + 1 }, &made);
}

status arguments_await(struct arguments *in, const struct token *token)
{
    in->stage->open = true;
    return add(in, token);
}

static status find_in_aggregate(struct arguments *in, const struct aggregate_term *term)
{
    if (term->expression)
        TRY(subsearch_find(in->binder, in->stage, term->expression, in->tokens->passage.copied));
    return term->inner ? find_in_aggregate(in, term->inner) : OK;       /* sparkline's: two deep */
}

/* stats count(eval(x=[...])) */
static status find_in_aggregates(struct arguments *in)
{
    for (uint32_t i = 0; i < in->count; i++) {
        const struct aggregates *list = in->params[i].kind == PARAM_AGGREGATES ? in->stage->argument[i].aggregates : NULL;

        for (uint32_t j = 0; list && j < list->count; j++)
            TRY(find_in_aggregate(in, &list->item[j]));
    }
    return OK;
}

static bool is_text_to_come(const struct arguments *in, const struct token *token)
{
    return in->brackets && token->kind != TOKEN_END && token->value_kind == TOKEN_BRACKET;
}

bool arguments_beside(const struct arguments *in, uint32_t from)
{
    uint32_t to = in->at > from ? in->at + 2 : in->tokens->count;       /* as far as lists look ahead (b AS [...]) */

    for (uint32_t i = from ? from - 1 : 0; i <= to && i < in->tokens->count; i++) {
        const struct token *token = &in->tokens->item[i];

        if (is_text_to_come(in, token) && (i < in->at || token->kind == TOKEN_BRACKET))
            return true;
    }
    return false;
}

/* sum([...]): in the words of a command that takes aggregates. */
static status await_inside(struct arguments *in, const struct token *token)
{
    for (uint32_t i = 0, end; i < token->raw.size; i = end) {
        struct passage    inside = { .copied = in->tokens->passage.copied };
        uint32_t          texts = in->binder->plan ? in->binder->plan->texts : 0;
        char              c = token->raw.at[i];
        struct subsearch *made;

        end = c == '"' || c == '\'' ? text_skip_quoted(token->raw, i) : i + 1;
        if (c != '[' || !text_begins_subsearch(str_slice(token->raw, i + 1, token->raw.size)) ||
            text_skip_bracket(token->raw, i) == 0)
            continue;
        end = text_skip_bracket(token->raw, i);
        inside.text = str_slice(token->raw, i + 1, end - 1);
        inside.span = (struct span){ token->span.from + i + 1, token->span.from + end - 1 };
        TRY(subsearch_add(in->binder, in->stage, SUBSEARCH_TEXT, inside,
                          (struct span){ inside.span.from - 1, inside.span.to + 1 }, &made));
        in->stage->open |= !in->binder->plan || in->binder->plan->texts > texts;        /* else an expression had it */
    }
    return OK;
}

status arguments_await_all(struct arguments *in)
{
    bool aggregates = false;

    TRY(find_in_aggregates(in));
    for (uint32_t i = 0; i < in->count; i++)
        aggregates |= in->params[i].kind == PARAM_AGGREGATES;
    for (uint32_t i = 0; i < in->tokens->count; i++) {
        const struct token *token = &in->tokens->item[i];

        if (is_text_to_come(in, token))
            TRY(arguments_await(in, token));
        else if (aggregates && token->kind == TOKEN_WORD)
            TRY(await_inside(in, token));
    }
    return OK;
}

status arguments_find_brackets(struct arguments *in)
{
    for (uint32_t i = 0; i < in->count; i++)
        if (in->params[i].kind == PARAM_SUBSEARCH)
            return OK;                      /* they are the command's */
    for (uint32_t i = 0; i < in->tokens->count; i++) {
        status s = in->tokens->item[i].value_kind == TOKEN_BRACKET ? add(in, &in->tokens->item[i]) : PASS;

        in->brackets |= s != PASS;
        if (s != PASS && s != OK && s != FAIL_QUERY)
            return s;                       /* its mistakes are told; it will fail again when it is awaited */
    }
    return OK;
}
