/* Results as charts of a terminal.
 *
 * The label is `_time` or else the first column; every other column that holds nothing but numbers is a series.
 *   over _time    one to four series: a line chart each, over the time that passed; more: a sparkline each
 *   else          a bar for every row and series, on one scale; with several series zeros are left out;
 *                 `percent` (top, rare) stands behind the bar as text
 * A row of numbers alone has no label: its columns are the bars. Multivalues of sparkline() are drawn as such.
 * All rows are held until the end. Results without a series come as a table. */
#include "write/chart.h"

#include "value/number.h"
#include "value/order.h"
#include "write/plot.h"
#include "write/text.h"

#include <math.h>

enum { WIDTH = 80, NARROWEST = 24 };

/* --- holding rows -------------------------------------------------------------------------------------------------- */

static status hold_points(struct chart_writer *chart, const struct cell *list, struct chart_cell *held)
{
    TRY_NEW(held->points = ARENA_ARRAY(&chart->arena, double, list->size));
    for (uint32_t i = 1; i < list->size; i++)
        if (cell_spells_number(&list->list[i], &held->points[held->count]))
            held->count++;
    return OK;
}

static status hold_text(struct chart_writer *chart, const struct cell *cell, str *out)
{
    char       room[NUMBER_ROOM];
    struct buf line;

    if (cell->kind != KIND_LIST) {
        *out = arena_str(&chart->arena, write_cell_text(cell, room, &chart->scratch));
    } else {
        buf_init(&line, chart->writer.heap);
        for (uint32_t i = 0; i < cell->size; i++) {
            if (i)
                buf_text(&line, ", ");
            buf_put(&line, write_cell_text(&cell->list[i], room, &chart->scratch));
        }
        *out = arena_str(&chart->arena, buf_str(&line));
        buf_free(&line);
    }
    TRY_NEW(out->at);
    return buf_status(&chart->scratch);
}

static status hold_cell(struct chart_writer *chart, const struct name *name, const struct cell *cell)
{
    struct chart_cell *held;

    if (!heap_grow(chart->writer.heap, &chart->cell, &chart->room, chart->cells + 1, sizeof *chart->cell))
        return FAIL_MEMORY;
    held = &chart->cell[chart->cells++];
    *held = (struct chart_cell){ .name = name, .row = chart->rows, .number = NAN };
    if (plot_is_sparkline(cell))
        return hold_points(chart, cell, held);
    if (cell->kind != KIND_LIST && !cell_spells_number(cell, &held->number))
        held->number = NAN;
    return hold_text(chart, cell, &held->text);
}

static status begin(struct chart_writer *chart)
{
    struct writer *writer = &chart->writer;

    layout_init(&chart->layout, writer->heap);
    arena_init(&chart->arena, writer->heap);
    buf_init(&chart->scratch, writer->heap);
    TRY(writer_new(&writer_table, writer->heap, &chart->table));
    chart->table->settings = writer->settings;
    return OK;
}

static status chart_rows(struct writer *writer, struct batch *batch, const struct field *field, uint32_t fields)
{
    struct chart_writer *chart = container_of(writer, struct chart_writer, writer);

    if (!chart->layout.heap)
        TRY(begin(chart));
    TRY(writer_rows(chart->table, batch, field, fields));
    for (uint32_t f = 0; f < fields; f++)
        TRY(layout_add(&chart->layout, field[f].name, field[f].rank));
    for (uint32_t i = 0; i < batch_rows(batch); i++, chart->rows++)
        for (uint32_t f = 0; f < fields; f++) {
            struct cell cell = column_cell(field[f].column, batch_row(batch, i));
            if (cell.kind != KIND_NULL)
                TRY(hold_cell(chart, field[f].name, &cell));
        }
    return OK;
}

/* --- what is what -------------------------------------------------------------------------------------------------- */

