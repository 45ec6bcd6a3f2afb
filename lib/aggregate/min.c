/* min and max over anything: numbers come before all other values (reporting 9.2), so the smallest is a
 * number if there is one, and the largest is a text if there is one. The value keeps its spelling: 2.0 stays
 * 2.0. */
#include "aggregate/kept.h"
#include "catalog/aggregate.h"
#include "value/number.h"
#include "value/order.h"

enum { NOTE_NUMBER = 1 };               /* kept.note: the best so far is a number */

struct best {
    double      number;                 /* of `kept`, if it is one */
    struct kept kept;
};

/* Do the texts of two equal numbers decide? `sign` 1: the smaller one wins. */
static bool wins_tie(const struct cell *now, const struct cell *best, int sign)
{
    char room_a[NUMBER_ROOM], room_b[NUMBER_ROOM];

    if (now->kind == KIND_NUMBER && best->kind == KIND_NUMBER && now->decimals == best->decimals)
        return false;
    return sign * str_compare(cell_show(now, room_a), cell_show(best, room_b)) < 0;
}

static status offer_number(struct best *best, double number, const struct cell *cell, int sign,
                           struct arena *arena)
{
    if (best->kept.cell.kind != KIND_NULL) {
        if (!(best->kept.note & NOTE_NUMBER)) {
            if (sign < 0)
                return OK;
        } else if (number == best->number ? !wins_tie(cell, &best->kept.cell, sign)
                                          : sign > 0 ? number > best->number : number < best->number) {
            return OK;
        }
    }
    best->number = number;
    best->kept.note = NOTE_NUMBER;
    return kept_set(&best->kept, *cell, arena);
}

static status offer_text(struct best *best, const struct cell *cell, int sign, struct arena *arena)
{
    char        room_a[NUMBER_ROOM], room_b[NUMBER_ROOM];
    struct cell text;

    if (best->kept.cell.kind != KIND_NULL) {
        if (best->kept.note & NOTE_NUMBER) {
            if (sign > 0)
                return OK;
        } else if (sign * str_compare(cell_show(cell, room_a), cell_show(&best->kept.cell, room_b)) >= 0) {
            return OK;
        }
    }
    best->kept.note = 0;
    text = cell_field_text(cell_show(cell, room_a));
    return kept_set(&best->kept, text, arena);
}

static inline status update(struct tally *tally, const struct feed *feed, int sign)
{
    struct best *restrict    state = (struct best *)(void *)tally->state;
    const uint32_t *restrict group = feed->number_group, *entry = feed->number_entry;
    const double *restrict   number = feed->number;

    for (uint32_t i = 0, count = feed->numbers; i < count; i++) {
        struct best *at = &state[group ? group[i] : 0];
        tally_ahead(tally->state, sizeof *state, group, i, count);
        /* The common case first: a number that is worse than the best number. */
        if ((at->kept.note & NOTE_NUMBER) && (sign > 0 ? number[i] > at->number : number[i] < at->number))
            continue;
        TRY(offer_number(at, number[i], &feed->cell[entry ? entry[i] : i], sign, tally->arena));
    }
    for (uint32_t i = 0, count = feed->others; i < count; i++) {
        uint32_t other = feed->other_entry[i];
        TRY(offer_text(&state[feed->group ? feed->group[other] : 0], &feed->cell[other], sign, tally->arena));
    }
    return OK;
}

static status min_update(struct tally *tally, const struct feed *feed) { return update(tally, feed, 1); }
static status max_update(struct tally *tally, const struct feed *feed) { return update(tally, feed, -1); }

static status merge(struct tally *into, struct tally *from, const uint32_t *group, int sign)
{
    for (uint32_t i = 0; i < from->groups; i++) {
        const struct best *his = tally_state(from, i);
        tally_ahead(into->state, sizeof *his, group, i, from->groups);
        if (group[i] == UINT32_MAX || his->kept.cell.kind == KIND_NULL)
            continue;
        TRY(his->kept.note & NOTE_NUMBER
                ? offer_number(tally_state(into, group[i]), his->number, &his->kept.cell, sign, into->arena)
                : offer_text(tally_state(into, group[i]), &his->kept.cell, sign, into->arena));
    }
    return OK;
}

static status min_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    return merge(into, from, group, 1);
}

static status max_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    return merge(into, from, group, -1);
}

static status finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    *out = ((const struct best *)tally_state(tally, group))->kept.cell;
    return OK;
}

/* The value as it is spelled, and the number that it reads as; null where it is none. */
static status save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    const struct best *best = tally_state(tally, group);

    part[1] = best->kept.note & NOTE_NUMBER ? cell_number(best->number) : cell_null();
    return finish(tally, group, arena, &part[0]);
}

static status load(struct tally *tally, uint32_t group, const struct cell *part, int sign)
{
    if (part[0].kind != KIND_TEXT && part[0].kind != KIND_NUMBER)
        return part[0].kind == KIND_NULL ? OK : FAIL_DATA;
    if (part[1].kind == KIND_NUMBER)
        return offer_number(tally_state(tally, group), part[1].number, &part[0], sign, tally->arena);
    return offer_text(tally_state(tally, group), &part[0], sign, tally->arena);
}

static status min_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    return load(tally, group, part, 1);
}

static status max_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    return load(tally, group, part, -1);
}

#define BEST .size = sizeof(struct best), .takes = FEED_CELLS | FEED_NUMBERS, .finish = finish, \
    .parts = 2, .part = { "value", "number" }, .save = save

const struct aggregate aggregate_min = {
    .name = "min", .usage = "min(<field>)",
    .summary = "The smallest value: the smallest number if there is one, else the first text",
    BEST, .update = min_update, .merge = min_merge, .load = min_load,
    .example = { "stats min(a)", "{\"a\":10}\n{\"a\":9}\n{\"a\":\"b\"}", "{\"min(a)\":9}" },
};

const struct aggregate aggregate_max = {
    .name = "max", .usage = "max(<field>)",
    .summary = "The largest value: the last text if there is one, else the largest number",
    BEST, .update = max_update, .merge = max_merge, .load = max_load,
    .example = { "stats max(a)", "{\"a\":10}\n{\"a\":9}", "{\"max(a)\":10}" },
};
