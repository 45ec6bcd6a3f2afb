#include "command/geotiles.h"

#include "command/results.h"
#include "command/series_label.h"

#include <math.h>
#include <stdlib.h>

/* --- series -------------------------------------------------------------------------------------------------------- */

struct scored {
    double   score;
    uint32_t rank;                          /* of the text */
    uint32_t code;
};

static int most_first(const void *left, const void *right)
{
    const struct scored *a = left, *b = right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

/* What a group weighs: the number in its only column or, of several, its rows. */
static status weigh(struct geostats *geostats, uint32_t group, double *out)
{
    struct tally_work *work = geostats->values == 1 ? geostats->value[0]
                                                    : geostats->tallies.work[geostats->bound->events];
    struct cell        cell;

    TRY(tallies_cell(&geostats->tallies, work, group, &geostats->op.step, &cell));
    *out = 0;
    if (!cell_reads_number(&cell, out) || !isfinite(*out))
        *out = 0;
    return OK;
}

/* Series in order of their texts, OTHER last. */
static status choose_series(struct geostats *geostats)
{
    const struct interner *values = &geostats->groups.key[1].values;
    double                 limit = geostats->bound->global_limit;
    struct arena          *arena = &geostats->op.arena;
    struct scored         *scored;
    uint32_t              *rank, *by_rank, named = limit > 0 && limit < values->count ? (uint32_t)limit : values->count;

    TRY_NEW(scored = ARENA_ARRAY(arena, struct scored, values->count + (size_t)1));
    TRY_NEW(rank = ARENA_ARRAY(arena, uint32_t, values->count + (size_t)1));
    TRY_NEW(by_rank = ARENA_ARRAY(arena, uint32_t, values->count + (size_t)1));
    TRY_NEW(geostats->place = ARENA_ARRAY(arena, uint32_t, values->count + (size_t)1));
    TRY_NEW(geostats->series = ARENA_ARRAY(arena, const struct name *, values->count + (size_t)1));
    TRY(interner_rank(values, false, rank));
    for (uint32_t i = 0; i < values->count; i++)
        scored[i] = (struct scored){ 0, rank[i], i };
    for (uint32_t g = 0; g < groups_count(&geostats->groups); g++) {
        double weight;
        TRY(weigh(geostats, g, &weight));
        scored[groups_code(&geostats->groups, g, 1)].score += weight;
    }
    qsort(scored, values->count, sizeof *scored, most_first);
    for (uint32_t i = 0; i < values->count; i++)
        by_rank[scored[i].rank] = i < named ? scored[i].code + 1 : 0;
    for (uint32_t r = 0; r < values->count; r++)
        if (by_rank[r])
            geostats->place[by_rank[r] - 1] = geostats->series_count++;
    for (uint32_t i = named; i < values->count; i++)
        geostats->place[scored[i].code] = named;
    for (uint32_t i = 0; i < named; i++)
        TRY_NEW(geostats->series[geostats->place[scored[i].code]] =
                    names_intern(geostats->op.context->names, interner_str(values, scored[i].code)));
    return OK;
}

static int by_bin(const void *left, const void *right)
{
    const struct tile *a = left, *b = right;

    if (a->bin != b->bin)
        return a->bin < b->bin ? -1 : 1;
    return a->series < b->series ? -1 : a->series > b->series;
}

/* Beyond the bin's largest series all are OTHER: `series` of their tiles becomes that. */
static status limit_bins(struct geostats *geostats, struct tile *tile, uint32_t count)
{
    double         limit = geostats->bound->local_limit;
    struct scored *scored;

    if (!(limit > 0) || limit >= geostats->series_count)
        return OK;
    TRY_NEW(scored = ARENA_ARRAY(&geostats->op.arena, struct scored, count + (size_t)1));
    for (uint32_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && tile[to].bin == tile[from].bin; to++) {
            double weight = -INFINITY;
            if (tile[to].series < geostats->series_count)
                TRY(weigh(geostats, tile[to].group, &weight));
            scored[to - from] = (struct scored){ weight, tile[to].series, to };
        }
        qsort(scored, to - from, sizeof *scored, most_first);
        for (uint32_t i = (uint32_t)limit; i < to - from; i++)
            tile[scored[i].code].series = geostats->series_count;
    }
    return OK;
}

