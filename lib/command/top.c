/* top: the most frequent values of some fields (reporting 3.8): frequency.c. */
#include "command/frequency.h"

static status top_bind(struct binder *binder, struct stage *stage)
{
    return frequency_bind(binder, stage, false, false);
}

const struct command command_top = {
    .name = "top", .aliases = { "common" },
    .usage = "top [<limit>] [showcount=<bool>] [showperc=<bool>] [countfield=<name>] [percentfield=<name>] "
             "[useother=<bool>] [otherstr=<text>] <fields> [BY <fields>]",
    .summary = "The most frequent values of some fields",
    FREQUENCY, .map = "sitop", .bind = top_bind,
    .example = { "top limit=1 u", "{\"u\":\"x\"}\n{\"u\":\"z\"}\n{\"u\":\"z\"}\n{\"u\":\"y\"}",
                 "{\"u\":\"z\",\"count\":2,\"percent\":50}" },
};
