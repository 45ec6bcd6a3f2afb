#include "command/charting.h"

#include "rows/results.h"
#include "value/order.h"

#include <math.h>

/* --- in ------------------------------------------------------------------------------------------------- */

static void widen(double at, double *low, double *high)
{
    if (!isfinite(at))
        return;
    *low = at < *low ? at : *low;
    *high = at > *high ? at : *high;
}

static double number_at(const struct column *column, uint32_t row, double other)
{
    struct cell cell = column ? column_cell(column, row) : cell_null();
    double      number;

    return cell_reads_number(&cell, &number) ? number : other;
}

/* usenull=f: events without a value of the column field are no part of the chart, nor is their time. */
static bool is_dropped(const struct chart *chart, const struct column *split, uint32_t row)
{
    return chart->bound->has_column && !chart->bound->usenull && (!split || column_is_null(split, row));
}

status chart_time_range(struct chart *chart, struct batch *in, struct arena *arena, double *low, double *high, bool *any)
{
    struct column *column = batch_column(in, chart->row_name), *from, *to,
                  *split = chart->bound->has_column ? batch_column(in, chart->column_name) : NULL;
    struct rows    plain = in->rows, partial = { 0 };
    const double  *time;

    *low = INFINITY;
    *high = -INFINITY;
    TRY(batch_decode(in, column));
    TRY(feed_read_numbers(in, column, arena, &time));
    if (chart->meets)
        TRY(partial_rows(&chart->partial, in, arena, &plain, &partial));
    for (uint32_t i = 0; i < plain.count; i++)
        if (!is_dropped(chart, split, rows_at(&plain, i)))
            widen(time[rows_at(&plain, i)], low, high);
    from = batch_column(in, chart->partial.from);
    to = batch_column(in, chart->partial.to);
    for (uint32_t i = 0; i < partial.count; i++) {
        uint32_t row = rows_at(&partial, i);
        if (is_dropped(chart, split, row))
            continue;
        widen(number_at(from, row, time[row]), low, high);
        widen(number_at(to, row, time[row]), low, high);
    }
    *any = *low <= *high;
    return OK;
}

status chart_push_partials(struct chart *chart, struct batch *in, const struct rows *rows, struct arena *arena)
{
    struct batch   *some = batch_derive(in);
    struct grouping grouping;
    status          s;

    TRY_NEW(some);
    some->rows = *rows;
    chart->met = true;
    s = chart_group(chart, some, arena, &grouping);
    if (s == OK)
        s = partial_load(&chart->cells->states, &chart->partial, some, &grouping, &chart->op);
    batch_release(some);
    return s;
}

/* --- out ------------------------------------------------------------------------------------------------ */

struct chart_emission {
    struct chart          *chart;
    struct partial_columns columns;
    uint32_t               keys, times;     /* times: 2 with a range of time behind the keys */
    uint64_t               base;            /* row of the first cell at hand */
    struct results         results;
};

static status cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct chart_emission *table = host;
    const struct chart *chart = table->chart;
    uint32_t            group = chart->cells->order[row - table->base];
    double              number;

    if (column >= table->keys + table->times)
        return partial_columns_cell(&table->columns, column - table->keys - table->times, group, arena, out);
    if (column >= table->keys) {
        *out = cell_number(column == table->keys ? chart->timeline.from : chart->timeline.to);
        return OK;
    }
    *out = groups_cell(&chart->cells->groups, group, column);
    if (column == 0 && chart->bound->is_timechart && cell_reads_number(out, &number))
        *out = cell_number(number);
    return OK;
}

/* Without any field: no row of no events. */
static status count_cells(struct chart_emission *table, uint32_t *rows)
{
    struct cell count = cell_number(1);

    *rows = table->chart->cells->count;
    for (uint32_t i = 0; table->keys == 0 && i < table->columns.count; i++)
        if (table->columns.name[i] == table->chart->partial.rows)
            TRY(partial_columns_cell(&table->columns, i, 0, &table->chart->op.step, &count));
    if (count.number == 0)
        *rows = 0;
    return OK;
}

static status name_columns(struct chart_emission *table, const struct name ***out)
{
    struct chart       *chart = table->chart;
    const struct name **name;
    uint32_t            at = 0;

    TRY_NEW(name = ARENA_ARRAY(&chart->op.arena, const struct name *, table->columns.count + 5));
    if (chart->bound->has_row)
        name[at++] = chart->row_name;
    if (chart->bound->has_column)
        name[at++] = chart->column_name;
    if (table->times) {
        name[at++] = chart->partial.from;
        name[at++] = chart->partial.to;
    }
    for (uint32_t i = 0; i < table->columns.count; i++)
        name[at++] = table->columns.name[i];
    *out = name;
    return OK;
}

static status begin(struct chart *chart, struct chart_emission **out)
{
    const struct chart_bound *bound = chart->bound;
    struct chart_emission       *table;
    const struct name       **name;

    TRY_NEW(table = ARENA_NEW(&chart->op.arena, struct chart_emission));
    *table = (struct chart_emission){ .chart = chart, .keys = bound->has_row + bound->has_column,
                                   .times = bound->is_timechart ? 2 : 0 };
    TRY(group_table_read(chart->cells));
    TRY(partial_columns_make(&table->columns, &chart->cells->states, &bound->measures.item[bound->events],
                             chart->op.context->names, &chart->op.arena));
    TRY(name_columns(table, &name));
    table->results = (struct results){ .op = &chart->op, .cell = cell, .host = table, .name = name, .passing = true,
                                       .columns = table->keys + table->times + table->columns.count };
    *out = table;
    return OK;
}

status chart_emit_partials(struct chart *chart)
{
    status   result;
    uint32_t rows;

    if (!chart->emission)
        TRY(begin(chart, &chart->emission));
    while ((result = group_table_next(chart->cells)) == OK) {
        chart->emission->base = chart->emission->results.rows;
        TRY(count_cells(chart->emission, &rows));
        chart->emission->results.rows += rows;
        TRY(results_emit(&chart->emission->results));
        if (group_table_is_aside(chart->cells) && op_rests(&chart->op))
            return AGAIN;
    }
    return result == DONE ? OK : result;
}
