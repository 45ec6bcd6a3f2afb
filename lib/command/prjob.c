/* prjob [num_of_reducers=] [a search]: the rows of the search, which Splunk would run in parallel; without one rows pass
 * (commands 5). */
#include "command/appending.h"
#include "command/idle.h"

enum { REDUCERS, SUBSEARCH };

static const struct param prjob_params[] = {
    [REDUCERS] = { "num_of_reducers", PARAM_COUNT, PLACE_NAMED,
                   .help = "read and not needed: the host says how many threads there are" },
    [SUBSEARCH] = { "subsearch", PARAM_SUBSEARCH, PLACE_NAMED, .help = "[ a search ]" },
    { 0 }
};

static bool has_search(const struct stage *stage) { return stage_argument(stage, SUBSEARCH)->given; }

static status prjob_bind(struct binder *binder, struct stage *stage)
{
    stage->traits = has_search(stage) ? TRAIT_GENERATES : TRAIT_ROWWISE | TRAIT_FILTER;
    return has_search(stage) ? append_bind_one(binder, stage, SUBSEARCH_ROWS, stage_argument(stage, SUBSEARCH)) : OK;
}

static status prjob_needs(const struct stage *stage, struct wanted *wanted)
{
    if (has_search(stage))
        wanted_clear(wanted);
    return OK;
}

static status prjob_open(const struct stage *stage, struct run *run, struct op **out)
{
    return (has_search(stage) ? append_open : idle_open)(stage, run, out);
}

const struct command command_prjob = {
    .name = "prjob", .usage = "prjob [num_of_reducers=<count>] [<subsearch>]",
    .summary = "The rows of a search; without one rows pass",
    .params = prjob_params, .traits = TRAIT_GENERATES, .bound_size = sizeof(struct append_bound),
    .bind = prjob_bind, .needs = prjob_needs, .open = prjob_open,
    .example = { "prjob [search n>1 | stats count by n]", "{\"n\":1}\n{\"n\":2}", "{\"n\":2,\"count\":1}" },
};
