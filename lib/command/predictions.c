/* Options stand behind the fields they are for: those since the last options. Options before any field are for all. */
#include "command/predictions.h"

#include "base/compiler.h"
#include "command/kalman.h"
#include "syntax/parse.h"
#include "value/number.h"

#include <stdio.h>

const char *const predict_names[] = { "LL", "LLT", "LLP", "LLP5", "LLB", "BiLL" };

enum { ALGORITHMS = 6 };

struct reading_predict {
    struct binder       *binder;
    struct stage        *stage;
    struct predict_term  defaults;
    struct predict_term *term;
    uint32_t             count, group;      /* terms from `group` on get the options to come */
    bool                 after_options;
};

static status wrong(struct reading_predict *in, const struct token *token, const char *wants)
{
    return diag_at(in->binder->diag, FAIL_QUERY, token->span, "bad-argument", "'%.*s' wants %s, not '%.*s'",
                   SHOW(token->name), wants, SHOW(token->text));
}

static status read_count(struct reading_predict *in, const struct token *token, double least, uint32_t *out)
{
    uint64_t most = context_limit(in->binder->compile.context, LIMIT_PREDICT);
    double   number;
    char     wants[64];

    if (!number_parse(token->text, &number, NULL) || !(number >= least && number <= (double)most)
        || number != (double)(uint32_t)number) {
        snprintf(wants, sizeof wants, "a whole number %sto %llu", least > 0 ? "from 2 " : "up ", (unsigned long long)most);
        return wrong(in, token, wants);
    }
    *out = (uint32_t)number;
    return OK;
}

static status read_algorithm(struct reading_predict *in, const struct token *token, enum predict_algorithm *out)
{
    for (uint32_t i = 0; i < ALGORITHMS; i++)
        if (str_is_nocase(token->text, predict_names[i])) {
            *out = (enum predict_algorithm)i;
            return OK;
        }
    return wrong(in, token, "LL, LLT, LLP, LLP5, LLB or BiLL");
}

/* upper90=high: how wide, and the name. */
static status read_width(struct reading_predict *in, const struct token *token, double *width, str *name)
{
    str    digits = str_slice(token->name, 5, token->name.size);
    double percent;

    for (size_t i = 0; i < digits.size; i++)
        if (digits.at[i] < '0' || digits.at[i] > '9')
            digits.size = 0;
    if (digits.size == 0 || digits.size > 2 || !number_parse(digits, &percent, NULL))
        return diag_at(in->binder->diag, FAIL_QUERY, token->name_span, "bad-argument",
                       "'%.*s': percentages are whole numbers below 100, such as upper95", SHOW(token->name));
    *width = normal_width(percent);
    *name = token->text;
    return OK;
}

static status read_into(struct reading_predict *in, const struct token *token, struct predict_term *term)
{
    str name = token->name;

    if (str_is_nocase(name, "algorithm"))
        return read_algorithm(in, token, &term->algorithm);
    if (str_is_nocase(name, "future_timespan"))
        return read_count(in, token, 0, &term->future);
    if (str_is_nocase(name, "holdback"))
        return read_count(in, token, 0, &term->holdback);
    if (str_is_nocase(name, "period")) {
        term->period_at = token->name_span;
        return read_count(in, token, 2, &term->period);
    }
    if (str_is_nocase(name, "correlate") || str_is_nocase(name, "correlate_field")) {
        term->correlate = token->text;
        term->correlate_at = token->name_span;
        return OK;
    }
    if (str_is_nocase(name, "suppress")) {
        term->suppress = token->text;
        return OK;
    }
    if (name.size >= 5 && str_is_nocase(str_slice(name, 0, 5), "upper"))
        return read_width(in, token, &term->upper, &term->upper_name);
    if (name.size >= 5 && str_is_nocase(str_slice(name, 0, 5), "lower"))
        return read_width(in, token, &term->lower, &term->lower_name);
    return diag_at(in->binder->diag, FAIL_QUERY, token->name_span, "unknown-option", "'%.*s' has no option '%.*s'",
                   SHOW(in->stage->name), SHOW(name));
}

static status read_option(struct reading_predict *in, const struct token *token)
{
    in->after_options = true;
    if (in->count == 0)
        return read_into(in, token, &in->defaults);
    for (uint32_t i = in->group; i < in->count; i++)
        TRY(read_into(in, token, &in->term[i]));
    return OK;
}

static void read_field(struct reading_predict *in, const struct token *token)
{
    if (in->after_options)
        in->group = in->count;
    in->after_options = false;
    in->term[in->count] = in->defaults;
    in->term[in->count].field = token->text;
    in->term[in->count++].span = token->span;
}

