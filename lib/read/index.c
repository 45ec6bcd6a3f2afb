#include "read/index_level.h"

index_fn index_level(enum cpu_level level)
{
    switch (level) {
#if defined(__x86_64__)
    case CPU_AVX512:
        return index_avx512;
    case CPU_AVX2:
        return index_avx2;
#endif
#if defined(__aarch64__)
    case CPU_NEON:
        return index_neon;
#endif
    default:
        return index_portable;
    }
}

size_t count_newlines(const char *at, size_t size)
{
    size_t count = 0;

    /* In runs that fit a byte's counter, so that it becomes plain vector code. */
    while (size) {
        size_t  run = size < 192 ? size : 192;
        uint8_t found = 0;
        for (size_t i = 0; i < run; i++)
            found = (uint8_t)(found + (at[i] == '\n'));
        count += found;
        at += run;
        size -= run;
    }
    return count;
}
