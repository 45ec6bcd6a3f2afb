#include "write/chart.h"

#include "value/number.h"
#include "write/plot.h"
#include "write/text.h"

#include <math.h>

static str label_of(const struct picture *picture, uint32_t row)
{
    return picture->label_column >= 0 && picture->label[row] ? picture->label[row]->text : STR("");
}

static void put_value(struct buf *out, double value)
{
    char text[NUMBER_ROOM];

    buf_put(out, str_make(text, number_format(value, EXACT, text)));
}

static uint32_t value_width(double value)
{
    char text[NUMBER_ROOM];

    return (uint32_t)number_format(value, EXACT, text);
}

struct bars {
    uint32_t label, name, value, bar;   /* columns of the terminal */
    double   low, high;
};

static double shown_percent(double value) { return round(value * 10) / 10; }

/* Of what stands behind the values: percentages, a sparkline. */
static uint32_t width_behind(const struct picture *picture)
{
    uint32_t width = 0, total = 0;

    for (uint32_t c = 0; c < picture->columns; c++) {
        const struct series *series = &picture->series[c];
        width = 0;
        for (uint32_t r = 0; r < picture->chart->rows && series->drawn && series->beside; r++)
            if (!isnan(series->value[r]) && CHART_GAP + value_width(shown_percent(series->value[r])) + 2 > width)
                width = CHART_GAP + value_width(shown_percent(series->value[r])) + 2;
        total += width;
    }
    width = 0;
    for (uint32_t r = 0; r < picture->chart->rows; r++)
        if (picture->spark[r] && picture->spark[r]->count + CHART_GAP > width)
            width = picture->spark[r]->count + CHART_GAP;
    return total + width;
}

static void measure_bars(const struct picture *picture, struct bars *bars)
{
    uint32_t rows = picture->chart->rows, third = picture->width / 3, used;

    for (uint32_t c = 0; c < picture->columns; c++) {
        const struct series *series = &picture->series[c];
        if (!series->drawn || series->beside)
            continue;
        bars->low = fmin(bars->low, series->low);
        bars->high = fmax(bars->high, series->high);
        if (picture->drawn > 1)
            bars->name = write_shown_width(series->name) > bars->name ? write_shown_width(series->name) : bars->name;
        for (uint32_t r = 0; r < rows; r++)
            if (!isnan(series->value[r]) && value_width(series->value[r]) > bars->value)
                bars->value = value_width(series->value[r]);
    }
    for (uint32_t r = 0; r < rows; r++)
        if (write_shown_width(label_of(picture, r)) > bars->label)
            bars->label = write_shown_width(label_of(picture, r));
    bars->label = bars->label > third ? third : bars->label;
    bars->name = bars->name > third ? third : bars->name;
    used = bars->label + bars->name + bars->value + 3 * CHART_GAP + width_behind(picture);
    bars->bar = picture->width > used + 8 ? picture->width - used : 8;
}

static void put_spark_of(const struct picture *picture, uint32_t row)
{
    const struct chart_cell *spark = picture->spark[row];
    double                   high = 0;

    if (!spark)
        return;
    for (uint32_t i = 0; i < spark->count; i++)
        high = fmax(high, spark->points[i]);
    buf_text(&picture->chart->writer.out, "  ");
    plot_spark(&picture->chart->writer.out, spark->points, spark->count, 1, 0, high);
}

static void put_bar(const struct picture *picture, const struct bars *bars, const struct series *series, uint32_t row,
                    bool first)
{
    struct buf *out = &picture->chart->writer.out;

    if (bars->label) {
        write_cut(out, first ? label_of(picture, row) : STR(""), bars->label, false);
        buf_repeat(out, ' ', CHART_GAP);
    }
    if (bars->name) {
        write_cut(out, series->name, bars->name, false);
        buf_repeat(out, ' ', CHART_GAP);
    }
    plot_bar(out, series->value[row], bars->low, bars->high, bars->bar);
    if (!isnan(series->value[row])) {
        buf_repeat(out, ' ', CHART_GAP + bars->value - value_width(series->value[row]));
        put_value(out, series->value[row]);
    }
    for (uint32_t c = 0; c < picture->columns && first; c++)
        if (picture->series[c].drawn && picture->series[c].beside && !isnan(picture->series[c].value[row])) {
            buf_text(out, "  ");
            put_value(out, shown_percent(picture->series[c].value[row]));
            buf_text(out, " %");
        }
    if (first)
        put_spark_of(picture, row);
    while (out->size && out->at[out->size - 1] == ' ')
        out->size--;
    buf_byte(out, '\n');
}

void chart_put_bars(const struct picture *picture)
{
    struct bars bars = { 0 };

    measure_bars(picture, &bars);
    if (picture->drawn == 1)
        for (uint32_t c = 0; c < picture->columns; c++)
            if (picture->series[c].drawn && !picture->series[c].beside)
                chart_put_title(picture, picture->series[c].name);
    for (uint32_t r = 0; r < picture->chart->rows; r++) {
        const struct series *only = NULL;
        bool                 first = true;
        for (uint32_t c = 0; c < picture->columns; c++) {
            const struct series *series = &picture->series[c];
            if (!series->drawn || series->beside)
                continue;
            only = only ? only : series;
            if (!(series->value[r] > 0 || series->value[r] < 0))
                continue;
            put_bar(picture, &bars, series, r, first);
            first = false;
        }
        if (first && only)
            put_bar(picture, &bars, only, r, true);
    }
}
