/* The structural index of JSON text: where the characters stand that are not inside strings and mean
 * something.
 *
 * Positions of `{ } [ ] , :` and newline outside strings, ascending. Between two neighbours lies at most
 * one scalar and blanks; where that is not so (two scalars side by side, text stuck to a string) the place
 * where the second one starts is listed too, so that a walker meets a character it cannot want. Bytes up
 * to the space are blanks here.
 *
 * A newline ends any string: it cannot stand inside one, so one broken line never spoils the next. The
 * bytes of [from, to) are read in words of 64, hence up to 63 beyond `to`; every level gives the same
 * result. */
#pragma once

#include "base/cpu.h"

enum { INDEX_WORD = 64, INDEX_SLACK = 64 };

struct index {                      /* what one word tells the next; zero at the start of a record */
    uint64_t in_string;             /* all ones: the next byte is inside a string */
    uint64_t escaped;               /* 1: the next byte is behind a backslash that counts */
    uint64_t scalar;                /* 1: the last byte was part of a scalar, */
    uint64_t closed;                /* 1: and the quote that closed a string */
    uint64_t blanks;                /* 1: only blanks since a scalar ended, at least one */
};

/* Appends positions of [from, to) to `out`, which has room for to - from + INDEX_SLACK of them, and
 * returns its new end. from is 0 or where the last call ended, a multiple of 64 if there will be another
 * call. A byte of `backslash` for each word: does it hold one? */
typedef uint32_t *(*index_fn)(struct index *index, const char *bytes, size_t from, size_t to,
                              uint32_t *out, uint8_t *backslash);

index_fn index_level(enum cpu_level level);

/* Newlines in [at, at + size). */
typedef size_t (*count_fn)(const char *at, size_t size);

count_fn count_level(enum cpu_level level);
