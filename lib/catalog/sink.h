/* Where rows go that a command writes outside of the search (collect, mcollect, outputlookup): the host's business.
 *
 * A command opens a stream when a run begins, gives it batches as rows come, and is done; the run ends it (flow/effects.h):
 * all streams of a run and its subsearches are finished when the whole search has succeeded, in the order in which they were
 * opened, or else just closed. So nothing that is written need be final before that.
 * Threads: all of it happens on the thread that drives the run. */
#pragma once

#include "base/diag.h"

struct batch;
struct context;
struct run;

enum store { STORE_EVENTS = 1, STORE_METRICS = 2, STORE_TABLE = 4, STORE_CSV = 8 };

/* How a table is written. */
enum {
    TABLE_APPEND = 1,                   /* behind the rows there are */
    TABLE_KEEP = 2,                     /* without rows it stays as it was */
    TABLE_EMPTY = 4,                    /* without rows it is there, and empty; else it is not there */
    TABLE_INSERT = 8,                   /* with a key: rows whose key is there already are left out */
    TABLE_LISTS = 16                    /* several values of a cell are kept apart */
};

/* What a command was told. Texts are terminated and live as long as the query; NULL: it was not told. */
struct sink_target {
    enum store  store;
    const char *command;
    const char *index, *source, *sourcetype, *host, *file;
    bool        spool;                  /* to be indexed at once; else just a file */
    const char *table;                  /* of STORE_TABLE, STORE_CSV: its name; `file`: that of its definition, or NULL */
    const char *key;                    /* the field whose values rows replace each other by; NULL: none */
    uint32_t    how;                    /* TABLE_* */
    struct span span;                   /* of the command */
};

struct sink_stream;

struct sink_stream_kind {
    /* The selected rows, all fields in their order; borrowed. FAIL_HOST: stream->why says why. */
    status (*write)(struct sink_stream *stream, struct batch *batch);
    status (*finish)(struct sink_stream *stream);
    void   (*close)(struct sink_stream *stream);        /* once, and frees it */
};

struct sink_stream {
    const struct sink_stream_kind *kind;
    const struct sink_target      *target;
    struct sink_stream            *next;        /* of the run */
    const char                    *why;         /* it failed */
};

struct sinks {
    unsigned stores;                    /* those that are taken: enum store, added up */
    /* *out is set, also after FAIL_HOST, when there is something to close. */
    status (*open)(const struct sinks *sinks, const struct sink_target *target, struct run *run,
                   const struct context *context, struct sink_stream **out);
};
