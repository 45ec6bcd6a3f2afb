#include "read/index_level.h"

/* A bit for each of 16 bytes that are 0 or 255: weigh them by place and add up each half. */
static ALWAYS_INLINE uint64_t gather(bytes16 found)
{
    const bytes16 weight = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
    const uint64_t each = 0x0101010101010101u;
    uint64_t       half[2];

    found &= weight;
    memcpy(half, &found, 16);
    return half[0] * each >> 56 | (half[1] * each >> 56) << 8;
}

/* In vectors of whatever the machine has. */
static ALWAYS_INLINE struct masks masks_of(const char *at)
{
    struct masks m = { 0 };

    for (unsigned i = 0; i < 64; i += 16) {
        bytes16 v, folded, newline, structural;

        memcpy(&v, at + i, 16);
        folded = v | 0x20;
        newline = (bytes16)(v == '\n');
        structural = (bytes16)((folded == '{') | (folded == '}') | (v == ',') | (v == ':')) | newline;
        m.quote |= gather((bytes16)(v == '"')) << i;
        m.backslash |= gather((bytes16)(v == '\\')) << i;
        m.newline |= gather(newline) << i;
        m.structural |= gather(structural) << i;
        m.blank |= gather((bytes16)(v <= ' ') & ~newline) << i;
    }
    return m;
}

static ALWAYS_INLINE uint64_t prefix_xor(uint64_t bits)
{
    for (int shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* Without an instruction that counts bits the plain loop is faster. */
static ALWAYS_INLINE uint32_t *put_places(uint32_t *out, uint64_t bits, uint32_t base)
{
    for (; bits; bits &= bits - 1)
        *out++ = base + (uint32_t)__builtin_ctzll(bits);
    return out;
}

#define INDEX index_portable
#include "read/index_body.inc"

size_t count_portable(const char *at, size_t size)
{
    size_t count = 0;

    /* In runs that fit a byte's counter, so that compilers make vector code of it. */
    while (size) {
        size_t  run = size < 192 ? size : 192;
        uint8_t found = 0;
        for (size_t i = 0; i < run; i++)
            found = (uint8_t)(found + (at[i] == '\n'));
        count += found;
        at += run;
        size -= run;
    }
    return count;
}
