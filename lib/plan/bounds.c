#include "plan/arguments.h"
#include "time/relative.h"

/* Language 5.1. A time term that is ANDed to all the rest bounds the whole search, whatever it does next. Under OR or NOT it
 * is a predicate of single rows: _time since or before the time that the run finds for it. */

static bool is_named(str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_is_nocase(name, names[i]))
            return true;
    return false;
}

static bool is_bound(const struct node *node)
{
    static const char *const names[] = { "earliest", "latest" };

    return node->kind == NODE_COMPARE && node->kid[0]->kind == NODE_FIELD && !(node->kid[0]->flags & NODE_QUOTED) &&
           is_named(node->kid[0]->text, names, COUNT_OF(names));
}

/* earliest=-1h and latest=now: is what they say a time? */
static status check_time(struct binder *binder, const struct node *node)
{
    struct context *context = binder->compile.context;
    str             text = node->kid[1]->text;
    struct zone_view view;
    double           instant;

    if (node->kid[1]->flags & NODE_AWAITED)
        return OK;
    zone_view_init(&view, context && context->zone ? context->zone : &zone_utc, NULL);
    if (!str_is(node->text, "=") || node->kid[1]->kind != NODE_TERM ||
        time_modifier(text, &view, context ? context->now : 0, &instant) != OK)
        return diag_at(binder->diag, FAIL_QUERY, node->kid[1]->span, "bad-time",
                       "Invalid value \"%.*s\" for time term '%.*s'", SHOW(text), SHOW(node->kid[0]->text));
    return OK;
}

static bool is_early(const struct node *bound) { return str_is_nocase(bound->kid[0]->text, "earliest"); }

static status take(struct binder *binder, const struct node *node)
{
    str text = node->kid[1]->text;

    TRY(check_time(binder, node));
    if (is_early(node)) {
        binder->bounds.earliest = text;
        binder->bounds.earliest_span = node->span;
    } else {
        binder->bounds.latest = text;
        binder->bounds.latest_span = node->span;
    }
    return OK;
}

/* --- predicates of rows -------------------------------------------------------------------------------------------- */

/* `operator` is "since", "before" or "until" (that second included); vm/search.c knows them. */
static status compare_time(struct binder *binder, const struct node *bound, str field, const char *operator, str time,
                           struct node **out)
{
    struct node *node = ARENA_NEW(binder->arena, struct node), *kid = ARENA_ARRAY(binder->arena, struct node, 2);

    TRY_NEW(node && kid ? node : NULL);
    TRY_NEW(node->kid = ARENA_ARRAY(binder->arena, struct node *, 2));
    kid[0] = (struct node){ .kind = NODE_FIELD, .depth = 1, .span = bound->span, .inner = bound->span, .text = field };
    kid[1] = (struct node){ .kind = NODE_TERM, .depth = 1, .span = bound->kid[1]->span, .inner = bound->kid[1]->span,
                            .text = time };
    node->kid[0] = &kid[0];
    node->kid[1] = &kid[1];
    *node = (struct node){ .kind = NODE_COMPARE, .depth = 2, .count = 2, .span = bound->span, .inner = bound->inner,
                           .text = str_of(operator), .kid = node->kid };
    *out = node;
    return OK;
}

/* _index_earliest= and _index_latest= always look at rows. Events that do not say when they were indexed
 * are indexed now (read/derived.h), so that _index_latest=now must let that second in. Spans that hang on other
 * terms are refused. */
static status other_term(struct binder *binder, const struct node *node, const struct node **out)
{
    static const char *const index[] = { "_index_earliest", "_index_latest" };
    static const char *const old[] = { "searchtimespanmonths", "searchtimespandays", "searchtimespanhours",
                                       "searchtimespanminutes" };
    str                      name;

    if (node->kind != NODE_COMPARE || (node->kid[0]->flags & NODE_QUOTED))
        return OK;
    name = node->kid[0]->text;
    if (is_named(name, old, COUNT_OF(old)))
        return diag_at(binder->diag, FAIL_QUERY, node->span, "bad-time", "time term '%.*s' is not supported", SHOW(name));
    if (!is_named(name, index, COUNT_OF(index)))
        return OK;
    TRY(check_time(binder, node));
    return compare_time(binder, node, STR("_indextime"), str_is_nocase(name, index[0]) ? "since" : "until",
                        node->kid[1]->text, (struct node **)out);
}

static status make_rows(struct binder *binder, const struct node *node, const struct node **out);

