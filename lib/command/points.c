#include "command/points.h"

#include "group/tallies.h"
#include "text/json.h"
#include "value/number.h"
#include "value/order.h"

#include <stdlib.h>

#define FIELD_PREFIX STR("metric_name:")

enum { ROW_MOST = 256 };                    /* points of a row; beyond that those of neighbours may mix in their order */

struct point {
    uint32_t     row;
    const struct field *field;              /* metric_name:NAME; NULL: metric_name and _value */
};

status points_open(struct points *points, bool by_value, const struct measures *measures, struct context *context,
                   struct arena *arena)
{
    *points = (struct points){ .by_value = by_value, .measures = measures, .context = context, .arena = arena };
    TRY_NEW(points->metric = names_intern(context->names, STR("metric_name")));
    TRY_NEW(points->value = names_intern(context->names, STR("_value")));
    TRY_NEW(points->series = names_intern(context->names, STR(SERIES_FIELD)));
    return OK;
}

/* --- rows to points ------------------------------------------------------------------------------------- */

static bool is_measure(const struct field *field)
{
    str name = name_str(field->name);

    return str_starts(name, FIELD_PREFIX) && name.size > FIELD_PREFIX.size;
}

static bool is_number(const struct column *column, uint32_t row)
{
    struct cell cell = column ? column_cell(column, row) : cell_null();
    double      number;

    return cell_reads_number(&cell, &number);
}

/* Points of metrics without a name, or with blanks in it, are never found. */
static bool is_name(str text) { return text.size && !memchr(text.at, ' ', text.size); }

static bool has_name(const struct column *metric, uint32_t row)
{
    struct cell cell = metric ? column_cell(metric, row) : cell_null();

    return cell.kind != KIND_NULL && (cell.kind != KIND_TEXT || is_name(cell_str(&cell)));
}

static status find_points(struct points *points, struct batch *in, const struct rows *rows, struct arena *arena,
                          struct point **out, uint32_t *count)
{
    struct column *metric = batch_column(in, points->metric), *value = batch_column(in, points->value);
    uint32_t       fields = 1;

    TRY(batch_decode(in, metric));
    TRY(batch_decode(in, value));
    for (uint32_t i = 0; i < in->fields; i++) {
        if (!is_measure(&in->field[i]))
            continue;
        TRY(batch_decode(in, in->field[i].column));
        fields++;
    }
    *count = 0;
    TRY_NEW(*out = arena_alloc(arena, ((size_t)rows->count * fields + 1) * sizeof **out));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        if (has_name(metric, row) && is_number(value, row))
            (*out)[(*count)++] = (struct point){ row, NULL };
        for (uint32_t f = 0; fields > 1 && f < in->fields; f++)
            if (is_measure(&in->field[f]) && is_name(name_str(in->field[f].name)) && is_number(in->field[f].column, row))
                (*out)[(*count)++] = (struct point){ row, &in->field[f] };
    }
    return OK;
}

static status copy_field(const struct point *point, uint32_t count, const struct field *field, struct batch *out)
{
    struct column *column = column_cells(&out->arena, count, KINDS_ANY);

    TRY_NEW(column);
    for (uint32_t i = 0; i < count; i++)
        column->cell[i] = column_cell(field->column, point[i].row);
    return batch_set(out, field->name, column, field->rank);
}

static status fill_points(struct points *points, struct batch *in, const struct point *point, uint32_t count,
                          struct batch *out)
{
    struct column *metric, *value, *metrics = batch_column(in, points->metric), *values = batch_column(in, points->value);

    for (uint32_t i = 0; i < in->fields; i++) {
        if (is_measure(&in->field[i]) || in->field[i].name == points->metric || in->field[i].name == points->value)
            continue;
        TRY(batch_decode(in, in->field[i].column));
        TRY(copy_field(point, count, &in->field[i], out));
    }
    TRY_NEW(metric = column_cells(&out->arena, count, KINDS_ANY));
    TRY_NEW(value = column_cells(&out->arena, count, KINDS_ANY));
    for (uint32_t i = 0; i < count; i++) {
        str name = point[i].field ? name_str(point[i].field->name) : STR("");
        metric->cell[i] = point[i].field ? cell_field_text(str_slice(name, FIELD_PREFIX.size, name.size))
                                         : column_cell(metrics, point[i].row);
        value->cell[i] = column_cell(point[i].field ? point[i].field->column : values, point[i].row);
    }
    TRY(batch_set(out, points->metric, metric, 0));
    return batch_set(out, points->value, value, 0);
}

/* --- time series ---------------------------------------------------------------------------------------- */

