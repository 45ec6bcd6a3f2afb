/* Lists of aggregates, read from tokens: an argument may be any field name, so expr's grammar does not fit
 * (reporting 4.1). */
#include "syntax/build.h"
#include "syntax/parse.h"

struct reader {
    struct arena        *arena;
    struct diag         *diag;
    const struct tokens *tokens;
};

static const char *const stop_words[] = { "BY", "OVER", "FROM", "WHERE", "GROUPBY" };

static bool is_stop(const struct token *token)
{
    if (token->kind != TOKEN_WORD)
        return true;
    for (size_t i = 0; i < COUNT_OF(stop_words); i++)
        if (token_is(token, stop_words[i]))
            return true;
    return false;
}

/* A piece of the passage that the tokens were cut from. */
static struct passage part_of(const struct reader *reader, str text)
{
    const struct passage *whole = &reader->tokens->passage;
    size_t                from = (size_t)(text.at - whole->text.at);

    return (struct passage){
        .text = text, .span = passage_place(whole, from, from + text.size), .copied = whole->copied,
    };
}

static status fail(const struct reader *reader, struct span span, const char *message)
{
    return diag_at(reader->diag, FAIL_QUERY, span, "syntax", "%s", message);
}

/* Position of the parenthesis that closes the one at `open`, or SIZE_MAX; both quote marks hide
 * parentheses. */
static size_t closing(str text, size_t open)
{
    size_t depth = 0;
    char   quote = 0;

    for (size_t i = open; i < text.size; i++) {
        char c = text.at[i];
        if (c == '\\' && quote != '\'')
            i++;
        else if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"')
            quote = c;
        else if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            return i;
    }
    return SIZE_MAX;
}

/* The inside of eval( ... ) when `text` is nothing else. */
static bool is_eval(str text, str *inside)
{
    size_t open = 4;

    if (text.size < 6 || !str_is_nocase(str_slice(text, 0, 4), "eval"))
        return false;
    while (open < text.size && strchr(" \t\r\n", text.at[open]) && text.at[open])
        open++;
    if (open >= text.size || text.at[open] != '(' || closing(text, open) != text.size - 1)
        return false;
    *inside = str_slice(text, open + 1, text.size - 1);
    return true;
}

static bool is_count(str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((text.at[i] < '0' || text.at[i] > '9') && text.at[i] != '.')
            return false;
    return text.size > 0;
}

/* sum(a * b), sum(bytes/1024), count(status=404): no field is called so, though it might be. */
static bool is_expression(str text)
{
    if (memchr(text.at, '(', text.size) || memchr(text.at, '[', text.size)
        || (text.size && (text.at[0] == '\'' || text.at[0] == '"')))
        return false;
    for (size_t i = 1; i + 1 < text.size; i++)
        if (memchr("=<>", text.at[i], 3)
            || (memchr("+-*/%", text.at[i], 5) && text.at[i - 1] == ' ' && text.at[i + 1] == ' ')
            || (memchr("+*/", text.at[i], 3)
                && (is_count(str_slice(text, 0, i)) || is_count(str_slice(text, i + 1, text.size)))))
            return true;
    return false;
}

static status plain_argument(const struct reader *reader, str text, struct aggregate_term *term)
{
    term->has_argument = text.size > 0;
    term->argument_span = part_of(reader, text).span;
    if (!memchr(text.at, '"', text.size) && !memchr(text.at, '\'', text.size) && memchr(text.at, ',', text.size)) {
        diag_at(reader->diag, FAIL_QUERY, term->argument_span, "arity", "'%.*s' takes one field", SHOW(term->function));
        if (str_is_nocase(term->function, "percentile"))
            diag_hint(reader->diag, "a percentile is written p95(field)");
        else if (is_expression(text))
            diag_hint(reader->diag, "an expression is written count(eval(...)), max(eval(...)) and the like");
        else
            diag_hint(reader->diag, "a comma in a field's name needs quotes");
        return FAIL_QUERY;
    }
    if (text.size > 9 && str_is_nocase(str_slice(text, 0, 9), "distinct ")) {
        diag_warn(reader->diag, term->argument_span, "word-as-field", "'%.*s' is read as a field", SHOW(text));
        diag_hint(reader->diag, "distinct values are counted with dc(field)");
    }
    if (is_expression(text)) {
        diag_warn(reader->diag, term->argument_span, "expression-as-field", "'%.*s' is read as a field", SHOW(text));
        diag_hint(reader->diag, "an expression is written %.*s(eval(%.*s))", SHOW(term->function), SHOW(text));
    }
    if (text.size >= 2 && text.at[0] == '\'' && text.at[text.size - 1] == '\'')
        term->argument = str_slice(text, 1, text.size - 1);
    else
        term->argument = unescape_word(reader->arena, text, 0);
    TRY_NEW(term->argument.at);
    return OK;
}

