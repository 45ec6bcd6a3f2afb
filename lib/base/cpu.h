/* Which vector instructions this machine has. Chosen once by whoever owns an engine and passed down as an
 * argument, so that a test may force any level the machine can run. */
#pragma once

#include "base/str.h"

/* Each level includes what is above it on the same kind of machine; NEON stands alone. */
enum cpu_level {
    CPU_PORTABLE,           /* plain C, 64-bit words */
    CPU_NEON,
    CPU_AVX2,               /* with BMI1, BMI2, PCLMUL */
    CPU_AVX512,             /* F, BW, VL, DQ, VBMI, VBMI2, VPCLMULQDQ */
    CPU_LEVELS
};

bool           cpu_has(enum cpu_level level);       /* may code of that level run here? */
enum cpu_level cpu_best(void);

const char    *cpu_name(enum cpu_level level);      /* "portable", "neon", "avx2", "avx512" */
bool           cpu_named(str name, enum cpu_level *level);