static status read_tokens(struct reading_predict *in)
{
    const struct token *token = in->stage->tokens.item;

    for (; token->kind != TOKEN_END; token++) {
        if (token->kind == TOKEN_COMMA)
            continue;
        if (token->kind == TOKEN_PAIR && str_is(token->operator_text, "=")) {
            TRY(read_option(in, token));
        } else if (token_is(token, "as") && in->count && !in->after_options
                   && (token[1].kind == TOKEN_WORD || token[1].kind == TOKEN_STRING)) {
            in->term[in->count - 1].name = (++token)->text;
        } else if (token->kind == TOKEN_WORD || token->kind == TOKEN_STRING) {
            read_field(in, token);
        } else {
            return diag_at(in->binder->diag, FAIL_QUERY, token->span, "unexpected-argument", "'%.*s' cannot use '%.*s'",
                           SHOW(in->stage->name), SHOW(token->raw));
        }
    }
    return OK;
}

static status join(struct binder *binder, const char *begin, str name, str *out)
{
    struct buf text;

    buf_init(&text, binder->compile.heap);
    buf_text(&text, begin);
    buf_put(&text, name);
    buf_byte(&text, ')');
    *out = buf_status(&text) == OK ? arena_str(binder->arena, buf_str(&text)) : (str){ 0 };
    buf_free(&text);
    return out->at ? OK : FAIL_MEMORY;
}

/* Options that the algorithm does not look at; once for all fields that they are for. */
static void warn_unused(const struct reading_predict *in, uint32_t number)
{
    const struct predict_term *term = &in->term[number], *before = number ? term - 1 : NULL;
    const char                *algorithm = predict_names[term->algorithm];

    if (term->period && term->algorithm != PREDICT_LLP && term->algorithm != PREDICT_LLP5
        && !(before && before->period && before->period_at.from == term->period_at.from))
        diag_warn(in->binder->diag, term->period_at, "unused-option", "%s takes no 'period': LLP and LLP5 do", algorithm);
    if (term->correlate.size && term->algorithm != PREDICT_LLB
        && !(before && before->correlate.size && before->correlate_at.from == term->correlate_at.from))
        diag_warn(in->binder->diag, term->correlate_at, "unused-option",
                  "%s takes no 'correlate': LLB does", algorithm);
}

/* Names, and what an algorithm wants of its fields. BiLL takes them two by two. */
static status complete(struct reading_predict *in, uint32_t number)
{
    struct predict_term *term = &in->term[number];
    struct diag         *diag = in->binder->diag;

    if (term->name.size == 0)
        TRY(join(in->binder, "prediction(", term->field, &term->name));
    if (term->upper_name.size == 0)
        TRY(join(in->binder, "upper95(", term->name, &term->upper_name));
    if (term->lower_name.size == 0)
        TRY(join(in->binder, "lower95(", term->name, &term->lower_name));
    if (term->algorithm == PREDICT_LLB && term->correlate.size == 0)
        return diag_at(diag, FAIL_QUERY, term->span, "missing-argument",
                       "LLB wants the field that tells about '%.*s': correlate=<field>", SHOW(term->field));
    if (term->algorithm != PREDICT_BILL || term->partner != number)
        return OK;
    if (number + 1 >= in->count || in->term[number + 1].algorithm != PREDICT_BILL)
        return diag_at(diag, FAIL_QUERY, term->span, "missing-argument", "BiLL wants two fields");
    term->partner = number + 1;
    in->term[number + 1].partner = number;
    return OK;
}

status predict_bind(struct binder *binder, struct stage *stage)
{
    struct predict_bound  *bound = stage->bound;
    struct reading_predict in = { .binder = binder, .stage = stage };
    uint32_t               tokens = 0;

    while (stage->tokens.item[tokens].kind != TOKEN_END)
        tokens++;
    TRY_NEW(in.term = ARENA_ARRAY(binder->arena, struct predict_term, tokens + (size_t)1));
    in.defaults = (struct predict_term){ .algorithm = PREDICT_LLP5, .future = 5,
                                         .upper = normal_width(95), .lower = normal_width(95) };
    TRY(read_tokens(&in));
    if (in.count == 0)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'%.*s' wants a field",
                       SHOW(stage->name));
    for (uint32_t i = 0; i < in.count; i++)
        in.term[i].partner = i;
    for (uint32_t i = 0; i < in.count; i++) {
        TRY(complete(&in, i));
        warn_unused(&in, i);
    }
    *bound = (struct predict_bound){ in.term, in.count };
    return OK;
}
