/* The pieces of a command's arguments, cut by hand: what glues to what depends on blanks, which grammars
 * do not see. */
#include "syntax/build.h"
#include "syntax/parse.h"

struct cutter {
    struct arena  *arena;
    struct diag   *diag;
    struct passage passage;
    str            text;
    size_t         at;
    struct tokens *out;
    uint32_t       capacity;
};

/* May this byte stand in the name of name=value? Addresses and paths (a/b?c=d) are no names. */
static bool is_name_byte(char c)
{
    static const char other[] = "\"'()[],=<>!|/?&;\\`^+$";       /* and the zero at its end */

    return !is_blank(c) && !memchr(other, c, sizeof other);
}

static status unbalanced(struct cutter *cutter, size_t at, const char *what)
{
    return diag_at(cutter->diag, FAIL_QUERY, passage_place(&cutter->passage, at, at + 1), "unbalanced",
                   "Unbalanced %s", what);
}

/* From the opening quote to past the closing one. */
static status skip_string(struct cutter *cutter, size_t *at)
{
    size_t i = *at + 1;

    while (i < cutter->text.size && cutter->text.at[i] != '"')
        i += cutter->text.at[i] == '\\' ? 2 : 1;
    if (i >= cutter->text.size)
        return unbalanced(cutter, *at, "quotes");
    *at = i + 1;
    return OK;
}

/* From the opening bracket to past its fellow. Strings inside are skipped, a backslash hides the byte
 * after it. */
static status skip_bracket(struct cutter *cutter, size_t *at)
{
    str    text = cutter->text;
    char   open = text.at[*at], close = open == '(' ? ')' : ']';
    size_t i = *at, depth = 0;

    while (i < text.size) {
        if (text.at[i] == '"') {
            TRY(skip_string(cutter, &i));
            continue;
        }
        if (text.at[i] == open)
            depth++;
        if (text.at[i] == close && --depth == 0) {
            *at = i + 1;
            return OK;
        }
        i += text.at[i] == '\\' ? 2 : 1;
    }
    return unbalanced(cutter, *at, open == '(' ? "parentheses" : "brackets");
}

/* Past a name in single quotes; 0 if there is none at `at`. Splunk takes these quotes for letters in most commands, but
 * whoever writes them means quoting. */
static size_t quoted_name(str text, size_t at)
{
    size_t end;

    if (at >= text.size || text.at[at] != '\'')
        return 0;
    for (end = at + 1; end < text.size && text.at[end] != '\''; end++)
        if (text.at[end] == '"' || text.at[end] == '\n')
            return 0;
    if (end == at + 1 || end++ >= text.size)
        return 0;
    return end == text.size || is_blank(text.at[end]) || memchr(",)", text.at[end], 2) ? end : 0;
}

/* A word: all that is glued together, quoted pieces and parentheses included. */
static status skip_word(struct cutter *cutter, size_t *at, bool value)
{
    str text = cutter->text;

    while (*at < text.size) {
        char c = text.at[*at];
        if (c == '"')
            TRY(skip_string(cutter, at));
        else if (c == '(')
            TRY(skip_bracket(cutter, at));
        else if (is_blank(c) || c == ',' || c == '[' || c == ')' || (!value && memchr("=<>", c, 3))
                 || (!value && c == '!' && *at + 1 < text.size && text.at[*at + 1] == '='))
            break;
        else
            *at += c == '\\' && *at + 1 < text.size && !is_blank(text.at[*at + 1]) ? 2 : 1;
    }
    return OK;
}

/* The manual's own spelling of an expression as a value, quotes inside quotes: reset_before="("hour == 0")". Past its end,
 * or 0 if it is something else. A call with a text in it looks like the end, too, but goes on: "("match(a, \"b\")")". */
static size_t odd_expression(str text, size_t at)
{
    size_t open = at + 3, end = open;

    if (!str_starts(str_slice(text, at, text.size), STR("\"(\"")) || open >= text.size || is_blank(text.at[open])
        || memchr(",)]|", text.at[open], 4))
        return 0;
    for (; (end = str_find(text, STR("\")\""), end)) != SIZE_MAX; end++)
        if (text.at[end - 1] != '\\'
            && (end + 3 == text.size || is_blank(text.at[end + 3]) || memchr(",]|", text.at[end + 3], 3)))
            return end + 3;
    return 0;
}

static size_t operator_size(str text, size_t at)
{
    static const char *const operators[] = { "==", "!=", "<=", ">=", "=", "<", ">" };

    for (size_t i = 0; i < COUNT_OF(operators); i++)
        if (str_starts(str_slice(text, at, text.size), str_of(operators[i])))
            return strlen(operators[i]);
    return 0;
}

static size_t skip_blanks(str text, size_t at)
{
    while (at < text.size && is_blank(text.at[at]))
        at++;
    return at;
}

