#include "plan/passes.h"

/* A search that keeps every row is no stage. */
static bool keeps_everything(const struct stage *stage)
{
    const struct argument *search = stage_given(stage, PARAM_SEARCH);
    const struct node     *node = search ? search->node : NULL;

    if (!str_is(str_of(stage->command->name), "search"))
        return false;
    if (!node)
        return true;
    return node->kind == NODE_EVERYTHING ||
           (node->kind == NODE_TERM && str_is(node->text, "*") && !(node->flags & (NODE_CASED | NODE_WHOLE)));
}

static bool drop_empty_searches(struct plan *plan, struct binder *binder)
{
    bool changed = false;

    (void)binder;
    for (struct stage **link = &plan->first; *link;) {
        struct stage *stage = *link;

        if (!keeps_everything(stage)) {
            link = &stage->next;
            continue;
        }
        if (stage->command->drop)
            stage->command->drop(stage);
        *link = stage->next;
        plan->stages--;
        changed = true;
    }
    return changed;
}

/* Does evaluating it more or fewer times make no difference? */
static bool is_pure(const struct binder *binder, const struct node *node)
{
    if (node->kind == NODE_CALL) {
        const struct function *function = vocabulary_function(binder->compile.words, node->text);

        if (!function || (!function->pure && function->form == FORM_NONE))
            return false;
    }
    for (uint32_t i = 0; i < node->count; i++)
        if (!is_pure(binder, node->kid[i]))
            return false;
    return true;
}

/* May the filter run before the assignments? Only if it reads none of their targets. Of an impure expression fewer calls
 * would be seen. */
static bool is_independent(struct plan *plan, const struct binder *binder, const struct assignments *assignments,
                           const struct stage *filter)
{
    struct wanted reads;

    wanted_init(&reads, &plan->arena, false);
    if (!filter->command->needs || filter->command->needs(filter, &reads) != OK || reads.all)
        return false;
    for (uint32_t i = 0; i < assignments->count; i++) {
        const struct assignment *one = &assignments->item[i];

        if (one->dynamic || wanted_has(&reads, one->target) || !is_pure(binder, one->value))
            return false;
    }
    return true;
}

/* eval a=... | where b>1  ->  where b>1 | eval a=...: fewer rows are computed, and the filter may become a leading one. */
static bool filter_before_eval(struct plan *plan, struct binder *binder)
{
    bool changed = false;

    for (bool again = true; again;) {
        again = false;
        for (struct stage **link = &plan->first; *link && (*link)->next; link = &(*link)->next) {
            struct stage          *stage = *link, *filter = stage->next;
            const struct argument *assignments = stage_given(stage, PARAM_ASSIGNMENTS);

            if (!str_is(str_of(stage->command->name), "eval") || !assignments || !stage_is_filter(filter) ||
                !is_independent(plan, binder, assignments->assignments, filter))
                continue;
            stage->next = filter->next;
            filter->next = stage;
            *link = filter;
            again = changed = true;
        }
    }
    return changed;
}

/* In this order. Each leaves the results as they are: the tests run with and without. */
static const struct {
    const char *name;
    bool      (*apply)(struct plan *plan, struct binder *binder);
} rewrites[] = {
    { "drop-empty-searches", drop_empty_searches },
    { "filter-before-eval", filter_before_eval },
};

status plan_rewrite(struct plan *plan, struct binder *binder)
{
    for (size_t i = 0; i < COUNT_OF(rewrites); i++)
        if (rewrites[i].apply(plan, binder))
            plan->rewritten[plan->rewrites++] = rewrites[i].name;
    _Static_assert(COUNT_OF(rewrites) <= COUNT_OF(((struct plan *)0)->rewritten), "room for all names");
    return OK;
}
