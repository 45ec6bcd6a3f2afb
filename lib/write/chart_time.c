/* Charts over time: the values of a series are averaged where several fall on one dot. */
#include "write/chart.h"

#include "time/strftime.h"
#include "write/plot.h"
#include "write/text.h"

#include <math.h>

enum { LINE_CHARTS = 4, LINES_ALONE = 12, LINES_EACH = 6, AXIS = 9 };

struct span_of_time {
    double from, to;
};

static struct span_of_time span_of(const struct picture *picture)
{
    struct span_of_time span = { INFINITY, -INFINITY };

    for (uint32_t r = 0; r < picture->chart->rows; r++)
        if (picture->label[r] && isfinite(picture->label[r]->number)) {
            span.from = fmin(span.from, picture->label[r]->number);
            span.to = fmax(span.to, picture->label[r]->number);
        }
    return span;
}

/* Values are averaged over what falls on one of `places`; a place without any is NAN. *low <= 0 and *high bound them. */
static status average(const struct picture *picture, const struct series *series, struct span_of_time span, double *place,
                      uint32_t places, double *low, double *high)
{
    uint32_t *count = ARENA_ARRAY(&picture->chart->arena, uint32_t, places);

    TRY_NEW(count);
    memset(place, 0, places * sizeof *place);
    for (uint32_t r = 0; r < picture->chart->rows; r++) {
        double   time = picture->label[r] ? picture->label[r]->number : NAN;
        uint32_t at;
        if (!isfinite(time) || !isfinite(series->value[r]))
            continue;
        at = (uint32_t)round(plot_place(time, span.from, span.to) * (places - 1));
        count[at]++;
        place[at] += series->value[r] / count[at] - place[at] / count[at];      /* a sum might not be finite */
    }
    *low = *high = 0;
    for (uint32_t i = 0; i < places; i++) {
        place[i] = count[i] ? place[i] : NAN;
        *low = fmin(*low, place[i]);
        *high = fmax(*high, place[i]);
    }
    return OK;
}

/* How many places a column of `most` may have so that neighbouring points stay next to each other. */
static uint32_t places_of(const struct picture *picture, uint32_t most)
{
    return picture->chart->rows < most ? picture->chart->rows : most;
}

static void put_axis_label(struct buf *out, struct buf *scratch, double value)
{
    buf_clear(scratch);
    plot_number(scratch, value);
    write_cut(out, buf_str(scratch), AXIS - 2, true);
    buf_text(out, " ");
}

static status put_line_chart(const struct picture *picture, const struct series *series, struct span_of_time span,
                             uint32_t lines)
{
    struct chart_writer *chart = picture->chart;
    struct buf          *out = &chart->writer.out;
    uint32_t             columns = picture->width - AXIS, places = places_of(picture, columns * CANVAS_ACROSS);
    int64_t              down = (int64_t)lines * CANVAS_DOWN - 1, across = (int64_t)columns * CANVAS_ACROSS - 1;
    int64_t              x = 0, y = 0;
    double               low, high, *place;
    bool                 joined = false;
    struct canvas        canvas;

    TRY_NEW(place = ARENA_ARRAY(&chart->arena, double, places));
    TRY(average(picture, series, span, place, places, &low, &high));
    high = high > low ? high : low + 1;
    TRY(canvas_init(&canvas, &chart->arena, columns, lines));
    for (uint32_t i = 0; i < places; i++) {
        int64_t to_x = places > 1 ? llround((double)i / (places - 1) * (double)across) : 0, to_y;
        if (isnan(place[i])) {
            joined = false;
            continue;
        }
        to_y = down - llround(plot_place(place[i], low, high) * (double)down);
        canvas_line(&canvas, joined ? x : to_x, joined ? y : to_y, to_x, to_y);
        x = to_x, y = to_y, joined = true;
    }
    chart_put_title(picture, series->name);
    for (uint32_t line = 0; line < lines; line++) {
        if (line == 0 || line == lines - 1)
            put_axis_label(out, &chart->scratch, line ? low : high);
        else
            buf_repeat(out, ' ', AXIS - 1);
        buf_text(out, "\xe2\x94\x82");                 /* a vertical line */
        canvas_put(&canvas, out, line);
        while (out->size && out->at[out->size - 1] == ' ')
            out->size--;
        buf_byte(out, '\n');
    }
    return OK;
}

