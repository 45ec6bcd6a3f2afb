/* rate(x): growth of a counter per second of _time. A fall means that the counter was reset: the value
 * reached before it is added (reporting 9.4). Every point is kept, since input need not come in the order of
 * time. */
#include "aggregate/collect.h"

#include <math.h>
#include <stdlib.h>

struct point {
    double   time, value;
    uint64_t ordinal;
};

struct rate {
    struct point *point;
    uint32_t      count, room;
};

static status add(struct rate *rate, struct point point, struct arena *arena)
{
    if (rate->count == rate->room) {
        uint64_t      room = rate->room ? (uint64_t)rate->room * 2 : 4;
        struct point *moved;
        if (room > UINT32_MAX)
            return FAIL_LIMIT;
        TRY_NEW(moved = arena_alloc(arena, room * sizeof *moved));
        if (rate->count)
            memcpy(moved, rate->point, rate->count * sizeof *moved);
        rate->point = moved;
        rate->room = (uint32_t)room;
    }
    rate->point[rate->count++] = point;
    return OK;
}

static status rate_update(struct tally *tally, const struct feed *feed)
{
    for (uint32_t i = 0; i < feed->numbers; i++) {
        uint32_t entry = feed->number_entry ? feed->number_entry[i] : i;
        if (!isnan(feed->time[entry]))
            TRY(add(tally_state(tally, feed->number_group ? feed->number_group[i] : 0),
                    (struct point){ feed->time[entry], feed->number[i],
                                    feed->ordinal + (feed->row ? feed->row[entry] : entry) }, tally->arena));
    }
    return OK;
}

static status rate_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    for (uint32_t i = 0; i < from->groups; i++) {
        const struct rate *his = tally_state(from, i);
        for (uint32_t at = 0; at < his->count && group[i] != UINT32_MAX; at++)
            TRY(add(tally_state(into, group[i]), his->point[at], into->arena));
    }
    return OK;
}

static int compare(const void *left, const void *right)
{
    const struct point *a = left, *b = right;

    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->ordinal != b->ordinal)
        return a->ordinal < b->ordinal ? -1 : 1;
    return 0;
}

static status rate_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    struct rate        *rate = tally_state(tally, group);
    const struct point *last;
    double              falls = 0;

    *out = cell_null();
    if (rate->count < 2)
        return OK;
    qsort(rate->point, rate->count, sizeof *rate->point, compare);
    last = &rate->point[rate->count - 1];
    if (last->time == rate->point[0].time)
        return OK;
    for (uint32_t i = 1; i < rate->count; i++)
        if (rate->point[i].value < rate->point[i - 1].value)
            falls += rate->point[i - 1].value;
    *out = cell_number((last->value + falls - rate->point[0].value) / (last->time - rate->point[0].time));
    return OK;
}

static status rate_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    const struct rate *rate = tally_state(tally, group);
    uint32_t           count = rate->count;
    struct cell       *time, *value, *ordinal;

    TRY_NEW(time = arena_alloc(arena, (3 * (size_t)count + 1) * sizeof *time));
    value = time + count;
    ordinal = value + count;
    for (uint32_t i = 0; i < count; i++) {
        time[i] = cell_number(rate->point[i].time);
        value[i] = cell_number(rate->point[i].value);
        TRY(collect_put_ordinal(rate->point[i].ordinal, arena, &ordinal[i]));
    }
    part[0] = collect_cell(time, count);
    part[1] = collect_cell(value, count);
    part[2] = collect_cell(ordinal, count);
    return OK;
}

static status rate_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    uint32_t           count, values, ordinals;
    const struct cell *time = collect_members(&part[0], &count), *value = collect_members(&part[1], &values);
    const struct cell *ordinal = collect_members(&part[2], &ordinals);

    if (values != count || ordinals != count)
        return FAIL_DATA;
    for (uint32_t i = 0; i < count; i++) {
        if (!collect_finite(&time[i]) || !collect_finite(&value[i]))
            return FAIL_DATA;
        TRY(add(tally_state(tally, group),
                (struct point){ time[i].number, value[i].number, collect_ordinal(&ordinal[i]) }, tally->arena));
    }
    return OK;
}

const struct aggregate aggregate_rate = {
    .name = "rate", .usage = "rate(<field>)",
    .summary = "The growth of a counter per second; resets are made good",
    .size = sizeof(struct rate), .takes = FEED_NUMBERS | FEED_ROWS | FEED_TIME, .numeric = true,
    .update = rate_update, .merge = rate_merge, .finish = rate_finish,
    .parts = 3, .part = { "times", "values", "ordinals" }, .save = rate_save, .load = rate_load,
    .example = { "stats rate(a)", "{\"_time\":0,\"a\":10}\n{\"_time\":10,\"a\":30}", "{\"rate(a)\":2}" },
};
