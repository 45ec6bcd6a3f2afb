#include "command/charting.h"
#include "command/series_label.h"

#include "rows/results.h"
#include "flow/run.h"
#include "state/keep.h"
#include "value/order.h"

#include <math.h>

enum { CELLS_MOST = 1 << 20 };              /* of the rows that are made together */

/* Rows are filled in some at a time, cell by cell in the order in which the groups are read: by row. */
struct chart_table {
    struct chart  *chart;
    double        *start;                   /* rows that are bins of time in a row, with cells or not; else NULL */
    uint32_t       starts;
    uint32_t       series;                  /* columns of each value */
    struct results results;

    struct arena   arena;                   /* the rows at hand */
    struct cell   *grid;                    /* by column, then by row */
    uint64_t       base;                    /* the first of them */
    uint32_t       room, rows;              /* so many at most; so many there are */

    uint64_t       row;                     /* of the group that is next, once its row has begun */
    uint32_t       at;                      /* the group that is next, among those at hand */
    bool           row_open;                /* some row has begun */
    double         bin;                     /* the row that was a bin last, if any was */
    bool           any_bin;
    uint32_t       filled;                  /* bins without groups */
    bool           by_series;               /* columns of a series stand together, not those of a value */
    bool           begun, over;             /* is there a group at hand; there is none left */
};

/* --- rows ----------------------------------------------------------------------------------------------- */

/* The range of times: what was searched, or what was seen. `to` is inclusive. */
static void range_of(const struct chart *chart, double *from, double *to)
{
    const struct context *context = chart->op.context;

    *from = chart->timeline.from;
    *to = chart->timeline.to;
    if (chart->bound->fixedrange && isfinite(context->earliest) && context->earliest < *from)
        *from = context->earliest;
    if (chart->bound->fixedrange && isfinite(context->latest) && nextafter(context->latest, -INFINITY) > *to)
        *to = nextafter(context->latest, -INFINITY);
}

bool chart_is_cut(struct chart *chart, double start)
{
    double from, to;

    range_of(chart, &from, &to);
    return !chart->bound->partial &&
        (from > start || nextafter(to, INFINITY) < start + chart_bin_seconds(chart, start));
}

static status time_rows(struct chart_table *table)
{
    struct chart *chart = table->chart;
    double        from, to;
    uint32_t      most = (uint32_t)context_limit(chart->op.context, LIMIT_BINS_MOST);
    status        s;

    range_of(chart, &from, &to);
    s = timeline_bins(&chart->timeline, from, to, most, &chart->op.arena, &table->start, &table->starts);
    if (s == FAIL_LIMIT)
        return op_fail(&chart->op, FAIL_LIMIT, "limit-table", "the span gives more than %u rows", most);
    TRY(s);
    while (table->starts > 0 && chart_is_cut(chart, table->start[table->starts - 1]))
        table->starts--;
    for (; table->starts > 0 && chart_is_cut(chart, table->start[0]); table->start++)
        table->starts--;
    return OK;
}

bool chart_fills(const struct chart *chart)
{
    const struct chart_bound *bound = chart->bound;

    return !bound->is_timechart && bound->cont && bound->has_row && chart->row_bins.kind != BINNING_NONE;
}

/* What is in no bin (0 among those of log2, text) is not among them. */
bool chart_row_bin(const struct chart *chart, const struct cell *row, double *start)
{
    char   room[LABEL_ROOM];
    double low;

    return binning_reads(row, start) &&
        (chart->row_bins.kind == BINNING_TIME || binning_label(&chart->row_bins, *start, room, &low));
}

double chart_next_bin(struct chart *chart, double start)
{
    return chart->row_bins.kind == BINNING_TIME
        ? time_span_next(&chart->row_bins.span, &chart->timeline.view, chart->timeline.align, start)
        : binning_next(&chart->row_bins, start);
}

/* --- cells ---------------------------------------------------------------------------------------------- */

/* What a row is called, by the value of its field. */
static status row_cell(struct chart_table *table, struct cell *out)
{
    struct chart *chart = table->chart;
    char          room[LABEL_ROOM];
    double        number, low;
    size_t        size;

    if (!cell_reads_number(out, &number))
        return OK;
    if (chart->row_bins.kind == BINNING_TIME || chart->row_name == chart->time_name) {
        *out = cell_number(number);
        return OK;
    }
    size = binning_label(&chart->row_bins, number, room, &low);
    if (size) {
        *out = cell_field_text(arena_str(&table->arena, (str){ room, size }));
        TRY_NEW(out->text);
    }
    return OK;
}

static struct cell *grid_at(struct chart_table *table, uint32_t column, uint64_t row)
{
    return &table->grid[(size_t)column * table->room + (size_t)(row - table->base)];
}

/* What the groups at hand have outlives them. */
static status put_cell(struct chart_table *table, uint32_t column, struct cell cell)
{
    struct kept_cell kept = { .cell = cell };

    return kept_cell_copy(&kept, &table->arena, grid_at(table, column, table->row));
}

