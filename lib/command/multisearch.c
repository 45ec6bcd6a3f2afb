/* multisearch [a search] [a search] ...: the events of several searches, newest first (commands 4). */
#include "command/appending.h"

enum { BRACKETS };

static const struct param multisearch_params[] = {
    [BRACKETS] = { "searches", PARAM_SUBSEARCH, PLACE_LIST, .required = true, .help = "[ a search ] [ a search ] ..." },
    { 0 }
};

/* In Splunk they run where the events are: commands that must see all of them cannot. */
static status check_searches(struct binder *binder, const struct append_bound *bound)
{
    for (uint32_t i = 0; i < bound->count; i++) {
        const struct stage *stage = stages_that_hold(bound->subsearch[i]->plan->first, NULL);

        if (!stage)
            continue;
        diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument",
                "'multisearch' takes searches of events with streaming commands only; '%.*s' in subsearch %u is none",
                SHOW(stage->name), i + 1);
        diag_hint(binder->diag, "union takes any search");
        return FAIL_QUERY;
    }
    return OK;
}

static status multisearch_bind(struct binder *binder, struct stage *stage)
{
    struct append_bound *bound = stage->bound;

    TRY(append_bind_all(binder, stage, 0));
    if (bound->count < 2)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument",
                       "'multisearch' wants two searches at least");
    bound->newest_first = true;
    return check_searches(binder, bound);
}

static status multisearch_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    wanted_clear(wanted);
    return OK;
}

const struct command command_multisearch = {
    .name = "multisearch", .usage = "multisearch [<subsearch>] [<subsearch>] ...",
    .summary = "The events of several searches, newest first",
    .params = multisearch_params, .traits = TRAIT_GENERATES, .bound_size = sizeof(struct append_bound),
    .bind = multisearch_bind, .needs = multisearch_needs, .open = append_open,
    .example = { "multisearch [search n=1] [search n>1 | eval m=n*10] | table n m",
                 "{\"n\":1,\"_time\":10}\n{\"n\":2,\"_time\":20}", "{\"n\":2,\"m\":20}\n{\"n\":1}" },
};