/* mstats knows no dimension of these names. */
static bool tells_time(str name)
{
    static const char *const names[] = {
        "date_hour", "date_mday", "date_minute", "date_month", "date_second", "date_wday", "date_year", "date_zone",
        "metric_timestamp", "time", "timeendpos", "timestamp", "timestartpos",
    };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

static bool is_dimension(const struct points *points, const struct field *field)
{
    str name = name_str(field->name);

    if (field->name == points->metric)
        return points->by_value;
    return name.size && name.at[0] != '_' && !tells_time(name);
}

static int by_name(const void *left, const void *right)
{
    const struct field *const *a = left, *const *b = right;

    return str_compare(name_str((*a)->name), name_str((*b)->name));
}

static void put_value(const struct cell *value, struct buf *text)
{
    char room[NUMBER_ROOM];

    if (value->kind != KIND_LIST) {
        json_put_string(text, cell_show(value, room));
        return;
    }
    for (uint32_t i = 0; i < value->size; i++) {
        buf_byte(text, i ? ',' : '[');
        json_put_string(text, cell_show(&value->list[i], room));
    }
    buf_byte(text, ']');
}

static void put_series(struct field *const *field, uint32_t fields, uint32_t row, struct buf *text)
{
    char before = '{';

    for (uint32_t i = 0; i < fields; i++) {
        struct cell value = column_cell(field[i]->column, row);
        if (value.kind == KIND_NULL)
            continue;
        buf_byte(text, before);
        json_put_string(text, name_str(field[i]->name));
        buf_byte(text, ':');
        put_value(&value, text);
        before = ',';
    }
    buf_text(text, before == '{' ? "{}" : "}");
}

/* All fields are dimensions by now, or not looked at, and their columns are cells of their own. */
static status name_series(struct points *points, struct batch *batch)
{
    struct field **field;
    struct column *series;
    struct buf     text;
    uint32_t       fields = 0;
    status         s = OK;

    TRY_NEW(field = arena_alloc(&batch->arena, (batch->fields + (size_t)1) * sizeof *field));
    TRY_NEW(series = column_cells(&batch->arena, batch->size, KINDS_TEXT));
    for (uint32_t i = 0; i < batch->fields; i++)
        if (is_dimension(points, &batch->field[i]))
            field[fields++] = &batch->field[i];
    qsort(field, fields, sizeof *field, by_name);
    buf_init(&text, points->context->heap);
    for (uint32_t row = 0; row < batch->size && s == OK; row++) {
        buf_clear(&text);
        put_series(field, fields, row, &text);
        if ((s = buf_status(&text)) != OK)
            break;
        series->cell[row] = cell_field_text(arena_str(&batch->arena, buf_str(&text)));
        s = series->cell[row].text ? OK : FAIL_MEMORY;
    }
    buf_free(&text);
    TRY(s);
    return batch_set(batch, points->series, series, 0);
}

status points_take(struct points *points, struct batch *in, const struct rows *rows, struct batch **out)
{
    struct arena  arena;
    struct point *point;
    uint32_t      count = 0;
    status        s;

    arena_init(&arena, points->context->heap);
    s = find_points(points, in, rows, &arena, &point, &count);
    if (s == OK && !(*out = batch_new(points->context->heap, count)))
        s = FAIL_MEMORY;
    if (s == OK && ((s = fill_points(points, in, point, count, *out)) != OK ||
                    (points->by_series && (s = name_series(points, *out)) != OK))) {
        batch_release(*out);
        *out = NULL;
    }
    if (s == OK) {
        (*out)->ordinal = in->ordinal * ROW_MOST;       /* a row makes several */
        (*out)->segment = in->segment;
    }
    arena_free(&arena);
    return s;
}

/* --- names ---------------------------------------------------------------------------------------------- */

static bool is_asked_for(const struct points *points, str metric)
{
    for (uint32_t i = 0; i < points->measures->count; i++) {
        const struct measure *measure = &points->measures->item[i];
        if (measure->wild ? names_match(measure->field, metric) : str_equal(measure->field, metric))
            return true;
    }
    return false;
}

static status column_of(struct batch *batch, const struct name *name, struct column **out)
{
    *out = batch_column(batch, name);
    if (*out)
        return OK;
    TRY_NEW(*out = column_cells(&batch->arena, batch->size, KINDS_ANY));
    memset((*out)->cell, 0, batch->size * sizeof(struct cell));
    return batch_set(batch, name, *out, 0);
}

/* What the query says of dimensions has been done by now: fields of the names of metrics are in nobody's way, and a
 * wildcard finds metrics alone. */
static status keep_fields(struct points *points, struct batch *batch)
{
    for (uint32_t i = batch->fields; i-- > 0;) {
        const struct name *name = batch->field[i].name;
        bool               keep = str_is(name_str(name), "_time") || (points->by_series && name == points->series);
        for (uint32_t b = 0; b < points->measures->bys && !keep; b++)
            keep = str_equal(points->measures->by[b], name_str(name));
        if (!keep)
            batch_remove(batch, name);
    }
    return OK;
}

status points_name(struct points *points, struct batch *batch)
{
    struct column *metric = batch_column(batch, points->metric), *value = batch_column(batch, points->value);
    uint32_t      *kept, count = 0;

    if (points->by_value)
        return OK;
    TRY(keep_fields(points, batch));
    TRY_NEW(kept = arena_alloc(&batch->arena, (batch_rows(batch) + (size_t)1) * sizeof *kept));
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        uint32_t           row = batch_row(batch, i);
        struct cell        cell = column_cell(metric, row);
        const struct name *name;
        struct column     *column;
        if (cell.kind != KIND_TEXT || !is_asked_for(points, cell_str(&cell)))
            continue;
        kept[count++] = row;
        TRY_NEW(name = names_intern(points->context->names, cell_str(&cell)));
        TRY(column_of(batch, name, &column));
        if (column->encoding != ENCODING_CELLS || column == metric || column == value)
            continue;                       /* a BY field is called as the metric */
        column->cell[row] = column_cell(value, row);
    }
    batch->rows = (struct rows){ count, kept };
    return OK;
}