static status fill_cell(struct chart_table *table, uint32_t group)
{
    struct chart *chart = table->chart;
    uint32_t      place = 0;
    struct cell   cell;

    if (chart->bound->has_column) {
        cell = groups_cell(&chart->cells->groups, group, 1);
        place = chart_series_place(chart, &cell);
    }
    for (uint32_t i = 0; i < chart->values && place != SERIES_NONE; i++) {
        TRY(chart_value_cell(chart, &chart->value[i], group, &table->arena, &cell));
        TRY(put_cell(table, chart->bound->has_row + (table->by_series ? place * chart->values + i
                                                     : i * table->series + place), cell));
    }
    return OK;
}

/* Rows without any group, which only bins of time in a row have: those before the one with this start. */
static bool is_row(struct chart_table *table, double start, bool *shown)
{
    while (table->row < table->starts && table->start[table->row] < start)
        table->row++;
    *shown = table->row < table->starts && table->start[table->row] == start;
    return !*shown || table->row < table->base + table->room;
}

/* The row of the group that is next. False: it is not among the rows at hand, they are complete. */
static bool find_row(struct chart_table *table, uint32_t group, bool *begins, bool *shown)
{
    struct chart *chart = table->chart;
    double        start;

    *begins = false;
    *shown = true;
    if (!chart->bound->has_row)
        return true;
    start = chart->bound->is_timechart ? group_table_number(chart->cells, group, 0) : NAN;
    if (table->start)
        return is_row(table, start, shown);
    if (!isnan(start) && chart_is_cut(chart, start)) {
        *shown = false;
        return true;
    }
    *begins = !table->row_open || !group_table_follows(chart->cells, table->at, 1);
    return !*begins || table->rows < table->room;
}

static status begin_row(struct chart_table *table, struct cell cell)
{
    table->row = table->base + table->rows++;
    table->row_open = true;
    TRY(row_cell(table, &cell));
    return put_cell(table, 0, cell);
}

/* cont=t of chart: the bins between this row and the one before, too, are rows; as far as there is room. */
static status fill_bins(struct chart_table *table, struct cell row, bool *enough)
{
    struct chart *chart = table->chart;
    uint32_t      most = (uint32_t)context_limit(chart->op.context, LIMIT_BINS_MOST);
    double        start, next;

    *enough = true;
    if (!chart_fills(chart) || !chart_row_bin(chart, &row, &start))
        return OK;
    while (table->any_bin && (next = chart_next_bin(chart, table->bin)) > table->bin && next < start) {
        *enough = table->rows < table->room;
        if (!*enough)
            return OK;
        if (table->filled++ == most)
            return op_fail(&chart->op, FAIL_LIMIT, "limit-table", "the span gives more than %u rows", most);
        table->bin = next;
        TRY(begin_row(table, cell_number(next)));
    }
    *enough = table->rows < table->room;
    if (*enough) {
        table->any_bin = true;
        table->bin = start;
    }
    return OK;
}

static status fill_group(struct chart_table *table, uint32_t group, bool begins, bool *enough)
{
    struct cell row = begins ? groups_cell(&table->chart->cells->groups, group, 0) : cell_null();

    *enough = true;
    if (begins) {
        TRY(fill_bins(table, row, enough));
        if (!*enough)
            return OK;
        TRY(begin_row(table, row));
    }
    return fill_cell(table, group);
}

/* Cells without events. */
static status clear_rows(struct chart_table *table)
{
    const struct chart *chart = table->chart;
    uint32_t            first = chart->bound->has_row;

    arena_reset(&table->arena);
    table->base += table->rows;
    table->rows = 0;
    TRY_NEW(table->grid = arena_alloc(&table->arena, (size_t)table->results.columns * table->room * sizeof *table->grid));
    for (uint32_t i = 0; i < table->results.columns; i++) {
        const struct chart_value *value = i < first ? NULL
            : &chart->value[table->by_series ? (i - first) % chart->values : (i - first) / table->series];
        struct cell               empty = value && value->work && tally_counts(value->work) ? cell_number(0) : cell_null();
        for (uint32_t j = 0; j < table->room; j++)
            table->grid[(size_t)i * table->room + j] = empty;
    }
    for (; table->start && table->rows < table->room && table->base + table->rows < table->starts; table->rows++)
        *grid_at(table, 0, table->base + table->rows) = cell_number(table->start[table->base + table->rows]);
    return OK;
}

static status fill_rows(struct chart_table *table)
{
    struct group_table *cells = table->chart->cells;
    bool                begins, shown, enough = true;

    TRY(clear_rows(table));
    while (!table->over) {
        status result = OK;
        for (; table->begun && table->at < cells->count; table->at++) {
            uint32_t group = cells->order[table->at];
            group_table_fetch(cells, table->at);
            if (!find_row(table, group, &begins, &shown))
                return OK;
            if (shown)
                TRY(fill_group(table, group, begins, &enough));
            if (!enough)
                return OK;
        }
        result = chart_next(table->chart);
        table->at = 0;
        table->begun = true;
        table->over = result == DONE;
        if (result != OK && result != DONE)
            return result;
    }
    return OK;
}

