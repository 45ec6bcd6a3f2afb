/* sum, sumsq, avg, and the rates per unit of time that timechart makes of sums. */
#include "aggregate/collect.h"
#include "aggregate/segments.h"

struct total {
    struct sum sum;
    uint64_t   count;
};

static status add_exactly(struct tally *tally, const struct feed *feed, bool squares)
{
    for (uint32_t i = 0; i < feed->numbers; i++) {
        struct total *at = tally_state(tally, feed->number_group ? feed->number_group[i] : 0);
        double        number = feed->number[i];
        TRY(sum_add_exactly(tally, &at->sum, squares ? number * number : number));
        at->count++;
    }
    return OK;
}

static status sum_update(struct tally *tally, const struct feed *feed)
{
    struct total *restrict   state = (struct total *)(void *)tally->state;
    const uint32_t *restrict group = feed->number_group;
    const double *restrict   number = feed->number;
    uint32_t                 segment = feed->segment;

    if (tally->exact)
        return add_exactly(tally, feed, false);
    for (uint32_t i = 0, count = feed->numbers; i < count; i++) {
        struct total *at = &state[group ? group[i] : 0];
        tally_ahead(tally->state, sizeof *state, group, i, count);
        TRY(sum_add(tally, &at->sum, number[i], segment));
        at->count++;
    }
    return OK;
}

static status sumsq_update(struct tally *tally, const struct feed *feed)
{
    struct total *restrict   state = (struct total *)(void *)tally->state;
    const uint32_t *restrict group = feed->number_group;
    const double *restrict   number = feed->number;

    if (tally->exact)
        return add_exactly(tally, feed, true);
    for (uint32_t i = 0, count = feed->numbers; i < count; i++) {
        struct total *at = &state[group ? group[i] : 0];
        tally_ahead(tally->state, sizeof *state, group, i, count);
        TRY(sum_add(tally, &at->sum, number[i] * number[i], feed->segment));
        at->count++;
    }
    return OK;
}

static status total_settle(struct tally *tally, uint32_t group)
{
    return sum_close(tally, &((struct total *)tally_state(tally, group))->sum);
}

static status total_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    for (uint32_t i = 0; i < from->groups; i++) {
        struct total *his = tally_state(from, i), *mine;
        tally_ahead(into->state, sizeof *his, group, i, from->groups);
        if (group[i] == UINT32_MAX || his->count == 0)
            continue;
        mine = tally_state(into, group[i]);
        TRY(sum_merge(into, &mine->sum, &his->sum));
        mine->count += his->count;
    }
    return OK;
}

static status sum_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    struct total *total = tally_state(tally, group);
    double        sum;

    *out = cell_null();
    if (total->count) {
        TRY(sum_total(tally, &total->sum, arena, &sum));
        *out = cell_number(sum);
    }
    return OK;
}

static status avg_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    struct total *total = tally_state(tally, group);

    TRY(sum_finish(tally, group, arena, out));
    if (total->count)
        out->number /= (double)total->count;
    return OK;
}

static status total_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    struct total *total = tally_state(tally, group);

    part[SUM_PARTS] = cell_number((double)total->count);
    return sum_save(tally, &total->sum, arena, part);
}

static status total_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    struct total *total = tally_state(tally, group);

    if (collect_count(&part[SUM_PARTS]) == 0)
        return OK;
    total->count += collect_count(&part[SUM_PARTS]);
    return sum_load(tally, &total->sum, part);
}

#define TOTAL .size = sizeof(struct total), .takes = FEED_NUMBERS, .numeric = true, \
    .merge = total_merge, .settle = total_settle, \
    .parts = SUM_PARTS + 1, .part = { SUM_PART_NAMES, "count" }, .save = total_save, .load = total_load

const struct aggregate aggregate_sum = {
    .name = "sum", .usage = "sum(<field>)", .summary = "The sum of the numeric values", TOTAL,
    .update = sum_update, .finish = sum_finish,
    .example = { "stats sum(a)", "{\"a\":1.5}\n{\"a\":\"2\"}\n{\"a\":\"x\"}", "{\"sum(a)\":3.5}" },
};

const struct aggregate aggregate_sumsq = {
    .name = "sumsq", .usage = "sumsq(<field>)", .summary = "The sum of the squares of the numeric values",
    TOTAL,
    .update = sumsq_update, .finish = sum_finish,
    .example = { "stats sumsq(a)", "{\"a\":2}\n{\"a\":3}", "{\"sumsq(a)\":13}" },
};

const struct aggregate aggregate_avg = {
    .name = "avg", .state = "sum", .aliases = { "mean" }, .usage = "avg(<field>)",
    .summary = "The mean of the numeric values", TOTAL,
    .update = sum_update, .finish = avg_finish,
    .example = { "stats avg(a)", "{\"a\":1}\n{\"a\":2}", "{\"avg(a)\":1.5}" },
};

/* timechart divides by the length of the bin. */
#define RATE(word, seconds, bin, value) \
    const struct aggregate aggregate_per_##word = { \
        .name = "per_" #word, .state = "sum", .usage = "per_" #word "(<field>)", \
        .summary = "The sum per " #word " of each bin (timechart)", \
        TOTAL, .per = seconds, .update = sum_update, .finish = sum_finish, \
        .example = { "timechart span=" bin " per_" #word "(a)", "{\"_time\":0,\"a\":10}", \
                     "{\"_time\":0,\"per_" #word "(a)\":" value "}" } \
    };

RATE(second, 1, "5s", "2")
RATE(minute, 60, "5m", "2")
RATE(hour, 3600, "1m", "600")
RATE(day, 86400, "1h", "240")
