/* first and last go by the order of the rows, not by time; of a multivalue the first takes the first value,
 * the last the last. */
#include "aggregate/collect.h"
#include "aggregate/kept.h"
#include "catalog/aggregate.h"

struct place {
    struct ordinal ordinal;
    struct kept    kept;
};

static status offer(struct place *place, struct ordinal ordinal, struct cell cell, bool last, struct arena *arena)
{
    if (place->kept.cell.kind != KIND_NULL
        && (last ? ordinal_less(ordinal, place->ordinal) : !ordinal_less(ordinal, place->ordinal)))
        return OK;
    place->ordinal = ordinal;
    return kept_set(&place->kept, cell, arena);
}

static inline status update(struct tally *tally, const struct feed *feed, bool last)
{
    const uint32_t *restrict group = feed->group;

    for (uint32_t i = 0; i < feed->count; i++)
        TRY(offer(tally_state(tally, group ? group[i] : 0), ordinal_of(feed->ordinal + (feed->row ? feed->row[i] : i)),
                  feed->cell[i], last, tally->arena));
    return OK;
}

static status first_update(struct tally *tally, const struct feed *feed)
{
    return update(tally, feed, false);
}

static status last_update(struct tally *tally, const struct feed *feed) { return update(tally, feed, true); }

static status merge(struct tally *into, struct tally *from, const uint32_t *group, bool last)
{
    for (uint32_t i = 0; i < from->groups; i++) {
        const struct place *his = tally_state(from, i);
        if (group[i] != UINT32_MAX && his->kept.cell.kind != KIND_NULL)
            TRY(offer(tally_state(into, group[i]), his->ordinal, his->kept.cell, last, into->arena));
    }
    return OK;
}

static status first_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    return merge(into, from, group, false);
}

static status last_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    return merge(into, from, group, true);
}

static status finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    *out = ((const struct place *)tally_state(tally, group))->kept.cell;
    return OK;
}

static status save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    TRY(collect_put_ordinal(tally, ((const struct place *)tally_state(tally, group))->ordinal, arena, &part[1]));
    return finish(tally, group, arena, &part[0]);
}

static status load(struct tally *tally, uint32_t group, const struct cell *part, bool last)
{
    return part[0].kind == KIND_NULL ? OK
        : offer(tally_state(tally, group), collect_ordinal(tally, &part[1]), part[0], last, tally->arena);
}

static status first_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    return load(tally, group, part, false);
}

static status last_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    return load(tally, group, part, true);
}

#define PLACE .size = sizeof(struct place), .takes = FEED_CELLS | FEED_ROWS, .finish = finish, \
    .parts = 2, .part = { "value", "ordinal" }, .save = save

const struct aggregate aggregate_first = {
    .name = "first", .usage = "first(<field>)", .summary = "The value of the first row that has one",
    PLACE, .update = first_update, .merge = first_merge, .load = first_load,
    .example = { "stats first(a)", "{\"b\":1}\n{\"a\":\"x\"}\n{\"a\":\"y\"}", "{\"first(a)\":\"x\"}" },
};

const struct aggregate aggregate_last = {
    .name = "last", .usage = "last(<field>)", .summary = "The value of the last row that has one",
    PLACE, .update = last_update, .merge = last_merge, .load = last_load,
    .example = { "stats last(a)", "{\"a\":\"x\"}\n{\"a\":\"y\"}\n{\"b\":1}", "{\"last(a)\":\"y\"}" },
};
