#include "read/index_level.h"

#define EACH(byte) ((uint64_t)(byte) * 0x0101010101010101u)

/* The top bit of each byte that is zero, exactly: no carry runs from one byte into the next. */
static ALWAYS_INLINE uint64_t zero_bytes(uint64_t x)
{
    return ~(((x & EACH(0x7f)) + EACH(0x7f)) | x) & EACH(0x80);
}

/* The top bits of eight bytes, as one byte. */
static ALWAYS_INLINE uint64_t gather(uint64_t tops)
{
    return (tops >> 7) * 0x0102040810204080u >> 56;
}

static inline uint64_t load_little(const char *at)
{
    uint64_t x;

    memcpy(&x, at, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static ALWAYS_INLINE struct masks masks_of(const char *at)
{
    struct masks m = { 0 };

    for (unsigned i = 0; i < 64; i += 8) {
        uint64_t x = load_little(at + i), folded = x | EACH(0x20);
        uint64_t newline = zero_bytes(x ^ EACH('\n'));
        uint64_t low = ~(((x & EACH(0x7f)) + EACH(0x7f - 0x20)) | x) & EACH(0x80);
        uint64_t structural = zero_bytes(folded ^ EACH('{')) | zero_bytes(folded ^ EACH('}'))
                            | zero_bytes(x ^ EACH(',')) | zero_bytes(x ^ EACH(':')) | newline;

        m.quote |= gather(zero_bytes(x ^ EACH('"'))) << i;
        m.backslash |= gather(zero_bytes(x ^ EACH('\\'))) << i;
        m.newline |= gather(newline) << i;
        m.structural |= gather(structural) << i;
        m.blank |= gather(low & ~newline) << i;
    }
    return m;
}

static ALWAYS_INLINE uint64_t prefix_xor(uint64_t bits)
{
    for (int shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

#define put_places put_places_one_by_one
#define INDEX index_portable
#include "read/index_body.inc"
