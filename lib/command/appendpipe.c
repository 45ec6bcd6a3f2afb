/* appendpipe [sub-pipeline]: behind the rows that come in those that the sub-pipeline makes of them (commands 5). */
#include "command/appending.h"

enum { PREVIEW, PIPELINE };

static const struct param appendpipe_params[] = {
    [PREVIEW] = { "run_in_preview", PARAM_BOOL, PLACE_NAMED, .help = "read and not needed: there are no previews" },
    [PIPELINE] = { "pipeline", PARAM_SUBSEARCH, PLACE_NAMED, .required = true, .help = "[ commands ]" },
    { 0 }
};

const struct command command_appendpipe = {
    .name = "appendpipe", .usage = "appendpipe [<commands>]",
    .summary = "Behind the rows what commands make of them",
    .params = appendpipe_params, .bound_size = sizeof(struct append_bound),
    .bind = append_bind_fed, .needs = append_needs_fed, .open = append_open,
    .example = { "table n | appendpipe [stats sum(n) AS sum]", "{\"n\":1}\n{\"n\":2}",
                 "{\"n\":1}\n{\"n\":2}\n{\"sum\":3}" },
};
