/* sirare: as sitop, for rare: frequency.c. */
#include "command/frequency.h"

static status bind(struct binder *binder, struct stage *stage) { return frequency_bind(binder, stage, true, true); }

const struct command command_sirare = {
    .name = "sirare", .usage = "sirare <as rare>",
    .summary = "The values of some fields and their counts, as partial results that a later rare finishes",
    FREQUENCY, .map = "sirare", .bind = bind,
    .example = { "sirare u | rare limit=1 u", "{\"u\":\"x\"}\n{\"u\":\"z\"}\n{\"u\":\"z\"}\n{\"u\":\"z\"}",
                 "{\"u\":\"x\",\"count\":1,\"percent\":25}" },
};
