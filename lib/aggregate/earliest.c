/* Values by time. Rows without a time do not count; of rows of the same time both earliest and latest take
 * the one that came first (reporting 9.4). */
#include "aggregate/collect.h"
#include "aggregate/kept.h"
#include "catalog/aggregate.h"
#include "value/number.h"

#include <math.h>

struct instant {
    double         time;
    struct ordinal ordinal;
    struct kept    kept;
};

static status offer(struct instant *instant, double time, struct ordinal ordinal, struct cell cell, bool latest,
                    struct arena *arena)
{
    if (instant->kept.cell.kind != KIND_NULL) {
        if (latest ? time < instant->time : time > instant->time)
            return OK;
        if (time == instant->time && !ordinal_less(ordinal, instant->ordinal))
            return OK;
    }
    instant->time = time;
    instant->ordinal = ordinal;
    return kept_set(&instant->kept, cell, arena);
}

static inline status update(struct tally *tally, const struct feed *feed, bool latest)
{
    const uint32_t *restrict group = feed->group;

    for (uint32_t i = 0; i < feed->count; i++)
        if (!isnan(feed->time[i]))
            TRY(offer(tally_state(tally, group ? group[i] : 0), feed->time[i],
                      ordinal_of(feed->ordinal + (feed->row ? feed->row[i] : i)), feed->cell[i], latest, tally->arena));
    return OK;
}

static status earliest_update(struct tally *tally, const struct feed *feed)
{
    return update(tally, feed, false);
}

static status latest_update(struct tally *tally, const struct feed *feed)
{
    return update(tally, feed, true);
}

static status merge(struct tally *into, struct tally *from, const uint32_t *group, bool latest)
{
    for (uint32_t i = 0; i < from->groups; i++) {
        const struct instant *his = tally_state(from, i);
        if (group[i] != UINT32_MAX && his->kept.cell.kind != KIND_NULL)
            TRY(offer(tally_state(into, group[i]), his->time, his->ordinal, his->kept.cell, latest,
                      into->arena));
    }
    return OK;
}

static status earliest_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    return merge(into, from, group, false);
}

static status latest_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    return merge(into, from, group, true);
}

static status finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    *out = ((const struct instant *)tally_state(tally, group))->kept.cell;
    return OK;
}

/* earliest_time(x): the time instead of the value, with six decimals. */
static status finish_time(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    const struct instant *instant = tally_state(tally, group);
    char                  room[NUMBER_ROOM];
    str                   text;

    *out = cell_null();
    if (instant->kept.cell.kind == KIND_NULL)
        return OK;
    text = arena_str(arena, (str){ room, number_format_fixed(instant->time, 6, room) });
    TRY_NEW(text.at);
    *out = cell_field_text(text);
    return OK;
}

static status save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    const struct instant *instant = tally_state(tally, group);

    part[0] = instant->kept.cell;
    part[1] = cell_number(instant->time);
    return collect_put_ordinal(tally, instant->ordinal, arena, &part[2]);
}

static status load(struct tally *tally, uint32_t group, const struct cell *part, bool latest)
{
    if (part[0].kind == KIND_NULL)
        return OK;
    if (!collect_finite(&part[1]))
        return FAIL_DATA;
    return offer(tally_state(tally, group), part[1].number, collect_ordinal(tally, &part[2]), part[0], latest,
                 tally->arena);
}

static status earliest_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    return load(tally, group, part, false);
}

static status latest_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    return load(tally, group, part, true);
}

#define INSTANT .size = sizeof(struct instant), .takes = FEED_CELLS | FEED_ROWS | FEED_TIME, \
    .parts = 3, .part = { "value", "time", "ordinal" }, .save = save
#define EARLIEST INSTANT, .update = earliest_update, .merge = earliest_merge, .load = earliest_load
#define LATEST INSTANT, .update = latest_update, .merge = latest_merge, .load = latest_load

const struct aggregate aggregate_earliest = {
    .name = "earliest", .usage = "earliest(<field>)", .summary = "The value at the smallest _time",
    EARLIEST, .finish = finish,
    .example = { "stats earliest(a)", "{\"_time\":20,\"a\":\"x\"}\n{\"_time\":10,\"a\":\"y\"}",
                 "{\"earliest(a)\":\"y\"}" },
};

const struct aggregate aggregate_latest = {
    .name = "latest", .usage = "latest(<field>)", .summary = "The value at the largest _time", LATEST,
    .finish = finish,
    .example = { "stats latest(a)", "{\"_time\":20,\"a\":\"x\"}\n{\"_time\":10,\"a\":\"y\"}",
                 "{\"latest(a)\":\"x\"}" },
};

const struct aggregate aggregate_earliest_time = {
    .name = "earliest_time", .state = "earliest", .usage = "earliest_time(<field>)",
    .summary = "The smallest _time of a row with a value",
    EARLIEST, .finish = finish_time,
    .example = { "stats earliest_time(a)", "{\"_time\":20,\"a\":1}\n{\"_time\":10,\"a\":2}",
                 "{\"earliest_time(a)\":10.000000}" },
};

const struct aggregate aggregate_latest_time = {
    .name = "latest_time", .state = "latest", .usage = "latest_time(<field>)",
    .summary = "The largest _time of a row with a value",
    LATEST, .finish = finish_time,
    .example = { "stats latest_time(a)", "{\"_time\":20,\"a\":1}\n{\"_time\":10,\"a\":2}",
                 "{\"latest_time(a)\":20.000000}" },
};