static double bin_of(const struct geostats *geostats, uint32_t group)
{
    struct cell cell = groups_cell(&geostats->groups, group, 0);
    double      bin = 0;

    (void)cell_reads_number(&cell, &bin);
    return bin;
}

/* Groups that are shown as one are merged: tiles are the groups from here on. */
static status fold_series(struct geostats *geostats)
{
    uint32_t       count = groups_count(&geostats->groups), *group;
    struct tallies before = geostats->tallies;
    struct tile   *tile;
    status         result = OK;

    TRY(choose_series(geostats));
    TRY_NEW(tile = ARENA_ARRAY(&geostats->op.arena, struct tile, count + (size_t)1));
    TRY_NEW(group = ARENA_ARRAY(&geostats->op.arena, uint32_t, count + (size_t)1));
    for (uint32_t g = 0; g < count; g++)
        tile[g] = (struct tile){ bin_of(geostats, g), geostats->place[groups_code(&geostats->groups, g, 1)], g };
    qsort(tile, count, sizeof *tile, by_bin);
    TRY(limit_bins(geostats, tile, count));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bin = groups_code(&geostats->groups, tile[i].group, 0);
        TRY(pairs_number(&geostats->folded, &bin, &tile[i].series, 1, geostats->groups.key[0].values.count,
                         geostats->series_count + 1, &group[tile[i].group]));
    }
    geostats->tallies = (struct tallies){ 0 };
    result = tallies_init(&geostats->tallies, &geostats->bound->measures, geostats->op.context, &geostats->op.arena);
    if (result == OK && before.parted)
        tallies_expect_parts(&geostats->tallies);
    if (result == OK) {
        geostats->tallies.counted = before.counted;
        result = tallies_reserve(&geostats->tallies, geostats->folded.count);
    }
    if (result == OK)
        result = tallies_merge(&geostats->tallies, &before, group, 0);
    tallies_free(&before);
    TRY(result);
    TRY_NEW(geostats->tile = ARENA_ARRAY(&geostats->op.arena, struct tile, geostats->folded.count + (size_t)1));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t to = group[tile[i].group];
        geostats->tile[to] = (struct tile){ tile[i].bin, tile[i].series, to };
        if (tile[i].series == geostats->series_count && !geostats->series[geostats->series_count])
            TRY_NEW(geostats->series[geostats->series_count] = names_intern(geostats->op.context->names, STR("OTHER")));
    }
    geostats->tiles = geostats->folded.count;
    geostats->series_count += geostats->series[geostats->series_count] != NULL;
    return OK;
}

/* --- the result ---------------------------------------------------------------------------------------------------- */

static status arrange(struct geostats *geostats)
{
    uint32_t count = groups_count(&geostats->groups), *order;

    if (geostats->bound->splits) {
        TRY(fold_series(geostats));
    } else {                                /* BY tuples in order of bytes within a bin */
        TRY(groups_sort(&geostats->groups, 1, &order));
        geostats->tile = ARENA_ARRAY(&geostats->op.arena, struct tile, count + (size_t)1);
        for (uint32_t i = 0; geostats->tile && i < count; i++)
            geostats->tile[i] = (struct tile){ bin_of(geostats, order[i]), i, order[i] };
        heap_free(geostats->op.context->heap, order, (count + (size_t)1) * sizeof *order);
        TRY_NEW(geostats->tile);
        geostats->tiles = count;
    }
    qsort(geostats->tile, geostats->tiles, sizeof *geostats->tile, by_bin);
    TRY_NEW(geostats->line = ARENA_ARRAY(&geostats->op.arena, uint32_t, geostats->tiles + (size_t)1));
    for (uint32_t i = 0; i < geostats->tiles; i++)
        if (i == 0 || !geostats->bound->splits || geostats->tile[i].bin != geostats->tile[i - 1].bin)
            geostats->line[geostats->lines++] = i;
    geostats->line[geostats->lines] = geostats->tiles;
    return OK;
}