static status fill_series(struct picture *picture)
{
    struct chart_writer *chart = picture->chart;

    for (uint32_t c = 0; c < picture->columns; c++) {
        struct series *series = &picture->series[c];
        series->name = name_str(chart->layout.column[c].name);
        series->beside = str_is(series->name, "percent");
        TRY_NEW(series->value = ARENA_ARRAY(&chart->arena, double, chart->rows));
        for (uint32_t r = 0; r < chart->rows; r++)
            series->value[r] = NAN;
    }
    for (uint32_t i = 0; i < chart->cells; i++) {
        struct chart_cell *cell = &chart->cell[i];
        int64_t            column = layout_find(&chart->layout, cell->name);
        struct series     *series = &picture->series[column];
        if (column == picture->label_column)
            picture->label[cell->row] = cell;
        if (cell->points && (picture->spark_column < 0 || picture->spark_column == column)) {
            picture->spark_column = column;
            picture->spark[cell->row] = cell;
        }
        series->value[cell->row] = cell->number;
        series->mixed |= isnan(cell->number);
        if (isfinite(cell->number)) {
            series->low = fmin(series->low, cell->number);
            series->high = fmax(series->high, cell->number);
            series->values++;
        }
    }
    return OK;
}

static status picture_of(struct chart_writer *chart, struct picture *picture)
{
    struct layout *layout = &chart->layout;
    uint32_t       numbers = 0;

    *picture = (struct picture){ .chart = chart, .columns = layout->count, .spark_column = -1 };
    picture->width = chart->writer.settings.width ? chart->writer.settings.width : WIDTH;
    picture->width = picture->width < NARROWEST ? NARROWEST : picture->width;
    TRY_NEW(picture->series = ARENA_ARRAY(&chart->arena, struct series, layout->count));
    TRY_NEW(picture->label = ARENA_ARRAY(&chart->arena, const struct chart_cell *, chart->rows));
    TRY_NEW(picture->spark = ARENA_ARRAY(&chart->arena, const struct chart_cell *, chart->rows));
    for (uint32_t c = 0; c < layout->count && !picture->timed; c++)
        if (str_is(name_str(layout->column[c].name), "_time")) {
            picture->label_column = c;
            picture->timed = true;
        }
    TRY(fill_series(picture));
    for (uint32_t c = 0; c < picture->columns; c++)
        numbers += !picture->series[c].mixed;
    if (!picture->timed && (picture->columns == 1 || chart->rows == 1) && numbers == picture->columns)
        picture->label_column = -1;
    for (uint32_t c = 0; c < picture->columns; c++) {
        struct series *series = &picture->series[c];
        series->drawn = c != picture->label_column && series->values && !series->mixed;
        picture->drawn += series->drawn && !series->beside;
    }
    return OK;
}

void chart_put_title(const struct picture *picture, str title)
{
    struct buf *out = &picture->chart->writer.out;
    bool        colour = picture->chart->writer.settings.colour;

    buf_text(out, colour ? "\x1b[1m" : "");
    write_shown(out, title, picture->width);
    buf_text(out, colour ? "\x1b[0m\n" : "\n");
}

/* --- the writer ---------------------------------------------------------------------------------------------------- */

static status put_table(struct chart_writer *chart)
{
    TRY(writer_finish(chart->table));
    buf_put(&chart->writer.out, buf_str(&chart->table->out));
    return OK;
}

static status chart_finish(struct writer *writer)
{
    struct chart_writer *chart = container_of(writer, struct chart_writer, writer);
    struct picture       picture;

    if (!chart->layout.heap || !chart->rows)
        return OK;
    TRY(picture_of(chart, &picture));
    if (picture.timed && !chart_has_times(&picture))
        picture.drawn = 0;
    if (!picture.drawn)
        return put_table(chart);
    if (picture.timed)
        return chart_put_over_time(&picture);
    chart_put_bars(&picture);
    return OK;
}

static void chart_close(struct writer *writer)
{
    struct chart_writer *chart = container_of(writer, struct chart_writer, writer);

    if (!chart->layout.heap)
        return;
    heap_free(writer->heap, chart->cell, chart->room * sizeof *chart->cell);
    layout_free(&chart->layout);
    arena_free(&chart->arena);
    buf_free(&chart->scratch);
    writer_free(chart->table);
}

const struct writer_kind writer_chart = {
    .name = "chart", .summary = "bars, lines and sparklines for a terminal",
    .size = sizeof(struct chart_writer), .rows = chart_rows, .finish = chart_finish, .close = chart_close,
};
