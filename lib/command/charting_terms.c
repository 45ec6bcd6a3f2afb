/* The aggregates of chart and timechart, and eval(...) over them: each aggregate inside becomes a hidden
 * measure, and the expression a program over columns of their names. */
#include "command/charting.h"

static status add_hidden(struct binder *binder, struct chart_bound *bound, struct measure *measure, str *name)
{
    char   room[32] = "aggregate ";
    size_t size = 10;

    for (uint32_t n = bound->measures.count + 1; n; n /= 10)
        room[size++] = (char)('0' + n % 10);
    TRY_NEW((*name = arena_str(binder->arena, (str){ room, size })).at);
    measure->name = *name;
    measure->hidden = true;
    return measures_add(binder, &bound->measures, measure);
}

static struct node *new_field(struct binder *binder, const struct node *from, str name)
{
    struct node *node = ARENA_NEW(binder->arena, struct node);

    if (node) {
        *node = *from;
        node->kind = NODE_FIELD;
        node->flags = NODE_QUOTED;
        node->text = name;
        node->count = 0;
        node->depth = 1;
        node->kid = NULL;
    }
    return node;
}

/* As the parser of aggregates would have read it: count, count(), avg(x), count(eval(...)). */
static bool is_aggregate(struct binder *binder, const struct node *node, struct aggregate_term *out)
{
    const struct node *kid = node->count ? node->kid[0] : NULL;
    double             percent;

    if (node->kind == NODE_FIELD ? node->flags & NODE_QUOTED : node->kind != NODE_CALL || node->count > 1)
        return false;
    if (!vocabulary_aggregate(binder->compile.words, node->text, &percent))
        return false;
    if (node->kind == NODE_FIELD && !str_is_nocase(node->text, "count") && !str_is_nocase(node->text, "c"))
        return false;
    *out = (struct aggregate_term){ .function = node->text, .function_span = node->inner, .span = node->span,
                                    .name_span = node->span, .argument_span = node->span,
                                    .argument = { "", 0 },
                                    .name = { "", 0 }, .renamed = true };
    if (!kid)
        return true;
    out->has_argument = true;
    out->argument_span = kid->span;
    if (kid->kind == NODE_FIELD || kid->kind == NODE_STRING) {
        out->argument = kid->text;
        return true;
    }
    if (kid->kind != NODE_CALL || !str_is_nocase(kid->text, "eval") || kid->count != 1)
        return false;
    out->is_eval = true;
    out->expression = kid->kid[0];
    return true;
}

/* Depth is limited by the parser. */
static status rewrite(struct binder *binder, struct chart_bound *bound, struct node *node, struct node **out)
{
    struct aggregate_term term;
    struct measure        measure;
    str                   name;

    if (is_aggregate(binder, node, &term)) {
        TRY(measure_bind(binder, &term, MEASURES_UNNAMED | (bound->is_timechart ? MEASURES_RATES : 0),
                         &measure));
        if (measure.wild)
            return diag_at(binder->diag, FAIL_QUERY, node->span, "bad-field", "no wildcards inside eval()");
        TRY(add_hidden(binder, bound, &measure, &name));
        TRY_NEW(*out = new_field(binder, node, name));
        return OK;
    }
    TRY_NEW(*out = ARENA_NEW(binder->arena, struct node));
    **out = *node;
    TRY_NEW((*out)->kid = ARENA_ARRAY(binder->arena, struct node *, node->count + 1));
    for (uint32_t i = 0; i < node->count; i++)
        TRY(rewrite(binder, bound, node->kid[i], &(*out)->kid[i]));
    return OK;
}

static status bind_eval(struct binder *binder, const struct aggregate_term *term, struct chart_bound *bound,
                        struct chart_term *out)
{
    uint32_t     before = bound->measures.count;
    struct node *node;

    if (!term->renamed && !bound->has_column)
        return diag_at(binder->diag, FAIL_QUERY, term->span, "bad-aggregate",
                       "eval() over aggregates must be named with AS");
    TRY(rewrite(binder, bound, term->expression, &node));
    if (bound->measures.count == before)
        return diag_at(binder->diag, FAIL_QUERY, term->span, "bad-aggregate", "eval() wants aggregates inside");
    return program_value(&binder->compile, node, true, &out->program);
}

/* One after the other, so that terms keep their order whatever collapses. */
static status bind_one(struct binder *binder, struct aggregate_term *term, unsigned allowed,
                       struct chart_bound *bound)
{
    struct aggregates one = { .item = term, .count = 1 };

    if (str_is_nocase(term->function, "eval")) {
        bound->term[bound->terms] = (struct chart_term){ .name = term->name };
        TRY(bind_eval(binder, term, bound, &bound->term[bound->terms]));
    } else {
        TRY(measures_bind(binder, &one, allowed, &bound->measures));
        for (uint32_t i = 0; i < bound->terms; i++)
            if (!bound->term[i].program && str_equal(bound->term[i].name, term->name))
                return OK;
        bound->term[bound->terms] = (struct chart_term){ .name = term->name };
        /* the name that an avg without a field got */
        for (uint32_t i = 0; i < bound->measures.count; i++)
            if (bound->measures.item[i].span.from == term->span.from && !bound->measures.item[i].hidden)
                bound->term[bound->terms].name = bound->measures.item[i].name;
    }
    bound->terms++;
    return OK;
}

static status find_measures(struct chart_bound *bound)
{
    for (uint32_t i = 0; i < bound->terms; i++) {
        for (uint32_t m = 0; m < bound->measures.count; m++)
            if (!bound->measures.item[m].hidden &&
                str_equal(bound->measures.item[m].name, bound->term[i].name))
                bound->term[i].measure = m;
    }
    return OK;
}

status chart_bind_terms(struct binder *binder, const struct aggregates *terms, struct chart_bound *bound)
{
    unsigned       allowed = MEASURES_SPARKS * !bound->is_timechart | MEASURES_RATES * bound->is_timechart |
                             MEASURES_UNNAMED * bound->has_column | MEASURES_FIELDS;
    bool           failed = false;
    double         unused;
    struct measure events = { .field = { "", 0 } };
    str            name;
    str           *by;

    TRY_NEW(bound->term = ARENA_ARRAY(binder->arena, struct chart_term, terms->count));
    TRY_NEW(by = ARENA_ARRAY(binder->arena, str, 2));
    if (bound->has_row)
        by[bound->measures.bys++] = bound->row;
    if (bound->has_column)
        by[bound->measures.bys++] = bound->column;
    bound->measures.by = by;
    /* With a column field the columns are named otherwise: max(_time) AS _time clashes with nothing. */
    if (bound->has_column)
        bound->measures.bys = 0;
    for (uint32_t i = 0; i < terms->count; i++) {
        status s = bind_one(binder, &terms->item[i], allowed, bound);
        if (s != OK && s != FAIL_QUERY)
            return s;
        failed |= s != OK;
    }
    if (failed)
        return FAIL_QUERY;
    if (bound->has_row)
        bound->measures.bys = 1 + bound->has_column;
    events.aggregate = vocabulary_aggregate(binder->compile.words, STR("count"), &unused);
    bound->sum = vocabulary_aggregate(binder->compile.words, STR("sum"), &unused);
    if (!events.aggregate || !bound->sum)
        return FAIL_BUG;
    TRY(add_hidden(binder, bound, &events, &name));
    bound->events = bound->measures.count - 1;
    return find_measures(bound);
}
