#include "command/charting.h"

#include "command/results.h"
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
    double        *time;

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
        s = tallies_reserve(&chart->tallies, groups_count(&chart->groups));
    if (s == OK)
        s = partial_load(&chart->states, &chart->partial, some, &grouping, &chart->op);
    batch_release(some);
    return s;
}

/* --- out ------------------------------------------------------------------------------------------------ */

struct emission {
    struct chart          *chart;
    struct partial_columns columns;
    uint32_t              *order, keys, times;      /* times: 2 with a range of time behind the keys */
};

static status cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct emission    *emission = host;
    const struct chart *chart = emission->chart;
    uint32_t            group = emission->order[row];
    double              number;

    if (column >= emission->keys + emission->times)
        return partial_columns_cell(&emission->columns, column - emission->keys - emission->times, group, arena, out);
    if (column >= emission->keys) {
        *out = cell_number(column == emission->keys ? chart->timeline.from : chart->timeline.to);
        return OK;
    }
    *out = groups_cell(&chart->groups, group, column);
    if (column == 0 && chart->bound->is_timechart && cell_reads_number(out, &number))
        *out = cell_number(number);
    return OK;
}

/* Without any field: no row of no events. */
static status count_groups(struct emission *emission, uint64_t *rows)
{
    struct cell count = cell_number(1);

    *rows = groups_count(&emission->chart->groups);
    for (uint32_t i = 0; emission->keys == 0 && i < emission->columns.count; i++)
        if (emission->columns.name[i] == emission->chart->partial.rows)
            TRY(partial_columns_cell(&emission->columns, i, 0, &emission->chart->op.step, &count));
    if (count.number == 0)
        *rows = 0;
    return OK;
}

static status name_columns(struct emission *emission, const struct name ***out)
{
    struct chart       *chart = emission->chart;
    const struct name **name;
    uint32_t            at = 0;

    TRY_NEW(name = ARENA_ARRAY(&chart->op.arena, const struct name *, emission->columns.count + 5));
    if (chart->bound->has_row)
        name[at++] = chart->row_name;
    if (chart->bound->has_column)
        name[at++] = chart->column_name;
    if (emission->times) {
        name[at++] = chart->partial.from;
        name[at++] = chart->partial.to;
    }
    for (uint32_t i = 0; i < emission->columns.count; i++)
        name[at++] = emission->columns.name[i];
    *out = name;
    return OK;
}

status chart_emit_partials(struct chart *chart)
{
    const struct chart_bound *bound = chart->bound;
    struct heap              *heap = chart->op.context->heap;
    uint32_t                  groups = groups_count(&chart->groups);
    struct emission           emission = { .chart = chart, .keys = bound->has_row + bound->has_column,
                                           .times = bound->is_timechart ? 2 : 0 };
    struct results            results = { .op = &chart->op, .cell = cell, .host = &emission };
    const struct name       **name;
    status                    s;

    TRY(tallies_reserve(&chart->tallies, groups));
    tallies_one_part(&chart->tallies, !chart->met);
    TRY(partial_columns_make(&emission.columns, &chart->states, &bound->measures.item[bound->events],
                             chart->op.context->names, &chart->op.arena));
    TRY(name_columns(&emission, &name));
    TRY(count_groups(&emission, &results.rows));
    TRY(groups_sort(&chart->groups, 3, &emission.order));
    results.name = name;
    results.columns = emission.keys + emission.times + emission.columns.count;
    s = results_emit(&results);
    heap_free(heap, emission.order, (groups + (size_t)1) * sizeof *emission.order);
    return s;
}
