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

count_fn count_level(enum cpu_level level)
{
    switch (level) {
#if defined(__x86_64__)
    case CPU_AVX512:
        return count_avx512;
    case CPU_AVX2:
        return count_avx2;
#endif
#if defined(__aarch64__)
    case CPU_NEON:
        return count_neon;
#endif
    default:
        return count_portable;
    }
}
