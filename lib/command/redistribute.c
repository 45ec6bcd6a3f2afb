/* redistribute [num_of_reducers=] [by <fields>]: rows pass; what follows uses all threads it may use anyway (commands 5). */
#include "command/idle.h"

static const struct param redistribute_params[] = {
    { "num_of_reducers", PARAM_COUNT, PLACE_NAMED, .help = "read and not needed: the host says how many threads there are" },
    { "by", PARAM_BY, PLACE_KEYWORD, .help = "read and not needed" },
    { 0 }
};

const struct command command_redistribute = {
    .name = "redistribute", .usage = "redistribute [num_of_reducers=<count>] [by <fields>]",
    .summary = "Rows pass: work is divided without being told",
    .params = redistribute_params, IDLE,
    .example = { "redistribute by n | stats count by n", "{\"n\":1}", "{\"n\":1,\"count\":1}" },
};
