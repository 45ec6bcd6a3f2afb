#include "read/index_level.h"

#if defined(__x86_64__)
#include <immintrin.h>

TARGET_BEGIN("avx2,pclmul,bmi,bmi2,lzcnt,popcnt")

static ALWAYS_INLINE uint64_t mask_of(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

static ALWAYS_INLINE uint64_t equal(__m256i a, __m256i b, char c)
{
    __m256i wanted = _mm256_set1_epi8(c);
    return mask_of(_mm256_cmpeq_epi8(a, wanted), _mm256_cmpeq_epi8(b, wanted));
}

/* See index_avx512.c. */
static ALWAYS_INLINE struct masks masks_of(const char *at)
{
    const __m256i candidate = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0,
                                               0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
    const __m256i bit = _mm256_set1_epi8(0x20);
    __m256i  a = _mm256_loadu_si256((const __m256i *)at), b = _mm256_loadu_si256((const __m256i *)(at + 32));
    uint64_t newline = equal(a, b, '\n');
    uint64_t low = mask_of(_mm256_cmpeq_epi8(_mm256_min_epu8(a, bit), a),
                           _mm256_cmpeq_epi8(_mm256_min_epu8(b, bit), b));
    uint64_t structural = mask_of(_mm256_cmpeq_epi8(_mm256_or_si256(a, bit), _mm256_shuffle_epi8(candidate, a)),
                                  _mm256_cmpeq_epi8(_mm256_or_si256(b, bit), _mm256_shuffle_epi8(candidate, b)));

    return (struct masks){ equal(a, b, '"'), equal(a, b, '\\'), newline, (structural & ~low) | newline,
                           low & ~newline };
}

static ALWAYS_INLINE uint64_t prefix_xor(uint64_t bits)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

#define put_places put_places_one_by_one
#define INDEX index_avx2
#define COUNT count_avx2
#include "read/index_body.inc"

TARGET_END

#else
typedef int index_avx2_absent;      /* an empty file is no C */
#endif
