#include "vm/kernel/narrow.h"

/* Every row number is written down and counted only if it passes: no branch to guess. */
static uint32_t narrow_portable(const uint8_t *restrict truth, uint8_t want, uint32_t count,
                                uint32_t *restrict out)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++) {
        out[n] = i;
        n += truth[i] == want;
    }
    return n;
}

uint32_t narrow_rows(enum cpu_level level, const uint8_t *truth, uint8_t want, uint32_t count, uint32_t *out)
{
#if defined(__x86_64__)
    if (level == CPU_AVX512)
        return narrow_rows_avx512(truth, want, count, out);
#endif
    (void)level;
    return narrow_portable(truth, want, count, out);
}
