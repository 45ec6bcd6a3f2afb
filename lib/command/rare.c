#include "command/frequency.h"

static status rare_bind(struct binder *binder, struct stage *stage)
{
    return frequency_bind(binder, stage, true);
}

const struct command command_rare = {
    .name = "rare",
    .usage = "rare [<limit>] [showcount=<bool>] [showperc=<bool>] [countfield=<name>] [percentfield=<name>] "
             "[useother=<bool>] [otherstr=<text>] <fields> [BY <fields>]",
    .summary = "The least frequent values of some fields",
    .params = frequency_params, .traits = TRAIT_MERGEABLE | TRAIT_TRANSFORMS,
    .bound_size = sizeof(struct frequency_bound),
    .bind = rare_bind, .needs = frequency_needs, .open = frequency_open,
    .example = { "rare u", "{\"u\":\"x\"}\n{\"u\":\"z\"}\n{\"u\":\"z\"}\n{\"u\":\"y\"}",
                 "{\"u\":\"x\",\"count\":1,\"percent\":25}\n{\"u\":\"y\",\"count\":1,\"percent\":25}\n"
                 "{\"u\":\"z\",\"count\":2,\"percent\":50}" },
};
