#include "plan/arguments.h"

static bool is_digits(str text)
{
    size_t digits = 0;

    while (digits < text.size && text.at[digits] >= '0' && text.at[digits] <= '9')
        digits++;
    return digits && digits == text.size;
}

static bool has_star(str name) { return name.size && memchr(name.at, '*', name.size) != NULL; }

/* Room for one more element; arrays double, so a list of n names costs O(n). */
static status reserve(struct arguments *in, const void *at, void *moved_pointer, uint32_t count, size_t element)
{
    struct arena *arena = in->binder->arena;
    void         *moved;

    if (count == LIST_MOST)
        return diag_at(in->binder->diag, FAIL_QUERY, in->stage->span, "too-long", "'%.*s' has a list of more than %d items",
                       SHOW(in->stage->name), LIST_MOST);
    if (count && (count < 4 || (count & (count - 1))))
        return OK;                              /* room for 4, then for the next power of two */
    moved = arena_zero(arena, count < 4 ? 4 : (size_t)count * 2, element);
    TRY_NEW(moved);
    if (count)
        memcpy(moved, at, count * element);
    memcpy(moved_pointer, &moved, sizeof moved);
    return OK;
}

status list_add_name(struct arguments *in, const struct param *param, str name, struct span span,
                     struct argument *out)
{
    str         *names = (str *)out->names;
    struct span *spans = (struct span *)out->spans;

    if (has_star(name) && !param->wild)
        return diag_at(in->binder->diag, FAIL_QUERY, span, "bad-field", "'%.*s' takes no wildcards here: '%.*s'",
                       SHOW(in->stage->name), SHOW(name));
    if (name.size == 0)
        return diag_at(in->binder->diag, FAIL_QUERY, span, "bad-field", "a field name is empty");
    if (param->kind == PARAM_FIELD)
        out->text = name;
    for (uint32_t i = 0; i < out->count; i++)
        if (str_equal(names[i], name))
            return OK;                          /* named twice counts once */
    TRY(reserve(in, names, &names, out->count, sizeof *names));
    TRY(reserve(in, spans, &spans, out->count, sizeof *spans));
    names[out->count] = name;
    spans[out->count++] = span;
    out->names = names;
    out->spans = spans;
    return OK;
}

bool list_ends(const struct arguments *in)
{
    const struct token *token = arguments_token(in);

    if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING && token->kind != TOKEN_COMMA)
        return true;
    for (uint32_t i = 0; i < in->count; i++)
        if ((in->params[i].place == PLACE_KEYWORD && token_is(token, in->params[i].name)) ||
            (in->params[i].kind == PARAM_BY && token_is(token, "by")))
            return true;
    return false;
}

static void skip_commas(struct arguments *in)
{
    while (arguments_token(in)->kind == TOKEN_COMMA)
        in->at++;
}

static void warn_of_keyword(struct arguments *in, const struct token *token, const char *instead)
{
    diag_warn(in->binder->diag, token->span, "word-as-field", "'%.*s' is read as a field", SHOW(token->text));
    diag_hint(in->binder->diag, "%s", instead);
}

/* top limit 5 user: the name of an option, and a number behind it. */
static bool option_without_sign(const struct arguments *in, const struct token *token)
{
    const struct token *next = arguments_token(in);

    if (token->kind != TOKEN_WORD || next->kind != TOKEN_WORD || next->text.size == 0 || next->text.at[0] < '0' ||
        next->text.at[0] > '9')
        return false;
    for (uint32_t i = 0; i < in->count; i++)
        if ((in->params[i].place == PLACE_NAMED || in->params[i].place == PLACE_FIRST) &&
            str_is_nocase(token->text, in->params[i].name))
            return true;
    return false;
}

/* dedup user 3, top user 5: such commands have a count, and none was given. */
static bool count_behind(const struct arguments *in, const struct param *param, const struct token *token,
                         const struct argument *out)
{
    return param->kind == PARAM_FIELDS && out->count && list_ends(in) && token->kind == TOKEN_WORD && is_digits(token->text)
        && in->params[0].kind == PARAM_COUNT && in->params[0].place == PLACE_FIRST && !in->stage->argument[0].given;
}

