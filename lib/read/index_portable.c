#include "read/index_level.h"

#define EACH(byte) ((uint64_t)(byte) * 0x0101010101010101u)

/* The top bit of each byte of `low7` (none has its top bit set) that is not `byte`. No carry leaves a byte. */
static ALWAYS_INLINE uint64_t differs(uint64_t low7, char byte)
{
    return (low7 ^ EACH(byte)) + EACH(0x7f);
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
        uint64_t x = load_little(at + i), low7 = x & EACH(0x7f), ascii = ~x & EACH(0x80);
        uint64_t folded = low7 | EACH(0x20), newline = differs(low7, '\n');
        uint64_t other = differs(folded, '{') & differs(folded, '}') & differs(low7, ',') & differs(low7, ':') & newline;
        uint64_t above = low7 + EACH(0x7f - 0x20);      /* the top bit: above the space */

        m.quote |= gather(~differs(low7, '"') & ascii) << i;
        m.backslash |= gather(~differs(low7, '\\') & ascii) << i;
        m.newline |= gather(~newline & ascii) << i;
        m.structural |= gather(~other & ascii) << i;
        m.blank |= gather(~above & newline & ascii) << i;
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
