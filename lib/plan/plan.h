/* A compiled query: the chain of stages, what it needs from its input, where it may be split.
 *
 * Immutable; everything lives in its arena, but for what command->drop frees. */
#pragma once

#include "base/buf.h"
#include "plan/bind.h"
#include "read/prefilter.h"
#include "text/find.h"

struct syntax_source;

struct plan {
    struct arena                arena;
    struct heap                *heap;
    struct stage               *first;
    uint32_t                    stages;
    bool                        generates;      /* takes no input */
    struct wanted               read;           /* fields the reader extracts */
    bool                        complete_after; /* `read` serves the leading filters; survivors get all fields behind them */
    uint32_t                    filters;        /* leading TRAIT_FILTER stages that run before completion */
    const struct prefilter_arm *prefilter;     /* an AND of ORs that every event of interest passes */
    uint32_t                    prefilters;
    uint32_t                    parallel;       /* this many leading stages may run per partition */
    bool                        merges;         /* the next stage after them is mergeable: instances per partition */
    str                         text;           /* the query */
    const str                  *shown;          /* internal fields (or patterns) that table or fields listed: results show */
    uint32_t                    showns;         /* them; other internal ones but _time and _raw stay hidden (language 12.4) */
    bool                        closed;         /* the first batch of results has all the columns there will ever be */
};

struct plan_options {
    bool rewrite;                   /* off: a test regime; same rows */
    bool only_raw;                  /* of the results nothing but _raw will be looked at */
};

/* Parses (syntax/parse), binds, decides fields, rewrites, splits. On failure `diag` says why. */
status plan_compile(struct binder *binder, str text, const struct plan_options *options, struct plan **out);
void   plan_free(struct plan *plan);
void   plan_print(const struct plan *plan, struct buf *out);
