#include "base/cpu.h"

static const char *const names[CPU_LEVELS] = { "portable", "neon", "avx2", "avx512" };

bool cpu_has(enum cpu_level level)
{
    switch (level) {
    case CPU_PORTABLE:
        return true;
    case CPU_NEON:
#if defined(__aarch64__)
        return true;
#else
        return false;
#endif
#if defined(__x86_64__)
    case CPU_AVX2:
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")
            && __builtin_cpu_supports("bmi2")
            && __builtin_cpu_supports("pclmul");
    case CPU_AVX512:
        return cpu_has(CPU_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2")
            && __builtin_cpu_supports("vpclmulqdq");
#endif
    default:
        return false;
    }
}

enum cpu_level cpu_best(void)
{
    enum cpu_level level = CPU_LEVELS - 1;

    while (!cpu_has(level))
        level--;
    return level;
}

const char *cpu_name(enum cpu_level level)
{
    return (unsigned)level < CPU_LEVELS ? names[level] : "unknown";
}

bool cpu_named(str name, enum cpu_level *level)
{
    for (int i = 0; i < CPU_LEVELS; i++)
        if (str_is_nocase(name, names[i])) {
            *level = (enum cpu_level)i;
            return true;
        }
    return false;
}
