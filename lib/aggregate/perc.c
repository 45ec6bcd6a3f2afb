/* Percentiles: perc95, p95, exactperc95, upperperc95, median. */
#include "aggregate/collect.h"
#include "aggregate/sketch.h"
#include "base/compiler.h"

#include <math.h>

#define NUMBERS_MOST ((uint64_t)1 << 60)

static struct sketch *sketch_of(const struct tally *tally, uint32_t group)
{
    struct sketch *sketch = tally_state(tally, group);

    if (!sketch->exact)
        sketch->exact = (uint32_t)context_limit(tally->context, LIMIT_PERCENTILE);
    return sketch;
}

static status perc_update(struct tally *tally, const struct feed *feed)
{
    const uint32_t *restrict group = feed->number_group;

    for (uint32_t i = 0; i < feed->numbers; i++)
        TRY(sketch_add(sketch_of(tally, group ? group[i] : 0), feed->number[i], tally->arena));
    return OK;
}

static status exactperc_update(struct tally *tally, const struct feed *feed)
{
    const uint32_t *restrict group = feed->number_group;

    for (uint32_t i = 0; i < feed->numbers; i++) {
        struct sketch *sketch = sketch_of(tally, group ? group[i] : 0);
        sketch->unbounded = true;
        TRY(sketch_add(sketch, feed->number[i], tally->arena));
    }
    return OK;
}

static status perc_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    for (uint32_t i = 0; i < from->groups; i++) {
        const struct sketch *his = tally_state(from, i);
        struct sketch       *mine;
        if (group[i] == UINT32_MAX)
            continue;
        mine = sketch_of(into, group[i]);
        mine->unbounded |= his->unbounded;
        TRY(sketch_merge(mine, his, into->arena));
    }
    return OK;
}

static status finish(struct tally *tally, uint32_t group, struct arena *arena, double percent, bool upper,
                     struct cell *out)
{
    struct sketch *sketch = tally_state(tally, group);
    double         value;

    *out = cell_null();
    if (sketch->count == 0)
        return OK;
    TRY(sketch_percentile(sketch, percent, tally->context->nearest_rank, upper, arena, &value));
    *out = cell_number(value);
    return OK;
}

static status perc_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    return finish(tally, group, arena, tally->percent, false, out);
}

static status upperperc_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    return finish(tally, group, arena, tally->percent, true, out);
}

static status median_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    return finish(tally, group, arena, 50, false, out);
}

/* Numbers that are in no bucket yet; buckets, each as low, high, count. */
static status perc_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    const struct sketch *sketch = tally_state(tally, group);
    struct cell         *number, *bucket;

    TRY_NEW(number = arena_alloc(arena, (sketch->numbers + (size_t)1) * sizeof *number));
    TRY_NEW(bucket = arena_alloc(arena, (3 * (size_t)sketch->buckets + 1) * sizeof *bucket));
    for (uint32_t i = 0; i < sketch->numbers; i++)
        number[i] = cell_number(sketch->number[i]);
    for (uint32_t i = 0; i < sketch->buckets; i++) {
        bucket[3 * i] = cell_number(sketch->bucket[i].low);
        bucket[3 * i + 1] = cell_number(sketch->bucket[i].high);
        bucket[3 * i + 2] = cell_number((double)sketch->bucket[i].count);
    }
    part[0] = collect_cell(number, sketch->numbers);
    part[1] = collect_cell(bucket, 3 * sketch->buckets);
    part[2] = cell_number(sketch->dropped);
    part[3] = cell_number(sketch->unbounded);
    return OK;
}

/* What the rest of this file takes for granted: ascending buckets, and only where there are more numbers than can be kept
 * one by one; `numbers` of them are. */
