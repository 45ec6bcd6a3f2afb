/* noop ...: rows pass; what Splunk is told about how to run a search is read and not needed (commands 5). */
#include "command/idle.h"

enum { WORDS, BRACKETS };

static const struct param noop_params[] = {
    [WORDS] = { "words", PARAM_REST, PLACE_LIST, .help = "read and not needed, as in search_optimization=f" },
    [BRACKETS] = { "brackets", PARAM_SUBSEARCH, PLACE_LIST, .help = "read and never run" },
    { 0 }
};

const struct command command_noop = {
    .name = "noop", .usage = "noop [<option>=<value>] ...", .summary = "Rows pass: options are for Splunk's own engine",
    .params = noop_params, IDLE,
    .example = { "noop search_optimization=false | table n", "{\"n\":1}", "{\"n\":1}" },
};
