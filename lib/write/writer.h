/* Batches to bytes: what an output format IS.
 *
 * A writer is pure: it appends to `out`, its owner takes the bytes away whenever it likes. It keeps no batch after
 * `rows` returns. All batches come from one run (names compare by pointer).
 * Fields arrive in result order, hidden ones already left out (batch/layout.h: layout_show, layout_pick).
 * Threads: one at a time. */
#pragma once

#include "base/buf.h"
#include "batch/batch.h"
#include "batch/layout.h"

struct writer;
struct zone;

struct writer_kind {
    const char *name;                   /* "json" */
    const char *summary;
    size_t      size;                   /* of the writer's struct; struct writer comes first */
    status    (*rows)(struct writer *writer, struct batch *batch, const struct field *field, uint32_t fields);
    status    (*finish)(struct writer *writer);             /* AGAIN: as writer_finish; NULL: nothing is held back */
    void      (*close)(struct writer *writer);              /* NULL: nothing outside heap-free members */
};

struct writer_settings {
    uint32_t width;                     /* table, chart: columns of the terminal; 0: no bound (chart: 80) */
    bool     colour;                    /* table, chart: headers in bold */
    const struct zone *zone;            /* chart: of the times under it; NULL: UTC */
    bool     closed;                    /* the first batch has all columns */
    const char *folder;                 /* for rows that are held back; NULL: they stay in memory */
    size_t   memory;                    /* what the run may have; 0: no bound */
    bool     spills;                    /* they go there at once (test regime) */
};

struct writer {
    const struct writer_kind *kind;
    struct heap              *heap;
    struct buf                out;      /* made and not taken yet */
    struct writer_settings    settings;
    struct diag              *diag;     /* what went wrong with temporary files; may be NULL */
};

extern const struct writer_kind writer_json, writer_csv, writer_raw, writer_table, writer_chart;

const struct writer_kind *writer_named(str name);               /* NULL: no such format */

status writer_new(const struct writer_kind *kind, struct heap *heap, struct writer **out);
void   writer_free(struct writer *writer);                      /* NULL welcome */

/* Escapes what must be decoded and hands the batch over. Batches without rows are skipped. */
status writer_rows(struct writer *writer, struct batch *batch, const struct field *field, uint32_t fields);
/* AGAIN: there is more than fits into memory; to be called again when the bytes made have been taken. */
status writer_finish(struct writer *writer);
