/* Bytes put aside on disk while a run lasts.
 *
 * Everything is appended to one file and read back by its place. The file is made with the first byte, in the folder
 * given, readable by its owner alone; it has no name that anybody could find, and is gone with its last user, however the
 * process ends. Nothing of the data is in a name. Without a folder nothing can be put aside.
 * Failures are FAIL_IO and are reported to the diag that was handed over.
 * Threads: one at a time. */
#pragma once

#include "base/diag.h"
#include "base/str.h"

#include <stdbool.h>

struct spool {
    const char  *folder;            /* borrowed; NULL: there is none */
    struct diag *diag;              /* borrowed; may be NULL */
    int          file;              /* -1: not made yet */
    uint64_t     size;              /* bytes put aside */
};

void   spool_init(struct spool *spool, const char *folder, struct diag *diag);
void   spool_free(struct spool *spool);             /* usable again afterwards */

static inline bool spool_can(const struct spool *spool) { return spool->folder != NULL; }

/* Appends; *place (may be NULL): where it is. A failed write leaves what was there before. */
status spool_put(struct spool *spool, str bytes, uint64_t *place);
/* `size` bytes from `place` on, which have all been put there. */
status spool_get(const struct spool *spool, uint64_t place, void *to, size_t size);
