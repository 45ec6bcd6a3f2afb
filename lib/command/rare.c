/* rare: the least frequent values of some fields (reporting 3.8): frequency.c. */
#include "command/frequency.h"

static status rare_bind(struct binder *binder, struct stage *stage)
{
    return frequency_bind(binder, stage, true, false);
}

const struct command command_rare = {
    .name = "rare",
    .usage = "rare [<limit>] [showcount=<bool>] [showperc=<bool>] [countfield=<name>] [percentfield=<name>] "
             "[useother=<bool>] [otherstr=<text>] <fields> [BY <fields>]",
    .summary = "The least frequent values of some fields",
    FREQUENCY, .map = "sirare", .bind = rare_bind,
    .example = { "rare u", "{\"u\":\"x\"}\n{\"u\":\"z\"}\n{\"u\":\"z\"}\n{\"u\":\"y\"}",
                 "{\"u\":\"x\",\"count\":1,\"percent\":25}\n{\"u\":\"y\",\"count\":1,\"percent\":25}\n"
                 "{\"u\":\"z\",\"count\":2,\"percent\":50}" },
};
