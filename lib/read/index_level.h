/* What the files of index, one for each processor level, have in common. */
#pragma once

#include "base/compiler.h"
#include "read/index.h"

struct masks {                      /* a bit for each of 64 bytes */
    uint64_t quote, backslash, newline;
    uint64_t structural;            /* { } [ ] , : newline */
    uint64_t blank;                 /* up to the space, newline aside */
};

uint32_t *index_portable(struct index *, const char *, size_t, size_t, uint32_t *, uint8_t *);
uint32_t *index_neon(struct index *, const char *, size_t, size_t, uint32_t *, uint8_t *);
uint32_t *index_avx2(struct index *, const char *, size_t, size_t, uint32_t *, uint8_t *);
uint32_t *index_avx512(struct index *, const char *, size_t, size_t, uint32_t *, uint8_t *);
size_t count_portable(const char *, size_t);
size_t count_neon(const char *, size_t);
size_t count_avx2(const char *, size_t);
size_t count_avx512(const char *, size_t);

/* For levels without a compress instruction: mostly a handful of bits a word. */
static inline uint32_t *put_places_one_by_one(uint32_t *out, uint64_t bits, uint32_t base)
{
    uint32_t *end = out + __builtin_popcountll(bits);

    for (; bits; out += 4)
        for (int i = 0; i < 4; i++) {
            out[i] = base + (uint32_t)(bits ? __builtin_ctzll(bits) : 0);
            bits &= bits - 1;
        }
    return end;
}
