/* How short texts are hashed and compared: most values of logs are short, and a few overlapping loads do. Nothing outside a
 * text is read. Private to state/interner.c. */
#pragma once

#include "base/hash.h"
#include "state/interner.h"

enum { RECENT_BITS = 8 };               /* of the table of texts met lately */

static inline uint64_t load8(const char *at) { uint64_t x; memcpy(&x, at, 8); return x; }
static inline uint64_t load4(const char *at) { uint32_t x; memcpy(&x, at, 4); return x; }
static inline uint64_t load2(const char *at) { uint16_t x; memcpy(&x, at, 2); return x; }

static inline uint64_t spread(uint64_t seed, const char *at, size_t size)
{
    uint64_t a, b, h;

    if (size > 32)
        return hash_u64(hash_bytes(at, size) ^ seed);
    if (size > 16) {
        h = (load8(at) ^ seed) * 0x9e3779b97f4a7c15u + size;
        h = (h ^ h >> 32 ^ load8(at + 8)) * 0xbf58476d1ce4e5b9u;
        a = h ^ h >> 29 ^ load8(at + size - 16);
        b = load8(at + size - 8);
    } else if (size >= 8) {
        a = load8(at);
        b = load8(at + size - 8);
    } else if (size >= 4) {
        a = load4(at);
        b = load4(at + size - 4);
    } else {
        a = size ? (uint64_t)(unsigned char)at[0] << 16 | (uint64_t)(unsigned char)at[size >> 1] << 8 |
                   (unsigned char)at[size - 1] : 0;
        b = 0;
    }
    h = (a ^ seed) * 0x9e3779b97f4a7c15u + size;
    h = (h ^ h >> 32 ^ b) * 0xbf58476d1ce4e5b9u;
    h = (h ^ h >> 29) * 0x94d049bb133111ebu;
    return h ^ h >> 32;
}

static inline bool same_text(const char *p, const char *q, size_t size)
{
    if (size > 32)
        return memcmp(p, q, size) == 0;
    if (size > 16)
        return load8(p) == load8(q) && load8(p + 8) == load8(q + 8) && load8(p + size - 16) == load8(q + size - 16)
            && load8(p + size - 8) == load8(q + size - 8);
    if (size >= 8)
        return load8(p) == load8(q) && load8(p + size - 8) == load8(q + size - 8);
    if (size >= 4)
        return load4(p) == load4(q) && load4(p + size - 4) == load4(q + size - 4);
    return size == 0 || (p[0] == q[0] && p[size >> 1] == q[size >> 1] && p[size - 1] == q[size - 1]);
}

/* Words that, with the size (2 to 32), tell a text from all others; the same loads whatever the size, but for the
 * shortest: the sizes of values come in no order that a processor could foresee. */
static inline void words_of(const char *at, uint32_t size, uint64_t word[4])
{
    if (size >= 8) {
        word[0] = load8(at);
        word[1] = load8(at + size - 8);
        word[2] = load8(at + (size - 8 < 8 ? size - 8 : 8));
        word[3] = load8(at + ((size > 16 ? size : 16) - 16));
    } else {
        word[0] = load2(at) | load2(at + size - 2) << 16;
        word[1] = load2(at + (size < 4 ? 0 : 2)) | load2(at + (size < 4 ? 0 : size - 4)) << 16;
        word[2] = word[3] = 0;
    }
}

static inline bool is_recent(const struct interned_text *text, uint32_t size, const uint64_t word[4])
{
    return ((text->word[0] ^ word[0]) | (text->word[1] ^ word[1]) | (text->word[2] ^ word[2]) | (text->word[3] ^ word[3])
            | (text->size ^ size)) == 0;
}

static inline uint32_t recent_place(uint32_t size, const uint64_t word[4])
{
    return (uint32_t)(((word[0] ^ word[1] << 1) + size) * 0x9e3779b97f4a7c15u >> (64 - RECENT_BITS));
}
