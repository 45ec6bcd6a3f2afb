/* iconify <fields>: Splunk Web shows an icon for each value of these fields beside an event; nothing else depends on it
 * (commands 3). */
#include "command/idle.h"

static const struct param iconify_params[] = {
    { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .help = "fields that a display may show icons for" },
    { 0 }
};

const struct command command_iconify = {
    .name = "iconify", .usage = "iconify <fields>", .summary = "Rows pass: for which fields a display may show icons",
    .params = iconify_params, IDLE,
    .example = { "iconify eventtype | table n", "{\"n\":1}", "{\"n\":1}" },
};
