/* Substring search, exact or with ASCII letters folded.
 *
 * Compiled once per processor level (find_avx512.c, find_avx2.c, ... share find_body.inc). Linear in practice
 * and bounded in the worst case: when a text keeps producing false candidates the search goes on with a
 * rolling hash.
 *
 * Only ASCII letters are folded; U+212A and U+017F, which fold to k and s, are the caller's business
 * (text/fold.h). */
#pragma once

#include "base/arena.h"
#include "base/cpu.h"
#include "base/status.h"

struct needle;

/* First occurrence in [at, end), or NULL. */
typedef const char *(*find_fn)(const struct needle *needle, const char *at, const char *end);

/* Immutable once made; any number of threads may use it. */
struct needle {
    find_fn  find;
    /* lower-cased if caseless; then as many bytes follow it, 0x20 for each letter */
    str      text;
    uint32_t rare[2];           /* places of the two bytes looked for first, rare[0] <= rare[1] */
    uint8_t  byte[2];           /* those bytes, */
    uint8_t  fold[2];           /* and 0x20 where a letter in either case will do */
    bool     caseless;
};

/* `text` is copied if caseless, else borrowed. An empty needle is found at once. */
status needle_make(struct needle *needle, struct arena *arena, enum cpu_level level, str text, bool caseless);

static inline const char *needle_find(const struct needle *needle, const char *at, const char *end)
{
    return needle->find(needle, at, end);
}

static inline bool needle_in(const struct needle *needle, str text)
{
    return needle->find(needle, text.at, text.at + text.size) != NULL;
}

/* Do needle.text.size bytes at `at` match? */
static inline bool needle_at(const struct needle *needle, const char *at)
{
    const char *want = needle->text.at;
    size_t      size = needle->text.size, i = 0;
    uint64_t    have, wish, fold;

    if (!needle->caseless)
        return memcmp(at, want, size) == 0;
    if (size < 8) {
        for (; i < size; i++)
            if ((at[i] | want[size + i]) != want[i])
                return false;
        return true;
    }
    for (;; i += 8) {
        if (i + 8 > size)
            i = size - 8;               /* the rest, overlapping what was seen */
        memcpy(&have, at + i, 8);
        memcpy(&wish, want + i, 8);
        memcpy(&fold, want + size + i, 8);
        if ((have | fold) != wish)
            return false;
        if (i + 8 == size)
            return true;
    }
}

/* One search without preparation: offset of the first occurrence at or after `from`, or SIZE_MAX. */
size_t find_bytes(enum cpu_level level, str text, size_t from, str needle, bool caseless);
