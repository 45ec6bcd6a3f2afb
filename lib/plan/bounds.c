#include "plan/arguments.h"
#include "time/relative.h"

/* Language 5.1. A time term that is ANDed to all the rest bounds the whole search, whatever it does next. Under OR or NOT it
 * would be a predicate of single rows, which published searches hardly use: refused. */

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

static status refuse(struct binder *binder, const struct node *node)
{
    static const char *const names[] = { "_index_earliest", "_index_latest", "starttime", "endtime", "starttimeu", "endtimeu" };

    if (is_bound(node))
        return diag_at(binder->diag, FAIL_QUERY, node->span, "time-term", "'%.*s' can only be ANDed to the whole search",
                       SHOW(node->kid[0]->text));
    if (node->kind == NODE_COMPARE && is_named(node->kid[0]->text, names, COUNT_OF(names)))
        return diag_at(binder->diag, FAIL_QUERY, node->span, "time-term", "time term '%.*s' is not supported",
                       SHOW(node->kid[0]->text));
    for (uint32_t i = 0; i < node->count; i++)
        TRY(refuse(binder, node->kid[i]));
    return OK;
}

static status take(struct binder *binder, const struct node *node)
{
    struct context *context = binder->compile.context;
    bool            early = str_is_nocase(node->kid[0]->text, "earliest");
    str             text = node->kid[1]->text;
    struct zone_view view;
    double           instant;

    zone_view_init(&view, context && context->zone ? context->zone : &zone_utc, NULL);
    if (!str_is(node->text, "=") || node->kid[1]->kind != NODE_TERM ||
        time_modifier(text, &view, context ? context->now : 0, &instant) != OK)
        return diag_at(binder->diag, FAIL_QUERY, node->span, "time-term", "invalid value '%.*s' for time term '%.*s'",
                       SHOW(text), SHOW(node->kid[0]->text));
    if (early) {
        binder->bounds.earliest = text;
        binder->bounds.earliest_span = node->span;
    } else {
        binder->bounds.latest = text;
        binder->bounds.latest_span = node->span;
    }
    return OK;
}

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
        return refuse(binder, node);
    TRY_NEW(rest = ARENA_NEW(binder->arena, struct node));
    *rest = *node;
    rest->count = 0;
    TRY_NEW(rest->kid = ARENA_ARRAY(binder->arena, struct node *, node->count));
    for (uint32_t i = 0; i < node->count; i++) {
        if (is_bound(node->kid[i])) {
            TRY(take(binder, node->kid[i]));
            continue;
        }
        TRY(refuse(binder, node->kid[i]));
        rest->kid[rest->count++] = node->kid[i];
    }
    if (rest->count == 0)
        rest->kind = NODE_EVERYTHING;
    *out = rest->count == 1 ? rest->kid[0] : rest;
    return OK;
}

status bounds_take(struct binder *binder, struct stage *stage)
{
    const struct param *params = stage->command->params;

    for (uint32_t i = 0; params && params[i].kind != PARAM_END; i++)
        if (params[i].kind == PARAM_SEARCH && stage->argument[i].node)
            return take_all(binder, stage->argument[i].node, &stage->argument[i].node);
    return OK;
}
