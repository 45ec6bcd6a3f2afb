/* Drawing with the characters of a terminal: bars of eighths, sparklines, lines of braille dots.
 *
 * Everything is appended to a buffer and takes exactly the columns that are asked for. A value that is not finite is a
 * gap. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "value/cell.h"

/* Where `value` lies from `low` (0) to `high` (1). Good for all finite numbers, also where high - low is not one; 0 where
 * there is no way from low to high. */
double plot_place(double value, double low, double high);

/* The bar of `value` on an axis from `low` to `high` (low <= 0 <= high) that is `columns` wide. A value other than 0 shows
 * at least as a sliver. */
void plot_bar(struct buf *out, double value, double low, double high, uint32_t columns);

/* One of eight heights a value, between `low` and `high`, each `wide` columns. */
void plot_spark(struct buf *out, const double *value, uint32_t count, uint32_t wide, double low, double high);

/* What sparkline() makes: a multivalue with a mark before its numbers; drawn from 0 to the largest of them. */
bool plot_is_sparkline(const struct cell *cell);
void plot_sparkline(struct buf *out, const struct cell *cell);

/* At most four digits that count and a letter for the thousands: 950, 1.5k, 12M; nine columns at most. */
void plot_number(struct buf *out, double number);

/* Dots, two across and four down in a column of the terminal. (0, 0) is the top left one. */
struct canvas {
    uint32_t columns, lines;
    uint8_t *dots;                      /* of each column, line by line, as braille numbers them */
};

enum { CANVAS_ACROSS = 2, CANVAS_DOWN = 4 };

status canvas_init(struct canvas *canvas, struct arena *arena, uint32_t columns, uint32_t lines);
void   canvas_line(struct canvas *canvas, int64_t x0, int64_t y0, int64_t x1, int64_t y1);
void   canvas_put(const struct canvas *canvas, struct buf *out, uint32_t line);
