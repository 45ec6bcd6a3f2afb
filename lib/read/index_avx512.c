#include "read/index_level.h"

#if defined(__x86_64__)
#include <immintrin.h>

TARGET_BEGIN("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,pclmul,bmi,bmi2,lzcnt,popcnt")

/* By its low half each structural character is the only candidate; setting 0x20 makes [ and ] into { and
 * }. */
static ALWAYS_INLINE struct masks masks_of(const char *at)
{
    const __m512i candidate = _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0));
    __m512i  v = _mm512_loadu_si512(at);
    uint64_t newline = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\n'));
    uint64_t low = _mm512_cmple_epu8_mask(v, _mm512_set1_epi8(' '));
    uint64_t structural = _mm512_cmpeq_epi8_mask(_mm512_or_si512(v, _mm512_set1_epi8(0x20)),
                                                 _mm512_shuffle_epi8(candidate, v));

    return (struct masks){ _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"')),
                           _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\')),
                           newline, (structural & ~low) | newline, low & ~newline };
}

static ALWAYS_INLINE uint64_t prefix_xor(uint64_t bits)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

/* Compress into a register, widen, store: a compress to memory is many times slower on some processors. */
static ALWAYS_INLINE uint32_t *put_places(uint32_t *out, uint64_t bits, uint32_t base)
{
    const __m512i all = _mm512_set_epi8(63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44,
        43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
        15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    __m512i  place = _mm512_maskz_compress_epi8(bits, all), add = _mm512_set1_epi32((int)base);
    unsigned count = (unsigned)_mm_popcnt_u64(bits);

    _mm512_storeu_si512(out, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(place)), add));
    if (UNLIKELY(count > 16)) {
        _mm512_storeu_si512(out + 16, _mm512_add_epi32(
            _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(place, 1)), add));
        _mm512_storeu_si512(out + 32, _mm512_add_epi32(
            _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(place, 2)), add));
        _mm512_storeu_si512(out + 48, _mm512_add_epi32(
            _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(place, 3)), add));
    }
    return out + count;
}

#define INDEX index_avx512
#define COUNT count_avx512
#include "read/index_body.inc"

TARGET_END

#else
typedef int index_avx512_absent;    /* an empty file is no C */
#endif
