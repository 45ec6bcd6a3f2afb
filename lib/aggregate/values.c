#include "aggregate/collect.h"

static status values_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    uint64_t most = context_limit(tally->context, LIMIT_VALUES);

    TRY(collect_values(tally->distinct, group, arena, out));
    if (most && out->kind == KIND_LIST && out->size > most) {
        collect_note(tally, "values", STR("values() left values out: of each group limit.values are kept"));
        *out = collect_cell((struct cell *)out->list, (uint32_t)most);
    }
    return OK;
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
