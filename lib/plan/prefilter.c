#include "plan/passes.h"
#include "text/cidr.h"
#include "value/number.h"

/* What a condition demands of the raw text. An arm holds a text if any of its literals is in it; a demand is a list of arms
 * that must all hold. No arms: it demands nothing.
 *
 * Literals avoid whatever may be spelled differently in the raw text: quotes, backslashes and slashes (JSON escapes them),
 * control characters and bytes beyond ASCII, and, where case is ignored by Unicode's rules, k and s (which the Kelvin sign
 * and the long s fold to). */
struct demand {
    struct prefilter_arm *arm;
    uint32_t              count;
};

enum {
    LITERAL_LEAST = 3,          /* shorter ones are in every line */
    LITERALS_MOST = 16,         /* in one arm */
    ARMS_MOST = 4,
    CASE_UNICODE = 1,           /* compared without case as search does */
    LIKE = 2                    /* % and _ are the wildcards, not * */
};

static bool stays_itself(unsigned char c, unsigned how)
{
    if (c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == '/')
        return false;
    if (how & LIKE ? c == '%' || c == '_' : c == '*')
        return false;
    return !((how & CASE_UNICODE) && (c == 'k' || c == 'K' || c == 's' || c == 'S'));
}

/* The longest run that stands in the raw text as it stands here. */
static str longest_run(str text, unsigned how)
{
    str best = { text.at, 0 };

    for (size_t from = 0, to; from < text.size; from = to + 1) {
        for (to = from; to < text.size && stays_itself((unsigned char)text.at[to], how);)
            to++;
        if (to - from > best.size)
            best = str_slice(text, from, to);
    }
    return best;
}

/* Fields that readers or knowledge compute, so that their values need not stand in the text. */
static bool is_computed(str field)
{
    static const char *const names[] = { "index", "source", "host", "splunk_server", "splunk_server_group", "eventtype",
                                         "eventtypetag", "tag", "hosttag", "savedsearch", "savedsplunk", "linecount",
                                         "punct", "timestamp", "earliest", "latest", "starttime", "endtime" };

    if (field.size == 0 || (field.at[0] == '_' && !str_is(field, "_raw")))
        return true;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_is(field, names[i]))
            return true;
    return str_starts(field, STR("tag::")) || str_starts(field, STR("date_"));
}

static status demand_literal(struct arena *arena, str literal, str field, struct demand *out)
{
    struct prefilter_arm *arm;
    str                  *text;

    if (literal.size < LITERAL_LEAST)
        return OK;
    TRY_NEW(arm = ARENA_NEW(arena, struct prefilter_arm));
    TRY_NEW(text = ARENA_NEW(arena, str));
    *text = literal;
    *arm = (struct prefilter_arm){ .literal = text, .count = 1, .escapes_pass = true, .field = field };
    *out = (struct demand){ arm, 1 };
    return OK;
}

/* How much an arm promises to sort out: its shortest literal counts, and every alternative costs. */
static int worth(const struct prefilter_arm *arm)
{
    size_t shortest = 32;

    for (uint32_t i = 0; i < arm->count; i++)
        if (arm->literal[i].size < shortest)
            shortest = arm->literal[i].size;
    return (int)shortest * 2 - (int)arm->count;
}

/* Both must hold: the arms of both, the best of them first and only a few. */
static status demand_and(struct arena *arena, struct demand *into, const struct demand *more)
{
    struct prefilter_arm *arm = ARENA_ARRAY(arena, struct prefilter_arm, into->count + more->count + 1);
    uint32_t              count = 0;

    TRY_NEW(arm);
    for (uint32_t i = 0; i < into->count + more->count; i++) {
        struct prefilter_arm next = i < into->count ? into->arm[i] : more->arm[i - into->count];
        uint32_t             at = count++;

        for (; at > 0 && worth(&arm[at - 1]) < worth(&next); at--)
            arm[at] = arm[at - 1];
        arm[at] = next;
    }
    *into = (struct demand){ arm, count < ARMS_MOST ? count : ARMS_MOST };
    return OK;
}

/* Either will do: the best arm of each becomes one arm; one side without any demand leaves none. */
static status demand_or(struct arena *arena, struct demand *into, const struct demand *more)
{
    struct prefilter_arm *arm, *a = into->arm, *b = more->arm;
    str                  *literal;

    if (into->count == 0 || more->count == 0 || a->count + b->count > LITERALS_MOST) {
        *into = (struct demand){ 0 };
        return OK;
    }
    TRY_NEW(arm = ARENA_NEW(arena, struct prefilter_arm));
    TRY_NEW(literal = ARENA_ARRAY(arena, str, a->count + b->count));
    memcpy(literal, a->literal, a->count * sizeof *literal);
    memcpy(literal + a->count, b->literal, b->count * sizeof *literal);
    *arm = (struct prefilter_arm){ .literal = literal, .count = a->count + b->count,
                                   .escapes_pass = a->escapes_pass || b->escapes_pass,
                                   .field = a->field.size ? a->field : b->field };
    if (a->field.size && b->field.size && !str_equal(a->field, b->field) && (str_is(b->field, "sourcetype")))
        arm->field = b->field;              /* the one with a default is the one to remember */
    *into = (struct demand){ arm, 1 };
    return OK;
}

/* --- search -------------------------------------------------------------------------------------------------------- */

static status of_search(struct compile *compile, const struct node *node, struct demand *out);

/* field = value: the value stands in the text, unless it is an address block or may be empty. */
static status of_value(struct arena *arena, str field, const struct node *value, struct demand *out)
{
    struct cidr block;
    unsigned    how = value->flags & NODE_CASED ? 0 : CASE_UNICODE;

    *out = (struct demand){ 0 };
    if (value->kind != NODE_TERM || is_computed(field) || cidr_parse_block(value->text, &block))
        return OK;
    return demand_literal(arena, longest_run(value->text, how), str_is(field, "_raw") ? STR("") : field, out);
}

