#include "command/charting.h"
#include "command/series_label.h"

#include "command/results.h"
#include "flow/run.h"
#include "value/order.h"

#include <math.h>
#include <stdlib.h>


struct entry { uint32_t series, group; };

struct table {
    struct chart       *chart;
    struct chart_value *value;
    uint32_t            values;
    double             *start;              /* rows that are bins of time in a row; else NULL and */
    uint32_t           *row;                /* codes of the row field, in their order */
    uint32_t            rows;
    uint32_t           *series;             /* codes of the column field, in their order */
    uint32_t            count;              /* of series */
    bool                by_series;          /* columns of a series stand together, not those of a value */
    struct entry       *entry;              /* the cells there are: by row, then by series */
    uint32_t           *first;              /* by row: in `entry` */
    const struct name **name;               /* of columns */
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

/* partial=f: a first or last bin goes when the range cuts through it. */
static bool is_cut(struct chart *chart, double start)
{
    double from, to;

    range_of(chart, &from, &to);
    return !chart->bound->partial &&
        (from > start || nextafter(to, INFINITY) < start + chart_bin_seconds(chart, start));
}

static status time_rows(struct table *table)
{
    struct chart *chart = table->chart;
    double        from, to;
    uint32_t      most = (uint32_t)context_limit(chart->op.context, LIMIT_BINS_MOST);
    status        s;

    range_of(chart, &from, &to);
    s = timeline_bins(&chart->timeline, from, to, most, &chart->op.arena, &table->start, &table->rows);
    if (s == FAIL_LIMIT)
        return op_fail(&chart->op, FAIL_LIMIT, "limit-table", "the span gives more than %u rows", most);
    TRY(s);
    while (table->rows > 0 && is_cut(chart, table->start[table->rows - 1]))
        table->rows--;
    for (; table->rows > 0 && is_cut(chart, table->start[0]); table->start++)
        table->rows--;
    return OK;
}

/* Values that have cells: others belong to events that a missing column value has dropped. */
static status used_rows(struct chart *chart, bool **out)
{
    uint32_t groups = groups_count(&chart->groups);

    TRY_NEW(*out = ARENA_ARRAY(&chart->op.arena, bool, chart->groups.key[0].values.count + (size_t)1));
    for (uint32_t i = 0; i < groups; i++)
        (*out)[groups_code(&chart->groups, i, 0)] = true;
    return OK;
}

static int by_start(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return a < b ? -1 : a > b;
}

/* The starts of the bins that are used, in order. What is in no bin (0 among those of log2, text) is not among them. */
static status used_starts(struct chart *chart, const bool *used, double **out, uint32_t *count)
{
    const struct interner *values = &chart->groups.key[0].values;
    char                   room[LABEL_ROOM];
    double                 start, low;

    *count = 0;
    TRY_NEW(*out = ARENA_ARRAY(&chart->op.arena, double, values->count + (size_t)1));
    for (uint32_t i = 0; i < values->count; i++)
        if (used[i] && binning_reads(&values->cell[i], &start) &&
            (chart->row_bins.kind == BINNING_TIME || binning_label(&chart->row_bins, start, room, &low)))
            (*out)[(*count)++] = start;
    qsort(*out, *count, sizeof **out, by_start);
    return OK;
}

/* cont=t of chart: the bins between them, too, are values of the row field, without cells. */
static status fill_rows(struct chart *chart, bool **used)
{
    struct interner *values = &chart->groups.key[0].values;
    uint32_t         count, code, *added, most = (uint32_t)context_limit(chart->op.context, LIMIT_BINS_MOST), adds = 0;
    double          *start;

    TRY(used_starts(chart, *used, &start, &count));
    TRY_NEW(added = arena_alloc(&chart->op.arena, (most + (size_t)1) * sizeof *added));
    for (uint32_t i = 1; i < count; i++)
        for (double at = start[i - 1], next;; at = next) {
            struct cell cell;
            next = chart->row_bins.kind == BINNING_TIME
                ? time_span_next(&chart->row_bins.span, &chart->timeline.view, chart->timeline.align, at)
                : binning_next(&chart->row_bins, at);
            if (!(next > at && next < start[i]))
                break;
            if (adds == most)
                return op_fail(&chart->op, FAIL_LIMIT, "limit-table", "the span gives more than %u rows", most);
            cell = cell_number(next);
            TRY(interner_cell(values, &cell, &code));
            added[adds++] = code;
        }
    TRY(used_rows(chart, used));
    for (uint32_t i = 0; i < adds; i++)
        (*used)[added[i]] = true;
    return OK;
}

static status code_rows(struct table *table)
{
    struct chart          *chart = table->chart;
    const struct interner *values = &chart->groups.key[0].values;
    uint32_t              *rank, *order;
    bool                  *used;
    double                 start;

    TRY(used_rows(chart, &used));
    if (!chart->bound->is_timechart && chart->bound->cont && chart->row_bins.kind != BINNING_NONE)
        TRY(fill_rows(chart, &used));
    TRY_NEW(rank = arena_alloc(&chart->op.arena, (values->count + (size_t)1) * sizeof *rank));
    TRY_NEW(order = arena_alloc(&chart->op.arena, (values->count + (size_t)1) * sizeof *order));
    TRY_NEW(table->row = arena_alloc(&chart->op.arena, (values->count + (size_t)1) * sizeof *table->row));
    TRY(interner_rank(values, true, rank));
    for (uint32_t i = 0; i < values->count; i++)
        order[rank[i]] = i;
    table->rows = 0;
    for (uint32_t i = 0; i < values->count; i++) {
        if (!used[order[i]])
            continue;
        if (chart->bound->is_timechart && cell_reads_number(&values->cell[order[i]], &start) &&
            is_cut(chart, start))
            continue;
        table->row[table->rows++] = order[i];
    }
    return OK;
}

static status make_rows(struct table *table)
{
    const struct chart_bound *bound = table->chart->bound;

    if (!bound->has_row) {
        table->rows = 1;
        return OK;
    }
    if (groups_count(&table->chart->groups) == 0)
        return OK;
    return bound->is_timechart && bound->cont ? time_rows(table) : code_rows(table);
}

/* --- cells ---------------------------------------------------------------------------------------------- */

/* By code of the row field: its row + 1; 0: none. */
static status rows_by_code(struct table *table, uint32_t **out)
{
    const struct interner *values = &table->chart->groups.key[0].values;

    TRY_NEW(*out = ARENA_ARRAY(&table->chart->op.arena, uint32_t, values->count + (size_t)1));
    for (uint32_t i = 0; !table->start && i < table->rows; i++)
        (*out)[table->row[i]] = i + 1;
    for (uint32_t i = 0; table->start && i < values->count; i++) {
        uint32_t low = 0, high = table->rows;
        double   start;
        if (!cell_reads_number(&values->cell[i], &start))
            continue;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (table->start[middle] < start)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < table->rows && table->start[low] == start)
            (*out)[i] = low + 1;
    }
    return OK;
}

