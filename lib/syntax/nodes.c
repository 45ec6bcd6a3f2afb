#include "syntax/build.h"

struct node *build_leaf(struct builder *builder, enum node_kind kind, int flags, str text, struct span at)
{
    struct node *node = text.at ? ARENA_NEW(builder->arena, struct node) : NULL;

    if (!node)
        return build_lost(builder);
    node->kind = (uint8_t)kind;
    node->flags = (uint8_t)flags;
    node->depth = 1;
    node->text = text;
    node->span = node->inner = build_place(builder, at);
    return node;
}

struct node *build_node(struct builder *builder, enum node_kind kind, str text, struct span at, struct span inner,
                        struct node *const *kid, uint32_t count)
{
    uint16_t     depth = 0;
    struct node *node;

    for (uint32_t i = 0; i < count; i++) {
        if (!kid[i])
            return NULL;
        if (kid[i]->depth > depth)
            depth = kid[i]->depth;
    }
    if (depth >= NESTING_MOST) {
        build_too_deep(builder, inner);
        return NULL;
    }
    node = build_leaf(builder, kind, 0, text, at);
    if (!node)
        return NULL;
    node->inner = build_place(builder, inner);
    node->depth = (uint16_t)(depth + 1);
    node->count = count;
    if (count == 0)
        return node;
    node->kid = ARENA_ARRAY(builder->arena, struct node *, count);
    if (!node->kid)
        return build_lost(builder);
    memcpy(node->kid, kid, count * sizeof *kid);
    return node;
}

struct node *build_unary(struct builder *builder, const char *operator_name, struct node *kid, struct span at,
                         struct span inner)
{
    return build_node(builder, NODE_UNARY, str_of(operator_name), at, inner, &kid, 1);
}

struct node *build_binary(struct builder *builder, const char *operator_name, struct node *left, struct node *right,
                          struct span at, struct span inner)
{
    struct node *kid[2] = { left, right };

    return build_node(builder, NODE_BINARY, str_of(operator_name), at, inner, kid, 2);
}

struct node *build_gather(struct builder *builder, const char *operator_name, struct node *left, struct node *right,
                          struct span at, struct span inner)
{
    struct node **kid;

    if (!left || !right)
        return NULL;
    if (left->kind != NODE_BINARY || (left->flags & NODE_PARENTHESES) || !str_is(left->text, operator_name)
        || right->depth >= NESTING_MOST)
        return build_binary(builder, operator_name, left, right, at, inner);
    if ((left->count & (left->count - 1)) == 0) {           /* a power of two is full */
        kid = ARENA_ARRAY(builder->arena, struct node *, (size_t)left->count * 2);
        if (!kid)
            return build_lost(builder);
        memcpy(kid, left->kid, left->count * sizeof *kid);
        left->kid = kid;
    }
    left->kid[left->count++] = right;
    left->span = build_place(builder, at);
    if (right->depth >= left->depth)
        left->depth = (uint16_t)(right->depth + 1);
    return left;
}

struct node *build_parentheses(struct node *node)
{
    if (node)
        node->flags |= NODE_PARENTHESES;
    return node;
}

struct node *build_subsearch(struct builder *builder, struct span at)
{
    struct span  inner = { at.from + 1, at.to - 1 };
    struct node *node = build_leaf(builder, NODE_SUBSEARCH, 0, build_text(builder, inner), at);

    if (node)
        node->inner = build_place(builder, inner);
    return node;
}

struct node_list *build_list(struct builder *builder, struct node_list *list, struct node *item)
{
    if (!list)
        list = ARENA_NEW(builder->arena, struct node_list);
    if (!list)
        return build_lost(builder);
    if (list->count == list->capacity) {
        uint32_t      capacity = list->capacity ? 2 * list->capacity : 4;
        struct node **more = ARENA_ARRAY(builder->arena, struct node *, capacity);
        if (!more)
            return build_lost(builder);
        if (list->count)
            memcpy(more, list->item, list->count * sizeof *more);
        list->item = more;
        list->capacity = capacity;
    }
    list->item[list->count++] = item;
    return list;
}

struct node *build_in(struct builder *builder, struct node *subject, const struct node_list *list, bool negated,
                      struct span at, struct span inner)
{
    struct node **kid, *node;

    if (!list || builder->failure != OK)
        return NULL;
    kid = ARENA_ARRAY(builder->arena, struct node *, (size_t)list->count + 1);
    if (!kid)
        return build_lost(builder);
    kid[0] = subject;
    memcpy(kid + 1, list->item, list->count * sizeof *kid);
    node = build_node(builder, NODE_IN, STR("in"), at, inner, kid, list->count + 1);
    return negated ? build_unary(builder, "not", node, at, inner) : node;
}

