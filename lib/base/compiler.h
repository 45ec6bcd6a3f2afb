/* What the compilers call differently; the only file that may use extensions. */
#pragma once

#include <stddef.h>

#define LIKELY(x)    __builtin_expect(!!(x), 1)
#define UNLIKELY(x)  __builtin_expect(!!(x), 0)
#define NOINLINE     __attribute__((noinline))
#define PREFETCH(address) __builtin_prefetch(address)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Sixteen bytes that operators work on one by one; compilers make what they can of it on any machine. */
typedef unsigned char bytes16 __attribute__((vector_size(16)));
/* The top bit of each, where one instruction does it. */
#if defined(__SSE2__)
#define BYTES16_TOPS(bytes) ((unsigned)__builtin_ia32_pmovmskb128((char __attribute__((vector_size(16))))(bytes)))
#endif

/* The struct that holds `member` at `pointer`. */
#define container_of(pointer, type, member) \
    ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/* Functions between these two may use vector instructions that the rest of the program does not. Headers go before. */
#define COMPILER_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define TARGET_BEGIN(features) COMPILER_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define TARGET_END             COMPILER_PRAGMA(clang attribute pop)
#else
#define TARGET_BEGIN(features) COMPILER_PRAGMA(GCC push_options) COMPILER_PRAGMA(GCC target(features))
#define TARGET_END             COMPILER_PRAGMA(GCC pop_options)
#endif
