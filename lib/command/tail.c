/* tail [<count>]: the last rows, the last one first (reporting 3.6). */
#include "command/last.h"
#include "plan/stage.h"

static const struct param tail_params[] = {
    { "limit", PARAM_COUNT, PLACE_FIRST, .limit = LIMIT_TAIL, .help = "rows to keep" },
    { 0 }
};

static status tail_open(const struct stage *stage, struct run *run, struct op **out)
{
    return last_open(stage, run, stage_argument(stage, 0)->number, out);
}

const struct command command_tail = {
    .name = "tail", .usage = "tail [<count>]", .summary = "The last rows, the last one first; 10 by default",
    .map = "tail", .then = "reverse", .traits = TRAIT_SPLITS, .params = tail_params, .gives = columns_stay,
    .open = tail_open,
    .example = { "tail 2 | table n", "{\"n\":1}\n{\"n\":2}\n{\"n\":3}", "{\"n\":3}\n{\"n\":2}" },
};
