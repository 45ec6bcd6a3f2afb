#include "command/geotiles.h"

#include "value/order.h"

#include <math.h>

status geostats_partials_open(struct geostats *geostats)
{
    struct op *op = &geostats->op;

    geostats->meets = geostats->bound->meets || op->context->takes_partials;
    TRY_NEW(geostats->bin_field = names_intern(op->context->names, STR("psrsvd_bin")));
    TRY_NEW(geostats->place_field = names_intern(op->context->names, STR("psrsvd_place")));
    return partial_fields_init(&geostats->partial, op->context->names);
}

/* --- in ------------------------------------------------------------------------------------------------------------ */

static bool is_bin(const struct grid *grid, const struct column *column, uint32_t row)
{
    uint32_t    last = grid->levels - 1;
    struct cell cell = column ? column_cell(column, row) : cell_null();
    double      bin;

    return cell_reads_number(&cell, &bin) && bin >= grid->first[last] && bin == floor(bin) &&
           bin < grid->first[last] + grid->rows[last] * grid->columns[last];
}

/* Rows of places to the front, of groups behind them; those of neither are noted and left out. */
static status sort_rows(struct geostats *geostats, struct batch *in, const struct rows *rows, struct rows *place,
                        struct rows *group)
{
    struct column *bin = batch_column(in, geostats->bin_field), *mark = batch_column(in, geostats->place_field);
    uint32_t      *row, places = 0, groups = 0;

    TRY(batch_decode(in, bin));
    TRY(batch_decode(in, mark));
    TRY_NEW(row = arena_alloc(&geostats->op.step, 2 * (rows->count + (size_t)1) * sizeof *row));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t at = rows_at(rows, i);
        if (!is_bin(&geostats->bound->grid, bin, at))
            partial_note_bad(&geostats->op);
        else if (mark && !column_is_null(mark, at))
            row[places++] = at;
        else
            row[rows->count + groups++] = at;
    }
    *place = (struct rows){ places, row };
    *group = (struct rows){ groups, row + rows->count };
    return OK;
}

static status load(struct geostats *geostats, struct group_table *table, const struct column *const *key, struct batch *in,
                   const struct rows *rows)
{
    struct grouping grouping;

    TRY(group_table_assign(table, key, in, rows, &geostats->op.step, &grouping));
    return partial_load(&table->states, &geostats->partial, in, &grouping, &geostats->op);
}

status geostats_take_partials(struct geostats *geostats, struct batch *in, const struct rows *rows)
{
    struct column       *bins = batch_column(in, geostats->bin_field);
    const struct column *bin = bins;
    struct rows          place, group;

    geostats->met = true;
    TRY(sort_rows(geostats, in, rows, &place, &group));
    TRY(geostats_keys(geostats, in, bins));
    if (group.count)
        TRY(load(geostats, geostats->cells, (const struct column *const *)geostats->key, in, &group));
    return place.count ? load(geostats, geostats->places, &bin, in, &place) : OK;
}

/* --- out ----------------------------------------------------------------------------------------------------------- */

/* psrsvd_bin, BY fields, and behind them: */
enum { OUT_PLACE, OUT_ROWS, OUT_STATE, OUT_VERSION, OUT_COLUMNS };

static status partial_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct geostats    *geostats = host;
    bool                place = row >= geostats->places_base;
    struct group_table *table = place ? geostats->places : geostats->cells;
    uint32_t            group = table->order[row - (place ? geostats->places_base : geostats->base)];
    uint32_t            keys = geostats->cells->shape.keys;

    if (column == 0)
        *out = cell_number(group_table_number(table, group, 0));
    else if (column < keys)
        *out = place ? cell_null() : groups_cell(&table->groups, group, column);
    else if (column == keys + OUT_PLACE)
        *out = place ? cell_number(1) : cell_null();
    else if (column == keys + OUT_ROWS)
        return tallies_cell(&table->tallies, table->tallies.work[place ? PLACE_ROWS : geostats->bound->events],
                            group, arena, out);
    else if (column == keys + OUT_STATE)
        return states_save(&table->states, group, arena, out);
    else
        *out = cell_number(1);
    return OK;
}

/* Groups, then places; both at once where the groups are in memory: small results are one batch. */
static status more_partials(struct op *op)
{
    struct geostats *geostats = container_of(op, struct geostats, op);
    uint64_t         before = geostats->results.rows;
    status           result;

    if (!geostats->placing) {
        result = group_table_next(geostats->cells);
        geostats->base = before;
        geostats->places_base = geostats->results.rows += result == OK ? geostats->cells->count : 0;
        if (result != DONE && (result != OK || group_table_is_aside(geostats->cells)))
            return result;
        geostats->placing = true;
        TRY(group_table_read(geostats->places));
    }
    result = group_table_next(geostats->places);
    geostats->places_base = geostats->results.rows;
    if (result == OK)
        geostats->results.rows += geostats->places->count;
    return result == DONE && geostats->results.rows > before ? OK : result;
}

static status begin(struct geostats *geostats)
{
    struct op          *op = &geostats->op;
    uint32_t            keys = geostats->cells->shape.keys;
    const struct name **name = ARENA_ARRAY(&op->arena, const struct name *, keys + (size_t)OUT_COLUMNS);

    TRY_NEW(name);
    name[0] = geostats->bin_field;
    for (uint32_t i = 1; i < keys; i++)
        name[i] = geostats->by[i - 1];
    name[keys + OUT_PLACE] = geostats->place_field;
    name[keys + OUT_ROWS] = geostats->partial.rows;
    name[keys + OUT_STATE] = geostats->partial.state;
    name[keys + OUT_VERSION] = geostats->partial.version;
    geostats->results = (struct results){ .op = op, .name = name, .columns = keys + OUT_COLUMNS, .cell = partial_cell,
                                          .host = geostats, .passing = true, .rests = true };
    geostats->finishing = true;
    return group_table_read(geostats->cells);
}

status geostats_emit_partials(struct geostats *geostats)
{
    if (!geostats->finishing)
        TRY(begin(geostats));
    return results_emit_pieces(&geostats->results, more_partials);
}
