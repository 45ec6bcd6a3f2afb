#include "command/geotiles.h"

#include "command/series_label.h"
#include "flow/run.h"
#include "state/keep.h"

enum { CELLS_MOST = 1 << 20 };              /* of the rows that are made together */

/* --- zoom levels --------------------------------------------------------------------------------------------------- */

struct zooming {
    const struct grid *grid;
    uint32_t           key, level;
};

static status zoom_out(void *host, const struct group_table *from, uint32_t group, struct cell *key)
{
    const struct zooming *zooming = host;

    for (uint32_t i = 0; i < from->shape.keys; i++)
        key[i] = groups_cell(&from->groups, group, i);
    key[zooming->key] = cell_number(grid_coarser(zooming->grid, group_table_number(from, group, zooming->key),
                                                 zooming->level));
    return OK;
}

/* The groups of all levels in place of those of the finest. */
static status zoom(struct geostats *geostats, struct group_table **table, uint32_t key)
{
    struct zooming      zooming = { &geostats->bound->grid, key, 0 };
    struct group_table *from = *table, *into = NULL;
    struct group_shape  shape = from->shape;
    status              result;

    if (zooming.grid->levels == 1)
        return OK;
    result = group_table_open(&geostats->op, &shape, &into);
    for (; zooming.level < zooming.grid->levels && result == OK; zooming.level++)
        result = group_table_pour(into, from, zoom_out, &zooming);
    if (result == OK) {
        *table = into;
        into = from;
    }
    group_table_close(into);
    return result;
}

status geotiles_read(struct geostats *geostats, struct group_table *table)
{
    struct geotiles      *tiles = geostats->tiles;
    const struct measure *clash;
    status                s;

    TRY(group_table_read(table));
    s = tallies_columns(&table->tallies, &geostats->op.arena, &tiles->value, &tiles->values, &clash);
    if (clash)
        return op_fail(&geostats->op, FAIL_DATA, "name-clash", "'%.*s' stands for several fields, but they have one name",
                       SHOW(clash->field));
    return s;
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

static struct cell *grid_at(struct geotiles *tiles, uint32_t column, uint32_t row)
{
    return &tiles->grid[(size_t)column * tiles->room + row];
}

/* What the groups at hand have outlives them. */
static status put_cell(struct geotiles *tiles, uint32_t column, struct cell cell)
{
    struct kept_cell kept = { .cell = cell };

    return kept_cell_copy(&kept, &tiles->arena, grid_at(tiles, column, tiles->rows - 1));
}

/* Cells without rows. */
static status clear_rows(struct geostats *geostats)
{
    struct geotiles *tiles = geostats->tiles;

    arena_reset(&tiles->arena);
    tiles->rows = 0;
    TRY_NEW(tiles->grid = arena_alloc(&tiles->arena, (size_t)geostats->results.columns * tiles->room * sizeof *tiles->grid));
    for (uint32_t i = 0; i < geostats->results.columns; i++) {
        bool counts = i >= tiles->keys && tally_counts(tiles->value[(i - tiles->keys) / tiles->series]);
        for (uint32_t j = 0; j < tiles->room; j++)
            *grid_at(tiles, i, j) = counts ? cell_number(0) : cell_null();
    }
    return OK;
}

/* The mean of the rows' places; both tables are in the order of bins. */
static status put_places(struct geostats *geostats, double bin)
{
    struct geotiles    *tiles = geostats->tiles;
    struct group_table *places = geostats->places;
    struct cell         sum, rows;

    while (!tiles->places_over) {
        status result;
        while (tiles->place_at < places->count && group_table_number(places, places->order[tiles->place_at], 0) < bin)
            tiles->place_at++;
        if (tiles->place_at < places->count)
            break;
        result = group_table_next(places);
        if (result != OK && result != DONE)
            return result;
        tiles->place_at = 0;
        tiles->places_over = result == DONE;
    }
    if (tiles->places_over || group_table_number(places, places->order[tiles->place_at], 0) > bin)
        return OK;
    for (uint32_t i = PLACE_LATITUDE; i <= PLACE_LONGITUDE; i++) {
        uint32_t group = places->order[tiles->place_at];
        TRY(tallies_cell(&places->tallies, places->tallies.work[i], group, &tiles->arena, &sum));
        TRY(tallies_cell(&places->tallies, places->tallies.work[PLACE_ROWS], group, &tiles->arena, &rows));
        if (sum.kind == KIND_NUMBER)
            TRY(put_cell(tiles, 1 + i, cell_number(sum.number / rows.number)));
    }
    return OK;
}

static status begin_row(struct geostats *geostats, uint32_t group, double bin)
{
    struct geotiles *tiles = geostats->tiles;
    struct cell      label;

    tiles->rows++;
    tiles->bin = bin;
    tiles->row_open = true;
    TRY(grid_label(&geostats->bound->grid, bin, &tiles->arena, &label));
    *grid_at(tiles, 0, tiles->rows - 1) = label;
    for (uint32_t i = 3; i < tiles->keys; i++)
        TRY(put_cell(tiles, i, groups_cell(&tiles->shown->groups, group, i - 2)));
    return put_places(geostats, bin);
}

/* False: its row is not among those at hand, they are complete. */
static status put_group(struct geostats *geostats, uint32_t group, bool *enough)
{
    struct geotiles    *tiles = geostats->tiles;
    struct group_table *shown = tiles->shown;
    double              bin = group_table_number(shown, group, 0);
    uint32_t            series = 0;
    struct cell         cell;

    *enough = true;
    if (!geostats->bound->splits || !tiles->row_open || bin != tiles->bin) {
        *enough = tiles->rows < tiles->room && (tiles->rows == 0 || arena_size(&tiles->arena) <= tiles->bytes);
        if (!*enough)
            return OK;
        TRY(begin_row(geostats, group, bin));
    }
    if (geostats->bound->splits)
        series = (uint32_t)group_table_number(shown, group, 1);
    for (uint32_t i = 0; i < tiles->values; i++) {
        TRY(tallies_cell(&shown->tallies, tiles->value[i], group, &tiles->arena, &cell));
        TRY(put_cell(tiles, tiles->keys + i * tiles->series + series, cell));
    }
    return OK;
}

static status more_rows(struct op *op)
{
    struct geostats *geostats = container_of(op, struct geostats, op);
    struct geotiles *tiles = geostats->tiles;
    bool             enough = true;

    TRY(clear_rows(geostats));
    while (!tiles->over && enough) {
        status result;
        for (; tiles->at < tiles->shown->count && enough; tiles->at += enough)
            TRY(put_group(geostats, tiles->shown->order[tiles->at], &enough));
        if (!enough)
            break;
        result = group_table_next(tiles->shown);
        if (result != OK && result != DONE)
            return result;
        tiles->at = 0;
        tiles->over = result == DONE;
    }
    geostats->base = geostats->results.rows;
    geostats->results.rows += tiles->rows;
    return tiles->rows ? OK : DONE;
}

static status tile_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct geostats *geostats = host;

    (void)arena;
    *out = *grid_at(geostats->tiles, column, (uint32_t)(row - geostats->base));
    return OK;
}

