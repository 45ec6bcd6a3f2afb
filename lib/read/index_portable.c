#include "base/bytes.h"
#include "read/index_level.h"

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
        m.quote |= (uint64_t)bytes16_weighed((bytes16)(v == '"')) << i;
        m.backslash |= (uint64_t)bytes16_weighed((bytes16)(v == '\\')) << i;
        m.newline |= (uint64_t)bytes16_weighed(newline) << i;
        m.structural |= (uint64_t)bytes16_weighed(structural) << i;
        m.blank |= (uint64_t)bytes16_weighed((bytes16)(v <= ' ') & ~newline) << i;
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
