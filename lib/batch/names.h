/* Field names, interned: one `struct name` for each distinct text in a run, so that names compare by pointer.
 *
 * Threads: any; interning takes a lock, so whoever does it per row keeps a cache of its own.
 * Lifetime: names live as long as their table, which outlives every batch of the run. */
#pragma once

#include "base/heap.h"
#include "base/str.h"

struct name {
    uint64_t hash;
    uint32_t number;            /* in order of first sight */
    uint32_t size;
    char     text[];            /* terminated */
};

struct names;

struct names      *names_new(struct heap *heap);                    /* NULL: out of memory */
void               names_free(struct names *names);
const struct name *names_intern(struct names *names, str text);     /* NULL: out of memory */

static inline str name_str(const struct name *name) { return (str){ name->text, name->size }; }

/* Names that begin with an underscore are internal: `*` does not match them. */
static inline bool name_is_internal(const struct name *name) { return name->size && name->text[0] == '_'; }

/* Field lists with wildcards (reporting 1.2): `*` is any run of characters, case counts, and a pattern that does not
 * itself begin with an underscore matches no internal name. */
bool names_match(str pattern, str name);
