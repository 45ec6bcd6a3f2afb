#include "aggregate/collect.h"

struct list {
    struct cell    *cell;
    struct ordinal *ordinal;            /* of their rows, ascending */
    uint32_t        count, room;
};

static status list_room(struct list *list, struct arena *arena)
{
    uint32_t        room = list->room ? list->room * 2 : 4;
    struct cell    *cell;
    struct ordinal *ordinal;

    TRY_NEW(cell = arena_alloc(arena, room * sizeof *cell));
    TRY_NEW(ordinal = arena_alloc(arena, room * sizeof *ordinal));
    if (list->count) {
        memcpy(cell, list->cell, list->count * sizeof *cell);
        memcpy(ordinal, list->ordinal, list->count * sizeof *ordinal);
    }
    list->cell = cell;
    list->ordinal = ordinal;
    list->room = room;
    return OK;
}

/* One more is kept than is shown: it tells that there were more. */
static uint32_t most_of(const struct tally *tally)
{
    return (uint32_t)context_limit(tally->context, LIMIT_LIST) + 1;
}

/* A row comes behind those of smaller and equal ordinals. The last place is for whoever is pushed out. */
static status insert(struct list *list, struct cell cell, struct ordinal ordinal, uint32_t most, struct arena *arena)
{
    uint32_t at = list->count;

    if (at >= most && !ordinal_less(ordinal, list->ordinal[at - 1]))
        return OK;
    if (cell.kind == KIND_TEXT) {
        cell = cell_field_text(arena_str(arena, cell_str(&cell)));
        TRY_NEW(cell.text);
    }
    if (list->count == list->room)
        TRY(list_room(list, arena));
    if (at == most)
        at--;
    for (; at > 0 && ordinal_less(ordinal, list->ordinal[at - 1]); at--) {
        list->cell[at] = list->cell[at - 1];
        list->ordinal[at] = list->ordinal[at - 1];
    }
    list->cell[at] = cell;
    list->ordinal[at] = ordinal;
    list->count += list->count < most;
    return OK;
}

static status list_update(struct tally *tally, const struct feed *feed)
{
    const uint32_t *restrict group = feed->group;
    uint32_t                 most = most_of(tally);

    for (uint32_t i = 0; i < feed->count; i++)
        TRY(insert(tally_state(tally, group ? group[i] : 0), feed->cell[i],
                   ordinal_of(feed->ordinal + (feed->row ? feed->row[i] : i)), most, tally->arena));
    return OK;
}

static status list_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    for (uint32_t i = 0; i < from->groups; i++) {
        const struct list *his = tally_state(from, i);
        for (uint32_t at = 0; at < his->count && group[i] != UINT32_MAX; at++)
            TRY(insert(tally_state(into, group[i]), his->cell[at], his->ordinal[at], most_of(into), into->arena));
    }
    return OK;
}

static status copy(const struct list *list, uint32_t count, struct arena *arena, struct cell *out)
{
    struct cell *cell;

    TRY_NEW(cell = arena_alloc(arena, (count + (size_t)1) * sizeof *cell));
    if (count)
        memcpy(cell, list->cell, count * sizeof *cell);
    *out = collect_cell(cell, count);
    return OK;
}

static status list_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    const struct list *list = tally_state(tally, group);
    uint32_t           most = most_of(tally);

    if (list->count == most)
        collect_note(tally, "list", STR("list() left values out: of each group limit.list are kept"));
    return copy(list, list->count - (list->count == most), arena, out);
}

static status list_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    const struct list *list = tally_state(tally, group);
    struct cell       *cell;

    TRY(copy(list, list->count, arena, &part[0]));
    TRY_NEW(cell = arena_alloc(arena, (list->count + 1) * sizeof *cell));
    for (uint32_t i = 0; i < list->count; i++)
        TRY(collect_put_ordinal(tally, list->ordinal[i], arena, &cell[i]));
    part[1] = collect_cell(cell, list->count);
    return OK;
}

static status list_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    uint32_t           count, ordinals;
    const struct cell *value = collect_members(&part[0], &count);
    const struct cell *ordinal = collect_members(&part[1], &ordinals);

    for (uint32_t i = 0; i < count && i < ordinals; i++)
        TRY(insert(tally_state(tally, group), value[i], collect_ordinal(tally, &ordinal[i]), most_of(tally), tally->arena));
    return OK;
}

const struct aggregate aggregate_list = {
    .name = "list", .usage = "list(<field>)",
    .summary = "The first hundred values in the order of the rows, as a multivalue",
    .size = sizeof(struct list), .takes = FEED_CELLS | FEED_ROWS,
    .update = list_update, .merge = list_merge, .finish = list_finish,
    .parts = 2, .part = { "values", "ordinals" }, .save = list_save, .load = list_load,
    .example = { "stats list(a)", "{\"a\":\"y\"}\n{\"a\":\"x\"}\n{\"a\":\"y\"}",
                 "{\"list(a)\":[\"y\",\"x\",\"y\"]}" },
};
