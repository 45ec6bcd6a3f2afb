/* The values of some fields as a row's key: a group of rows that are alike (dedup), or a text that only they have.
 *
 * A multivalue is a value of its own; a row without one of the fields has no key. */
#pragma once

#include "batch/batch.h"
#include "state/groups.h"
#include "state/keys.h"

struct row_keys {
    const struct name *const *field;        /* borrowed */
    uint32_t                  fields;
    struct groups             groups;       /* every key so far */
    struct buf                text;         /* the key at hand */
};

status row_keys_init(struct row_keys *keys, struct heap *heap, const struct name *const *field, uint32_t fields);
void   row_keys_free(struct row_keys *keys);

/* The groups of all selected rows; GROUP_NONE: no key. In `arena`. */
status row_keys_groups(struct row_keys *keys, struct batch *in, struct arena *arena, uint32_t **group);

/* Row by row: the columns first, decoded. */
status row_keys_columns(const struct row_keys *keys, struct batch *in, struct arena *arena, struct column ***out);
/* The group of a key that is known, or GROUP_NONE; nothing is made. */
status row_keys_find(struct row_keys *keys, struct column *const *column, uint32_t row, struct arena *arena,
                     uint32_t *group, bool *empty);
/* The key as text, in keys->text. */
status row_keys_put(struct row_keys *keys, struct column *const *column, uint32_t row, bool *empty);
