/* One execution of a plan: context, operators, input position, results waiting to be taken. */
#pragma once

#include "base/diag.h"
#include "flow/op.h"
#include "plan/plan.h"
#include "read/kv_mode.h"

struct notes;
struct chain;                       /* flow/chain.h: operators of one partition */
struct exchange;                    /* flow/partition.h: threads at work */
struct inner_rows;                  /* flow/inner.h: rows of a subsearch */
struct sources;                     /* flow/input.h: where rows come from */
struct sink_stream;                 /* catalog/sink.h: what a command writes outside */

struct run_options {
    double      now;                /* 0: the wall clock at the start */
    uint64_t    seed;               /* of random(); 0: the clock, so no two runs agree */
    const char *zone;               /* name; NULL: UTC */
    double      earliest, latest;   /* -inf, inf: open */
    uint32_t    threads;            /* 1: none is created */
    uint32_t    batch_rows;         /* most rows a batch; 0: 4096 */
    uint32_t    partitions;         /* test regime: deal the input to this many chains, one thread; 0: off */
    size_t      limit_memory;       /* bytes; 0: none */
    const char *temp_folder;        /* for what does not fit into limit_memory (base/spool.h); NULL: none */
    uint64_t    spill_rows;         /* test regime: put aside what is held every so many rows; 0: when memory is short */
    double      limit_time;         /* seconds; 0: none */
    uint64_t    limit_rows;         /* rows out; 0: none */
    uint64_t    limit_subsearch;    /* rows of a subsearch that become text; 0: none */
    size_t      limit_line;         /* longest line, bytes; 0: 16 MiB */
    bool        window_off;         /* events need not be held against earliest and latest */
    bool        takes_partials;     /* rows that say so (psrsvd_v) are partial results */
    uint32_t    part;               /* of a larger input */
    bool        row_bodies, plain_numbers, nearest_rank, natural_sort, prefilter_off, saved_states, null_text;
    bool        timing;             /* measure stages: two clock readings a batch */
    int         cpu;                /* -1: best */
    enum kv_mode kv_mode;
    const char *default_index, *default_source, *default_sourcetype, *default_host;
    const char *time_field;
    struct names *names;            /* to share with another run, which must outlive this one; NULL: its own */
};

struct stage_stats {                /* all instances of a stage together; `seconds` 0 without options.timing */
    str      name;
    uint64_t rows_in, rows_out;
    double   seconds;               /* in this stage alone */
};

struct run {
    struct heap           heap;     /* counted and bounded for this run */
    const struct plan    *plan;     /* at work: with the texts of its subsearches in place */
    struct run           *outer;    /* whose subsearch this is; NULL: nobody's */
    const struct source  *source;   /* the text that places in `diag` are in; it lives as long as the run */
    struct run_options    options;
    struct names         *names;
    struct context       *context;  /* of the chain that is being opened; op_new hands it to the operator */
    struct diag           diag;     /* why it failed; written by the host's thread only */
    _Atomic int           cancelled;
    uint64_t              events, bytes, rows_out;
    void                 *owner;    /* whoever made it; flow does not look at it */

    /* Private to flow/. */
    struct arena          arena;
    struct chain        **front;    /* one a partition: the leading stages; at least one */
    uint32_t              fronts;
    struct chain         *rest;     /* the stages behind them, then the sink */
    struct sources       *sources;
    struct exchange      *exchange; /* NULL: one thread */
    struct finisher      *finisher; /* NULL: the host's thread finishes */
    struct zone          *zone;
    uint64_t              deadline; /* on the steady clock; 0: none */
    struct batch        **ready;    /* results not taken yet, a queue */
    uint32_t              ready_from, ready_count, ready_room;
    uint8_t               state;    /* enum run_state */
    status                failure;  /* sticks */
    uint32_t              finish_part, finish_op;   /* how far chains_finish is */
    uint64_t              turn;     /* batches dealt out to the partitions of the test regime */
    uint64_t              streams;  /* of random numbers handed out, one a chain */
    bool                  now_is_fixed, has_window;
    double                asked_earliest, asked_latest;     /* by the host, not by the query */
    struct notes         *notes;    /* of all chains, once the run is over */

