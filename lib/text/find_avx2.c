#include "text/find_level.h"

#if defined(__x86_64__)
#include <immintrin.h>

TARGET_BEGIN("avx2,bmi,bmi2")

static const char *find_avx2_16(const struct needle *needle, const char *at, const char *end);

struct probe {
    __m256i byte[2], fold[2];
};

static inline struct probe probe_make(const struct needle *needle)
{
    return (struct probe){
        { _mm256_set1_epi8((char)needle->byte[0]), _mm256_set1_epi8((char)needle->byte[1]) },
        { _mm256_set1_epi8((char)needle->fold[0]), _mm256_set1_epi8((char)needle->fold[1]) },
    };
}

static inline uint64_t probe_half(const struct probe *probe, const char *a, const char *b)
{
    __m256i x = _mm256_or_si256(_mm256_loadu_si256((const __m256i *)a), probe->fold[0]);
    __m256i y = _mm256_or_si256(_mm256_loadu_si256((const __m256i *)b), probe->fold[1]);
    __m256i both = _mm256_and_si256(_mm256_cmpeq_epi8(x, probe->byte[0]),
                                    _mm256_cmpeq_epi8(y, probe->byte[1]));

    return (uint32_t)_mm256_movemask_epi8(both);
}

#define WIDTH 32
#define FIND  find_avx2_32
#define SHORT find_avx2_16
#define probe_hits probe_half
static
#include "text/find_body.inc"
#undef probe_hits

static inline uint64_t probe_hits(const struct probe *probe, const char *a, const char *b)
{
    return probe_half(probe, a, b) | probe_half(probe, a + 32, b + 32) << 32;
}

#define WIDTH 64
#define FIND  find_avx2
#define SHORT find_avx2_32
#include "text/find_body.inc"

static inline uint64_t probe_quarter(const struct probe *probe, const char *a, const char *b)
{
    __m128i x = _mm_or_si128(_mm_loadu_si128((const __m128i *)a), _mm256_castsi256_si128(probe->fold[0]));
    __m128i y = _mm_or_si128(_mm_loadu_si128((const __m128i *)b), _mm256_castsi256_si128(probe->fold[1]));
    __m128i both = _mm_and_si128(_mm_cmpeq_epi8(x, _mm256_castsi256_si128(probe->byte[0])),
                                 _mm_cmpeq_epi8(y, _mm256_castsi256_si128(probe->byte[1])));

    return (uint32_t)_mm_movemask_epi8(both);
}

#define WIDTH 16
#define FIND  find_avx2_16
#define SHORT find_short
#define probe_hits probe_quarter
static
#include "text/find_body.inc"
#undef probe_hits

TARGET_END

#else
typedef int find_avx2_absent;       /* an empty file is no C */
#endif