static bool buckets_hold(const struct cell *cell, uint32_t count, uint64_t numbers, uint32_t exact)
{
    double   before = -INFINITY;

    for (uint32_t at = 0; at < count; at += 3) {
        if (at + 3 > count || !collect_finite(&cell[at]) || !collect_finite(&cell[at + 1]) ||
            cell[at].number < before || cell[at].number > cell[at + 1].number || collect_count(&cell[at + 2]) == 0)
            return false;
        before = cell[at].number;
        numbers += collect_count(&cell[at + 2]);
        if (numbers > NUMBERS_MOST)
            return false;
    }
    return count == 0 || numbers > exact;
}

static status load_buckets(struct tally *tally, struct sketch *sketch, const struct cell *cell, uint32_t count,
                           uint32_t dropped)
{
    struct sketch_bucket bucket[64];
    uint32_t             size;

    for (uint32_t at = 0; at < count;) {
        for (size = 0; size < COUNT_OF(bucket) && at < count; size++, at += 3)
            bucket[size] = (struct sketch_bucket){ cell[at].number, cell[at + 1].number, collect_count(&cell[at + 2]) };
        TRY(sketch_add_buckets(sketch, bucket, size, dropped, tally->arena));
    }
    return OK;
}

static status perc_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    struct sketch     *sketch = sketch_of(tally, group);
    uint32_t           count, numbers;
    const struct cell *number = collect_members(&part[0], &numbers), *cell = collect_members(&part[1], &count);
    bool               unbounded = collect_number(&part[3]) != 0;

    if (!buckets_hold(cell, count, numbers, sketch->exact) || collect_count(&part[2]) >= 64 ||
        (unbounded && (count || sketch->buckets)) || (sketch->unbounded && count) || sketch->count > NUMBERS_MOST)
        return FAIL_DATA;
    for (uint32_t i = 0; i < numbers; i++)
        if (!collect_finite(&number[i]))
            return FAIL_DATA;
    sketch->unbounded |= unbounded;
    for (uint32_t i = 0; i < numbers; i++)
        TRY(sketch_add(sketch, number[i].number, tally->arena));
    return load_buckets(tally, sketch, cell, count, (uint32_t)collect_count(&part[2]));
}

#define PERCENTILE .size = sizeof(struct sketch), .takes = FEED_NUMBERS, .numeric = true, .merge = perc_merge, \
    .parts = 4, .part = { "numbers", "buckets", "dropped", "unbounded" }, .save = perc_save, .load = perc_load

const struct aggregate aggregate_median = {
    .name = "median", .state = "perc", .usage = "median(<field>)", .summary = "The middle of the numbers, as perc50",
    PERCENTILE, .update = perc_update, .finish = median_finish,
    .example = { "stats median(a)", "{\"a\":10}\n{\"a\":30}", "{\"median(a)\":20}" },
};

const struct aggregate aggregate_perc = {
    .name = "perc", .aliases = { "p" }, .usage = "perc<percent>(<field>), p<percent>(<field>)", .percent =
    true,
    .summary = "A percentile: exact for a thousand numbers, beyond that within about a percent",
    PERCENTILE, .update = perc_update, .finish = perc_finish,
    .example = { "stats perc90(a)", "{\"a\":1}\n{\"a\":11}", "{\"perc90(a)\":10}" },
};

const struct aggregate aggregate_exactperc = {
    .name = "exactperc", .usage = "exactperc<percent>(<field>)", .percent = true,
    .summary = "A percentile, always exact: keeps every number",
    PERCENTILE, .update = exactperc_update, .finish = perc_finish,
    .example = { "stats exactperc90(a)", "{\"a\":1}\n{\"a\":11}", "{\"exactperc90(a)\":10}" },
};

const struct aggregate aggregate_upperperc = {
    .name = "upperperc", .state = "perc", .usage = "upperperc<percent>(<field>)", .percent = true,
    .summary = "As perc, but beyond a thousand numbers an upper bound",
    PERCENTILE, .update = perc_update, .finish = upperperc_finish,
    .example = { "stats upperperc90(a)", "{\"a\":1}\n{\"a\":11}", "{\"upperperc90(a)\":10}" },
};
