/* The bytes of a pipe, or pushed ones, kept so that several runs can read them: the search and its subsearches.
 *
 * In memory as far as `room` goes, then in a temporary file if there is a folder for such; without one all of them stay in
 * memory, and the limit of the run holds. Written first, then read, by any number of readers that know where they are.
 * Private to flow/. */
#pragma once

#include "base/arena.h"
#include "base/spool.h"
#include "base/status.h"

struct kept {
    struct heap *heap;
    char       **chunk;
    uint32_t     chunks, chunk_room;
    uint64_t     size;              /* bytes in all */
    uint64_t     in_memory, room;
    struct spool spool;
};

void   kept_init(struct kept *kept, struct heap *heap, uint64_t room, const char *folder, struct diag *diag);
void   kept_free(struct kept *kept);
status kept_put(struct kept *kept, str bytes);
/* As many as there are from `at` on, `size` at most; *got 0: the end. */
status kept_get(const struct kept *kept, uint64_t at, char *to, size_t size, size_t *got);
