/* Decompression of a stream, recognised by its first bytes. One file for each library. */
#pragma once

#include "base/heap.h"
#include "base/status.h"
#include "base/str.h"

enum { UNPACK_HEAD = 4 };           /* bytes that recognise is sure by */

struct unpack_kind {
    const char *name;
    bool   (*recognise)(str head);  /* of fewer bytes: may it be that? */
    status (*open)(struct heap *heap, void **state);
    /* Reads from [*in, end), writes to [*out, room), moves both on. Several members or frames follow each
     * other seamlessly. *between: the input may end here. FAIL_DATA: it is damaged. */
    status (*run)(void *state, const char **in, const char *end, char **out, char *room, bool *between);
    void   (*close)(struct heap *heap, void *state);
};

extern const struct unpack_kind unpack_gz, unpack_zst;