static status add(struct cutter *cutter, struct token token)
{
    struct tokens *out = cutter->out;

    if (out->count == cutter->capacity) {
        uint32_t      capacity = out->count ? 2 * out->count : 16;
        struct token *more = ARENA_ARRAY(cutter->arena, struct token, capacity);
        TRY_NEW(more);
        if (out->count)
            memcpy(more, out->item, out->count * sizeof *more);
        out->item = more;
        cutter->capacity = capacity;
    }
    out->item[out->count++] = token;
    return OK;
}

/* Fills kind, text, raw and value_span from one word, string, group or bracket at *at. */
static status cut_value(struct cutter *cutter, size_t *at, bool value, struct token *token)
{
    size_t from = *at, inner_from = from, inner_to, closed = SIZE_MAX;
    char   first = cutter->text.at[from];
    str    raw;

    if (first == '[' || first == '(') {
        TRY(skip_bracket(cutter, at));
        closed = *at;
    }
    if (value && odd_expression(cutter->text, from))
        *at = odd_expression(cutter->text, from);
    else if (first != '[' && (first != '(' || value))
        TRY(skip_word(cutter, at, value));
    raw = token->raw = str_slice(cutter->text, from, *at);
    inner_to = *at;
    if (closed == inner_to) {
        token->value_kind = first == '[' ? TOKEN_BRACKET : TOKEN_GROUP;
        token->text = str_slice(raw, 1, raw.size - 1);
        inner_from++;
        inner_to--;
    } else if (raw_is_string(raw)) {
        token->value_kind = TOKEN_STRING;
        token->text = unescape_text(cutter->arena, str_slice(raw, 1, raw.size - 1), 0);
        inner_from++;
        inner_to--;
    } else {
        size_t open = str_find(raw, STR("("), 0);
        token->value_kind = TOKEN_WORD;
        token->text = unescape_word(cutter->arena, raw, 0);
        if (open != SIZE_MAX && raw.at[raw.size - 1] == ')') {
            token->name = str_slice(raw, 0, open);
            inner_from = from + open + 1;
            inner_to--;
        }
    }
    TRY_NEW(token->text.at);
    token->value_span = passage_place(&cutter->passage, inner_from, inner_to);
    return OK;
}

/* The operator of name=value when a name from `from` to `to` precedes it; 0: no pair. */
static size_t pair_operator(struct cutter *cutter, size_t from, size_t to, size_t *operator_at)
{
    str text = cutter->text;

    if (!raw_is_string(str_slice(text, from, to)))
        for (size_t i = from; i < to; i++)
            if (!is_name_byte(text.at[i]))
                return 0;
    *operator_at = skip_blanks(text, to);
    return *operator_at < text.size ? operator_size(text, *operator_at) : 0;
}

static status cut_pair(struct cutter *cutter, size_t from, size_t to, size_t operator_at, size_t operator_length,
                       bool spaced)
{
    str          raw = str_slice(cutter->text, from, to);
    struct token token = { .kind = TOKEN_PAIR, .spaced = spaced };
    size_t       at = skip_blanks(cutter->text, operator_at + operator_length);

    TRY(cut_value(cutter, &at, true, &token));
    token.name = raw_is_string(raw) ? unescape_text(cutter->arena, str_slice(raw, 1, raw.size - 1), 0) : raw;
    TRY_NEW(token.name.at);
    token.name_span = passage_place(&cutter->passage, from, to);
    token.operator_text = str_slice(cutter->text, operator_at, operator_at + operator_length);
    token.span = passage_place(&cutter->passage, from, at);
    token.start = raw.at;
    cutter->at = at;
    return add(cutter, token);
}

static bool value_follows(struct cutter *cutter, size_t at)
{
    at = skip_blanks(cutter->text, at);
    return at < cutter->text.size && !memchr(",)]|", cutter->text.at[at], 4);
}

static status cut_simple(struct cutter *cutter, enum token_kind kind, size_t size, bool spaced)
{
    size_t       from = cutter->at;
    str          raw = str_slice(cutter->text, from, from + size);
    struct span  span = passage_place(&cutter->passage, from, from + size);

    cutter->at += size;
    return add(cutter, (struct token){
        .kind = (uint8_t)kind, .value_kind = (uint8_t)kind, .spaced = spaced,
        .text = raw, .raw = raw, .start = raw.at, .span = span,
        .operator_text = kind == TOKEN_OPERATOR ? raw : (str){ NULL, 0 }, .name_span = span, .value_span = span,
    });
}

static status cut_quoted_name(struct cutter *cutter, size_t end, bool spaced)
{
    size_t from = cutter->at;

    TRY(cut_simple(cutter, TOKEN_WORD, end - from, spaced));
    cutter->out->item[cutter->out->count - 1].text = str_slice(cutter->text, from + 1, end - 1);
    return OK;
}

