/* A set of field names: which fields can reach the result. The plan walks stages from the last to the first with one.
 *
 * Either everything (`all`) but the fields in `except`, or the names and wildcard patterns listed. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

struct wanted {
    struct arena *arena;
    bool          all;
    str          *name;                 /* with `all`: fields known not to be needed (overwritten later) */
    uint32_t      names, name_room;
    uint32_t     *slot;                 /* of many names: number + 1 by hash; 0: free */
    uint32_t      slots, slot_room;     /* slots 0: to be made anew */
    str          *pattern;              /* wildcard patterns; `*` in them does not match internal fields */
    uint32_t      patterns, pattern_room;
};

void   wanted_init(struct wanted *wanted, struct arena *arena, bool all);
status wanted_add(struct wanted *wanted, str name);             /* this field is read */
status wanted_add_pattern(struct wanted *wanted, str pattern);  /* no `*` in it: as wanted_add */
status wanted_remove(struct wanted *wanted, str name); /* its value before this stage does not matter; a
                                                          pattern that matches it may still bring it along */
status wanted_everything(struct wanted *wanted);
void   wanted_clear(struct wanted *wanted);                     /* nothing is wanted */
bool   wanted_has(const struct wanted *wanted, str name);
status wanted_copy(struct wanted *into, const struct wanted *from);     /* into->arena NULL: that of `from` */
