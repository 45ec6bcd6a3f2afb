/* Bytes to batches.
 *
 * A `feed` (read/feed.h) gets raw bytes (a file, a pipe, pushed chunks), recognises compression and format
 * by content and cuts blocks at record ends; a `format` turns one block into batches. Cutting is
 * sequential; parsing a block needs nothing from its neighbours, so workers may parse blocks in any order.
 *
 * Projection first: only the fields asked for are extracted; text stays in the block; numbers keep their
 * spelling.
 *
 * Columns of a batch stand in the order in which its rows would bring them one by one: `_time` first, then
 * the row's own fields as they stand in it, then those of host, source, sourcetype and index that are
 * defaults, then `_raw`. Where rows have the same fields in different orders each cell tells its place in its own
 * row (batch/batch.h: field_place), so that with the rule of layout_show the order of result columns does not depend
 * on where batches end, nor on rows that are filtered out. A field that no row has gets no column. */
#pragma once

#include "base/cpu.h"
#include "base/diag.h"
#include "base/thread.h"
#include "batch/batch.h"
#include "read/kv_mode.h"

struct zone;

struct projection {                 /* what to extract; made once per run from plan->read */
    const struct name **field;      /* names wanted by themselves */
    uint32_t            fields;
    bool                all;        /* every field */
    const str          *pattern;    /* or those that match one of these wildcards */
    uint32_t            patterns;
    bool                partials;   /* and the fields of partial results (psrsvd_v ...), where they cannot be mere text */
    bool                raw;        /* _raw is wanted (always so with `all`) */
    bool                time;       /* _time is wanted (always so with `all`) */
    bool                lines;      /* keep batch->line and origin so that survivors can be completed */
};

struct defaults {                   /* for events that carry none: constants */
    str index, source, sourcetype, host;    /* empty: "main", the file's name, by format, "-" */
    str time_field;                 /* empty: the usual names, then a leading time stamp */
};

/* Is JSON read for its fields? Else an event that came as JSON has those about itself only. */
static inline bool kv_reads_json(enum kv_mode mode) { return mode <= KV_JSON; }

struct literal_set;                 /* raw-text prefilter; see read/prefilter.h */

struct bad_lines {                  /* what could not be read: counted, the first one described */
    uint64_t count;
    uint64_t block, line;           /* of the first: block number, line within the block (from 0) */
    char     reason[120];
};

struct block_result {               /* about one parsed block; the caller zeroes it */
    uint64_t         lines, events; /* lines counts every line, blank, bad and filtered ones too */
    struct bad_lines bad;
};

struct reading {                    /* shared by all inputs of a run; read only while blocks are parsed */
    uint32_t                   part;            /* of a larger input: orders rows of different runs */
    struct heap              *heap;
    struct names             *names;
    enum cpu_level            cpu;
    const struct zone        *zone;         /* of time stamps that name none; NULL: UTC */
    double                    now;          /* gives syslog's dates a year */
    struct projection         projection;
    struct defaults           defaults;
    const struct literal_set *prefilter;    /* NULL: none */
    enum kv_mode              kv_mode;
    uint32_t                  batch_rows;   /* most rows a batch; 0: 4096 */
    bool                      null_text;    /* null of JSON is the text "null", as in Splunk; false: no field */
    size_t                    limit_line;   /* longest record in bytes; 0: 16 MiB */
    uint64_t                  blocks;       /* numbers given out; feed_next counts them */
    uint32_t                  segments;     /* likewise */
    int                       patience;     /* milliseconds before a pipe's segment goes on in pieces */
    const _Atomic int        *cancelled;    /* looked at when a signal interrupts a read; NULL: reading goes on */
};

struct format;
struct worker;                      /* caches of one thread at work; read/worker.h */

/* One file or stream, as its format sees it. Fixed once the first block is out. */
struct input {
    struct reading      *reading;
    const struct format *format;
    void                *shared;        /* the format's: a CSV header */
    struct defaults      defaults;      /* none empty but time_field */
    uint32_t             number;
    uint64_t             start;         /* offset of the first block: 3 behind a byte order mark */
    struct origin        origin;        /* of its batches */
    struct mutex         lock;          /* of `idle` */
    struct worker       *idle[2];       /* not in use at the moment; [1]: those that extract every field */
};

struct format {
    const char *name;                       /* "ndjson" */
    const char *summary;
    const char *sourcetype;                 /* default */
    bool        structured;                 /* fields are what its writer called so, not what is found in text */
    bool        columns;                    /* they are given beside the values: whatever the KV mode */
    bool        own_text;                   /* an event may hold its text, in a member _raw */
    /* Does the content look like mine? `head` is the beginning of the input; `final`: all of it. NULL:
     * only by name. */
    bool      (*sniff)(str head, bool final);
    /* How many of the bytes are whole records, 0: none; the first byte starts a record, and none ends
     * before `from`. `final`: no more will come. */
    status    (*cut)(struct input *input, str bytes, size_t from, bool final, size_t *whole);
    /* Parses whole records. Any thread; `worker` is this thread's for the time being. */
    status    (*parse)(struct input *input, struct worker *worker, struct block *block,
                       batch_sink sink, void *host, struct block_result *result);
    /* Extracts every field of one record whose text is `line`, for origin.complete. NULL: records are
     * never completed. */
    status    (*extract)(struct input *input, struct worker *worker, str line);
    void      (*close)(struct input *input);                            /* frees `shared`; NULL: there is none */
};

/* Are fields found in the text that events hold? */
static inline bool reads_own_text(const struct input *input)
{
    enum kv_mode mode = input->reading->kv_mode;

    return input->format->own_text && (mode == KV_XML || mode == KV_MULTI);
}

/* The format that does the work of the one that was recognised: of text in tables another one. */
const struct format *format_at_work(const struct format *format, enum kv_mode mode);

/* A format by name, NULL if there is none; the list in the order they are tried on content. */
const struct format *format_named(str name);
extern const struct format *const formats[];                            /* NULL ends it */
