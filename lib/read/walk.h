/* One JSON record, walked along its structural index into the current row of a builder.
 *
 * Every key at every wanted depth is looked at (a repeated key makes a multivalue); objects and arrays
 * that nobody wants are passed over by counting brackets. What is wanted is checked in full; of scalars
 * nobody wants only kind and end are, and inside what is passed over only that brackets balance. */
#pragma once

#include "read/paths.h"

enum { WALK_DEPTH = 512 };

struct frame {
    struct keys  *keys;             /* an object; NULL: an array */
    struct key   *last;             /* the key before */
    struct place *element;          /* of an array */
};

struct walk {
    struct paths   *paths;
    struct builder *builder;
    const char     *bytes;
    const uint8_t  *backslash;      /* a byte for each 64 of `bytes`: may there be a backslash? */
    const char     *reason;         /* of FAIL_DATA; static */
    uint32_t        depth;
    struct frame    frame[WALK_DEPTH];
};

/* `at` points at the position of the record's opening bracket; the record ends at a newline. OK: *at is
 * the position of that newline. FAIL_DATA: not valid JSON, walk->reason; *at is somewhere in the record.
 * FAIL_LIMIT as slot_put. */
status walk_record(struct walk *walk, const uint32_t **at);

/* Only the four characters that JSON allows between its tokens. */
bool   json_is_blank(const char *from, const char *to);
