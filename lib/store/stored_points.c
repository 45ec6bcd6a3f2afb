#include "store/stored_points.h"

#include "flow/run.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>
#include <stdio.h>

#define MEASURE STR("metric_name:")

enum { INDEX, SOURCE, SOURCETYPE, HOST };
enum { FEW_ROWS = 64 };                 /* with prefixes every row may bring columns of its own */

static const char *const origins[POINT_ORIGINS] = { "index", "source", "sourcetype", "host" };

/* A batch on its way. */
struct points_making {
    struct stored_points *points;
    struct batch         *in;
    struct stored_field  *field;
    uint32_t              fields;
    struct column        *time, *metric, *value, *prefix, *origin[POINT_ORIGINS];
    uint32_t             *row;          /* those that are data points */
    uint32_t              rows;
};

status stored_points_open(struct stored_points *points, struct op *op, const struct stored_points_bound *bound)
{
    struct names *names = op->run->names;

    *points = (struct stored_points){ .op = op, .bound = bound };
    TRY_NEW(points->time = names_intern(names, STR("_time")));
    TRY_NEW(points->metric = names_intern(names, STR("metric_name")));
    TRY_NEW(points->value = names_intern(names, STR("_value")));
    if (bound->prefix.size)
        TRY_NEW(points->prefix = names_intern(names, bound->prefix));
    for (int i = 0; i < POINT_ORIGINS; i++)
        TRY_NEW(points->origin[i] = names_intern(names, str_of(origins[i])));
    TRY_NEW(points->pair = ARENA_ARRAY(&op->arena, const struct name *, bound->pairs + (size_t)1));
    for (uint32_t i = 0; i < bound->pairs; i++)
        TRY_NEW(points->pair[i] = names_intern(names, bound->pair[i].name));
    if (!bound->dimension)
        return OK;
    TRY_NEW(points->dimension = ARENA_ARRAY(&op->arena, const struct name *, bound->dimensions + (size_t)1));
    for (uint32_t i = 0; i < bound->dimensions; i++)
        TRY_NEW(points->dimension[i] = names_intern(names, bound->dimension[i]));
    return OK;
}

/* --- what fields are ----------------------------------------------------------------------------------------------- */

static bool is_number(const struct column *column, uint32_t row)
{
    struct cell cell = column ? column_cell(column, row) : cell_null();
    double      number;

    return cell_spells_number(&cell, &number) && isfinite(number);
}

static bool is_measure_name(str name) { return str_starts(name, MEASURE) && name.size > MEASURE.size; }

static bool is_origin(const struct stored_points *points, const struct name *name)
{
    for (int i = 0; i < POINT_ORIGINS; i++)
        if (points->origin[i] == name)
            return true;
    return false;
}

static bool is_listed(const struct stored_points *points, const struct name *name)
{
    for (uint32_t i = 0; points->dimension && i < points->bound->dimensions; i++)
        if (points->dimension[i] == name)
            return true;
    return false;
}

/* Could it be a measure, in a row where it is a number? */
static bool is_candidate(const struct stored_points *points, const struct name *name)
{
    if (is_listed(points, name) || is_origin(points, name) || name == points->prefix || name == points->metric)
        return false;
    return points->bound->split != SPLIT_NONE || is_measure_name(name_str(name));
}

/* Is it a dimension in rows where it is no measure? */
static bool is_dimension(const struct stored_points *points, const struct name *name)
{
    if (is_origin(points, name) || name == points->prefix || name == points->metric || is_measure_name(name_str(name)))
        return false;
    if (is_listed(points, name))
        return true;
    return points->bound->split == SPLIT_NUMBERS || (points->bound->split == SPLIT_NONE && !points->dimension);
}

static bool has_metric(const struct points_making *making, uint32_t row)
{
    struct cell cell = making->metric ? column_cell(making->metric, row) : cell_null();

    return making->points->bound->split == SPLIT_NONE && cell.kind == KIND_TEXT &&
           str_trim_blanks(cell_str(&cell)).size && is_number(making->value, row);
}

/* --- which rows ---------------------------------------------------------------------------------------------------- */

/* One text that is not empty; *out is that, and a dot. */
static bool prefix_of(const struct points_making *making, uint32_t row, char *room, str *out)
{
    struct cell cell = making->prefix ? column_settled(making->prefix, row) : cell_null();

    if (cell.kind != KIND_TEXT && cell.kind != KIND_NUMBER)
        return false;
    *out = cell_show(&cell, room);
    return str_trim_blanks(*out).size > 0;
}

