/* start= and end= of chart and timechart: what lies beyond them does not count (reporting 5.4). */
#include "command/charting.h"

/* Of a list, each value is looked at by itself later on. */
static bool leaves_out(const struct binning *binning, const struct column *column, uint32_t row)
{
    struct cell cell = column_cell(column, row);

    if (cell.kind != KIND_LIST)
        return binning_leaves_out(binning, &cell);
    for (uint32_t i = 0; i < cell.size; i++)
        if (!binning_leaves_out(binning, &cell.list[i]))
            return false;
    return true;
}

/* Partial results were looked at when they were made. */
static status select_rows(struct chart *chart, struct batch *in, struct batch *out)
{
    struct column *by_row = batch_column(in, chart->row_name),
                  *by_column = chart->bound->has_column ? batch_column(in, chart->column_name) : NULL,
                  *version = chart->meets ? batch_column(in, chart->partial.version) : NULL;
    uint32_t      *row = arena_alloc(&out->arena, (batch_rows(in) + (size_t)1) * sizeof *row), rows = 0;

    TRY_NEW(row);
    TRY(batch_decode(in, by_row));
    TRY(batch_decode(in, by_column));
    TRY(batch_decode(in, version));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t at = batch_row(in, i);
        if ((version && !column_is_null(version, at)) ||
            !((by_row && leaves_out(&chart->row_bins, by_row, at)) ||
              (by_column && leaves_out(&chart->column_bins, by_column, at))))
            row[rows++] = at;
    }
    out->rows = (struct rows){ rows, row };
    return OK;
}

status chart_within(struct chart *chart, struct batch *in, struct batch **out)
{
    const struct binning *row = &chart->row_bins, *column = &chart->column_bins;
    status                result;

    *out = in;
    if (!chart->bound->has_row || !(row->has_start || row->has_end || column->has_start || column->has_end)) {
        batch_retain(in);
        return OK;
    }
    TRY_NEW(*out = batch_derive(in));
    result = select_rows(chart, in, *out);
    if (result != OK)
        batch_release(*out);
    return result;
}
