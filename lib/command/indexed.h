/* tstats and mstats: reports over events as if they came out of an index (reporting 7.1, 7.2).
 *
 * They begin a pipeline and read the input themselves. Behind `WHERE` stands a search; what is counted, and by what, is
 * the matter of command/grouped.
 *
 *   indexed_words.c   the text in pieces       datasets.c  names of data models
 *   indexed.c         running it         points.c    data points of metrics */
#pragma once

#include "command/binning.h"
#include "command/datasets.h"
#include "command/grouped.h"
#include "command/points.h"
#include "group/timeline.h"

/* The pieces of the text, as written. */
struct indexed_words {
    bool               prestats, append, has_fill, is_chart, has_span, has_every;
    str                fill;
    struct aggregates  terms;
    str                model;           /* datamodel=M.ROOT; empty: none */
    struct span        model_at;
    const struct node *where;           /* NULL: none */
    struct span        where_at;
    str               *by;
    struct span       *by_at;
    uint32_t           bys;
    str                span, every;
    struct span        span_at, every_at, prestats_at, chart_at;
    str                charting;        /* chart.* as options of chart */
};

enum { INDEXED_REST, INDEXED_WHERE };   /* the parameters of both commands */
#define INDEXED_PARAMS { \
    [INDEXED_REST] = { "arguments", PARAM_REST, PLACE_LIST, .help = "options, aggregates, FROM, WHERE, BY" }, \
    [INDEXED_WHERE] = { "where", PARAM_SEARCH, PLACE_KEYWORD, .help = "a search that events must pass" }, \
    { 0 } \
}

/* `metrics`: of mstats. */
status indexed_read(struct binder *binder, struct stage *stage, bool metrics, struct indexed_words *words);

struct indexed_bound {
    struct grouped_bound grouped;
    struct datasets      datasets;
    struct program      *where;         /* NULL: none */
    bool                 append;        /* rows that come in pass, events come from the source of the pipeline: */
    bool                 feeds;         /* this one, which gives its events to all that append */
    bool                 has_fill;
    str                  fill;          /* in the place of a null in a BY field */
    bool                 by_time, has_span;
    uint32_t             time_key;      /* which BY field _time is */
    struct time_span     span;
    double               every;         /* seconds; 0: every bin */
    bool                 metrics;       /* mstats: rows are data points */
    bool                 by_value;      /* mstats: avg(_value), not avg(metric) */
    bool                 by_series;     /* mstats: somebody looks at _timeseries */
};

/* WHERE, BY, span, fill and where the stage stands. Aggregates first (grouped_bind), as names are found in them. */
status indexed_bind(struct binder *binder, struct stage *stage, const struct indexed_words *words,
                    struct indexed_bound *bound);
void   indexed_drop(struct stage *stage);
status indexed_needs(const struct stage *stage, struct wanted *wanted);
status indexed_gives(const struct stage *stage, struct wanted *columns);
status indexed_open(const struct stage *stage, struct run *run, struct op **out);

#define INDEXED .bound_size = sizeof(struct indexed_bound), .drop = indexed_drop, .needs = indexed_needs, \
    .gives = indexed_gives, .open = indexed_open, \
    .traits = TRAIT_MERGEABLE | TRAIT_TRANSFORMS | TRAIT_MERGES_ROWS | TRAIT_SPLITS | TRAIT_SOURCE