status list_read_names(struct arguments *in, const struct param *param, struct argument *out)
{
    for (skip_commas(in); !list_ends(in); skip_commas(in)) {
        const struct token *token = &in->tokens->item[in->at++];

        if (param->kind == PARAM_BY && token->kind == TOKEN_WORD && token->name.size < token->text.size &&
            token->text.at[token->text.size - 1] == ')') {
            diag_at(in->binder->diag, FAIL_QUERY, token->span, "bad-field", "BY takes names of fields, not '%.*s'",
                    SHOW(token->raw));
            diag_hint(in->binder->diag, "compute it with eval or bin before, or quote the name");
            return FAIL_QUERY;
        }
        if (param->kind == PARAM_BY && out->count && token->kind == TOKEN_WORD && !list_ends(in) &&
            vocabulary_command(in->binder->compile.words, token->text)) {
            warn_of_keyword(in, token, "for the command put a pipe before it");
        }
        if (param->kind == PARAM_FIELDS && token_is(token, "by") && !list_ends(in))
            warn_of_keyword(in, token, "the fields follow the command without BY");
        if (param->kind == PARAM_BY && out->count && !list_ends(in) && (token_is(token, "and") || token_is(token, "or")))
            warn_of_keyword(in, token, "BY takes fields one behind the other");
        if (param->kind == PARAM_BY && token->kind == TOKEN_STRING && str_find(token->text, STR(", "), 0) != SIZE_MAX)
            warn_of_keyword(in, token, "one name stands between quotes");
        if (count_behind(in, param, token, out))
            warn_of_keyword(in, token, "a count stands before the fields");
        if (option_without_sign(in, token))
            warn_of_keyword(in, token, "an option is written with = and its value");
        if (token_is(token, "as") && out->count && !list_ends(in))
            warn_of_keyword(in, token, "to give a field another name: rename field AS name");
        TRY(list_add_name(in, param, token->text, token->span, out));
    }
    return OK;
}

static uint32_t stars(str text)
{
    uint32_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += text.at[i] == '*';
    return count;
}

static status check_rename(struct arguments *in, const struct argument *out, const struct rename_pair *pair)
{
    struct diag *diag = in->binder->diag;

    if (pair->from.size == 0 || pair->to.size == 0)
        return diag_at(diag, FAIL_QUERY, pair->span, "bad-field", "a field name is empty");
    if (stars(pair->from) != stars(pair->to))
        return diag_at(diag, FAIL_QUERY, pair->span, "bad-rename",
                       "'%.*s' and '%.*s' need the same number of wildcards", SHOW(pair->from), SHOW(pair->to));
    for (uint32_t i = 0; i < out->count; i++)
        if (str_equal(out->renames[i].from, pair->from) && !str_equal(out->renames[i].to, pair->to))
            return diag_at(diag, FAIL_QUERY, pair->span, "bad-rename", "field '%.*s' is given two names",
                           SHOW(pair->from));
    return OK;
}

status list_read_renames(struct arguments *in, const struct param *param, struct argument *out)
{
    struct diag *diag = in->binder->diag;

    (void)param;
    for (skip_commas(in); !list_ends(in); skip_commas(in)) {
        const struct token *from = &in->tokens->item[in->at], *as = from + 1, *to;
        struct rename_pair *pairs = (struct rename_pair *)out->renames, pair;

        if (token_is(from, "as") && !token_is(as, "as") && !token_is(as, "to"))
            return diag_at(diag, FAIL_QUERY, from->span, "bad-rename", "AS wants a field before it");
        as += as->kind == TOKEN_COMMA && token_is(as + 1, "as");         /* a, as b: a comma is a blank here */
        to = as + 1;
        if (as->kind == TOKEN_END || (!token_is(as, "as") && !token_is(as, "to")))     /* TO: published searches have it */
            return diag_at(diag, FAIL_QUERY, from->span, "bad-rename", "expected '%.*s AS name'", SHOW(from->raw));
        if (to->kind != TOKEN_WORD && to->kind != TOKEN_STRING)
            return diag_at(diag, FAIL_QUERY, as->span, "bad-rename", "AS wants a new name behind it");
        pair = (struct rename_pair){ from->text, to->text, { from->span.from, to->span.to } };
        TRY(check_rename(in, out, &pair));
        TRY(reserve(in, pairs, &pairs, out->count, sizeof *pairs));
        pairs[out->count++] = pair;
        out->renames = pairs;
        in->at += (uint32_t)(to - from) + 1;
    }
    return OK;
}

/* A pair that is an option ends the list. */
status list_read_pairs(struct arguments *in, struct argument *out)
{
    for (skip_commas(in);; skip_commas(in)) {
        const struct token *token = arguments_token(in);
        struct rename_pair *pairs = (struct rename_pair *)out->renames;

        if (out->count && token_is(token, "and")) {
            in->at++;
            continue;
        }
        if (token->kind != TOKEN_PAIR || !str_is(token->operator_text, "=") || arguments_have_option(in, token->name) ||
            (token->value_kind != TOKEN_WORD && token->value_kind != TOKEN_STRING))
            return OK;
        if (token->name.size == 0 || token->text.size == 0)
            return diag_at(in->binder->diag, FAIL_QUERY, token->span, "bad-field", "a field name is empty");
        TRY(reserve(in, pairs, &pairs, out->count, sizeof *pairs));
        pairs[out->count++] = (struct rename_pair){ token->name, token->text, token->span };
        out->renames = pairs;
        in->at++;
    }
}