/* The values of a tile: its group's, or 0 and null where the bin has no such series. */
static status value_cell(struct geostats *geostats, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    uint32_t low = geostats->line[row], high = geostats->line[row + 1], series;
    uint32_t width = geostats->bound->splits ? geostats->series_count : 1;
    struct tally_work *work = geostats->value[column / width];

    if (!geostats->bound->splits)
        return tallies_cell(&geostats->tallies, work, geostats->tile[low].group, arena, out);
    series = column % width;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (geostats->tile[middle].series < series)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < geostats->line[row + 1] && geostats->tile[low].series == series)
        return tallies_cell(&geostats->tallies, work, geostats->tile[low].group, arena, out);
    if (tally_counts(work))
        *out = cell_number(0);
    return OK;
}

/* The mean of the rows' places. */
static status place_cell(struct geostats *geostats, uint32_t place, uint32_t bin, struct arena *arena, struct cell *out)
{
    struct cell rows;

    *out = cell_null();
    if (bin >= geostats->places.groups)
        return OK;
    TRY(tallies_cell(&geostats->places, geostats->places.work[place], bin, arena, out));
    TRY(tallies_cell(&geostats->places, geostats->places.work[PLACE_ROWS], bin, arena, &rows));
    if (out->kind == KIND_NUMBER)
        *out = cell_number(out->number / rows.number);
    return OK;
}

static status geostats_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct geostats   *geostats = host;
    const struct tile *tile = &geostats->tile[geostats->line[row]];
    uint32_t           code = geostats->bound->splits ? pairs_first(&geostats->folded, tile->group)
                                                      : groups_code(&geostats->groups, tile->group, 0);

    if (column == 0)
        return grid_label(&geostats->bound->grid, tile->bin, arena, out);
    if (column < 3)
        return place_cell(geostats, column == 1 ? PLACE_LATITUDE : PLACE_LONGITUDE, code, arena, out);
    else if (column < geostats->keys)
        *out = groups_cell(&geostats->groups, tile->group, column - 2);
    else
        return value_cell(geostats, column - geostats->keys, row, arena, out);
    return OK;
}

static status name_columns(struct geostats *geostats, const struct name ***out, uint32_t *count)
{
    struct names       *names = geostats->op.context->names;
    uint32_t            series = geostats->bound->splits ? geostats->series_count : 1;
    uint64_t            columns;
    const struct name **name;

    geostats->keys = 3 + (geostats->bound->splits ? 0 : geostats->bound->measures.bys);
    columns = geostats->keys + (uint64_t)geostats->values * series;
    if (columns > UINT32_MAX)
        return FAIL_LIMIT;
    TRY_NEW(*out = name = ARENA_ARRAY(&geostats->op.arena, const struct name *, columns + 1));
    TRY_NEW(name[0] = names_intern(names, STR("geobin")));
    TRY_NEW(name[1] = names_intern(names, geostats->bound->latitude));
    TRY_NEW(name[2] = names_intern(names, geostats->bound->longitude));
    for (uint32_t i = 3; i < geostats->keys; i++)
        name[i] = geostats->by[i - 3];
    for (uint32_t v = 0; v < geostats->values; v++)
        for (uint32_t s = 0; s < series; s++) {
            const struct name **at = &name[geostats->keys + v * series + s];
            *at = geostats->value[v]->name;
            if (geostats->bound->splits)
                TRY(series_label(geostats->op.context->heap, names, geostats->values > 1 ? name_str(*at) : STR(""),
                                 STR(""), STR(": "), name_str(geostats->series[s]), NULL, at));
        }
    *count = (uint32_t)columns;
    return OK;
}

static status find_values(struct geostats *geostats)
{
    const struct measure *clash;
    status                s = tallies_columns(&geostats->tallies, &geostats->op.arena, &geostats->value, &geostats->values,
                                              &clash);
    if (clash)
        return op_fail(&geostats->op, FAIL_DATA, "name-clash", "'%.*s' stands for several fields, but they have one name",
                       SHOW(clash->field));
    return s;
}

status geotiles_emit(struct geostats *geostats)
{
    const struct name **name;
    uint32_t            columns;

    TRY(tallies_reserve(&geostats->tallies, groups_count(&geostats->groups)));
    TRY(find_values(geostats));
    TRY(arrange(geostats));
    if (geostats->bound->splits)
        TRY(find_values(geostats));         /* those of the merged states */
    TRY(name_columns(geostats, &name, &columns));
    return results_emit(&(struct results){ &geostats->op, name, columns, geostats->lines, geostats_cell, geostats });
}
