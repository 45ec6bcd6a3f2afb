/* The handles of spl.h from inside.
 *
 * Every handle holds a reference on its parent, so the host may free them in any order; the engine goes last.
 * Counts are atomic. Whatever a handle owns is allocated from the engine's heap, but for the memory of a run,
 * which is counted apart. */
#pragma once

#include "api/options.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/thread.h"
#include "batch/layout.h"
#include "catalog/lookup.h"
#include "flow/run.h"
#include "knowledge/pack.h"
#include "syntax/expand.h"
#include "syntax/source.h"
#include "text/regex.h"
#include "write/writer.h"

#include <stdatomic.h>

#include <spl.h>

struct compile;
struct found_lookup;
struct lexicon;
struct table_file;

/* Files of lookups read so far; any thread (api/lookups.h). */
struct tables {
    struct mutex       lock;
    struct heap       *heap;
    struct table_file *file;
};

/* The tables that a query has found; any thread (api/lookups.h). */
struct found_lookups {
    struct mutex         lock;
    bool                 ready;         /* the lock is */
    struct found_lookup *first;
    struct lookup       *places;        /* of addresses; NULL: nobody asked */
    struct lookups       door;          /* for contexts */
};

struct spl_engine {
    _Atomic uint32_t references;
    struct heap      heap;
    struct mutex     lock;              /* of what follows */
    struct lexicon  *lexicon;
    struct settings  settings;
    struct tables    tables;            /* has a lock of its own */
};

struct spl_error {
    struct spl_engine *engine;          /* NULL: not counted (the static one, warnings of a query) */
    struct spl_query  *query;           /* whose text the places are in; NULL: no places */
    struct diag        diag;
    const struct source *source;        /* the text its places are in; NULL: the query's own */
    status             failure;
    bool               compiling;       /* every place is one, also the very beginning */
};

struct spl_query {
    _Atomic uint32_t   references;
    struct spl_engine *engine;
    struct lexicon    *lexicon;
    struct settings    settings;        /* the engine's when it was compiled */
    struct context     context;         /* for constants folded while compiling */
    struct limit_values      limits;
    struct zone       *zone;
    struct macros      macros;          /* its lexicon's, evaluated in its context */
    struct found_lookups lookups;
    struct plan       *plan;            /* also after a failure, for its source */
    struct spl_error   warnings;
};

struct spl_run {
    _Atomic uint32_t       references;  /* the host's, batches', streams', writers' */
    struct spl_query      *query;
    struct settings        settings;
    _Atomic(struct run *)  run;         /* made when the first thing happens, so that options can be set before */
    _Atomic int            cancelled;
    struct layout          layout;
    spl_batch_fn           deliver;
    void                  *host;
    _Atomic bool           busy;        /* inside a call: the host's callbacks may not make another */
    bool                   enough;      /* `deliver` wants no more */
    bool                   streaming;   /* a stream has taken the host's place */
    uint8_t                users;       /* of the host: its handle, a stream; none: the run stops */
    struct spl_run        *source;      /* the run whose batches it gets and whose names it shares; NULL: it reads itself */
    status                 failure;     /* sticks */
    struct buf             text;        /* the last name or note handed out */
    uint64_t               misfits, late_columns;   /* of a stream: notes of our own */
};

struct spl_batch {
    _Atomic uint32_t references;
    struct spl_run  *run;
    struct batch    *batch;
    struct field    *field;             /* in result order */
    uint32_t         fields;
    struct arena     arena;             /* fields, lists handed out */
};

struct spl_rule {
    struct rule_record  record;         /* its texts are terminated */
    int32_t             state;
    struct spl_query   *query;          /* ready ones */
    struct spl_error   *problem;
};

struct spl_rules {
    _Atomic uint32_t   references;
    struct spl_engine *engine;
    struct arena       arena;
    struct spl_rule  **rule;            /* each in the arena, so that they stay where they are */
    uint32_t           count, capacity;
};

struct spl_writer {
    struct spl_engine *engine;
    struct spl_run    *run;             /* whose batches it writes; NULL before the first */
    struct writer     *writer;
    struct diag        diag;
    bool               taken;           /* the bytes of `out` are the host's until the next call */
    bool               begun;
};

/* `fields` (may be NULL): see plan_options. */
/* Another text, with the words of a query and, but for what is said here, its options. */
status             query_compile_like(const struct spl_query *model, str text, bool handed_on, bool takes_partials,
                                      struct spl_query **out, struct spl_error **err);
status             query_compile(const struct spl_engine *engine, str text, bool only_raw, const struct wanted *fields,
                                 struct spl_query **out, struct spl_error **err);

/* What compiling with the words of a query takes, but for arena and diag. */
struct compile     query_make_compile(struct spl_query *query);

struct spl_engine *engine_retain(const struct spl_engine *engine);
void               engine_release(struct spl_engine *engine);
struct spl_query  *query_retain(const struct spl_query *query);
void               query_release(struct spl_query *query);
void               rules_release(struct spl_rules *rules);
struct spl_run    *run_retain(struct spl_run *run);
void               run_release(struct spl_run *run);

/* --- errors -------------------------------------------------------------------------------------------------------- */

/* All return `failure`, so that one line reports and leaves. `err` may be NULL. */
status error_out_of_memory(struct spl_error **err);
status error_new(struct spl_engine *engine, status failure, struct spl_error **err, const char *code,
                 const char *format, ...) PRINTF_LIKE(5, 6);
/* Takes what `diag` holds; `query` NULL: its places mean nothing. An empty diag gets a line of its own. */
status error_from(struct spl_engine *engine, struct spl_query *query, status failure, struct diag *diag,
                  struct spl_error **err);
/* Copies instead. `source`: the text its places are in. */
status error_copy(struct spl_engine *engine, struct spl_query *query, status failure, const struct diag *diag,
                  const struct source *source, struct spl_error **err);

/* --- texts --------------------------------------------------------------------------------------------------------- */

/* For spl_free. NULL when out of memory. */
char *text_new(struct heap *heap, str text);
char *text_take(struct buf *buf);                       /* frees the buf */

/* The words there are now: lexicon_release when done. */
struct lexicon *engine_lexicon(const struct spl_engine *engine);

static inline str text_given(const char *text, size_t size)
{
    return str_make(text, size == SPL_NTS ? strlen(text) : size);
}

/* --- batches ------------------------------------------------------------------------------------------------------- */

/* A cell as the host sees it; lists are made in `arena`, texts borrowed. */
status cell_give(const struct cell *cell, struct arena *arena, spl_cell *out);
/* Takes `batch`, also when it fails. */
status batch_wrap(struct spl_run *run, struct batch *batch, struct spl_batch **out);
/* All the fields of a batch that a run is at work on, for a command of the host; `batch` is borrowed and retained. */
status batch_view(struct spl_run *run, struct batch *batch, struct spl_batch **out);
/* The run as it executes, made now if need be. */
status run_begin(struct spl_run *run, struct spl_error **err);
/* The same at the beginning of a call that may call the host back; run_leave at its end. */
status run_enter(struct spl_run *run, struct spl_error **err);
void   run_leave(struct spl_run *run);
/* The host's handle, or its stream, is gone. */
void   run_give_up(struct spl_run *run);
/* One batch of results, or HUNGRY, DONE or a failure. */
status run_result(struct spl_run *run, struct spl_batch **out);
/* What the host sees of a push: results are delivered first where it wants that. */
spl_status run_outcome(struct spl_run *run, status result, struct spl_error **err);
/* The error of a failed run. */
status run_explain(struct spl_run *run, status failure, struct spl_error **err);