/* num(x): the kind, and the name inside. */
static enum sort_kind key_kind(str *name, const struct token *token)
{
    static const struct { const char *word; enum sort_kind kind; } kinds[] = {
        { "auto(", SORT_AUTO }, { "str(", SORT_TEXT }, { "ip(", SORT_IP }, { "num(", SORT_NUMBER },
    };

    for (size_t i = 0; i < COUNT_OF(kinds) && token->kind == TOKEN_WORD; i++) {
        str open = str_of(kinds[i].word);

        if (name->size > open.size && name->at[name->size - 1] == ')' &&
            str_equal_nocase(str_slice(*name, 0, open.size), open)) {
            *name = str_trim_blanks(str_slice(*name, open.size, name->size - 1));
            return kinds[i].kind;
        }
    }
    return SORT_AUTO;
}

static bool is_decimal(str text)
{
    size_t point = str_find(text, STR("."), 0);

    return point != SIZE_MAX && is_digits(str_slice(text, 0, point)) && is_digits(str_slice(text, point + 1, text.size));
}

/* sort -2 user, sort - 2 user, sort 1.5 user, sort user 2: a field called 2, as charts make them, or a count? */
static void warn_of_count(struct arguments *in, const struct token *token, const struct sort_key *key, bool first,
                          bool last)
{
    const struct token *next = arguments_token(in);
    bool                sign = next->text.size && strchr("+-", next->text.at[0]);
    str                 behind = str_slice(next->text, sign, next->text.size);
    bool                bare = is_digits(token->text);

    if (in->stage->argument[0].given || token->kind != TOKEN_WORD || (first && last))
        return;
    if (first && is_decimal(token->text))
        warn_of_keyword(in, token, "a count is a whole number, as in sort 2 -user");
    else if (first && key->descending && is_digits(key->field) && !is_digits(behind))
        warn_of_keyword(in, token, "a count has no sign: it is written before the fields, as in sort 2 -user");
    else if (last && !first && bare)
        warn_of_keyword(in, token, "a count is written before the fields, as in sort 2 -user");
}

/* sort a desc, b: such words count at the very end only. */
static void warn_of_direction(struct arguments *in, const struct token *token)
{
    if (token->kind == TOKEN_WORD && (token_is(token, "d") || token_is(token, "desc") || token_is(token, "asc")))
        warn_of_keyword(in, token, "each field has its own sign, as in sort -a, +b");
}

/* A sign that touches a field is its own; one that stands alone goes for all that follow without a sign.
 * `d` or `desc` at the very end turns every key around; `asc` does nothing (reporting 3.5). */
status list_read_keys(struct arguments *in, struct argument *out)
{
    struct sort_key *keys = (struct sort_key *)out->keys;
    bool             sticky = false;

    for (skip_commas(in); !list_ends(in); skip_commas(in)) {
        const struct token *token = &in->tokens->item[in->at++];
        struct sort_key     key = { .field = token->text, .span = token->span, .descending = sticky };
        bool                last = (skip_commas(in), list_ends(in));

        if (out->count == 0 && !last && token_is(token, "by"))
            warn_of_keyword(in, token, "sort wants no BY");
        if (out->count && last && (token_is(token, "d") || token_is(token, "desc"))) {
            for (uint32_t i = 0; i < out->count; i++)
                keys[i].descending = !keys[i].descending;
            break;
        }
        if (out->count && last && token_is(token, "asc"))
            break;
        if (out->count)
            warn_of_direction(in, token);
        if (token->kind == TOKEN_WORD && key.field.size && (key.field.at[0] == '-' || key.field.at[0] == '+')) {
            key.descending = key.field.at[0] == '-';
            key.field = str_slice(key.field, 1, key.field.size);
            if (key.field.size == 0) {
                sticky = key.descending;
                continue;
            }
        }
        warn_of_count(in, token, &key, out->count == 0, last);
        key.kind = key_kind(&key.field, token);
        if (key.field.size == 0)
            return diag_at(in->binder->diag, FAIL_QUERY, token->span, "bad-field", "a field name is empty");
        TRY(reserve(in, keys, &keys, out->count, sizeof *keys));
        keys[out->count++] = key;
        out->keys = keys;
    }
    return OK;
}
