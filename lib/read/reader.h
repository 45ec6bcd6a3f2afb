/* Bytes to batches.
 *
 * A `feed` gets raw bytes (a file, a pipe, pushed chunks), recognises compression and format by content, cuts blocks
 * at record boundaries, and a `format` turns one block into batches. Cutting is sequential; parsing a block needs
 * nothing from its neighbours, so that workers may parse blocks in any order.
 *
 * Projection first: only the fields asked for are extracted; text stays in the block; numbers keep their spelling. */
#pragma once

#include "base/diag.h"
#include "batch/batch.h"
#include "catalog/context.h"

struct projection {                 /* what to extract; made once per run from plan->read */
    const struct name **field;      /* names wanted by themselves */
    uint32_t            fields;
    bool                all;        /* every field */
    const str          *pattern;    /* or those that match one of these wildcards */
    uint32_t            patterns;
    bool                raw;        /* _raw is wanted (always so with `all`) */
    bool                time;       /* _time is wanted */
    bool                lines;      /* keep batch->line and origin so that survivors can be completed */
};

struct defaults {                   /* for events that carry none: constants */
    str index, source, sourcetype, host;
    str time_field;                 /* empty: the usual names, then a leading time stamp */
};

struct literal_set;                 /* raw-text prefilter; see read/prefilter.h */

struct bad_lines {                  /* what could not be read: counted, the first one described */
    uint64_t count;
    uint64_t block, line;           /* of the first: block number, line within the block (from 0) */
    char     reason[120];
};

struct block_result {               /* about one parsed block */
    uint64_t         lines, events;
    struct bad_lines bad;
};

struct reading {                    /* shared by all blocks of a run; read only while parsing */
    struct heap             *heap;
    struct names            *names;
    struct context          *context;
    struct projection        projection;
    struct defaults          defaults;
    const struct literal_set *prefilter;    /* NULL: none */
    uint32_t                 batch_rows;
    size_t                   limit_line;
};

typedef status (*batch_sink)(void *host, struct batch *takes);

struct format {
    const char *name;                       /* "ndjson" */
    const char *summary;
    /* How many of the bytes are whole records. `final`: no more will come. 0: need more. May keep state over blocks. */
    status (*cut)(void *state, str bytes, bool final, size_t *whole);
    /* Parses whole records. `worker` is per thread (caches), made by `open_worker`. */
    status (*parse)(struct reading *reading, void *shared, void *worker, struct block *block,
                    batch_sink sink, void *host, struct block_result *result);
    status (*open)(struct reading *reading, void **shared);             /* per input: cutter's state, CSV header */
    void   (*close)(struct reading *reading, void *shared);
    status (*open_worker)(struct reading *reading, void **worker);
    void   (*close_worker)(struct reading *reading, void *worker);
    bool   (*sniff)(str head);                                          /* does the content look like mine? */
};