static status series_by_code(struct table *table, uint32_t **out)
{
    struct chart *chart = table->chart;
    uint32_t      all = chart->bound->has_column ? chart->groups.key[1].values.count : 0;

    TRY_NEW(*out = ARENA_ARRAY(&chart->op.arena, uint32_t, all + (size_t)1));
    for (uint32_t i = 0; i < table->count; i++)
        (*out)[table->series[i]] = i + 1;
    return OK;
}

static int by_series(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;

    return a->series < b->series ? -1 : a->series > b->series;
}

static status make_entries(struct table *table)
{
    struct chart *chart = table->chart;
    uint32_t      groups = groups_count(&chart->groups), *row_of, *series_of, *at;

    TRY_NEW(table->first = ARENA_ARRAY(&chart->op.arena, uint32_t, table->rows + (size_t)2));
    TRY_NEW(at = ARENA_ARRAY(&chart->op.arena, uint32_t, table->rows + (size_t)2));
    TRY_NEW(table->entry = ARENA_ARRAY(&chart->op.arena, struct entry, groups + (size_t)1));
    TRY(rows_by_code(table, &row_of));
    TRY(series_by_code(table, &series_of));
    for (int turn = 0; turn < 2; turn++) {              /* count, then place */
        for (uint32_t i = 0; i < groups; i++) {
            uint32_t row = row_of[groups_code(&chart->groups, i, 0)];
            uint32_t series = chart->bound->has_column ? series_of[groups_code(&chart->groups, i, 1)] : 1;
            if (!row || !series)
                continue;
            if (turn == 0)
                table->first[row]++;
            else
                table->entry[at[row - 1]++] = (struct entry){ series - 1, i };
        }
        for (uint32_t i = 0; turn == 0 && i < table->rows; i++)
            at[i + 1] = table->first[i + 1] += table->first[i];
    }
    for (uint32_t i = 0; i < table->rows; i++)
        qsort(table->entry + table->first[i], table->first[i + 1] - table->first[i], sizeof *table->entry,
              by_series);
    return OK;
}

