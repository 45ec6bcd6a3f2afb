/* ASCII letters folded, eight bytes at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t fold_lower8(uint64_t x)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t       low = x & 0x7f * ones;
    uint64_t       past_z = low + (0x7f - 'Z') * ones, from_a = low + (0x80 - 'A') * ones;

    return x | ((~x & (from_a ^ past_z) & 0x80 * ones) >> 2);
}

/* `lower` is folded already. */
static inline bool fold_equal_ascii(const char *text, const char *lower, size_t size)
{
    uint64_t a, b;

    for (; size >= 8; size -= 8, text += 8, lower += 8) {
        memcpy(&a, text, 8);
        memcpy(&b, lower, 8);
        if (fold_lower8(a) != b)
            return false;
    }
    for (; size; size--, text++, lower++) {
        unsigned char c = (unsigned char)*text;
        c |= (unsigned char)(c - 'A') < 26 ? 0x20 : 0;
        if (c != (unsigned char)*lower)
            return false;
    }
    return true;
}

static inline void fold_lower_ascii(char *out, const char *text, size_t size)
{
    uint64_t x;

    for (; size >= 8; size -= 8, text += 8, out += 8) {
        memcpy(&x, text, 8);
        x = fold_lower8(x);
        memcpy(out, &x, 8);
    }
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        out[i] = (char)(c | ((unsigned char)(c - 'A') < 26 ? 0x20 : 0));
    }
}
