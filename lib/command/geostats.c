/* geostats [latfield=] [longfield=] [outputlatfield=] [outputlongfield=] [binspanlat=] [binspanlong=]
 * [maxzoomlevel=] [globallimit=] [locallimit=] [translatetoxy=] [prestats=] <aggregates> [BY <field>]: aggregates
 * over the bins of a map, at every zoom level (reporting 8; command/geography.h).
 *
 * A row counts in one bin of every level; rows without a place on the earth, or without a value to split by, do not count.
 * Each bin has the mean place of its rows. Split by a field, every value is a column as in chart; `globallimit` of them
 * have names, those with the largest sums, and of these `locallimit` in each bin; the others are OTHER, for which
 * the states of aggregates are merged. (What Splunk's locallimit does is documented in half a sentence.) With
 * translatetoxy=f every value has a row of its own and there are no limits. */
#include "command/geotiles.h"
#include "flow/run.h"

enum {
    LATFIELD, LONGFIELD, OUTPUTLATFIELD, OUTPUTLONGFIELD, BINSPANLAT, BINSPANLONG, MAXZOOMLEVEL, GLOBALLIMIT, LOCALLIMIT,
    TRANSLATETOXY, PRESTATS, TERMS, BY
};

static const struct param geostats_params[] = {
    [LATFIELD] = { "latfield", PARAM_FIELD, PLACE_NAMED, .preset = "lat", .help = "the field with the latitude" },
    [LONGFIELD] = { "longfield", PARAM_FIELD, PLACE_NAMED, .preset = "lon", .help = "and with the longitude" },
    [OUTPUTLATFIELD] = { "outputlatfield", PARAM_FIELD, PLACE_NAMED, .preset = "latitude", .help = "the mean latitude" },
    [OUTPUTLONGFIELD] = { "outputlongfield", PARAM_FIELD, PLACE_NAMED, .preset = "longitude", .help = "the mean longitude" },
    [BINSPANLAT] = { "binspanlat", PARAM_NUMBER, PLACE_NAMED, .preset = "22.5", .least = 1e-6, .most = 180,
                     .help = "height of a bin at zoom level 0, in degrees" },
    [BINSPANLONG] = { "binspanlong", PARAM_NUMBER, PLACE_NAMED, .preset = "45", .least = 1e-6, .most = 360,
                      .help = "and its width" },
    [MAXZOOMLEVEL] = { "maxzoomlevel", PARAM_COUNT, PLACE_NAMED, .preset = "9", .least = 0, .most = ZOOM_MOST,
                       .help = "the finest level" },
    [GLOBALLIMIT] = { "globallimit", PARAM_COUNT, PLACE_NAMED, .limit = LIMIT_GEOSTATS,
                      .help = "columns beside OTHER; 0: all" },
    [LOCALLIMIT] = { "locallimit", PARAM_COUNT, PLACE_NAMED, .limit = LIMIT_GEOSTATS,
                      .help = "of them in one bin; 0: all" },
    [TRANSLATETOXY] = { "translatetoxy", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "f: a row for each value" },
    [PRESTATS] = { "prestats", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "partial results, for another geostats" },
    [TERMS] = { "aggregates", PARAM_AGGREGATES, PLACE_LIST, .required = true, .help = "count, avg(size) AS mean ..." },
    [BY] = { "by", PARAM_BY, PLACE_KEYWORD, .help = "what to split by" },
    { 0 }
};

/* A hidden measure. */
static status add_place(struct binder *binder, struct measures *measures, const char *function, str field)
{
    double         unused;
    struct measure measure = { .field = field, .name = field, .hidden = true };

    measure.aggregate = vocabulary_aggregate(binder->compile.words, str_of(function), &unused);
    return measure.aggregate ? measures_add(binder, measures, &measure) : FAIL_BUG;
}

/* --- binding ------------------------------------------------------------------------------------------------------- */

