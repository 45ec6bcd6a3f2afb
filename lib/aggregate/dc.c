#include "aggregate/collect.h"

static status dc_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    *out = cell_number(distinct_count(tally->distinct, group));
    return OK;
}

const struct aggregate aggregate_dc = {
    .name = "dc", .state = "values", .aliases = { "distinct_count" }, .usage = "dc(<field>)",
    .summary = "How many distinct values, exactly; values are told apart by their text",
    .takes = FEED_DISTINCT, .counts = true,
    .finish = dc_finish,
    .parts = 2, .part = { "values", "times" }, .save = collect_save, .load = collect_load,
    .example = { "stats dc(a)", "{\"a\":1}\n{\"a\":\"1.0\"}\n{\"a\":1}", "{\"dc(a)\":2}" },
};
