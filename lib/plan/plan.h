/* A compiled query: the chain of stages, what it needs from its input, where it may be split.
 *
 * Immutable; everything lives in its arena, but for what command->drop frees. */
#pragma once

#include "base/buf.h"
#include "plan/bind.h"
#include "read/prefilter.h"
#include "syntax/source.h"

struct subsearch;

/* How the query is divided among parts of the input that are read in different places: `map` over each part, `reduce` over
 * all that they give, in the order of the parts. `merge` may come in between, any number of times: its rows are like those
 * of `map`. Texts of queries. */
struct plan_halves {
    str         map, merge, reduce;     /* map empty: it cannot be divided, `why`; merge empty: `map` only passes rows */
    const char *why;
};

struct plan_options {
    bool rewrite;                   /* off: a test regime; same rows */
    bool internal;                  /* results show the fields whose names begin with _, too */
    bool newest_first;              /* events come in descending order of _time, as Splunk has them */
    bool only_raw;                  /* of the results nothing but _raw will be looked at */
    uint32_t depth;                 /* of subsearches in each other, at most; 0: 32 */
    const struct wanted *fields;    /* not NULL: of the results only these; whoever takes them completes the rows it wants */
};

struct plan {
    struct arena                arena;
    struct heap                *heap;
    struct stage               *first;
    uint32_t                    stages;
    bool                        generates;      /* takes no input */
    struct wanted               read;           /* fields the reader extracts */
    bool                        complete_after; /* `read` serves the leading filters; survivors get all fields behind them */
    bool                        partials;       /* rows of the input may be partial results: their fields are read, too */
    bool                        lines;          /* the text of rows is kept so that they can be completed */
    uint32_t completes; /* stage with this number (from 1) completes the rows it keeps itself; 0: none */
    uint32_t                    filters;        /* leading TRAIT_FILTER stages that run before completion */
    const struct prefilter_arm *prefilter;     /* an AND of ORs that every event of interest passes */
    uint32_t                    prefilters;
    uint32_t                    parallel;       /* this many leading stages may run per partition */
    bool                        merges;         /* the next stage after them is mergeable: instances per partition */
    str                         text;           /* the query, macros expanded */
    struct source               source;         /* where its bytes came from, to draw carets */
    struct time_bounds          bounds;         /* the run evaluates them: `now` is its business */
    struct plan_halves          halves;
    const char                 *rewritten[8];   /* names of the rewrites that changed something */
    uint32_t                    rewrites;
    const str                  *shown;          /* internal fields (or patterns) that table or fields listed: results show */
    uint32_t showns; /* them; other internal ones but _time and _raw stay hidden (language 12.4) */
    struct pipeline             pipeline;       /* the clauses of the stages, before any rewriting */
    struct subsearch           *subsearch;      /* plan/subsearch.h: those in this pipeline itself */
    uint32_t                    texts, inner;   /* so many give text (then this plan is never run), and rows */
    uint32_t                    depth;          /* in so many brackets */
    bool                        fed;            /* rows come from the command that holds it */
    bool                        inner_reads;    /* a subsearch in it wants events, or a search that a command makes up, */
    bool                        reads;          /* or it does itself */
    bool                        searches;       /* a command in it makes up searches (TRAIT_SEARCHES) */
    bool                        effects;        /* a command in it, or in a subsearch of it, does something outside */
    struct compile              compile;        /* for plan_substitute */
    struct plan_options         options;
    bool                        closed;         /* the first batch of results has all the columns there will ever be */
};

/* Expands macros, parses, binds, decides fields, rewrites, splits. Of the binder, compile.heap, .words, .context, .list,
 * .list_host, diag and macros are the caller's to fill. On failure `diag` says why, and *out, if not NULL, is good for its
 * `source` and for plan_free only. */
status plan_compile(struct binder *binder, str text, const struct plan_options *options, struct plan **out);
void   plan_free(struct plan *plan);

/* Commands that stand for other pipelines give way to these (struct command, stands_for). The binder's text changes. */
status plan_unfold(struct binder *binder, struct source *source);
/* Adds the fields that the plan and the subsearches in it read of the input. */
status plan_reads(const struct plan *plan, struct wanted *out);
void   plan_print(const struct plan *plan, struct buf *out);
