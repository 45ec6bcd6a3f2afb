/* collapse [chunksize=] [force=]: rows pass; how they are cut on their way is decided elsewhere (commands 5). */
#include "command/idle.h"

static const struct param collapse_params[] = {
    { "chunksize", PARAM_COUNT, PLACE_NAMED, .help = "read and not needed: batches have a size of their own" },
    { "force", PARAM_BOOL, PLACE_NAMED, .help = "read and not needed, as chunksize" },
    { 0 }
};

const struct command command_collapse = {
    .name = "collapse", .usage = "collapse [chunksize=<count>] [force=<bool>]",
    .summary = "Rows pass: how many go together is not decided here",
    .params = collapse_params, IDLE,
    .example = { "collapse chunksize=1000 | table n", "{\"n\":1}", "{\"n\":1}" },
};