static status put_time(const struct picture *picture, double instant, str *out)
{
    struct zone_view view;

    zone_view_init(&view, picture->chart->writer.settings.zone ? picture->chart->writer.settings.zone : &zone_utc, NULL);
    buf_clear(&picture->chart->scratch);
    if (time_print_iso(&view, instant, &picture->chart->scratch) == FAIL_MEMORY)
        return FAIL_MEMORY;
    *out = str_slice(buf_str(&picture->chart->scratch), 0, buf_str(&picture->chart->scratch).size < 19 ? 0 : 19);
    *out = arena_str(&picture->chart->arena, *out);
    TRY_NEW(out->at);
    return OK;
}

/* The first and the last time, under the left and the right end. */
static status put_time_axis(const struct picture *picture, struct span_of_time span, uint32_t indent, uint32_t columns)
{
    struct buf *out = &picture->chart->writer.out;
    str         from, to;

    TRY(put_time(picture, span.from, &from));
    TRY(put_time(picture, span.to, &to));
    buf_repeat(out, ' ', indent);
    buf_put(out, from);
    if (span.to > span.from) {
        buf_repeat(out, ' ', from.size + to.size + CHART_GAP < columns ? columns - from.size - to.size : CHART_GAP);
        buf_put(out, to);
    }
    buf_byte(out, '\n');
    return OK;
}

static status put_sparklines(const struct picture *picture, struct span_of_time span)
{
    struct chart_writer *chart = picture->chart;
    struct buf          *out = &chart->writer.out;
    uint32_t             third = picture->width / 3, name = 0, columns, places, wide;
    double              *place, low, high;

    for (uint32_t c = 0; c < picture->columns; c++)
        if (picture->series[c].drawn && write_shown_width(picture->series[c].name) > name)
            name = write_shown_width(picture->series[c].name);
    name = name > third ? third : name;
    columns = picture->width - name - 2 * CHART_GAP - 2 * AXIS;
    columns = picture->width > name + 2 * CHART_GAP + 2 * AXIS + 8 ? columns : 8;
    places = places_of(picture, columns);
    wide = places ? columns / places : 1;
    TRY_NEW(place = ARENA_ARRAY(&chart->arena, double, places));
    for (uint32_t c = 0; c < picture->columns; c++) {
        const struct series *series = &picture->series[c];
        if (!series->drawn)
            continue;
        TRY(average(picture, series, span, place, places, &low, &high));
        write_cut(out, series->name, name, false);
        buf_repeat(out, ' ', CHART_GAP);
        plot_spark(out, place, places, wide, low, high);
        buf_text(out, "  ");
        plot_number(out, low);
        buf_text(out, "..");
        plot_number(out, high);
        buf_byte(out, '\n');
    }
    return put_time_axis(picture, span, name + CHART_GAP, places * wide);
}

status chart_put_over_time(const struct picture *picture)
{
    struct span_of_time span = span_of(picture);

    if (picture->drawn > LINE_CHARTS)
        return put_sparklines(picture, span);
    for (uint32_t c = 0; c < picture->columns; c++)
        if (picture->series[c].drawn)
            TRY(put_line_chart(picture, &picture->series[c], span, picture->drawn > 1 ? LINES_EACH : LINES_ALONE));
    return put_time_axis(picture, span, AXIS, picture->width - AXIS);
}

bool chart_has_times(const struct picture *picture)
{
    return isfinite(span_of(picture).from);
}