static bool find_group(const struct table *table, uint64_t row, uint32_t series, uint32_t *group)
{
    uint32_t low, high;

    if (!table->chart->bound->has_row) {
        *group = 0;
        return true;
    }
    low = table->first[row];
    high = table->first[row + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->entry[middle].series < series)
            low = middle + 1;
        else
            high = middle;
    }
    if (low >= table->first[row + 1] || table->entry[low].series != series)
        return false;
    *group = table->entry[low].group;
    return true;
}

static status row_cell(const struct table *table, uint64_t row, struct arena *arena, struct cell *out)
{
    struct chart *chart = table->chart;
    char          room[LABEL_ROOM];
    double        number, low;
    size_t        size;

    if (table->start) {
        *out = cell_number(table->start[row]);
        return OK;
    }
    *out = chart->groups.key[0].values.cell[table->row[row]];
    if (!cell_reads_number(out, &number))
        return OK;
    if (chart->row_bins.kind == BINNING_TIME || chart->row_name == chart->time_name) {
        *out = cell_number(number);
        return OK;
    }
    size = binning_label(&chart->row_bins, number, room, &low);
    if (size) {
        *out = cell_field_text(arena_str(arena, (str){ room, size }));
        TRY_NEW(out->text);
    }
    return OK;
}

static status table_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct table       *table = host;
    const struct chart_value *value;
    uint32_t                  group, series = table->count ? table->count : 1;

    if (table->chart->bound->has_row && column-- == 0)
        return row_cell(table, row, arena, out);
    value = &table->value[table->by_series ? column % table->values : column / series];
    if (find_group(table, row, table->by_series ? column / table->values : column % series, &group))
        return chart_value_cell(table->chart, value, group, arena, out);
    *out = value->work && tally_counts(value->work) ? cell_number(0) : cell_null();
    return OK;
}

/* --- columns -------------------------------------------------------------------------------------------- */

static status series_name(struct table *table, const struct chart_value *value, uint32_t code,
                          const struct name **out)
{
    const struct chart_bound *bound = table->chart->bound;
    struct context           *context = table->chart->op.context;
    str                       text;

    TRY(chart_series_text(table->chart, code, &text));
    return series_label(context->heap, context->names, table->values == 1 ? STR("") : value->name, bound->format,
                        bound->separator, text, table->chart->row_name, out);
}

static status make_names(struct table *table, uint32_t *columns)
{
    struct chart *chart = table->chart;
    uint64_t      most = 2 + (uint64_t)table->values * (table->count + 1);

    if (most > UINT32_MAX)
        return FAIL_LIMIT;
    *columns = 0;
    TRY_NEW(table->name = ARENA_ARRAY(&chart->op.arena, const struct name *, most));
    if (chart->bound->has_row)
        table->name[(*columns)++] = chart->row_name;
    table->by_series = chart->bound->has_column && context_choice(chart->op.context, CHOICE_SERIES_FIRST);
    for (uint32_t i = 0; i < table->values && !chart->bound->has_column; i++)
        TRY_NEW(table->name[(*columns)++] = names_intern(chart->op.context->names, table->value[i].name));
    for (uint32_t i = 0; chart->bound->has_column && i < table->values * table->count; i++) {
        uint32_t value = table->by_series ? i % table->values : i / table->count;
        uint32_t series = table->by_series ? i / table->values : i % table->count;
        TRY(series_name(table, &table->value[value], table->series[series], &table->name[(*columns)++]));
    }
    return OK;
}

/* Without any field: as stats, no row in which nothing has a value. */
static status has_value(const struct table *table, bool *out)
{
    struct cell cell;

    *out = table->chart->bound->has_row;
    for (uint32_t i = 0; i < table->values && !*out; i++) {
        TRY(chart_value_cell(table->chart, &table->value[i], 0, &table->chart->op.step, &cell));
        *out = cell.kind != KIND_NULL;
    }
    return OK;
}

status chart_emit(struct chart *chart)
{
    struct table   table = { .chart = chart };
    struct results results = { .op = &chart->op, .cell = table_cell, .host = &table };
    bool           any;

    TRY_NEW(chart->time_name = names_intern(chart->op.context->names, STR("_time")));
    TRY(make_rows(&table));
    if (table.rows == 0)
        return OK;
    if (chart->bound->has_column) {
        TRY(chart_choose_series(chart, table.rows, &table.series, &table.count));
        TRY(make_rows(&table));             /* codes have changed */
    }
    TRY(chart_values(chart, &table.value, &table.values));
    if (chart->bound->has_row)
        TRY(make_entries(&table));
    TRY(make_names(&table, &results.columns));
    TRY(has_value(&table, &any));
    results.name = table.name;
    results.rows = any ? table.rows : 0;
    return results_emit(&results);
}
