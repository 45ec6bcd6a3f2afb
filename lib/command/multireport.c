/* multireport [sub-pipeline] [sub-pipeline] ...: what each of them makes of the rows that come in, one behind the other
 * (commands 5). Splunk does not document it. */
#include "command/appending.h"

enum { PIPELINES };

static const struct param multireport_params[] = {
    [PIPELINES] = { "pipelines", PARAM_SUBSEARCH, PLACE_LIST, .required = true, .help = "[ commands ] [ commands ] ..." },
    { 0 }
};

static status multireport_bind(struct binder *binder, struct stage *stage)
{
    ((struct append_bound *)stage->bound)->replaces = true;
    return append_bind_fed(binder, stage);
}

const struct command command_multireport = {
    .name = "multireport", .usage = "multireport [<commands>] [<commands>] ...",
    .summary = "What several pipelines make of the same rows, one behind the other",
    .params = multireport_params, .bound_size = sizeof(struct append_bound),
    .bind = multireport_bind, .needs = append_needs_fed, .open = append_open,
    .example = { "table n | multireport [stats sum(n) AS sum] [stats count]", "{\"n\":1}\n{\"n\":2}",
                 "{\"sum\":3}\n{\"count\":2}" },
};