static status read_call(const struct reader *reader, str function, str inside, str whole,
                        struct aggregate_term *term);

/* sparkline(<aggregate> [, <span>]) */
static status read_sparkline(const struct reader *reader, str inside, struct aggregate_term *term)
{
    size_t cut = 0, close, open;
    str    inner, function, argument = { "", 0 };

    while (cut < inside.size && inside.at[cut] != ',') {
        close = inside.at[cut] == '(' ? closing(inside, cut) : cut;
        if (close == SIZE_MAX)
            return fail(reader, part_of(reader, inside).span, "Unbalanced parentheses");
        cut = close + 1;
    }
    inner = str_trim_blanks(str_slice(inside, 0, cut));
    if (cut < inside.size)                  /* nothing behind the comma: published searches have that, too */
        term->step = str_trim_blanks(str_slice(inside, cut + 1, inside.size));
    open = str_find(inner, STR("("), 0);
    function = inner;
    if (open != SIZE_MAX) {
        if (closing(inner, open) != inner.size - 1)
            return fail(reader, part_of(reader, inside).span, "sparkline wants one aggregate and a span");
        function = str_trim_blanks(str_slice(inner, 0, open));
        argument = str_slice(inner, open + 1, inner.size - 1);
    }
    if (function.size == 0 || str_is_nocase(function, "sparkline") || str_is_nocase(function, "eval"))
        return fail(reader, part_of(reader, inside).span, "sparkline wants an aggregate");
    term->inner = ARENA_NEW(reader->arena, struct aggregate_term);
    TRY_NEW(term->inner);
    return read_call(reader, function, argument, inner, term->inner);
}

/* sparkline alone draws the count. */
static status bare_sparkline(const struct reader *reader, struct aggregate_term *term)
{
    TRY_NEW(term->inner = ARENA_NEW(reader->arena, struct aggregate_term));
    *term->inner = (struct aggregate_term){
        .function = STR("count"), .function_span = term->span, .argument = STR(""), .argument_span = term->span,
        .step = STR(""), .name = STR("count"), .name_span = term->span, .span = term->span,
    };
    return OK;
}