static status table_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    (void)arena;
    *out = *grid_at(host, column, row);
    return OK;
}

/* --- columns -------------------------------------------------------------------------------------------- */

/* The column names of all series, by place. */
static status series_texts(struct chart *chart, str **out)
{
    const struct chart_series *series = &chart->series;
    struct cell                null = cell_null(), other = cell_field_text(chart->bound->other);

    TRY_NEW(*out = ARENA_ARRAY(&chart->op.arena, str, series->count + (size_t)1));
    for (uint32_t i = 0; i < series->chosen.count; i++)
        TRY(chart_series_text(chart, &series->chosen.cell[i], &(*out)[series->place[i]]));
    if (series->null != SERIES_NONE)
        TRY(chart_series_text(chart, &null, &(*out)[series->null]));
    return series->other == SERIES_NONE ? OK : chart_series_text(chart, &other, &(*out)[series->other]);
}

static status make_names(struct chart_table *table)
{
    struct chart       *chart = table->chart;
    struct context     *context = chart->op.context;
    uint64_t            most = 2 + (uint64_t)chart->values * (chart->series.count + 1);
    const struct name **name;
    str                *text = NULL;
    uint32_t           *columns = &table->results.columns;

    if (most > UINT32_MAX)
        return FAIL_LIMIT;
    TRY_NEW(name = ARENA_ARRAY(&chart->op.arena, const struct name *, most));
    table->results.name = name;
    if (chart->bound->has_column)
        TRY(series_texts(chart, &text));
    if (chart->bound->has_row)
        name[(*columns)++] = chart->row_name;
    table->by_series = text && context_choice(context, CHOICE_SERIES_FIRST);
    for (uint32_t i = 0; !text && i < chart->values; i++)
        TRY_NEW(name[(*columns)++] = names_intern(context->names, chart->value[i].name));
    for (uint32_t i = 0; text && i < chart->values * chart->series.count; i++) {
        uint32_t value = table->by_series ? i % chart->values : i / chart->series.count;
        uint32_t series = table->by_series ? i / chart->values : i % chart->series.count;
        TRY(series_label(context->heap, context->names, chart->values == 1 ? STR("") : chart->value[value].name,
                         chart->bound->format, chart->bound->separator, text[series], chart->row_name, &name[(*columns)++]));
    }
    return OK;
}

/* --- the result ----------------------------------------------------------------------------------------- */

static status begin(struct chart *chart, struct chart_table **out)
{
    const struct chart_bound *bound = chart->bound;
    struct chart_table       *table = ARENA_NEW(&chart->op.arena, struct chart_table);
    size_t                    bytes = chart->op.run->options.limit_memory / 32;
    uint32_t                  most = chart->op.run->options.batch_rows, cells = CELLS_MOST;

    TRY_NEW(*out = table);
    table->chart = chart;
    arena_init(&table->arena, chart->op.context->heap);
    table->results = (struct results){ .op = &chart->op, .cell = table_cell, .host = table, .passing = true };
    TRY_NEW(chart->time_name = names_intern(chart->op.context->names, STR("_time")));
    if (bound->has_row && !group_table_is_aside(chart->cells) && groups_count(&chart->cells->groups) == 0) {
        table->over = true;
        return OK;
    }
    if (bound->is_timechart && bound->cont)
        TRY(time_rows(table));
    if (bound->has_column && (!table->start || table->starts))
        TRY(chart_choose_series(chart, table->starts));
    TRY(chart_read(chart));
    TRY(make_names(table));
    table->series = bound->has_column && chart->series.count ? chart->series.count : 1;
    if (bytes && bytes / sizeof(struct cell) < cells)
        cells = (uint32_t)(bytes / sizeof(struct cell));
    table->room = table->results.columns < cells ? cells / (table->results.columns + 1) : 1;
    table->room = table->room ? table->room : 1;
    most = most ? most : 4096;
    table->room = table->room < most ? table->room : most;
    return OK;
}

/* Without any field: as stats, no row in which nothing has a value. */
static bool has_value(const struct chart_table *table)
{
    for (uint32_t i = 0; i < table->results.columns; i++)
        if (table->grid[(size_t)i * table->room].kind != KIND_NULL)
            return true;
    return false;
}

status chart_emit(struct chart *chart)
{
    struct chart_table *table = chart->table;

    if (!table) {
        TRY(begin(chart, &chart->table));
        table = chart->table;
    }
    while (!table->over || (table->start && table->base + table->rows < table->starts)) {
        TRY(fill_rows(table));
        if (!chart->bound->has_row)
            table->rows = has_value(table);
        table->results.rows = table->base + table->rows;
        TRY(results_emit(&table->results));
        if (op_rests(&chart->op))
            return AGAIN;
    }
    return OK;
}

void chart_table_free(struct chart_table *table)
{
    if (table)
        arena_free(&table->arena);
}
