/* One execution of a plan: context, operators, input position, results waiting to be taken. */
#pragma once

#include "base/diag.h"
#include "flow/op.h"
#include "plan/plan.h"

struct notes;

struct run_options {
    double      now;                /* 0: the wall clock at the start */
    const char *zone;               /* name; NULL: UTC */
    double      earliest, latest;   /* -inf, inf: open */
    uint32_t    threads;            /* 1: none is created */
    uint32_t    batch_rows;         /* most rows a batch; 0: 4096 */
    uint32_t    partitions;         /* test regime: split the input among this many chains, one thread */
    size_t      limit_memory;       /* bytes; 0: none */
    double      limit_time;         /* seconds; 0: none */
    uint64_t    limit_rows;         /* rows out; 0: none */
    size_t      limit_line;         /* longest line, bytes; 0: 16 MiB */
    bool        row_bodies, plain_numbers, prefilter_off;
    int         cpu;                /* -1: best */
    const char *default_index, *default_source, *default_sourcetype, *default_host;
    const char *time_field;
};

struct run {
    struct heap           heap;     /* counted and bounded for this run */
    const struct plan    *plan;
    struct run_options    options;
    struct names         *names;
    struct context       *context;  /* of the chain that is being opened; op_new hands it to the operator */
    struct diag           diag;     /* why it failed */
    struct notes         *notes;    /* odd data, counted */
    struct op           **op;       /* the chain */
    uint32_t              ops;
    _Atomic int           cancelled;
    uint64_t              events, bytes, rows_out;
    struct batch        **ready;    /* results not taken yet, a queue */
    uint32_t              ready_from, ready_count, ready_room;
};

/* FAIL_CANCELLED or FAIL_LIMIT (time) when the run should stop; cheap enough for every batch and every 1,000 rows of a sort. */
status run_check(struct run *run);
