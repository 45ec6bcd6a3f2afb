#include "vm/kernel/narrow.h"

#if defined(__x86_64__)
#include <immintrin.h>

TARGET_BEGIN("avx512f,avx512bw,avx512vl,bmi,bmi2,popcnt")

/* Compressed in a register and stored whole: compressing into memory is many times slower on some
 * machines. */
uint32_t narrow_rows_avx512(const uint8_t *truth, uint8_t want, uint32_t count, uint32_t *out)
{
    const __m512i step = _mm512_set1_epi32(16), wanted = _mm512_set1_epi8((char)want);
    __m512i       row = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    uint32_t      n = 0;

    for (uint32_t i = 0; i < count; i += 64) {
        uint64_t all = count - i >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << (count - i)) - 1;
        __m512i  bytes = _mm512_maskz_loadu_epi8(all, truth + i);
        uint64_t hits = _mm512_mask_cmpeq_epi8_mask(all, bytes, wanted);
        for (int part = 0; part < 4; part++, hits >>= 16) {
            __mmask16 mask = (__mmask16)hits;
            _mm512_storeu_si512(out + n, _mm512_maskz_compress_epi32(mask, row));
            n += (uint32_t)_mm_popcnt_u32(mask);
            row = _mm512_add_epi32(row, step);
        }
    }
    return n;
}

TARGET_END
#endif
