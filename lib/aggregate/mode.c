#include "aggregate/collect.h"

/* Of values that occur equally often the one with the smallest bytes. */
static status mode_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    const struct distinct *distinct = tally->distinct;
    uint32_t               best = distinct_first(distinct, group);

    *out = cell_null();
    if (best == PAIR_NONE)
        return OK;
    for (uint32_t at = distinct_after(distinct, group, best); at != PAIR_NONE; at = distinct_after(distinct, group, at))
        if (distinct->times[at] > distinct->times[best] ||
            (distinct->times[at] == distinct->times[best] &&
             str_compare(distinct_text(distinct, at), distinct_text(distinct, best)) < 0))
            best = at;
    *out = cell_field_text(distinct_text(distinct, best));
    return OK;
}

const struct aggregate aggregate_mode = {
    .name = "mode", .state = "values", .usage = "mode(<field>)", .summary = "The most frequent value",
    .takes = FEED_DISTINCT | FEED_LINKS | FEED_COUNTS, .picks = true,
    .finish = mode_finish,
    .parts = 2, .part = { "values", "times" }, .save = collect_save, .load = collect_load,
    .example = { "stats mode(a)", "{\"a\":\"x\"}\n{\"a\":\"y\"}\n{\"a\":\"y\"}", "{\"mode(a)\":\"y\"}" },
};
