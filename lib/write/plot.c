#include "write/plot.h"

#include "base/utf8.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK_FULL = 0x2588, BLOCK_EIGHTH = 0x258f, SPARK_LOWEST = 0x2581, BRAILLE = 0x2800 };

double plot_place(double value, double low, double high)
{
    double way = high / 2 - low / 2;

    return way > 0 ? (value / 2 - low / 2) / way : 0;
}

void plot_bar(struct buf *out, double value, double low, double high, uint32_t columns)
{
    double   axis_at = plot_place(0, low, high), zero = floor(axis_at * columns + 0.5);
    double   size = isfinite(value) ? fabs(plot_place(value, low, high) - axis_at) * columns : 0;
    uint32_t axis = (uint32_t)zero, eighths, used = 0;

    if (value < 0) {                    /* there are no blocks filled from the right: whole ones only */
        uint32_t whole = (uint32_t)fmin(fmax(round(size), 1), zero);
        buf_repeat(out, ' ', axis - whole);
        for (used = axis - whole; used < axis; used++)
            utf8_put(out, BLOCK_FULL);
    } else {
        buf_repeat(out, ' ', axis);
        used = axis;
        eighths = (uint32_t)fmin(round(size * 8), (columns - axis) * 8.0);
        if (eighths == 0 && size > 0 && used < columns)
            eighths = 1;
        for (; eighths >= 8; eighths -= 8, used++)
            utf8_put(out, BLOCK_FULL);
        if (eighths) {
            utf8_put(out, BLOCK_EIGHTH + 1 - eighths);
            used++;
        }
    }
    buf_repeat(out, ' ', columns - used);
}

void plot_spark(struct buf *out, const double *value, uint32_t count, uint32_t wide, double low, double high)
{
    for (uint32_t column = 0; column < count * wide; column++) {
        uint32_t i = column / wide;
        double   height = plot_place(value[i], low, high) * 8;
        if (!isfinite(value[i]))
            buf_byte(out, ' ');
        else
            utf8_put(out, SPARK_LOWEST + (uint32_t)fmin(fmax(height, 0), 7));
    }
}

bool plot_is_sparkline(const struct cell *cell)
{
    return cell->kind == KIND_LIST && cell->list->kind == KIND_TEXT && str_is(cell_str(cell->list), "##__SPARKLINE__##");
}

void plot_sparkline(struct buf *out, const struct cell *cell)
{
    double number, high = 0;

    for (uint32_t i = 1; i < cell->size; i++)
        if (cell_spells_number(&cell->list[i], &number) && isfinite(number))
            high = fmax(high, number);
    for (uint32_t i = 1; i < cell->size; i++) {
        if (!cell_spells_number(&cell->list[i], &number))
            number = NAN;
        plot_spark(out, &number, 1, 1, 0, high);
    }
}

void plot_number(struct buf *out, double number)
{
    static const char letters[] = "kMGTPE";
    char              text[NUMBER_ROOM];
    double            size = fabs(number);
    char              letter = 0;
    int               places;

    for (const char *at = letters; *at && size >= 999.95; at++) {
        size /= 1000;
        letter = *at;
    }
    if (!isfinite(number) || size >= 999.95 || (size > 0 && size < 0.001)) {
        buf_put(out, str_make(text, number_format_c(number, 'g', 3, false, text, sizeof text)));
        return;
    }
    places = size >= 99.95 ? 1 : size >= 9.995 ? 2 : 3;
    size_t end = number_format_fixed(size, places, text);
    while (text[end - 1] == '0')
        end--;
    if (text[end - 1] == '.')
        end--;
    if (number < 0)
        buf_byte(out, '-');
    buf_put(out, str_make(text, end));
    if (letter)
        buf_byte(out, letter);
}

status canvas_init(struct canvas *canvas, struct arena *arena, uint32_t columns, uint32_t lines)
{
    *canvas = (struct canvas){ columns, lines, arena_zero(arena, (size_t)columns * lines, 1) };
    TRY_NEW(canvas->dots);
    return OK;
}

static void dot(struct canvas *canvas, int64_t x, int64_t y)
{
    static const uint8_t bit[CANVAS_DOWN][CANVAS_ACROSS] = {
        { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 },
    };

    if (x >= 0 && y >= 0 && x < (int64_t)canvas->columns * CANVAS_ACROSS && y < (int64_t)canvas->lines * CANVAS_DOWN)
        canvas->dots[y / CANVAS_DOWN * canvas->columns + x / CANVAS_ACROSS] |= bit[y % CANVAS_DOWN][x % CANVAS_ACROSS];
}

void canvas_line(struct canvas *canvas, int64_t x0, int64_t y0, int64_t x1, int64_t y1)
{
    int64_t across = x1 - x0, down = y1 - y0;
    int64_t steps = llabs(across) > llabs(down) ? llabs(across) : llabs(down);

    dot(canvas, x0, y0);
    for (int64_t i = 1; i <= steps; i++)
        dot(canvas, x0 + llround((double)across * (double)i / (double)steps),
            y0 + llround((double)down * (double)i / (double)steps));
}

void canvas_put(const struct canvas *canvas, struct buf *out, uint32_t line)
{
    const uint8_t *dots = canvas->dots + (size_t)line * canvas->columns;

    for (uint32_t i = 0; i < canvas->columns; i++) {
        if (dots[i])
            utf8_put(out, BRAILLE + dots[i]);
        else
            buf_byte(out, ' ');
    }
}
