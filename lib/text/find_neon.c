#include "text/find_level.h"

#if defined(__aarch64__)
#include <arm_neon.h>

struct probe {
    uint8x16_t byte[2], fold[2];
};

static inline struct probe probe_make(const struct needle *needle)
{
    return (struct probe){
        { vdupq_n_u8(needle->byte[0]), vdupq_n_u8(needle->byte[1]) },
        { vdupq_n_u8(needle->fold[0]), vdupq_n_u8(needle->fold[1]) },
    };
}

static inline uint64_t probe_hits(const struct probe *probe, const char *a, const char *b)
{
    static const uint8_t weights[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
    uint8x16_t x = vorrq_u8(vld1q_u8((const uint8_t *)a), probe->fold[0]);
    uint8x16_t y = vorrq_u8(vld1q_u8((const uint8_t *)b), probe->fold[1]);
    uint8x16_t both = vandq_u8(vceqq_u8(x, probe->byte[0]), vceqq_u8(y, probe->byte[1]));
    uint8x16_t bits;

    if (vmaxvq_u8(both) == 0)
        return 0;
    bits = vandq_u8(both, vld1q_u8(weights));
    return vaddv_u8(vget_low_u8(bits)) | (uint64_t)vaddv_u8(vget_high_u8(bits)) << 8;
}

#define WIDTH 16
#define FIND  find_neon
#define SHORT find_short
#include "text/find_body.inc"

#else
typedef int find_neon_absent;       /* an empty file is no C */
#endif
