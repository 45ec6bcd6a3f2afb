/* append [maxout=] [subsearch]: behind the rows that come in those of a subsearch, which has run before (commands 5). */
#include "command/appending.h"

enum { MAXOUT, MAXTIME, TIMEOUT, PREVIEW, EXTEND, SUBSEARCH };

static const struct param append_params[] = {
    [MAXOUT] = { "maxout", PARAM_COUNT, PLACE_NAMED, .limit = LIMIT_APPEND, .help = "most rows of the subsearch; 0: all" },
    [MAXTIME] = { "maxtime", PARAM_COUNT, PLACE_NAMED, .help = "read and not needed: the time limit of the search holds" },
    [TIMEOUT] = { "timeout", PARAM_COUNT, PLACE_NAMED, .help = "read and not needed, as maxtime" },
    [PREVIEW] = { "run_in_preview", PARAM_BOOL, PLACE_NAMED, .help = "read and not needed: there are no previews" },
    [EXTEND] = { "extendtimerange", PARAM_BOOL, PLACE_NAMED, .help = "read and not needed: it is about time lines" },
    [SUBSEARCH] = { "subsearch", PARAM_SUBSEARCH, PLACE_NAMED, .required = true, .help = "[ a search ]" },
    { 0 }
};

static status append_bind(struct binder *binder, struct stage *stage)
{
    struct append_bound *bound = stage->bound;

    TRY(append_bind_one(binder, stage, SUBSEARCH_ROWS, stage_argument(stage, SUBSEARCH)));
    bound->subsearch[0]->most = (uint64_t)stage_argument(stage, MAXOUT)->number;
    return OK;
}

const struct command command_append = {
    .name = "append", .usage = "append [maxout=<count>] [<subsearch>]",
    .summary = "Behind the rows those of a subsearch",
    .params = append_params, .bound_size = sizeof(struct append_bound),
    .bind = append_bind, .open = append_open,
    .example = { "table n | append [search n>1 | stats sum(n) AS sum]", "{\"n\":1}\n{\"n\":2}\n{\"n\":3}",
                 "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"sum\":5}" },
};