static status geostats_bind(struct binder *binder, struct stage *stage)
{
    struct geostats_bound *bound = stage->bound;
    const struct argument *argument = stage->argument, *by = &argument[BY];

    bound->measures.by = by->names;
    bound->measures.bys = by->count;
    bound->splits = argument[TRANSLATETOXY].truth && by->count > 0;
    if (bound->splits && by->count > 1)
        return diag_at(binder->diag, FAIL_QUERY, by->span, "bad-argument",
                       "'%.*s' can make columns of one BY field; several go with translatetoxy=f", SHOW(stage->name));
    if (!grid_init(&bound->grid, argument[BINSPANLAT].number, argument[BINSPANLONG].number,
                   (uint32_t)argument[MAXZOOMLEVEL].number + 1))
        return diag_at(binder->diag, FAIL_QUERY, argument[MAXZOOMLEVEL].span, "bad-argument",
                       "these bins are too small at zoom level %u", (uint32_t)argument[MAXZOOMLEVEL].number);
    bound->emits = argument[PRESTATS].truth;
    bound->meets = binder->partials;
    TRY(measures_bind(binder, argument[TERMS].aggregates, 0, &bound->measures));
    if (bound->emits)
        TRY(measures_check_partials(binder, &bound->measures));
    if (bound->emits || !measures_have_partials(&bound->measures))
        stage->traits &= ~(uint32_t)TRAIT_SPLITS;
    binder->partials |= bound->emits;
    TRY(add_place(binder, &bound->places, "sum", argument[LATFIELD].text));
    TRY(add_place(binder, &bound->places, "sum", argument[LONGFIELD].text));
    TRY(add_place(binder, &bound->places, "count", STR("")));
    bound->global_limit = argument[GLOBALLIMIT].number;
    bound->local_limit = argument[LOCALLIMIT].number;
    bound->latitude = argument[OUTPUTLATFIELD].text;
    bound->longitude = argument[OUTPUTLONGFIELD].text;
    return measures_count_rows(binder, &bound->measures, &bound->events);
}

static void geostats_drop(struct stage *stage)
{
    measures_drop(&((struct geostats_bound *)stage->bound)->measures);
}

static status geostats_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct geostats_bound *bound = stage->bound;

    wanted_clear(wanted);
    TRY(wanted_add(wanted, stage_argument(stage, LATFIELD)->text));
    TRY(wanted_add(wanted, stage_argument(stage, LONGFIELD)->text));
    for (uint32_t i = 0; i < bound->measures.bys; i++)
        TRY(wanted_add(wanted, bound->measures.by[i]));
    return measures_needs(&bound->measures, wanted);
}

/* --- counting ------------------------------------------------------------------------------------------------------ */

static status read_places(struct geostats *geostats, struct batch *in, const double **latitude, const double **longitude)
{
    struct column *column[] = { batch_column(in, geostats->latitude), batch_column(in, geostats->longitude) };

    TRY(batch_decode(in, column[0]));
    TRY(batch_decode(in, column[1]));
    TRY(feed_read_numbers(in, column[0], &geostats->op.step, latitude));
    return feed_read_numbers(in, column[1], &geostats->op.step, longitude);
}

/* A column of the numbers of the finest bins, null where a row has no place. */
static status make_bins(struct geostats *geostats, const struct batch *in, const double *latitude, const double *longitude,
                        struct column **out)
{
    const struct grid *grid = &geostats->bound->grid;

    TRY_NEW(*out = column_cells(&geostats->op.step, in->size, KINDS_ANY));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t row = batch_row(in, i);
        double   bin[ZOOM_MOST + 1];
        (*out)->cell[row] = cell_null();
        if (!is_on_earth(latitude[row], longitude[row]))
            continue;
        grid_bins(grid, latitude[row], longitude[row], bin);
        (*out)->cell[row] = cell_number(bin[grid->levels - 1]);
    }
    return OK;
}

/* A row counts once for the place of its bin, whatever it is split by. */
static status add_places(struct geostats *geostats, struct batch *in, const struct column *bins,
                         const struct grouping *grouping)
{
    struct arena   *step = &geostats->op.step;
    uint32_t       *row, count = 0;
    struct rows     rows;
    struct grouping places;

    TRY_NEW(row = arena_alloc(step, (grouping->count + (size_t)1) * sizeof *row));
    for (uint32_t i = 0; i < grouping->count; i++) {
        uint32_t at = grouping->row ? grouping->row[i] : i;
        if (count == 0 || row[count - 1] != at)
            row[count++] = at;
    }
    rows = (struct rows){ count, row };
    TRY(group_table_assign(geostats->places, &bins, in, &rows, step, &places));
    return group_table_push(geostats->places, in, &places, step);
}

status geostats_keys(struct geostats *geostats, struct batch *in, struct column *bins)
{
    uint32_t by = 0;

    for (uint32_t i = 0; i < geostats->cells->shape.keys; i++) {
        geostats->key[i] = i == geostats->bin_key ? bins : batch_column(in, geostats->by[by++]);
        TRY(batch_decode(in, geostats->key[i]));
    }
    return OK;
}

static status count_rows(struct geostats *geostats, struct batch *in)
{
    struct op      *op = &geostats->op;
    struct column  *bins;
    struct grouping grouping;
    const double   *latitude, *longitude;

    TRY(read_places(geostats, in, &latitude, &longitude));
    TRY(make_bins(geostats, in, latitude, longitude, &bins));
    TRY(geostats_keys(geostats, in, bins));
    TRY(group_table_assign(geostats->cells, (const struct column *const *)geostats->key, in, &in->rows, &op->step,
                           &grouping));
    TRY(group_table_push(geostats->cells, in, &grouping, &op->step));
    return add_places(geostats, in, bins, &grouping);
}