/* --- columns ------------------------------------------------------------------------------------------------------- */

static status name_columns(struct geostats *geostats)
{
    struct geotiles    *tiles = geostats->tiles;
    struct names       *names = geostats->op.context->names;
    bool                splits = geostats->bound->splits;
    uint64_t            columns;
    const struct name **name;

    tiles->keys = 3 + (splits ? 0 : geostats->bound->measures.bys);
    tiles->series = splits ? tiles->named.count + tiles->other : 1;
    columns = tiles->keys + (uint64_t)tiles->values * tiles->series;
    if (columns > UINT32_MAX)
        return FAIL_LIMIT;
    TRY_NEW(geostats->results.name = name = ARENA_ARRAY(&geostats->op.arena, const struct name *, columns + 1));
    TRY_NEW(name[0] = names_intern(names, STR("geobin")));
    TRY_NEW(name[1] = names_intern(names, geostats->bound->latitude));
    TRY_NEW(name[2] = names_intern(names, geostats->bound->longitude));
    for (uint32_t i = 3; i < tiles->keys; i++)
        name[i] = geostats->by[i - 3];
    for (uint32_t v = 0; v < tiles->values; v++)
        for (uint32_t s = 0; s < tiles->series; s++) {
            const struct name **at = &name[tiles->keys + v * tiles->series + s];
            *at = tiles->value[v]->name;
            if (splits)
                TRY(series_label(geostats->op.context->heap, names, tiles->values > 1 ? name_str(*at) : STR(""),
                                 STR(""), STR(": "),
                                 s < tiles->named.count ? interner_str(&tiles->named, s) : STR("OTHER"), NULL, at));
        }
    geostats->results.columns = (uint32_t)columns;
    return OK;
}

/* As many rows at once as make a batch, if there is memory for them. */
static void set_room(struct geostats *geostats)
{
    const struct run *run = geostats->op.run;
    size_t            bytes = run->options.limit_memory / 16;
    uint32_t          most = run->options.batch_rows ? run->options.batch_rows : 4096, cells = CELLS_MOST, room;

    if (bytes && bytes / 2 / sizeof(struct cell) < cells)
        cells = (uint32_t)(bytes / 2 / sizeof(struct cell));
    geostats->tiles->bytes = bytes ? bytes : SIZE_MAX;
    room = cells / (geostats->results.columns + 1);
    room = room ? room : 1;
    geostats->tiles->room = room < most ? room : most;
}

static status begin(struct geostats *geostats)
{
    struct geotiles *tiles = ARENA_NEW(&geostats->op.arena, struct geotiles);

    TRY_NEW(geostats->tiles = tiles);
    geostats->finishing = true;
    arena_init(&tiles->arena, geostats->op.context->heap);
    interner_init(&tiles->named, geostats->op.context->heap);
    TRY(group_table_yield(geostats->places, geostats->cells));
    TRY(zoom(geostats, &geostats->cells, geostats->bin_key));
    TRY(group_table_yield(geostats->cells, geostats->places));
    TRY(zoom(geostats, &geostats->places, 0));
    TRY(group_table_yield(geostats->places, geostats->cells));
    if (geostats->bound->splits)
        TRY(geotiles_fold(geostats));
    tiles->shown = geostats->bound->splits ? tiles->folded : geostats->cells;
    TRY(geotiles_read(geostats, tiles->shown));
    TRY(group_table_read(geostats->places));
    geostats->results = (struct results){ .op = &geostats->op, .cell = tile_cell, .host = geostats, .passing = true,
                                          .rests = true };
    TRY(name_columns(geostats));
    set_room(geostats);
    return OK;
}

status geotiles_emit(struct geostats *geostats)
{
    if (!geostats->finishing)
        TRY(begin(geostats));
    return results_emit_pieces(&geostats->results, more_rows);
}

void geotiles_free(struct geostats *geostats)
{
    struct geotiles *tiles = geostats->tiles;

    if (!tiles)
        return;
    group_table_close(tiles->folded);
    heap_free(geostats->op.context->heap, tiles->by_place.byte, tiles->by_place.room);
    heap_free(geostats->op.context->heap, tiles->by_group.byte, tiles->by_group.room);
    interner_free(&tiles->named);
    arena_free(&tiles->arena);
}
