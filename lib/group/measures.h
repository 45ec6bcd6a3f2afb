/* The aggregates of a query, bound: what stats, eventstats, chart, timechart and their like have in common at
 * compile time. Running them is the matter of group/tallies.h. Immutable, in the query's arena. */
#pragma once

#include "plan/bind.h"
#include "time/span.h"

struct measure {
    const struct aggregate *aggregate;
    double                  percent;
    str                     field;          /* the argument; empty: none, rows are counted (or `program`) */
    /* `field` has wildcards: one column for each field that matches */
    bool                    wild;
    struct program         *program;        /* f(eval(...)) */
    str                     expression;     /* its text, written as the library would: names its partial state */
    /* of the column; wildcards in it take what those of `field` matched */
    str                     name;
    bool                    hidden;         /* no column: an eval() over aggregates looks at it */
    bool                    sparkline;      /* one value a bin of time, in a multivalue */
    struct time_span       *step;           /* its bins; NULL: found at run time */
    struct span             span;           /* where it is written */
};

struct measures {
    struct measure *item;
    uint32_t        count, capacity;
    bool            allnum;                 /* one value that is no number makes a numeric function null */
    const str      *by;                     /* BY fields: no wildcard stands for them */
    uint32_t        bys;
};

enum {
    MEASURES_RATES   = 1,                   /* per_second and its like may be used */
    MEASURES_UNNAMED = 2,                   /* f(eval(...)) needs no AS */
    MEASURES_SPARKS  = 4,                   /* sparkline() may be used */
    MEASURES_SERIES  = 8,                   /* rate_avg and rate_sum may be used */
    MEASURES_FIELDS  = 16                   /* a function other than count wants a field */
};

/* Appends the terms to `out`. A term eval(...) over aggregates is the caller's: it must not be among them. */
status measures_bind(struct binder *binder, const struct aggregates *terms, unsigned allowed,
                     struct measures *out);

/* One term, as it is; the caller names it. */
status measure_bind(struct binder *binder, const struct aggregate_term *term, unsigned allowed,
                    struct measure *out);
status measures_add(struct binder *binder, struct measures *measures, const struct measure *measure);

/* Appends a hidden one that counts rows: its number. For partial results. */
status measures_count_rows(struct binder *binder, struct measures *measures, uint32_t *number);

/* Partial results can be had of all of them, or else it is told. */
status measures_check_partials(struct binder *binder, const struct measures *measures);
bool   measures_have_partials(const struct measures *measures);

/* The fields that the arguments read, _time included when a function goes by it. */
status measures_needs(const struct measures *measures, struct wanted *wanted);
/* The columns they make. */
status measures_give(const struct measures *measures, struct wanted *columns);
void   measures_drop(struct measures *measures);

/* `pattern` with the parts that the wildcards of `from` matched in `name`, in turn. In `arena`; at NULL: out
 * of memory. */
str    measure_rename(str from, str name, str pattern, struct arena *arena);
