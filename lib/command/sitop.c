/* sitop: the values of some fields and their counts, as partial results that a later top finishes: frequency.c. */
#include "command/frequency.h"

static status bind(struct binder *binder, struct stage *stage) { return frequency_bind(binder, stage, false, true); }

const struct command command_sitop = {
    .name = "sitop", .usage = "sitop <as top>",
    .summary = "The values of some fields and their counts, as partial results that a later top finishes",
    FREQUENCY, .map = "sitop", .bind = bind,
    .example = { "sitop u | top limit=1 u", "{\"u\":\"x\"}\n{\"u\":\"z\"}\n{\"u\":\"z\"}\n{\"u\":\"z\"}",
                 "{\"u\":\"z\",\"count\":3,\"percent\":75}" },
};