static void note(const struct points_making *making, const char *code, const char *format)
{
    char text[200];
    int  size = snprintf(text, sizeof text, format, making->points->op->stage->command->name);

    op_note(making->points->op, code, str_make(text, (size_t)size));
}

/* Counts what is no number where one should be. */
static bool has_measure(const struct points_making *making, uint32_t row)
{
    bool any = has_metric(making, row);

    for (uint32_t i = 0; i < making->fields; i++) {
        const struct stored_field *field = &making->field[i];

        if (!is_candidate(making->points, field->name))
            continue;
        if (is_number(field->column, row))
            any = true;
        else if (making->points->bound->split != SPLIT_NUMBERS && !column_is_null(field->column, row))
            note(making, "no-numbers", "values were no numbers, so '%s' stored no measures for them");
    }
    return any;
}

static void choose_rows(struct points_making *making, const struct rows *rows)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        char     room[NUMBER_ROOM];
        str      prefix;

        if (making->points->prefix && !prefix_of(making, row, room, &prefix))
            note(making, "no-prefix", "rows lack the prefix field, so '%s' stored no data points for them");
        else if (has_measure(making, row))
            making->row[making->rows++] = row;
        else
            note(making, "no-measures", "rows have no measures, so '%s' stored no data points for them");
    }
}

/* --- columns ------------------------------------------------------------------------------------------------------- */

static status cells_of(struct stored *stored, const struct name *name, struct cell **cells)
{
    struct field *field = batch_field(stored->out, name);

    if (!field)
        return stored_add(stored, name, true, cells);
    *cells = field->column->cell;
    return OK;
}

static status set_point(const struct points_making *making, struct stored *stored)
{
    const struct stored_points       *points = making->points;
    const struct stored_points_bound *bound = points->bound;
    const char *const                 told[POINT_ORIGINS] = { bound->index, bound->source, bound->sourcetype, bound->host };
    struct cell                      *cells, common = cell_null();

    TRY(stored_add(stored, points->time, false, &cells));
    for (uint32_t i = 0; i < making->rows; i++) {
        if (!stored_time(making->time, making->row[i], &cells[i]))
            cells[i] = stored_default_time(points->op->context, false);
        TRY(stored_own(stored, &cells[i]));
    }
    for (int o = 0; o < POINT_ORIGINS; o++) {
        TRY(stored_add(stored, points->origin[o], false, &cells));
        if (told[o])
            TRY(stored_told(stored, str_of(told[o]), &common));
        for (uint32_t i = 0; i < making->rows; i++)
            if (told[o])
                cells[i] = common;
            else
                TRY(stored_keep(stored, making->origin[o], making->row[i], &cells[i]));
    }
    return OK;
}

/* A dimension that was asked for by name, and whose place is taken: as Splunk calls it. */
static status set_extracted(const struct points_making *making, struct stored *stored)
{
    static const char *const extracted[POINT_ORIGINS] = { "extracted_index", "extracted_source", "extracted_sourcetype",
                                                          "extracted_host" };
    const struct stored_points_bound *bound = making->points->bound;
    const char *const                 told[POINT_ORIGINS] = { bound->index, bound->source, bound->sourcetype, bound->host };

    for (int i = 0; i < POINT_ORIGINS; i++) {
        const struct name *name;

        if (!told[i] || !making->origin[i] || !is_listed(making->points, making->points->origin[i]))
            continue;
        TRY_NEW(name = names_intern(making->points->op->run->names, str_of(extracted[i])));
        if (!batch_field(stored->out, name))
            TRY(stored_copy(stored, name, making->origin[i]));
    }
    return OK;
}

static status measure_name(const struct points_making *making, const struct name *name, uint32_t row,
                           const struct name **out)
{
    struct buf text;
    char       room[NUMBER_ROOM];
    str        prefix = STR("");

    *out = name;
    if (making->points->bound->split == SPLIT_NONE)
        return OK;
    buf_init(&text, making->points->op->context->heap);
    buf_put(&text, MEASURE);
    if (making->points->prefix && prefix_of(making, row, room, &prefix)) {
        buf_put(&text, prefix);
        buf_byte(&text, '.');
    }
    buf_put(&text, is_measure_name(name_str(name)) ? str_slice(name_str(name), MEASURE.size, name->size) : name_str(name));
    *out = buf_status(&text) == OK ? names_intern(making->points->op->run->names, buf_str(&text)) : NULL;
    buf_free(&text);
    return *out ? OK : FAIL_MEMORY;
}