static status of_kids(struct compile *compile, const struct node *node, bool any,
                      status (*of)(struct compile *, const struct node *, struct demand *), struct demand *out)
{
    *out = (struct demand){ 0 };
    for (uint32_t i = 0; i < node->count; i++) {
        struct demand kid;

        TRY(of(compile, node->kid[i], &kid));
        if (i == 0)
            *out = kid;
        else
            TRY(any ? demand_or(compile->arena, out, &kid) : demand_and(compile->arena, out, &kid));
    }
    return OK;
}

/* x IN (...): any of the values, those of a list that the host bound to a name in its place. */
static status of_members(struct compile *compile, const struct node *in,
                         status (*of)(struct arena *, const struct node *, const struct node *, struct demand *),
                         struct demand *out)
{
    *out = (struct demand){ 0 };
    for (uint32_t i = 1; i < in->count; i++) {
        const struct node       *item = in->kid[i];
        bool                     literal = (item->kind == NODE_STRING || item->kind == NODE_TERM) &&
                                           !(item->flags & NODE_CASED);
        const struct value_list *list = compile->list && literal
                                        ? compile->list(compile->list_host, item->text) : NULL;
        uint32_t                 count = list ? list->count : 1;

        if (count > LITERALS_MOST)
            return *out = (struct demand){ 0 }, OK;
        for (uint32_t j = 0; j < count; j++) {
            struct node   member = *item;
            struct demand one = { 0 };

            if (list && list->cell[j].kind == KIND_TEXT)
                member.text = cell_str(&list->cell[j]);
            if (!list || list->cell[j].kind == KIND_TEXT)
                TRY(of(compile->arena, in->kid[0], &member, &one));
            if (i == 1 && j == 0)
                *out = one;
            else
                TRY(demand_or(compile->arena, out, &one));
        }
        if (count == 0 && i == 1)
            return OK;              /* an empty list first: rare, so nothing is demanded */
    }
    return OK;
}

static status of_search_member(struct arena *arena, const struct node *field, const struct node *value, struct demand *out)
{
    return of_value(arena, field->text, value, out);
}

static status of_search(struct compile *compile, const struct node *node, struct demand *out)
{
    *out = (struct demand){ 0 };
    switch (node->kind) {
    case NODE_BINARY:
        if (str_is(node->text, "and") || str_is(node->text, "or"))
            return of_kids(compile, node, str_is(node->text, "or"), of_search, out);
        return OK;
    case NODE_COMPARE:
        return str_is(node->text, "=") ? of_value(compile->arena, node->kid[0]->text, node->kid[1], out) : OK;
    case NODE_IN:
        return of_members(compile, node, of_search_member, out);
    case NODE_TERM:             /* terms fold ASCII only, and what is beyond ASCII is left out anyway */
        return demand_literal(compile->arena, longest_run(node->text, 0), STR(""), out);
    default:
        return OK;
    }
}

/* --- where --------------------------------------------------------------------------------------------------------- */

/* field = "text": the very text, unless both sides might be compared as numbers. */
static status of_string(struct arena *arena, const struct node *field, const struct node *text, unsigned how,
                        struct demand *out)
{
    double number;

    *out = (struct demand){ 0 };
    if (field->kind != NODE_FIELD || text->kind != NODE_STRING || is_computed(field->text) ||
        number_parse(text->text, &number, NULL))
        return OK;
    return demand_literal(arena, longest_run(text->text, how), str_is(field->text, "_raw") ? STR("") : field->text, out);
}

static status of_plain_string(struct arena *arena, const struct node *field, const struct node *text, struct demand *out)
{
    return of_string(arena, field, text, 0, out);
}

static status of_where(struct compile *compile, const struct node *node, struct demand *out)
{
    *out = (struct demand){ 0 };
    if (node->kind == NODE_BINARY && node->count >= 2) {
        const struct node *a = node->kid[0], *b = node->kid[1];

        if (str_is(node->text, "and") || str_is(node->text, "or"))
            return of_kids(compile, node, str_is(node->text, "or"), of_where, out);
        if (str_is(node->text, "="))
            return of_string(compile->arena, a->kind == NODE_STRING ? b : a, a->kind == NODE_STRING ? a : b, 0, out);
        return str_is(node->text, "like") ? of_string(compile->arena, a, b, LIKE, out) : OK;
    }
    if (node->kind == NODE_CALL && node->count == 2 && str_is_nocase(node->text, "like"))
        return of_string(compile->arena, node->kid[0], node->kid[1], LIKE, out);
    if (node->kind == NODE_IN)
        return of_members(compile, node, of_plain_string, out);
    return OK;
}

/* ------------------------------------------------------------------------------------------------------------------- */

status plan_prefilter(struct plan *plan, struct binder *binder)
{
    struct arena *arena = &plan->arena;
    struct demand all = { 0 };

    if (plan->generates)
        return OK;
    for (const struct stage *stage = plan->first; stage && stage_is_filter(stage); stage = stage->next) {
        const struct argument *search = stage_given(stage, PARAM_SEARCH), *where = stage_given(stage, PARAM_EXPR);
        struct demand          one = { 0 };

        if (search && str_is(str_of(stage->command->name), "search"))
            TRY(of_search(&binder->compile, search->node, &one));
        else if (where && str_is(str_of(stage->command->name), "where"))
            TRY(of_where(&binder->compile, where->node, &one));
        TRY(demand_and(arena, &all, &one));
    }
    plan->prefilter = all.arm;
    plan->prefilters = all.count;
    return OK;
}
