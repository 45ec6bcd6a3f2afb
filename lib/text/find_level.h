/* What the levels of text/find.c share; for those files only. */
#pragma once

#include "base/compiler.h"
#include "text/find.h"

const char *find_portable(const struct needle *needle, const char *at, const char *end);
const char *find_neon(const struct needle *needle, const char *at, const char *end);
const char *find_avx2(const struct needle *needle, const char *at, const char *end);
const char *find_avx512(const struct needle *needle, const char *at, const char *end);

/* Byte by byte, for texts of few places. */
const char *find_short(const struct needle *needle, const char *at, const char *end);
/* By rolling hash: linear whatever the text. */
const char *find_hashed(const struct needle *needle, const char *at, const char *end);

static inline uint64_t find_load(const char *at)
{
    uint64_t word;

    memcpy(&word, at, 8);
    return word;
}
