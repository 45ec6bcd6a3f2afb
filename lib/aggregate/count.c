#include "aggregate/collect.h"

static status count_update(struct tally *tally, const struct feed *feed)
{
    uint64_t *restrict       state = (uint64_t *)(void *)tally->state;
    const uint32_t *restrict group = feed->group;

    if (!group) {
        state[0] += feed->count;
        return OK;
    }
    for (uint32_t i = 0, count = feed->count; i < count; i++) {
        tally_ahead(tally->state, sizeof *state, group, i, count);
        state[group[i]]++;
    }
    return OK;
}

static status count_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    uint64_t       *state = (uint64_t *)(void *)into->state;
    const uint64_t *his = (const uint64_t *)(void *)from->state;

    for (uint32_t i = 0; i < from->groups; i++)
        if (group[i] != UINT32_MAX)
            state[group[i]] += his[i];
    return OK;
}

static status count_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    *out = cell_number((double)((const uint64_t *)(void *)tally->state)[group]);
    return OK;
}

static status count_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    ((uint64_t *)(void *)tally->state)[group] += collect_count(&part[0]);
    return OK;
}

const struct aggregate aggregate_count = {
    .name = "count", .aliases = { "c" }, .usage = "count, count(<field>), count(eval(<condition>))",
    .summary = "How many rows, values of a field, or rows for which a condition holds",
    .size = sizeof(uint64_t), .counts = true, .bare = true,
    .update = count_update, .merge = count_merge, .finish = count_finish,
    .parts = 1, .part = { "count" }, .save = count_finish, .load = count_load,
    .example = { "stats count count(a) AS n", "{\"a\":1}\n{\"b\":2}", "{\"count\":2,\"n\":1}" },
};