/* Does the group end before it begins, whenever it is run? Times counted from now may change sides with others. */
static status check_order(struct binder *binder, const struct node *early, const struct node *late)
{
    const struct context *context = binder->compile.context;
    const double          later = 1e10;
    double                now = context ? context->now : 0, start[2], end[2];
    struct zone_view      view;

    zone_view_init(&view, context && context->zone ? context->zone : &zone_utc, NULL);
    for (int i = 0; i < 2; i++)
        if (time_modifier(early->kid[1]->text, &view, now + i * later, &start[i]) != OK ||
            time_modifier(late->kid[1]->text, &view, now + i * later, &end[i]) != OK || start[i] <= end[i])
            return OK;
    return diag_at(binder->diag, FAIL_QUERY, early->span, "time-bounds",
                   "Invalid time bounds in search: start=%.15g > end=%.15g", start[0], end[0]);
}

/* The kids, each made a predicate; earliest without latest among what is ANDed ends at now. */
static status make_kids(struct binder *binder, const struct node *node, bool conjunction, struct node *into)
{
    const struct node *early = NULL, *late = NULL;

    *into = *node;
    into->count = 0;
    TRY_NEW(into->kid = ARENA_ARRAY(binder->arena, struct node *, (size_t)node->count + 1));
    for (uint32_t i = 0; i < node->count; i++) {
        const struct node *kid = node->kid[i];

        if (!conjunction || !is_bound(kid)) {
            TRY(make_rows(binder, kid, &kid));
            into->kid[into->count++] = (struct node *)kid;
            continue;
        }
        TRY(check_time(binder, kid));
        TRY(compare_time(binder, kid, STR("_time"), is_early(kid) ? "since" : "before", kid->kid[1]->text,
                         &into->kid[into->count++]));
        if (is_early(kid))
            early = kid;
        else
            late = kid;
    }
    if (early && late)
        TRY(check_order(binder, early, late));
    if (early && !late)
        TRY(compare_time(binder, early, STR("_time"), "before", STR("now"), &into->kid[into->count++]));
    return OK;
}

static status make_rows(struct binder *binder, const struct node *node, const struct node **out)
{
    struct node *made;
    struct node *alone[1] = { (struct node *)node };
    struct node  group = { .kind = NODE_BINARY, .depth = 3, .count = 1, .span = node->span, .inner = node->span,
                           .text = STR("and"), .kid = alone };

    *out = node;
    TRY(other_term(binder, node, out));
    if (is_bound(node)) {
        binder->bounds.rows = true;
        node = &group;
    } else if (node->kind != NODE_BINARY && node->kind != NODE_UNARY) {
        return OK;
    }
    TRY_NEW(made = ARENA_NEW(binder->arena, struct node));
    TRY(make_kids(binder, node, node->kind == NODE_BINARY && str_is(node->text, "and"), made));
    *out = made->count == 1 && node->kind == NODE_BINARY ? made->kid[0] : made;
    return OK;
}

/* --- the whole search ---------------------------------------------------------------------------------------------- */

/* The tree without its time terms; a copy of its top node if there were any. */
static status take_all(struct binder *binder, const struct node *node, const struct node **out)
{
    struct node *rest;

    *out = node;
    if (is_bound(node)) {
        TRY(take(binder, node));
        TRY_NEW(rest = ARENA_NEW(binder->arena, struct node));
        *rest = (struct node){ .kind = NODE_EVERYTHING, .depth = 1, .span = node->span, .inner = node->span };
        *out = rest;
        return OK;
    }
    if (node->kind != NODE_BINARY || !str_is(node->text, "and"))
        return make_rows(binder, node, out);
    TRY_NEW(rest = ARENA_NEW(binder->arena, struct node));
    *rest = *node;
    rest->count = 0;
    TRY_NEW(rest->kid = ARENA_ARRAY(binder->arena, struct node *, node->count));
    for (uint32_t i = 0; i < node->count; i++) {
        if (is_bound(node->kid[i])) {
            TRY(take(binder, node->kid[i]));
            continue;
        }
        TRY(make_rows(binder, node->kid[i], (const struct node **)&rest->kid[rest->count++]));
    }
    if (rest->count == 0)
        rest->kind = NODE_EVERYTHING;
    *out = rest->count == 1 ? rest->kid[0] : rest;
    return OK;
}

status bounds_take(struct binder *binder, struct stage *stage)
{
    const struct param *params = stage->command->params;

    uint32_t            i = 0;

    for (; params && params[i].kind != PARAM_END; i++)
        if (params[i].kind == PARAM_SEARCH && stage->argument[i].node)
            break;
    if (!params || params[i].kind == PARAM_END)
        return OK;
    TRY(bounds_modern(binder, stage->argument[i].node, &stage->argument[i].node));
    return take_all(binder, stage->argument[i].node, &stage->argument[i].node);
}

status bounds_make_rows(struct binder *binder, struct stage *stage)
{
    const struct param *params = stage->command->params;

    for (uint32_t i = 0; params && params[i].kind != PARAM_END; i++)
        if (params[i].kind == PARAM_SEARCH && stage->argument[i].node)
            return make_rows(binder, stage->argument[i].node, &stage->argument[i].node);
    return OK;
}
