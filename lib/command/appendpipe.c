/* appendpipe [sub-pipeline]: behind the rows that come in those that the sub-pipeline makes of them (commands 5). */
#include "command/appending.h"

enum { PREVIEW, PIPELINE };

static const struct param appendpipe_params[] = {
    [PREVIEW] = { "run_in_preview", PARAM_BOOL, PLACE_NAMED, .help = "read and not needed: there are no previews" },
    [PIPELINE] = { "pipeline", PARAM_SUBSEARCH, PLACE_NAMED, .required = true, .help = "[ commands ]" },
    { 0 }
};

static status appendpipe_bind(struct binder *binder, struct stage *stage)
{
    return append_bind_one(binder, stage, SUBSEARCH_FED, stage_argument(stage, PIPELINE));
}

/* What the sub-pipeline reads, besides what is wanted behind it. */
static status appendpipe_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct append_bound *bound = stage->bound;
    const struct wanted       *read = &bound->subsearch[0]->plan->read;

    if (read->all)
        return wanted_everything(wanted);
    for (uint32_t i = 0; i < read->names; i++)
        TRY(wanted_add(wanted, read->name[i]));
    for (uint32_t i = 0; i < read->patterns; i++)
        TRY(wanted_add_pattern(wanted, read->pattern[i]));
    return OK;
}

const struct command command_appendpipe = {
    .name = "appendpipe", .usage = "appendpipe [<commands>]",
    .summary = "Behind the rows what commands make of them",
    .params = appendpipe_params, .bound_size = sizeof(struct append_bound),
    .bind = appendpipe_bind, .needs = appendpipe_needs, .open = append_open,
    .example = { "table n | appendpipe [stats sum(n) AS sum]", "{\"n\":1}\n{\"n\":2}",
                 "{\"n\":1}\n{\"n\":2}\n{\"sum\":3}" },
};
