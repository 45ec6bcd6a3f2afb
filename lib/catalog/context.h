/* What functions, aggregates and commands may ask of the run they work in.
 *
 * One context a run and worker: nothing in it needs a lock. Filled by flow/run.c; the compiler fills one for folding. */
#pragma once

#include "base/cpu.h"
#include "base/heap.h"
#include "base/diag.h"
#include "batch/names.h"
#include "catalog/limits.h"

struct zone;
struct lookups;             /* catalog/lookup.h */
struct sinks;               /* catalog/sink.h */
struct regex_cache;

struct context {
    struct heap        *heap;
    struct names       *names;
    const struct zone  *zone;           /* search time zone */
    double              now;            /* search start, whole seconds */
    bool                now_is_fixed;   /* then time() gives `now` as well */
    double              earliest, latest;   /* search window; -inf and inf when open */
    enum cpu_level      cpu;
    bool                plain_numbers;  /* no precision tracking: every number EXACT */
    bool                nearest_rank;   /* percentiles are not interpolated (reporting 9.3) */
    bool                natural_sort;   /* groups in order of numbers, then texts, instead of bytes (reporting 4.1) */
    bool                row_bodies;     /* use no vector bodies (test regime) */
    bool                partitioned;    /* states are merged: instances work side by side, or some are put aside */
    bool                takes_partials; /* rows of the input may be partial results */
    bool                saved_states;   /* states are merged through their saved form (test regime) */
    uint64_t            random;         /* state of random() */
    struct regex_cache *regexes;        /* computed patterns */
    const struct lookups *lookups;      /* tables by name; NULL: there are none */
    const struct sinks   *sinks;        /* where commands write; NULL: nowhere */
    const struct limit_values *limits;        /* NULL: the presets */
    double            (*clock)(void *host);                 /* wall clock, epoch seconds */
    struct diag        *diag;           /* run-time failures are reported here */
    void              (*note)(void *host, const char *code, str message);   /* odd data, counted by code */
    void               *host;
};

static inline uint64_t context_limit(const struct context *context, enum limit limit)
{
    return context->limits ? context->limits->value[limit] : limit_row(limit)->preset;
}

static inline bool context_choice(const struct context *context, enum limit choice)
{
    return context_limit(context, choice) != 0;
}
