/* What the chart writer found to draw, and those who draw it. Private to write/. */
#pragma once

#include "write/writer.h"

enum { CHART_GAP = 2 };                 /* blanks between what stands side by side */

struct chart_cell {
    const struct name *name;
    uint32_t           row;
    str                text;
    double             number;          /* NAN: none */
    double            *points;          /* of a sparkline */
    uint32_t           count;
};

struct chart_writer {
    struct writer      writer;
    struct layout      layout;
    struct arena       arena;
    struct chart_cell *cell;
    uint32_t           cells, room, rows;
    struct buf         scratch;
    struct writer     *table;           /* the same rows, in case there is nothing to draw */
};

struct series {
    str      name;
    double  *value;                     /* by row; NAN: none */
    bool     drawn;                     /* a number at least, and nothing else */
    bool     mixed;
    bool     beside;                    /* not drawn to scale: text behind the bar */
    uint32_t values;
    double   low, high;
};

struct picture {                        /* what there is to draw, by column of the layout */
    struct chart_writer      *chart;
    struct series            *series;
    const struct chart_cell **label;    /* by row; NULL: none */
    const struct chart_cell **spark;    /* by row; the first sparkline column */
    uint32_t                  columns, drawn, width;
    int64_t                   label_column, spark_column;   /* -1: none */
    bool                      timed;
};

/* A bar for every row and series. */
void   chart_put_bars(const struct picture *picture);
/* Line charts or sparklines over `_time`; needs a finite time at least. */
status chart_put_over_time(const struct picture *picture);
bool   chart_has_times(const struct picture *picture);

/* The name of a series, on a line of its own. */
void   chart_put_title(const struct picture *picture, str title);
