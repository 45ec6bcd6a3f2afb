/* What the levels of text/find.c share; for those files only. */
#pragma once

#include "base/compiler.h"
#include "text/find.h"

const char *find_portable(const struct needle *needle, const char *at, const char *end);
const char *find_neon(const struct needle *needle, const char *at, const char *end);
const char *find_avx2(const struct needle *needle, const char *at, const char *end);
const char *find_avx512(const struct needle *needle, const char *at, const char *end);

/* Byte by byte, for texts of few places. */
const char *find_short(const struct needle *needle, const char *at, const char *end);
/* By rolling hash: linear whatever the text. */
const char *find_hashed(const struct needle *needle, const char *at, const char *end);

static inline uint64_t find_load(const char *at)
{
    uint64_t word;

    memcpy(&word, at, 8);
    return word;
}

/* Do the bytes at `at` match the needle? */
static ALWAYS_INLINE bool find_same(const struct needle *needle, const char *at)
{
    const char *want = needle->text.at;
    size_t      size = needle->text.size, i = 0;

    if (size < 8) {
        const char *fold = want + size;
        for (; i < size; i++)
            if ((needle->caseless ? at[i] | fold[i] : at[i]) != want[i])
                return false;
        return true;
    }
    if (!needle->caseless) {
        for (; i + 8 < size; i += 8)
            if (find_load(at + i) != find_load(want + i))
                return false;
        return find_load(at + size - 8) == find_load(want + size - 8);
    }
    for (; i + 8 < size; i += 8)
        if ((find_load(at + i) | find_load(want + size + i)) != find_load(want + i))
            return false;
    return (find_load(at + size - 8) | find_load(want + 2 * size - 8)) == find_load(want + size - 8);
}
