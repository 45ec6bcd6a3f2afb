/* What the words of a search mean (language 4.1). */
#include "syntax/build.h"

static bool has_star(str text)
{
    return text.size && memchr(text.at, '*', text.size);
}

static struct node *term_leaf(struct builder *builder, struct span at, int flags)
{
    str          raw = build_text(builder, at);
    str          text = unescape_word(builder->arena, raw, UNESCAPE_PIPE);
    struct node *node;

    if (raw_is_string(raw))
        flags |= NODE_QUOTED;
    if (has_star(text))
        flags |= NODE_WILDCARD;
    node = build_leaf(builder, NODE_TERM, flags, text, at);
    return node;
}

/* Where the :: of field::value stands, or 0. An address such as 2001:db8::1 is no field. */
static uint32_t indexed_at(str raw)
{
    size_t hit = str_find(raw, STR("::"), 0);
    char   first = raw.size ? raw.at[0] : 0;

    if (hit == SIZE_MAX || hit == 0 || hit + 2 >= raw.size || memchr(raw.at, '"', hit))
        return 0;
    if (!((first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z') || first == '_'))
        return 0;
    return (uint32_t)hit;
}

static void warn_keyword(struct builder *builder, struct span at, str word)
{
    static const char *const keyword[] = { "AND", "OR", "NOT" };

    for (size_t i = 0; i < COUNT_OF(keyword); i++) {
        if (!str_is_nocase(word, keyword[i]))
            continue;
        diag_warn(builder->diag, build_place(builder, at), "lower-case-operator",
                  "'%.*s' is searched for as a word", SHOW(word));
        diag_hint(builder->diag, "the operator is written %s", keyword[i]);
    }
}

struct node *build_term(struct builder *builder, struct span at)
{
    str          raw = build_text(builder, at);
    uint32_t     cut = indexed_at(raw);
    struct span  colons = { at.from + cut, at.from + cut + 2 };
    struct node *node;

    if (cut == 0) {
        build_advise_quotes(builder, at);
        if (raw.size <= 3)
            warn_keyword(builder, at, raw);
        return term_leaf(builder, at, 0);
    }
    node = build_compare(builder, build_name(builder, (struct span){ at.from, colons.from }), colons,
                         build_value(builder, (struct span){ colons.to, at.to }), at);
    if (node)
        node->flags |= NODE_INDEXED;
    return node;
}

struct node *build_value(struct builder *builder, struct span at)
{
    build_advise_quotes(builder, at);
    return term_leaf(builder, at, 0);
}

/* IN (a OR b) has three values; Oregon stands between commas, or in quotes. */
void build_advise_listed(struct builder *builder, struct span at)
{
    str raw = build_text(builder, at), left = str_trim_blanks(str_slice(builder->passage.text, 0, at.from));

    if (!str_is_nocase(raw, "or") && !str_is_nocase(raw, "and"))
        return;
    if (left.size == 0 || left.at[left.size - 1] == ',')
        return;
    diag_warn(builder->diag, build_place(builder, at), "word-as-value", "'%.*s' is one of the values here", SHOW(raw));
    diag_hint(builder->diag, "values are separated by commas");
}

struct node *build_directive(struct builder *builder, struct span at)
{
    str          raw = build_text(builder, at), inner = str_trim_blanks(str_slice(raw, 5, raw.size - 1)), text = inner;
    struct node *node;
    int          flags = raw.at[0] == 'C' ? NODE_CASED : NODE_WHOLE;

    if (raw_is_string(inner)) {
        text = unescape_text(builder->arena, str_slice(inner, 1, inner.size - 1), UNESCAPE_PIPE);
        flags |= NODE_QUOTED;
    }
    if (has_star(text))
        flags |= NODE_WILDCARD;
    node = build_leaf(builder, NODE_TERM, flags, text, at);
    if (node)
        node->inner = build_place(builder, (struct span){ at.from + 5, at.to - 1 });
    return node;
}

struct node *build_name(struct builder *builder, struct span at)
{
    str raw = build_text(builder, at);

    return build_leaf(builder, NODE_FIELD, raw.at[0] == '"' ? NODE_QUOTED : 0,
                      unescape_word(builder->arena, raw, UNESCAPE_PIPE), at);
}

/* user= OR host=a looks for a user called OR. */
static void warn_value(struct builder *builder, const struct node *value)
{
    if (!value || value->kind != NODE_TERM || (value->flags & NODE_QUOTED) ||
        (!str_is(value->text, "OR") && !str_is(value->text, "AND") && !str_is(value->text, "NOT")))
        return;
    diag_warn(builder->diag, value->span, "word-as-value", "'%.*s' is the value that is looked for", SHOW(value->text));
    diag_hint(builder->diag, "if it is meant, put it in double quotes");
}

struct node *build_compare(struct builder *builder, struct node *field, struct span operator_at, struct node *value,
                           struct span at)
{
    struct node *kid[2] = { field, value };
    str          written = build_text(builder, operator_at);

    if (str_is(written, "==") || str_is(written, "::"))
        written = STR("=");
    warn_value(builder, value);
    return build_node(builder, NODE_COMPARE, written, at, operator_at, kid, 2);
}
