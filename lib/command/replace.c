/* replace <from> WITH <to> ... [IN <fields>]: whole values become others (commands 3). Of several pairs that
 * match, a plain one beats patterns and the last plain one the others; of patterns the one with most literal
 * text wins, the first of equals. */
#include "command/change.h"
#include "plan/bind.h"
#include "syntax/parse.h"
#include "text/wildcard.h"
#include "value/number.h"

static const struct param replace_params[] = {
    { "pairs", PARAM_REST, PLACE_LIST, .required = true, .help = "<from> WITH <to> ... [IN <fields>]" },
    { 0 }
};

struct replace_pair {
    str              from, to;
    struct wildcard *pattern;           /* NULL: plain */
    bool             copies;            /* stars in `to` */
    uint32_t         order;
};

struct replace_bound {
    struct replace_pair *pair;          /* those that win come first */
    uint32_t             count;
    str                 *field;
    uint32_t             fields;        /* 0: all but internal ones */
};

struct replace {
    struct op                   op;
    const struct replace_bound *bound;
    const struct name         **field;  /* of each field of `bound`; NULL: a pattern */
};

/* --- arguments ----------------------------------------------------------------------------------------------------- */

/* A value as written, name=value too. */
static bool read_value(const struct token *token, str *out)
{
    *out = token->text;
    if (token->kind == TOKEN_PAIR || token->kind == TOKEN_OPERATOR || token->kind == TOKEN_GROUP)
        *out = str_make(token->start, (size_t)(token->raw.at + token->raw.size - token->start));
    return token->kind != TOKEN_END && token->kind != TOKEN_COMMA && token->kind != TOKEN_BRACKET;
}

static status read_pair(struct binder *binder, const struct token **at, struct replace_bound *bound)
{
    struct replace_pair *pair = &bound->pair[bound->count];
    const struct token  *from = *at, *with = from + 1;

    if (!read_value(from, &pair->from) || !token_is(with, "with") || !read_value(with + 1, &pair->to)) {
        diag_at(binder->diag, FAIL_QUERY, from->span, "bad-argument", "'replace' wants <from> WITH <to> here");
        diag_hint(binder->diag, "usage: replace <from> WITH <to> ... [IN <fields>]");
        return FAIL_QUERY;
    }
    pair->order = bound->count++;
    pair->copies = pattern_has_star(pair->to);
    if (pair->copies && pattern_stars(pair->to) != pattern_stars(pair->from))
        return diag_at(binder->diag, FAIL_QUERY, with[1].span, "bad-argument",
                       "'%.*s' must have as many wildcards as '%.*s', or none", SHOW(pair->to), SHOW(pair->from));
    if (pattern_has_star(pair->from))
        TRY(wildcard_compile(binder->arena, binder->compile.context->cpu, WILDCARD_STAR, false, pair->from,
                             &pair->pattern));
    *at += 3;
    return OK;
}

static status read_fields(struct binder *binder, const struct token *at, struct replace_bound *bound)
{
    for (; at->kind != TOKEN_END; at++) {
        if (at->kind == TOKEN_COMMA)
            continue;
        if ((at->kind != TOKEN_WORD && at->kind != TOKEN_STRING) || at->text.size == 0)
            return diag_at(binder->diag, FAIL_QUERY, at->span, "unexpected-argument", "'replace' cannot use '%.*s'",
                           SHOW(at->raw));
        bound->field[bound->fields++] = at->text;
    }
    if (bound->fields == 0)
        return diag_at(binder->diag, FAIL_QUERY, at[-1].span, "missing-argument", "IN wants fields behind it");
    return OK;
}

static bool wins(const struct replace_pair *a, const struct replace_pair *b)
{
    size_t letters_a = a->from.size - pattern_stars(a->from), letters_b = b->from.size - pattern_stars(b->from);

    if (!a->pattern || !b->pattern)
        return !a->pattern && (b->pattern || a->order > b->order);
    return letters_a != letters_b ? letters_a > letters_b : a->order < b->order;
}

static void sort_pairs(struct replace_bound *bound)
{
    for (uint32_t i = 1; i < bound->count; i++) {
        struct replace_pair one = bound->pair[i];
        uint32_t            at = i;
        for (; at > 0 && wins(&one, &bound->pair[at - 1]); at--)
            bound->pair[at] = bound->pair[at - 1];
        bound->pair[at] = one;
    }
}