    struct plan          *own;      /* made from the query's plan and the texts of subsearches; NULL: there were none */
    struct context        compile_context;      /* it was made with */
    struct inner_rows    *inner;    /* of row subsearches, by number */
    uint32_t              inner_number;         /* so many are over */
    uint64_t              made;                 /* of the outermost run: searches that commands made up */
    struct stage_stats   *inner_stats;
    uint32_t              inner_stages, inner_stats_room;
    uint64_t              inner_events, inner_bytes;        /* most that one of them read */
    struct notes         *input_notes;          /* what they had to say about the input */
    struct sink_stream   *stream;               /* flow/effects.h: of the outermost run, in the order of opening */
};

/* The outermost run: who it is for the host. */
static inline struct run *run_root(struct run *run)
{
    while (run->outer)
        run = run->outer;
    return run;
}

/* FAIL_CANCELLED or FAIL_LIMIT (time) when the run should stop; cheap enough for every batch and every 1,000 rows of a
 * sort. */
status run_check(struct run *run);

/* May operators put state aside? */
static inline bool run_spills(const struct run *run)
{
    return run->options.temp_folder && (run->options.limit_memory || run->options.spill_rows);
}

/* Memory is short: is it time to put aside the `rows` that somebody holds? See op_pressed. */
bool run_pressed(const struct run *run, uint64_t rows, size_t more);

/* More than so many eighths of the memory are in use. The limit is that of the outermost run, whose heap counts the memory
 * of all. */
static inline bool run_holds(const struct run *run, unsigned eighths)
{
    while (run->outer)
        run = run->outer;
    return run->heap.limit &&
        atomic_load_explicit(&run->heap.used, memory_order_relaxed) > run->heap.limit / 8 * eighths;
}

/* What is made a piece at a time had better be given away first. */
static inline bool run_is_full(const struct run *run) { return run_holds(run, 4); }

static inline bool run_is_cancelled(const struct run *run)
{
    for (; run; run = run->outer)
        if (atomic_load_explicit(&run->cancelled, memory_order_relaxed))
            return true;
    return false;
}

/* --- one execution from outside (the api) -------------------------------------------------------------------------- */

/* The run keeps `plan` until run_free. The options are copied, their texts too. Batches taken from a run hold memory of
 * its heap, names and dictionaries: release them before run_free. On failure `diag` (may be NULL) says why. */
status run_new(const struct plan *plan, const struct run_options *options, heap_fn resize, void *host,
               struct diag *diag, struct run **out);
void   run_free(struct run *run);                               /* NULL welcome */
/* Joins threads, drops results nobody took, stops operators; batches already taken stay readable until run_free. */
void   run_stop(struct run *run);

/* Inputs are read one after the other in the order of these calls. The file is opened now (FAIL_IO); "-" is standard input.
 * `format` NULL or "auto": by content. Failures of these and of run_next are explained in run->diag. */
status run_open(struct run *run, const char *path, const char *format);
/* Bytes in any cut; partial records are kept. One format a run. ENOUGH: the query wants no more. */
status run_push(struct run *run, const char *format, str bytes);
/* Rows from elsewhere; their names are of run->names, their memory of run->heap. Takes the batch. */
status run_push_batch(struct run *run, struct batch *takes);
status run_end(struct run *run);                                /* no more will be pushed */

/* OK: *out is a batch of results (one reference is yours). HUNGRY: push more or call run_end. DONE. Or a failure, which
 * sticks. */
status run_next(struct run *run, struct batch **out);

/* Odd data. The message goes on after the count: "lines were not valid JSON; first at a.ndjson:7: no closing quote". */
struct note {
    const char *code;               /* "bad-lines" */
    uint64_t    count;
    str         message;
};

#define NOTE_SUBSEARCH_ROWS STR("subsearch(es) gave more rows than the limit; the rows past it were left out")

uint32_t           run_note_count(const struct run *run);
const struct note *run_note_at(const struct run *run, uint32_t i);

/* Of the inputs, whoever read most of them: the run or one of its subsearches. */
uint64_t run_events(const struct run *run);
uint64_t run_bytes(const struct run *run);

uint32_t run_stages(const struct run *run);                     /* 0 is the reader; those of subsearches come last */
void     run_stage_stats(const struct run *run, uint32_t i, struct stage_stats *out);