/* The name a column gets without AS: what was typed, the function in lower case, quotes and blanks gone. */
static status default_name(const struct reader *reader, str whole, struct aggregate_term *term)
{
    size_t size = term->function.size + term->argument.size + 2;
    char  *name;

    if (term->expression || term->inner) {
        term->name = str_trim_blanks(whole);
        return OK;
    }
    name = arena_alloc(reader->arena, size + 1);
    TRY_NEW(name);
    for (size_t i = 0; i < term->function.size; i++) {
        char c = term->function.at[i];
        name[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    size = term->function.size;
    if (term->has_argument) {
        name[size++] = '(';
        memcpy(name + size, term->argument.at, term->argument.size);
        size += term->argument.size;
        name[size++] = ')';
    }
    name[size] = 0;
    term->name = (str){ name, size };
    return OK;
}

static status read_call(const struct reader *reader, str function, str inside, str whole,
                        struct aggregate_term *term)
{
    str expression = inside;

    *term = (struct aggregate_term){
        .function = function, .function_span = part_of(reader, function).span, .argument = { "", 0 },
        .step = { "", 0 }, .span = part_of(reader, whole).span, .name_span = part_of(reader, whole).span,
        .argument_span = part_of(reader, whole).span,
    };
    if (inside.size == 0)
        inside = str_slice(whole, whole.size, whole.size);
    inside = str_trim_blanks(inside);
    if (str_is_nocase(function, "eval") || is_eval(inside, &expression)) {
        term->is_eval = true;
        term->has_argument = !str_is_nocase(function, "eval");
        expression = term->has_argument ? expression : inside;
        term->argument_span = part_of(reader, expression).span;
        TRY(parse_expr(reader->arena, reader->diag, part_of(reader, expression), &term->expression));
    } else if (str_is_nocase(function, "sparkline")) {
        TRY(inside.size ? read_sparkline(reader, inside, term) : bare_sparkline(reader, term));
    } else {
        TRY(plain_argument(reader, inside, term));
    }
    return default_name(reader, whole, term);
}

static status read_as(const struct reader *reader, uint32_t *at, struct aggregate_term *term)
{
    const struct token *name = &reader->tokens->item[*at + 1];

    if (!token_is(name - 1, "AS"))
        return OK;
    if ((name->kind != TOKEN_WORD && name->kind != TOKEN_STRING) || name->text.size == 0 || token_is(name, "BY")) {
        *at += 1;
        return fail(reader, name[-1].span, "AS wants the name of a field after it");
    }
    term->renamed = true;
    term->name = name->text;
    term->name_span = name->span;
    *at += 2;
    return OK;
}

static status append(const struct reader *reader, struct aggregates *out, const struct aggregate_term *term)
{
    if (out->count == out->capacity) {
        uint32_t               capacity = out->capacity ? 2 * out->capacity : 8;
        struct aggregate_term *more = ARENA_ARRAY(reader->arena, struct aggregate_term, capacity);
        TRY_NEW(more);
        if (out->count)
            memcpy(more, out->item, out->count * sizeof *more);
        out->item = more;
        out->capacity = capacity;
    }
    out->item[out->count++] = *term;
    return OK;
}

/* The name of a term that could not be read is no mistake of its own. */
static void skip_as(const struct tokens *tokens, uint32_t *at)
{
    if (token_is(&tokens->item[*at], "AS"))
        *at += tokens->item[*at + 1].kind == TOKEN_WORD || tokens->item[*at + 1].kind == TOKEN_STRING ? 2 : 1;
}

static status read_term(const struct reader *reader, uint32_t *at, struct aggregate_term *term)
{
    const struct token *word = &reader->tokens->item[*at], *next = word + 1;
    str                 whole = word->raw;
    size_t              open = str_find(whole, STR("("), 0);

    if (token_is(word, "AS"))
        return fail(reader, word->span, "AS wants an aggregate before it");
    *at += 1;
    if (open == SIZE_MAX && next->kind == TOKEN_GROUP) {
        *at += 1;
        return read_call(reader, whole, str_slice(next->raw, 1, next->raw.size - 1),
                         (str){ whole.at, (size_t)(next->raw.at + next->raw.size - whole.at) }, term);
    }
    if (open == SIZE_MAX)
        return read_call(reader, whole, (str){ "", 0 }, whole, term);
    if (open == 0 || closing(whole, open) != whole.size - 1)
        return fail(reader, word->span, "an aggregate is written function(field)");
    return read_call(reader, str_slice(whole, 0, open), str_slice(whole, open + 1, whole.size - 1), whole, term);
}

status parse_aggregates(struct arena *arena, struct diag *diag, const struct tokens *tokens, uint32_t *at,
                        struct aggregates *out)
{
    struct reader         reader = { .arena = arena, .diag = diag, .tokens = tokens };
    struct aggregate_term term;
    status                result;

    for (;;) {
        while (tokens->item[*at].kind == TOKEN_COMMA)
            *at += 1;
        if (is_stop(&tokens->item[*at]))
            return OK;
        result = read_term(&reader, at, &term);
        if (result != OK)
            skip_as(tokens, at);
        TRY(result);
        TRY(read_as(&reader, at, &term));
        TRY(append(&reader, out, &term));
    }
}
