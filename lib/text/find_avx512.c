#include "text/find_level.h"

#if defined(__x86_64__)
#include <immintrin.h>

TARGET_BEGIN("avx512f,avx512bw,avx512vl,bmi,bmi2")

struct probe {
    __m512i byte[2], fold[2];
};

static inline struct probe probe_make(const struct needle *needle)
{
    return (struct probe){
        { _mm512_set1_epi8((char)needle->byte[0]), _mm512_set1_epi8((char)needle->byte[1]) },
        { _mm512_set1_epi8((char)needle->fold[0]), _mm512_set1_epi8((char)needle->fold[1]) },
    };
}

static inline uint64_t probe_hits(const struct probe *probe, const char *a, const char *b)
{
    __m512i x = _mm512_or_si512(_mm512_loadu_si512(a), probe->fold[0]);
    __m512i y = _mm512_or_si512(_mm512_loadu_si512(b), probe->fold[1]);

    return _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(x, probe->byte[0]), y, probe->byte[1]);
}

/* Fewer than 64 places: one step whose loads stop at the end of the text. */
static const char *find_masked(const struct needle *needle, const char *at, const char *end)
{
    size_t       size = needle->text.size;
    struct probe probe;
    uint64_t     mask, hits;

    if ((size_t)(end - at) < size)
        return NULL;
    mask = _bzhi_u64(~0ull, (unsigned)((size_t)(end - at) - size + 1));
    probe = probe_make(needle);
    hits = _mm512_mask_cmpeq_epi8_mask(mask,
        _mm512_or_si512(_mm512_maskz_loadu_epi8(mask, at + needle->rare[0]), probe.fold[0]), probe.byte[0]);
    hits = _mm512_mask_cmpeq_epi8_mask(hits,
        _mm512_or_si512(_mm512_maskz_loadu_epi8(mask, at + needle->rare[1]), probe.fold[1]), probe.byte[1]);
    for (; hits; hits &= hits - 1) {
        const char *place = at + __builtin_ctzll(hits);
        if (needle_at(needle, place))
            return place;
    }
    return NULL;
}

#define WIDTH 64
#define FIND  find_avx512
#define SHORT find_masked
#include "text/find_body.inc"

TARGET_END

#else
typedef int find_avx512_absent;     /* an empty file is no C */
#endif