static status cut_next(struct cutter *cutter, bool spaced)
{
    str          text = cutter->text;
    size_t       from = cutter->at, to = from, operator_at = 0, length;
    char         first = text.at[from];
    struct token token = { .spaced = spaced };

    if (first == ',')
        return cut_simple(cutter, TOKEN_COMMA, 1, spaced);
    if (first == ')' || first == ']')
        return unbalanced(cutter, from, first == ')' ? "parentheses" : "brackets");
    length = operator_size(text, from);
    if (length)
        return cut_simple(cutter, TOKEN_OPERATOR, length, spaced);
    if (quoted_name(text, from))
        return cut_quoted_name(cutter, quoted_name(text, from), spaced);
    if (first != '(' && first != '[') {
        TRY(skip_word(cutter, &to, false));
        length = pair_operator(cutter, from, to, &operator_at);
        if (length && value_follows(cutter, operator_at + length))
            return cut_pair(cutter, from, to, operator_at, length, spaced);
        to = from;
    }
    /* No name before it: an equals sign inside is an ordinary letter, as in s/a=b/c/ or /services?count=0. */
    TRY(cut_value(cutter, &to, first != '(' && first != '[' && length == 0, &token));
    token.kind = token.value_kind;
    token.start = token.raw.at;
    token.span = token.name_span = passage_place(&cutter->passage, from, to);
    cutter->at = to;
    return add(cutter, token);
}

status parse_tokens(struct arena *arena, struct diag *diag, struct passage passage, struct tokens *out)
{
    struct cutter cutter = { .arena = arena, .diag = diag, .passage = passage, .text = passage.text, .out = out };
    size_t        end = passage.text.size;

    *out = (struct tokens){ .passage = passage };
    if (end > PASSAGE_MOST)
        return diag_at(diag, FAIL_QUERY, passage.span, "too-long", "the query is too long");
    for (;;) {
        size_t at = skip_blanks(cutter.text, cutter.at);
        bool   spaced = at > cutter.at || at == 0;
        cutter.at = at;
        if (at >= end)
            break;
        TRY(cut_next(&cutter, spaced));
    }
    TRY(add(&cutter, (struct token){ .kind = TOKEN_END, .value_kind = TOKEN_END, .spaced = true, .text = STR(""),
                                     .raw = { passage.text.at + end, 0 }, .start = passage.text.at + end,
                                     .span = passage_place(&passage, end, end),
                                     .name_span = passage_place(&passage, end, end),
                                     .value_span = passage_place(&passage, end, end) }));
    out->count--;
    return OK;
}

struct passage tokens_passage(const struct tokens *tokens, uint32_t from, uint32_t to)
{
    const struct passage *whole = &tokens->passage;
    const char           *start, *end;

    if (from >= to) {
        const struct token *next = &tokens->item[from < tokens->count ? from : tokens->count];
        return (struct passage){
            .text = STR(""), .span = { next->span.from, next->span.from }, .copied = whole->copied,
        };
    }
    start = tokens->item[from].start;
    end = tokens->item[to - 1].raw.at + tokens->item[to - 1].raw.size;
    return (struct passage){
        .text = { start, (size_t)(end - start) },
        .span = passage_place(whole, (size_t)(start - whole->text.at), (size_t)(end - whole->text.at)),
        .copied = whole->copied,
    };
}

struct passage token_passage(const struct tokens *tokens, const struct token *token)
{
    str raw = token->raw;

    if (token->value_kind == TOKEN_BRACKET || token->value_kind == TOKEN_GROUP || token->value_kind == TOKEN_STRING)
        raw = str_slice(raw, 1, raw.size - 1);
    return (struct passage){ .text = raw, .span = token->value_span, .copied = tokens->passage.copied };
}

str token_value(const struct token *token)
{
    return token->value_kind == TOKEN_GROUP ? token->raw : token->text;
}

bool token_call(const struct token **at, str *name, str *inside)
{
    const struct token *token = *at;

    if (token->kind != TOKEN_WORD)
        return false;
    if (token->name.size && token->name.size < token->text.size && token->text.at[token->text.size - 1] == ')') {
        *name = token->name;
        *inside = str_trim_blanks(str_slice(token->text, token->name.size + 1, token->text.size - 1));
        *at = token + 1;
        return true;
    }
    if (token[1].kind != TOKEN_GROUP)
        return false;
    *name = token->text;
    *inside = str_trim_blanks(token[1].text);
    *at = token + 2;
    return true;
}

bool token_is(const struct token *token, const char *keyword)
{
    return token->kind == TOKEN_WORD && str_is_nocase(token->raw, keyword);
}