static status replace_bind(struct binder *binder, struct stage *stage)
{
    struct replace_bound *bound = stage->bound;
    const struct token   *at = stage->tokens.item;
    size_t                most = stage->tokens.count + (size_t)1;

    TRY_NEW(bound->pair = ARENA_ARRAY(binder->arena, struct replace_pair, most));
    TRY_NEW(bound->field = ARENA_ARRAY(binder->arena, str, most));
    while (at->kind != TOKEN_END) {
        if (at->kind == TOKEN_COMMA) {
            at++;
            continue;
        }
        if (bound->count && token_is(at, "in") && !token_is(at + 1, "with")) {
            TRY(read_fields(binder, at + 1, bound));
            break;
        }
        TRY(read_pair(binder, &at, bound));
        if (bound->count > 1000)
            return diag_at(binder->diag, FAIL_QUERY, stage->span, "too-long", "'replace' takes at most 1000 pairs");
    }
    sort_pairs(bound);
    return OK;
}

/* --- values -------------------------------------------------------------------------------------------------------- */

static status replace_scalar(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    const struct replace_bound *bound = host;
    char                        room[NUMBER_ROOM], *made;
    str                         text = cell_show(in, room);

    *out = *in;
    for (uint32_t i = 0; i < bound->count; i++) {
        const struct replace_pair *pair = &bound->pair[i];
        size_t                     size;

        if (pair->pattern ? !wildcard_match(pair->pattern, text) : !str_equal(pair->from, text))
            continue;
        *out = cell_field_text(pair->to);
        if (!pair->copies)
            return OK;
        TRY_NEW(made = arena_alloc(arena, pair->to.size + text.size));
        size = pattern_rewrite(pair->from, pair->to, text, made);
        if (size == SIZE_MAX || size > UINT32_MAX)
            *out = *in;
        else
            *out = cell_field_text(str_make(made, size));
        return OK;
    }
    return OK;
}

static status replace_value(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    struct change scalar = { replace_scalar, host };

    return change_members(&scalar, in, arena, out);
}

static bool is_meant(const struct replace *replace, const struct name *name)
{
    const struct replace_bound *bound = replace->bound;

    if (bound->fields == 0)
        return !name_is_internal(name);
    for (uint32_t i = 0; i < bound->fields; i++)
        if (replace->field[i] ? replace->field[i] == name : names_match(bound->field[i], name_str(name)))
            return true;
    return false;
}

static status replace_batch(struct replace *replace, struct batch *out)
{
    struct change change = { replace_value, (void *)replace->bound };

    for (uint32_t i = 0; i < out->fields; i++) {
        struct column *column = out->field[i].column;
        if (is_meant(replace, out->field[i].name) && column->encoding != ENCODING_ABSENT)
            TRY(change_column(&change, out, column, NULL, &out->field[i].column));
    }
    return OK;
}

static status replace_push(struct op *op, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        result;

    TRY_NEW(out);
    result = replace_batch(container_of(op, struct replace, op), out);
    return op_emit_if(op, result, out);
}

static const struct op_kind replace_kind = { "replace", .push = replace_push };

static status replace_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct replace_bound *bound = stage->bound;
    struct replace             *replace;

    TRY(op_new(&replace_kind, sizeof *replace, stage, run, out));
    replace = container_of(*out, struct replace, op);
    replace->bound = bound;
    TRY_NEW(replace->field = ARENA_ARRAY(&(*out)->arena, const struct name *, bound->fields + (size_t)1));
    for (uint32_t i = 0; i < bound->fields; i++)
        if (!pattern_has_star(bound->field[i]))
            TRY_NEW(replace->field[i] = names_intern(run->names, bound->field[i]));
    return OK;
}

const struct command command_replace = {
    .name = "replace", .usage = "replace <from> WITH <to> [, <from> WITH <to>]... [IN <fields>]",
    .summary = "Whole values become others; wildcards on both sides",
    .params = replace_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct replace_bound),
    .bind = replace_bind, .open = replace_open,
    .example = { "replace \"::ffff:*\" WITH * IN src | table src", "{\"src\":\"::ffff:10.0.0.1\"}",
                 "{\"src\":\"10.0.0.1\"}" },
};