static status set_measure(const struct points_making *making, struct stored *stored, const struct stored_field *field)
{
    const struct name *name = NULL;
    struct cell       *cells = NULL;

    for (uint32_t i = 0; i < making->rows; i++) {
        if (!is_number(field->column, making->row[i]))
            continue;
        if (!name || making->points->prefix) {
            TRY(measure_name(making, field->name, making->row[i], &name));
            TRY(cells_of(stored, name, &cells));
        }
        TRY(stored_keep(stored, field->column, making->row[i], &cells[i]));
    }
    return OK;
}

static status set_dimension(const struct points_making *making, struct stored *stored, const struct stored_field *field)
{
    bool         candidate = is_candidate(making->points, field->name);
    struct cell *cells;

    TRY(cells_of(stored, field->name, &cells));
    for (uint32_t i = 0; i < making->rows; i++)
        if (!candidate || !is_number(field->column, making->row[i]))
            TRY(stored_keep(stored, field->column, making->row[i], &cells[i]));
    return OK;
}

static status set_metric(const struct points_making *making, struct stored *stored)
{
    struct cell *metric, *value;
    bool         any = false;

    for (uint32_t i = 0; i < making->rows; i++)
        any |= has_metric(making, making->row[i]);
    if (!any)
        return OK;
    TRY(cells_of(stored, making->points->metric, &metric));
    TRY(cells_of(stored, making->points->value, &value));
    for (uint32_t i = 0; i < making->rows; i++) {
        if (!has_metric(making, making->row[i]))
            continue;
        TRY(stored_keep(stored, making->metric, making->row[i], &metric[i]));
        TRY(stored_keep(stored, making->value, making->row[i], &value[i]));
    }
    return OK;
}

static status set_marker(const struct points_making *making, struct stored *stored)
{
    const struct stored_points *points = making->points;

    for (uint32_t i = 0; i < points->bound->pairs; i++) {
        struct cell *cells, common;

        if (is_origin(points, points->pair[i]) || name_is_internal(points->pair[i]))
            continue;
        TRY(stored_told(stored, points->bound->pair[i].value, &common));
        TRY(cells_of(stored, points->pair[i], &cells));
        for (uint32_t row = 0; row < making->rows; row++)
            if (cells[row].kind == KIND_NULL)
                cells[row] = common;
    }
    return OK;
}

static status fill(const struct points_making *making, struct stored *stored)
{
    TRY(set_point(making, stored));
    TRY(set_metric(making, stored));
    for (uint32_t i = 0; i < making->fields; i++) {
        if (is_candidate(making->points, making->field[i].name))
            TRY(set_measure(making, stored, &making->field[i]));
        if (is_dimension(making->points, making->field[i].name))
            TRY(set_dimension(making, stored, &making->field[i]));
    }
    TRY(set_extracted(making, stored));
    TRY(set_marker(making, stored));
    stored_end(stored);
    return OK;
}

static status make_some(struct points_making *making, const struct rows *rows, batch_sink sink, void *host)
{
    struct stored stored;
    status        s;

    making->rows = 0;
    choose_rows(making, rows);
    if (making->rows == 0)
        return OK;
    TRY(stored_begin(&stored, making->points->op, making->in, making->row, making->rows));
    if ((s = fill(making, &stored)) == OK)
        return sink(host, stored.out);
    batch_release(stored.out);
    return s;
}

static status begin(struct stored_points *points, struct batch *in, struct points_making *out)
{
    *out = (struct points_making){ .points = points, .in = in };
    TRY(stored_fields(in, &points->op->step, &out->field, &out->fields));
    TRY(stored_column(in, points->time, &out->time));
    TRY(stored_column(in, points->metric, &out->metric));
    TRY(stored_column(in, points->value, &out->value));
    if (points->prefix)
        TRY(stored_column(in, points->prefix, &out->prefix));
    for (int i = 0; i < POINT_ORIGINS; i++)
        TRY(stored_column(in, points->origin[i], &out->origin[i]));
    TRY_NEW(out->row = arena_alloc(&points->op->step, (batch_rows(in) + (size_t)1) * sizeof *out->row));
    return OK;
}

status stored_points_make(struct stored_points *points, struct batch *in, batch_sink sink, void *host)
{
    uint32_t      count = batch_rows(in), most = points->prefix ? FEW_ROWS : count;
    struct points_making making;
    uint32_t     *row;

    TRY(begin(points, in, &making));
    TRY_NEW(row = arena_alloc(&points->op->step, (count + (size_t)1) * sizeof *row));
    for (uint32_t i = 0; i < count; i++)
        row[i] = batch_row(in, i);
    for (uint32_t from = 0; from < count; from += most) {
        struct rows some = { count - from < most ? count - from : most, row + from };

        TRY(make_some(&making, &some, sink, host));
    }
    return OK;
}
