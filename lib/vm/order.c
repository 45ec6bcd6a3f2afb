/* In which order the arms of AND and OR are tried: cheap ones that decide much first. A matter of speed only;
 * arms that may fail, or that do not answer the same twice, keep everything as written. */
#include "catalog/vocabulary.h"
#include "vm/emit.h"

struct weight {
    double cost;                /* ns a row */
    double pass;                /* share of rows for which it is true */
    bool   fixed;
};

static void weigh_search(const struct node *node, struct weight *weight)
{
    bool star = node->count > 1 && (node->kid[1]->flags & NODE_WILDCARD);

    weight->cost = node->kind == NODE_TERM ? 40 : star ? 15 : 4;
    weight->pass = 0.1;
    if (node->kind == NODE_COMPARE && (str_is(node->text, "!=") || str_is(node->kid[1]->text, "*")))
        weight->pass = 0.9;
    if (node->kind == NODE_COMPARE && (node->text.at[0] == '<' || node->text.at[0] == '>'))
        weight->pass = 0.4;
}

/* What the kids say together: how likely all are true, none is, and the first. */
struct share { double all, none, first; };

static double pass_of(const struct node *node, const struct share *share)
{
    str op = node->text;

    if (node->kind == NODE_IN)
        return 0.2;
    if (node->kind == NODE_UNARY)
        return 1 - share->first;
    if (node->kind != NODE_BINARY)
        return 0.5;
    return str_is(op, "and") ? share->all : str_is(op, "or") ? 1 - share->none
         : str_is(op, "=") ? 0.1 : str_is(op, "!=") ? 0.9 : 0.5;
}

static void weigh(const struct emit *emit, const struct node *node, struct weight *weight)
{
    const struct function *function = NULL;
    struct share           share = { 1, 1, 0.5 };

    if (node->kind == NODE_TERM || node->kind == NODE_COMPARE) {
        weigh_search(node, weight);
        return;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        struct weight kid = { 0 };
        weigh(emit, node->kid[i], &kid);
        weight->cost += kid.cost;
        weight->fixed |= kid.fixed;
        share.all *= kid.pass;
        share.none *= 1 - kid.pass;
        if (i == 0)
            share.first = kid.pass;
    }
    if (node->kind == NODE_CALL) {
        function = vocabulary_function(emit->compile->words, node->text);
        weight->fixed |= !function || (!function->pure && function->form == FORM_NONE);
    }
    weight->cost += node->kind != NODE_CALL ? 2 : function && function->cost ? function->cost : 10;
    weight->pass = pass_of(node, &share);
}

struct node *const *emit_order(struct emit *emit, const struct node *node, bool conjunction)
{
    struct node **arm;
    double       *rank;

    if (!emit->compile->rewrite || node->count > 64 || node->depth > 64)
        return node->kid;
    arm = ARENA_ARRAY(&emit->scratch, struct node *, node->count);
    rank = ARENA_ARRAY(&emit->scratch, double, node->count);
    if (!arm || !rank)
        return NULL;
    for (uint32_t i = 0; i < node->count; i++) {
        struct weight weight = { 0 };
        uint32_t      at = i;
        double        mine;
        weigh(emit, node->kid[i], &weight);
        if (weight.fixed)
            return node->kid;
        mine = weight.cost / (conjunction ? 1.0 - weight.pass + 0.01 : weight.pass + 0.01);
        for (; at > 0 && rank[at - 1] > mine; at--) {
            arm[at] = arm[at - 1];
            rank[at] = rank[at - 1];
        }
        arm[at] = node->kid[i];
        rank[at] = mine;
    }
    return arm;
}
