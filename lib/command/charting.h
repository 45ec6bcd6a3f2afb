/* What chart and timechart are made of: rows by one field, columns by the values of another, aggregates in
 * the cells.
 *
 *   charting_bind.c   words to a chart_bound           charting_terms.c   aggregates, and eval() over them
 *   charting.c        rows into cells (groups)         charting_series.c  which columns are shown
 *   charting_table.c  the result
 *   charting_values.c  what is in the cells        charting_partials.c  partial results, in and out
 *   charting_bounds.c  start= and end=
 *
 * Cells are groups with two keys, row and column, or one, or none. Where bins turn out too fine, and for
 * OTHER, cells are merged into fewer: charting_rekey. Binned values are keyed by the number their bin starts
 * with. */
#pragma once

#include "command/binning.h"
#include "command/states.h"
#include "command/tallies.h"
#include "command/timeline.h"

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
    bool                 emits, meets;      /* partial results go out, come in (command/states.h) */
    struct measures      measures;
    struct chart_term   *term;
    uint32_t             terms;
    uint32_t             events;            /* the hidden measure that counts events */
    str                  row, column;
    bool                 has_row, has_column;
    struct binning       row_bins, column_bins;
    bool                 row_binned, column_binned;     /* options were given */
    bool                 single_values, cont, partial, fixedrange, useother, usenull;
    str                  other, null, separator, format;
    struct series_choice choice;
    const struct aggregate *sum;            /* what scores a series unless told otherwise */
};

struct chart {
    struct op                 op;
    const struct chart_bound *bound;
    struct groups             groups;
    struct tallies            tallies;
    struct states             states;
    struct partial_fields     partial;
    bool                      meets, met;   /* partial results may come, have come */
    const struct name        *row_name, *column_name, *time_name;
    struct binning            row_bins, column_bins;
    struct timeline           timeline;     /* timechart, or a row of time bins */
    struct zone_view          column_view;
    double                    column_align;
    struct batch             *waiting[32];  /* until a first range of times is known */
    uint32_t                  waits;
    bool                      waiting_over;
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

/* Maps cells to cells: what becomes of the values of a group. *out_row and *out_column come in as they were.
 * */
typedef status (*chart_map)(void *host, struct cell *row, struct cell *column);
status chart_rekey(struct chart *chart, chart_map map, void *host);

/* The rows that start= and end= leave: `in` itself, or a batch derived from it. To be released. */
status chart_within(struct chart *chart, struct batch *in, struct batch **out);

/* The range of times in a batch, of the events that its partial results stand for included. False: none. */
status chart_time_range(struct chart *chart, struct batch *in, struct arena *arena, double *low, double *high, bool *any);
/* The keys of the batch's rows: cells. */
status chart_group(struct chart *chart, struct batch *in, struct arena *arena, struct grouping *grouping);
/* Partial results into their cells. */
status chart_push_partials(struct chart *chart, struct batch *in, const struct rows *rows, struct arena *arena);
/* All cells as partial results. */
status chart_emit_partials(struct chart *chart);

/* Settles automatic bins, of time and of values. */
status chart_settle_bins(struct chart *chart);

/* Which values of the column field are shown, as codes in the order of columns (in op->arena). What is not
 * goes into OTHER, if that is wanted: cells are merged. `rows`: how many the result has. */
status chart_choose_series(struct chart *chart, uint64_t rows, uint32_t **series, uint32_t *count);

/* How the value of a column field with this code is shown; text in op->arena or in the groups. */
status chart_series_text(struct chart *chart, uint32_t code, str *out);

status chart_emit(struct chart *chart);

#define CHARTING .bound_size = sizeof(struct chart_bound), .drop = chart_drop, .needs = chart_needs, .gives = chart_gives, \
    .open = chart_open, .traits = TRAIT_TRANSFORMS | TRAIT_MERGES_ROWS | TRAIT_SPLITS


/* One shown aggregate: a tally, or eval() over some. Wildcards make several of one term. */
struct chart_value {
    str                      name;
    const struct tally_work *work;
    struct cell             *cell;          /* of eval(): by group */
};

status chart_values(struct chart *chart, struct chart_value **value, uint32_t *count);
status chart_value_cell(struct chart *chart, const struct chart_value *value, uint32_t group,
                        struct arena *arena,
                        struct cell *out);

/* How long the bin of time is that starts there. */
double chart_bin_seconds(struct chart *chart, double start);
