/* reverse: all rows, the last one first. */
#include "command/last.h"
#include "plan/stage.h"

static status reverse_open(const struct stage *stage, struct run *run, struct op **out)
{
    return last_open(stage, run, LAST_ALL, out);
}

const struct command command_reverse = {
    .name = "reverse", .usage = "reverse", .summary = "All rows, the last one first", .gives = columns_stay,
    .open = reverse_open,
    .example = { "reverse | table n", "{\"n\":1}\n{\"n\":2}", "{\"n\":2}\n{\"n\":1}" },
};