/* --- expr ------------------------------------------------------------------------------------------------------ */

struct node *build_not_like(struct builder *builder, struct node *left, struct node *right, struct span at,
                            struct span inner)
{
    return build_unary(builder, "not", build_binary(builder, "like", left, right, at, inner), at, inner);
}

struct node *build_string(struct builder *builder, struct span at)
{
    str raw = build_text(builder, (struct span){ at.from + 1, at.to - 1 });

    return build_leaf(builder, NODE_STRING, NODE_QUOTED, unescape_text(builder->arena, raw, 0), at);
}

void build_advise_quotes(struct builder *builder, struct span at)
{
    static const char *const quotes[] = { "\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9C", "\xE2\x80\x9D" };
    str                      word = build_text(builder, at);

    for (size_t i = 0; i < COUNT_OF(quotes); i++)
        if (str_starts(word, str_of(quotes[i]))) {
            diag_warn(builder->diag, build_place(builder, at), "typographic-quotes", "curly quotes are letters");
            diag_hint(builder->diag, "text is quoted with \"");
        }
}

struct node *build_field(struct builder *builder, struct span at)
{
    str name = build_text(builder, at);

    build_advise_quotes(builder, at);

    if (str_is_nocase(name, "true") || str_is_nocase(name, "false") || str_is_nocase(name, "null")) {
        diag_warn(builder->diag, build_place(builder, at), "bare-constant", "'%.*s' is read as a field", SHOW(name));
        diag_hint(builder->diag, "the constant is written %.*s()", SHOW(name));
    }
    return build_leaf(builder, NODE_FIELD, 0, name, at);
}

struct node *build_quoted_field(struct builder *builder, struct span at)
{
    str name = build_text(builder, (struct span){ at.from + 1, at.to - 1 });

    return build_leaf(builder, NODE_FIELD, NODE_QUOTED, name, at);
}

struct node *build_call(struct builder *builder, struct span name, const struct node_list *arguments, struct span at)
{
    if (builder->failure != OK)
        return NULL;
    return build_node(builder, NODE_CALL, build_text(builder, name), at, name, arguments ? arguments->item : NULL,
                      arguments ? arguments->count : 0);
}

/* items{}.name holds no field to fill in, cnt_{user} does. */
static bool is_dynamic(str name)
{
    size_t open = str_find(name, STR("{"), 0);

    while (open != SIZE_MAX) {
        size_t close = str_find(name, STR("}"), open);
        if (close == SIZE_MAX)
            return false;
        if (close > open + 1)
            return true;
        open = str_find(name, STR("{"), close);
    }
    return false;
}

/* x+=1 gives the field x+ a value. */
static void warn_target(struct builder *builder, struct span at, str name)
{
    char last = name.size > 1 ? name.at[name.size - 1] : 0;

    if (!last || !strchr("+-/.:", last))
        return;
    diag_warn(builder->diag, build_place(builder, at), "odd-target", "this makes a field named '%.*s'", SHOW(name));
    name = str_slice(name, 0, name.size - 1);
    if (last == ':')
        diag_hint(builder->diag, "write %.*s=value", SHOW(name));
    else
        diag_hint(builder->diag, "write %.*s=%.*s%cvalue", SHOW(name), SHOW(name), last);
}

void build_assignment(struct builder *builder, struct span target, struct node *value, struct span at)
{
    struct assignments *all = &builder->assignments;
    str                 raw = build_text(builder, target), name = raw;

    if (!value || builder->failure != OK)
        return;
    builder->assigned_to = at.to;
    if (raw.at[0] == '[')                   /* its text will be the assignments */
        name = raw = str_slice(raw, 0, 0);
    else if (raw.at[0] == '"')
        name = unescape_text(builder->arena, str_slice(raw, 1, raw.size - 1), 0);
    else if (raw.at[0] == '\'')
        name = str_slice(raw, 1, raw.size - 1);
    if (name.size == 0 && name.at != raw.at) {
        build_fail(builder, target, "syntax", "The expression is malformed: a field to assign to has no name");
        return;
    }
    if (name.at == raw.at)
        warn_target(builder, target, name);
    if (all->count == builder->assignments_capacity) {
        uint32_t           capacity = all->count ? 2 * all->count : 4;
        struct assignment *more = ARENA_ARRAY(builder->arena, struct assignment, capacity);
        if (!more) {
            build_lost(builder);
            return;
        }
        if (all->count)
            memcpy(more, all->item, all->count * sizeof *more);
        all->item = more;
        builder->assignments_capacity = capacity;
    }
    all->item[all->count++] = (struct assignment){
        .target = name, .target_span = build_place(builder, target), .quoted = name.at != raw.at,
        .dynamic = is_dynamic(name), .value = value, .span = build_place(builder, at),
    };
}
