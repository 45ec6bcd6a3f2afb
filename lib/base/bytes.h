/* Where a byte stands among others, sixteen at a time, as bits: for texts too short to be worth a search that is set up.
 * Never reads past the end. */
#pragma once

#include "base/compiler.h"

#include <stdint.h>
#include <string.h>

/* A bit for each of 16 bytes that are 0 or 255: weighed by place, and each half added up. */
static ALWAYS_INLINE unsigned bytes16_weighed(bytes16 found)
{
    const bytes16  weight = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
    const uint64_t each = 0x0101010101010101u;
    uint64_t       half[2];

    found &= weight;
    memcpy(half, &found, 16);
    return (unsigned)(half[0] * each >> 56 | (half[1] * each >> 56) << 8);
}

/* The same, the way that is best here. */
static ALWAYS_INLINE unsigned bytes16_bits(bytes16 found)
{
#ifdef BYTES16_TOPS
    return BYTES16_TOPS(found);
#else
    return bytes16_weighed(found);
#endif
}

static ALWAYS_INLINE uint64_t bytes16_places(const char *at, unsigned char byte)
{
    bytes16 word;

    memcpy(&word, at, 16);
    return bytes16_bits((bytes16)(word == byte));
}

/* A bit for each of `size` bytes, 64 at most. */
static ALWAYS_INLINE uint64_t byte_places(const char *at, size_t size, unsigned char byte)
{
    uint64_t bits = 0;

    if (size >= 16) {
        for (size_t i = 0; i + 16 < size; i += 16)
            bits |= bytes16_places(at + i, byte) << i;
        return bits | bytes16_places(at + size - 16, byte) << (size - 16);
    }
    if (size >= 8) {
        char both[16];
        memcpy(both, at, 8);
        memcpy(both + 8, at + size - 8, 8);
        bits = bytes16_places(both, byte);
        return (bits & 0xFF) | bits >> 8 << (size - 8);
    }
    for (size_t i = 0; i < size; i++)
        bits |= (uint64_t)((unsigned char)at[i] == byte) << i;
    return bits;
}
