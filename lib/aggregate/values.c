#include "aggregate/collect.h"

static status values_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    return collect_values(tally->distinct, group, arena, out);
}

const struct aggregate aggregate_values = {
    .name = "values", .usage = "values(<field>)",
    .summary = "The distinct values in the order of their bytes, as a multivalue",
    .takes = FEED_DISTINCT | FEED_LINKS,
    .finish = values_finish,
    .parts = 2, .part = { "values", "times" }, .save = collect_save, .load = collect_load,
    .example = { "stats values(a)", "{\"a\":\"y\"}\n{\"a\":\"x\"}\n{\"a\":\"y\"}",
                 "{\"values(a)\":[\"x\",\"y\"]}" },
};
