/* From values to bins: of bin, and of the rows and columns of chart (reporting 5.4).
 *
 * Bins of time are their start, a number. Numeric bins are labels, "10-20", lower bound included. */
#pragma once

#include "catalog/context.h"
#include "plan/bind.h"
#include "time/span.h"
#include "value/cell.h"

enum { LABEL_ROOM = 900 };              /* bytes that any label fits in */

enum binning_kind {
    BINNING_AUTO,                       /* the width depends on the data: binning_choose settles it */
    BINNING_TIME, BINNING_WIDTH, BINNING_LOG,
    BINNING_NONE                        /* values stay as they are */
};

struct binning {
    enum binning_kind kind;
    bool              of_time;          /* the field holds instants */
    struct time_span  span;             /* BINNING_TIME */
    str               align;            /* as written; empty: the epoch */
    double            width;            /* BINNING_WIDTH */
    int               places;           /* decimals of its bounds; 0: none */
    double            factor, base;     /* BINNING_LOG: bin k begins at factor * base^k */

    uint32_t          bins;             /* as many at most; 0: not given */
    uint32_t          time_bins;        /* where they are not, of time */
    bool              has_least;        /* minspan */
    struct time_span  least_time;
    double            least;
    bool              has_start, has_end;
    double            start, end;
};

/* A stage of bin. */
struct bin_bound {
    struct binning binning;
    str            field, into;
};

/* Some stage before made labels of bins of this field. */
bool   binning_labels(const struct binder *binder, str field);

/* The options, each as written; empty: not given. Spans are where mistakes are reported. */
struct binning_words {
    str         span, minspan, align;
    struct span span_at, minspan_at, align_at;
    double      bins, start, end;
    bool        has_bins, has_start, has_end;
    bool        snaps;              /* may a span say what day its weeks begin on, 1w@w1? */
};

status binning_bind(struct binder *binder, str field, const struct binning_words *words, struct binning *out);

/* Settles BINNING_AUTO for values from `low` to `high`; `bins` where the options name none. Without `any`
 * there are none. */
void   binning_choose(struct binning *binning, bool any, double low, double high);

/* aligntime as an instant, for this run. */
double binning_align(const struct binning *binning, const struct context *context, struct zone_view *view);

/* Numeric bins: the label's size, or 0 when the value stays as it is. *low: the lower bound, for sorting. */
size_t binning_label(const struct binning *binning, double value, char *room, double *low);

/* Where the numeric bin after the one that begins at `low` begins. */
double binning_next(const struct binning *binning, double low);

/* Is it a finite number, spelt or not? */
bool   binning_reads(const struct cell *cell, double *number);

/* chart and timechart do not count numbers beyond start= and end=; to bin they only say what range is looked at. */
bool   binning_leaves_out(const struct binning *binning, const struct cell *cell);
