/* Records: a few cells, numbers and texts in a row as bytes, put aside in a spool and read back in their order.
 *
 * What was put is taken in the same order and by the same kinds; nothing checks it, as nobody else can write there. Cells
 * come back as they were, escapes and trustworthy decimals included. A run is a stretch of the spool with whole records. */
#pragma once

#include "base/buf.h"
#include "base/spool.h"
#include "value/cell.h"

struct record_run {
    struct spool *spool;
    uint64_t      from, to;
};

struct record_writer {
    struct spool *spool;
    struct buf    bytes;                /* not yet in the spool */
    size_t        open;                 /* where the record begins that is being written */
    uint64_t      from;                 /* of the run */
};

/* One run at a time in a spool. */
void   record_writer_init(struct record_writer *writer, struct heap *heap, struct spool *spool);
void   record_writer_free(struct record_writer *writer);
void   record_begin(struct record_writer *writer);
void   record_put_number(struct record_writer *writer, uint64_t number);
void   record_put_text(struct record_writer *writer, str text);
void   record_put_cell(struct record_writer *writer, const struct cell *cell);
status record_end(struct record_writer *writer);
/* The run is complete; the writer is ready for the next one. */
status record_run_end(struct record_writer *writer, struct record_run *run);

struct record_reader {
    struct heap      *heap;
    struct record_run run;
    uint64_t          at;               /* what of it is in the buffer already */
    char             *buffer;
    size_t            room, from, to;   /* bytes from..to are not yet read */
    size_t            piece;            /* bytes read at a time */
    const char       *record, *next, *end;      /* the record at hand, and what of it comes next */
};

/* `piece` 0: the usual size. record_piece: what to ask for when `readers` may have so many bytes together (0: no bound). */
size_t record_piece(size_t bytes, uint32_t readers);
void   record_reader_init(struct record_reader *reader, struct heap *heap, const struct record_run *run, size_t piece);
void   record_reader_free(struct record_reader *reader);
/* To the next record; what was taken from the one before is gone. DONE: there is none. */
status record_next(struct record_reader *reader);
/* The record at hand once more, into another run. */
status record_copy(struct record_writer *writer, const struct record_reader *reader);

static inline bool record_is_over(const struct record_reader *reader) { return reader->next == reader->end; }
uint64_t record_number(struct record_reader *reader);
str      record_text(struct record_reader *reader);
/* Texts stay in the record; members of lists live in `arena`. */
status   record_cell(struct record_reader *reader, struct arena *arena, struct cell *out);