static status geostats_push(struct op *op, struct batch *in)
{
    struct geostats *geostats = container_of(op, struct geostats, op);
    struct rows      plain = in->rows, partial = { 0 };
    struct batch    *rest;
    status           s;

    if (geostats->meets)
        TRY(partial_rows(&geostats->partial, in, &op->step, &plain, &partial));
    if (partial.count == 0)
        return count_rows(geostats, in);
    TRY(geostats_take_partials(geostats, in, &partial));
    if (plain.count == 0)
        return OK;
    TRY_NEW(rest = batch_derive(in));
    rest->rows = plain;
    s = count_rows(geostats, rest);
    batch_release(rest);
    return s;
}

static status geostats_finish(struct op *op)
{
    struct geostats *geostats = container_of(op, struct geostats, op);

    if (geostats->met && !geostats->finishing)
        states_note_missing(&geostats->cells->states, op);
    if (geostats->bound->emits)
        return geostats_emit_partials(geostats);
    return geotiles_emit(geostats);
}

static void geostats_close(struct op *op)
{
    struct geostats *geostats = container_of(op, struct geostats, op);

    geotiles_free(geostats);
    group_table_close(geostats->places);
    group_table_close(geostats->cells);
}

static const struct op_kind geostats_kind = {
    .name = "geostats", .push = geostats_push, .finish = geostats_finish, .close = geostats_close, .spills = true,
};

/* Bins at coarser levels, and OTHER, are poured from the groups that are counted. */
static status open_tables(struct geostats *geostats)
{
    const struct geostats_bound *bound = geostats->bound;
    bool                         zooms = bound->grid.levels > 1 && !bound->emits, folds = bound->splits && !bound->emits;
    struct group_shape cells = { .measures = &bound->measures, .keys = 1 + bound->measures.bys, .natural = folds ? 2 : 1,
                                 .pooled = zooms || folds, .whole = bound->emits };
    struct group_shape places = { .measures = &bound->places, .keys = 1, .natural = 1, .pooled = zooms };

    geostats->bin_key = folds;
    TRY(group_table_open(&geostats->op, &cells, &geostats->cells));
    return group_table_open(&geostats->op, &places, &geostats->places);
}

static status setup(struct geostats *geostats)
{
    struct op             *op = &geostats->op;
    const struct measures *measures = &geostats->bound->measures;
    struct names          *names = op->context->names;

    TRY_NEW(geostats->by = ARENA_ARRAY(&op->arena, const struct name *, measures->bys + 1));
    TRY_NEW(geostats->key = ARENA_ARRAY(&op->arena, struct column *, measures->bys + 1));
    for (uint32_t i = 0; i < measures->bys; i++)
        TRY_NEW(geostats->by[i] = names_intern(names, measures->by[i]));
    TRY_NEW(geostats->latitude = names_intern(names, stage_argument(op->stage, LATFIELD)->text));
    TRY_NEW(geostats->longitude = names_intern(names, stage_argument(op->stage, LONGFIELD)->text));
    TRY(open_tables(geostats));
    return geostats_partials_open(geostats);
}

static status geostats_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct geostats *geostats;

    TRY(op_new(&geostats_kind, sizeof *geostats, stage, run, out));
    geostats = container_of(*out, struct geostats, op);
    geostats->bound = stage->bound;
    return setup(geostats);
}

const struct command command_geostats = {
    .name = "geostats",
    .usage = "geostats [latfield=<field>] [longfield=<field>] [outputlatfield=<field>] [outputlongfield=<field>] "
             "[binspanlat=<degrees>] [binspanlong=<degrees>] [maxzoomlevel=<count>] [globallimit=<count>] "
             "[locallimit=<count>] [translatetoxy=<bool>] [prestats=<bool>] <aggregates> [BY <field>]",
    .summary = "Aggregates over the bins of a map, at several zoom levels",
    .params = geostats_params, .traits = TRAIT_TRANSFORMS | TRAIT_MERGES_ROWS | TRAIT_SPLITS, .map = "geostats prestats=t",
    .bound_size = sizeof(struct geostats_bound),
    .bind = geostats_bind, .drop = geostats_drop, .needs = geostats_needs, .open = geostats_open,
    .example = { "geostats maxzoomlevel=0 count BY os",
                 "{\"lat\":10,\"lon\":20,\"os\":\"linux\"}\n{\"lat\":12,\"lon\":22,\"os\":\"mac\"}",
                 "{\"geobin\":\"bin_id_zl_0_y_4_x_4\",\"latitude\":11,\"longitude\":21,\"linux\":1,\"mac\":1}" },
};
