/* What chart and timechart are made of: rows by one field, columns by the values of another, aggregates in
 * the cells.
 *
 *   charting_bind.c   words to a chart_bound           charting_terms.c   aggregates, and eval() over them
 *   charting.c        rows into cells (groups)         charting_series.c  which columns are shown
 *   charting_table.c  the result
 *   charting_values.c  what is in the cells        charting_partials.c  partial results, in and out
 *   charting_bounds.c  start= and end=
 *
 * Cells are groups with two keys, row and column, or one, or none (group/group_table.h: they wait on disk where memory
 * is short). Where bins turn out too fine, and for OTHER, they are merged into fewer. Binned values are keyed by the number
 * their bin starts with. The result is made row by row from cells in their order. */
#pragma once

#include "command/binning.h"
#include "group/group_table.h"
#include "group/timeline.h"

enum { SERIES_ALL, SERIES_TOP, SERIES_BOTTOM, SERIES_ABOVE, SERIES_BELOW };

struct series_choice {                      /* limit=, agg= or the where clause */
    int                     kind;           /* SERIES_* */
    double                  number;         /* how many, or the bound */
    bool                    inverted;       /* notin */
    const struct aggregate *aggregate;      /* over the cells of a series; NULL: their sum */
    double                  percent;
    bool                    by_where;
};

struct chart_term {
    str             name;
    uint32_t        measure;                /* number in measures */
    struct program *program;                /* eval(...) over hidden measures instead */
};

struct chart_bound {
    bool                 is_timechart;
    bool                 emits, meets;      /* partial results go out, come in (group/states.h) */
    struct measures      measures;
    struct chart_term   *term;
    uint32_t             terms;
    uint32_t             events;            /* the hidden measure that counts events */
    str                  row, column;
    bool                 has_row, has_column;
    bool                 row_labels;        /* the row field holds labels of bins: rows stand in the order of these */
    struct binning       row_bins, column_bins;
    bool                 row_binned, column_binned;     /* options were given */
    bool                 single_values, cont, partial, fixedrange, useother, usenull;
    str                  other, null, separator, format;
    struct series_choice choice;
    const struct aggregate *sum;            /* what scores a series unless told otherwise */
};

/* One shown aggregate: a tally, or eval() over some. Wildcards make several of one term. */
struct chart_value {
    str                      name;
    const struct tally_work *work;
    const struct program    *program;       /* of eval() */
    struct machine          *machine;
    struct cell             *cell;          /* of eval(): by group */
};

struct chart_series {                       /* columns for each value, by place: those chosen, then NULL, then OTHER */
    struct interner chosen;
    uint32_t       *place;                  /* by code of `chosen` */
    uint32_t        count;
    uint32_t        null, other;            /* their places; SERIES_NONE */
};

enum { SERIES_NONE = UINT32_MAX };

struct chart_table;
struct chart_emission;

struct chart {
    struct op                 op;
    const struct chart_bound *bound;
    struct group_table       *cells;
    struct partial_fields     partial;
    bool                      meets, met;   /* partial results may come, have come */
    const struct name        *row_name, *column_name, *time_name;
    struct binning            row_bins, column_bins;
    struct timeline           timeline;     /* timechart, or a row of time bins */
    struct zone_view          column_view;
    double                    column_align;
    struct batch            **waiting;      /* until a first range of times is known */
    uint32_t                  waits, wait_room;
    uint64_t                  waiting_rows;
    bool                      waiting_over;

    struct chart_value       *value;        /* what is shown of a cell; of the cells at hand */
    uint32_t                  values;
    struct arena              at_hand;
    struct chart_series       series;
    struct chart_table       *table;        /* while the result is made; or, of partial results, */
    struct chart_emission    *emission;
};

/* --- compile time --------------------------------------------------------------------------------------- */

/* `emits`: sichart, sitimechart. */
status chart_bind(struct binder *binder, struct stage *stage, bool is_timechart, bool emits);
void   chart_drop(struct stage *stage);
status chart_needs(const struct stage *stage, struct wanted *wanted);
status chart_gives(const struct stage *stage, struct wanted *columns);
status chart_open(const struct stage *stage, struct run *run, struct op **out);

/* The aggregates, once it is known whether there is a column field. */
status chart_bind_terms(struct binder *binder, const struct aggregates *terms, struct chart_bound *bound);

/* --- run time ------------------------------------------------------------------------------------------- */

/* The rows that start= and end= leave: `in` itself, or a batch derived from it. To be released. */
status chart_within(struct chart *chart, struct batch *in, struct batch **out);

/* The range of times in a batch, of the events that its partial results stand for included. False: none. */
status chart_time_range(struct chart *chart, struct batch *in, struct arena *arena, double *low, double *high, bool *any);
/* The keys of the batch's rows: cells. */
status chart_group(struct chart *chart, struct batch *in, struct arena *arena, struct grouping *grouping);
/* Partial results into their cells. */
status chart_push_partials(struct chart *chart, struct batch *in, const struct rows *rows, struct arena *arena);
/* All cells as partial results. AGAIN: op_kind.finish. */
status chart_emit_partials(struct chart *chart);

/* Settles automatic bins, of time and of values. */
status chart_settle_bins(struct chart *chart);

/* Chooses which values of the column field are shown. What is not goes into OTHER, if that is wanted: cells are merged.
 * `rows`: how many the result has; 0: as many as cells have. */
status chart_choose_series(struct chart *chart, uint64_t rows);
void   chart_series_free(struct chart_series *series);
/* The place of a column value; SERIES_NONE: it is not shown. */
uint32_t chart_series_place(const struct chart *chart, const struct cell *column);

/* How a value of the column field is shown; text in op->arena or in the cell. */
status chart_series_text(struct chart *chart, const struct cell *cell, str *out);

/* AGAIN: op_kind.finish. */
status chart_emit(struct chart *chart);
void   chart_table_free(struct chart_table *table);
/* cont=t of chart: the bins between two rows that are bins are rows, too. */
bool   chart_fills(const struct chart *chart);
bool   chart_row_bin(const struct chart *chart, const struct cell *row, double *start);
double chart_next_bin(struct chart *chart, double start);
/* partial=f: a first or last bin goes when the range cuts through it. */
bool   chart_is_cut(struct chart *chart, double start);

#define CHARTING .bound_size = sizeof(struct chart_bound), .drop = chart_drop, .needs = chart_needs, .gives = chart_gives, \
    .open = chart_open, .traits = TRAIT_TRANSFORMS | TRAIT_MERGES_ROWS | TRAIT_SPLITS

/* Reads the cells from the first one on, and finds out which values they have: chart->value. */
status chart_read(struct chart *chart);
status chart_next(struct chart *chart);                     /* group_table_next; with what eval() makes of them */
/* Of a cell at hand. */
status chart_value_cell(struct chart *chart, const struct chart_value *value, uint32_t group, struct arena *arena,
                        struct cell *out);
void   chart_values_free(struct chart *chart);

/* How long the bin of time is that starts there. */
double chart_bin_seconds(struct chart *chart, double start);
