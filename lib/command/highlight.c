/* highlight <term> ...: Splunk Web shows these words in colour wherever they stand; nothing else depends on it
 * (commands 3). */
#include "command/idle.h"

static const struct param highlight_params[] = {
    { "terms", PARAM_REST, PLACE_LIST, .required = true, .help = "words and \"phrases\" that a display may colour" },
    { 0 }
};

const struct command command_highlight = {
    .name = "highlight", .usage = "highlight <term> ...", .summary = "Rows pass: which words a display may colour",
    .params = highlight_params, IDLE,
    .example = { "highlight login, \"access denied\" | table n", "{\"n\":1}", "{\"n\":1}" },
};
