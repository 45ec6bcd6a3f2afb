#include "read/index_level.h"

#if defined(__aarch64__)
#include <arm_neon.h>

/* A bit for each of 64 bytes that are 0 or 255: weigh them by place and add neighbours three times. */
static ALWAYS_INLINE uint64_t mask_of(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
    static const uint8_t weights[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
    uint8x16_t weight = vld1q_u8(weights);
    uint8x16_t low = vpaddq_u8(vandq_u8(a, weight), vandq_u8(b, weight));
    uint8x16_t high = vpaddq_u8(vandq_u8(c, weight), vandq_u8(d, weight));
    uint8x16_t sum = vpaddq_u8(low, high);

    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static ALWAYS_INLINE uint64_t equal(const uint8x16_t *v, char c)
{
    uint8x16_t wanted = vdupq_n_u8((uint8_t)c);
    return mask_of(vceqq_u8(v[0], wanted), vceqq_u8(v[1], wanted), vceqq_u8(v[2], wanted), vceqq_u8(v[3], wanted));
}

/* See index_avx512.c. */
static ALWAYS_INLINE struct masks masks_of(const char *at)
{
    static const uint8_t candidates[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0 };
    const uint8_t *bytes = (const uint8_t *)at;
    uint8x16_t     v[4] = { vld1q_u8(bytes), vld1q_u8(bytes + 16), vld1q_u8(bytes + 32), vld1q_u8(bytes + 48) };
    uint8x16_t     candidate = vld1q_u8(candidates), space = vdupq_n_u8(0x20), half = vdupq_n_u8(0x0f), s[4], l[4];
    uint64_t       newline, low, structural;

    for (int i = 0; i < 4; i++) {
        s[i] = vceqq_u8(vorrq_u8(v[i], space), vqtbl1q_u8(candidate, vandq_u8(v[i], half)));
        l[i] = vcleq_u8(v[i], space);
    }
    newline = equal(v, '\n');
    low = mask_of(l[0], l[1], l[2], l[3]);
    structural = mask_of(s[0], s[1], s[2], s[3]);
    return (struct masks){ equal(v, '"'), equal(v, '\\'), newline, (structural & ~low) | newline, low & ~newline };
}

static ALWAYS_INLINE uint64_t prefix_xor(uint64_t bits)
{
    for (int shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

#define put_places put_places_one_by_one
#define INDEX index_neon
#define COUNT count_neon
#include "read/index_body.inc"

#else
typedef int index_neon_absent;      /* an empty file is no C */
#endif
