#include "aggregate/collect.h"
#include "catalog/aggregate.h"

struct range {
    double   low, high;
    uint64_t count;
};

static void widen(struct range *range, double low, double high, uint64_t count)
{
    if (range->count == 0 || low < range->low)
        range->low = low;
    if (range->count == 0 || high > range->high)
        range->high = high;
    range->count += count;
}

static status range_update(struct tally *tally, const struct feed *feed)
{
    const uint32_t *restrict group = feed->number_group;

    for (uint32_t i = 0; i < feed->numbers; i++)
        widen(tally_state(tally, group ? group[i] : 0), feed->number[i], feed->number[i], 1);
    return OK;
}

static status range_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    for (uint32_t i = 0; i < from->groups; i++) {
        const struct range *his = tally_state(from, i);
        if (group[i] != UINT32_MAX && his->count)
            widen(tally_state(into, group[i]), his->low, his->high, his->count);
    }
    return OK;
}

static status range_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    const struct range *range = tally_state(tally, group);

    *out = range->count ? cell_number(range->high - range->low) : cell_null();
    return OK;
}

static status range_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    const struct range *range = tally_state(tally, group);

    part[0] = cell_number(range->low);
    part[1] = cell_number(range->high);
    part[2] = cell_number((double)range->count);
    return OK;
}

static status range_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    if (collect_count(&part[2]) > 0)
        widen(tally_state(tally, group), collect_number(&part[0]), collect_number(&part[1]), collect_count(&part[2]));
    return OK;
}

const struct aggregate aggregate_range = {
    .name = "range", .usage = "range(<field>)", .summary = "The largest number less the smallest",
    .size = sizeof(struct range), .takes = FEED_NUMBERS, .numeric = true,
    .update = range_update, .merge = range_merge, .finish = range_finish,
    .parts = 3, .part = { "low", "high", "count" }, .save = range_save, .load = range_load,
    .example = { "stats range(a)", "{\"a\":3}\n{\"a\":10}", "{\"range(a)\":7}" },
};
