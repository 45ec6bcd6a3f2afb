/* The bytes of one input: of a file, a pipe, or pushed; unpacked if their beginning says that they are
 * packed.
 *
 * Only this file opens files, and only those that the host named. */
#pragma once

#include "base/buf.h"
#include "batch/batch.h"
#include "read/unpack.h"

struct source {
    struct heap       *heap;
    const _Atomic int *cancelled;   /* ends a read that waits; NULL: nothing does */
    int                file;        /* -1: pushed */
    int                error;       /* errno of FAIL_IO */
    int                patience;    /* milliseconds before what a pipe gave goes on without the rest of its segment */
    int64_t            base;        /* where the input begins in a plain file; -1: it cannot be read out of order */
    int64_t            end;         /* of the plain file when it was opened */
    bool               ended;       /* no more bytes will be pushed */
    bool               opened;      /* compression has been looked for: before that the block's bytes may change */
    bool               between;     /* compressed input may end here */
    bool               drained;     /* there is no more */
    status             failure;     /* why it ended early; what came before is good */
    const struct unpack_kind *unpack;   /* NULL: not packed */
    void              *unpacker;
    struct buf         raw;         /* pushed or packed bytes not used yet: from raw_at on */
    size_t             raw_at;
    uint64_t           bytes;       /* that came in, packed or not */
};

void   source_init(struct source *source, struct heap *heap, const _Atomic int *cancelled);
status source_open(struct source *source, const char *path);        /* NULL: standard input */
void   source_close(struct source *source);
status source_push(struct source *source, str bytes);               /* copied; FAIL_MISUSE after the end or of a file */

/* Bytes of a file as they come, packed or not, for whoever keeps them; nothing was read of it before. *got 0: its end. */
status source_take(struct source *source, char *into, size_t room, size_t *got);

/* Fills the block as far as `limit`, or as far as there are bytes; a failure to read is kept in
 * source->failure. */
status source_fill(struct source *source, struct block *block, size_t limit);
