/* From truth values, a byte a row, to the numbers of the rows that hold one of them. */
#pragma once

#include "base/cpu.h"
#include "base/compiler.h"

enum { NARROW_SLACK = 16 };         /* row numbers past the last one that may be overwritten */

/* Rows 0 .. count - 1 whose truth is `want`; returns how many. `out` holds count + NARROW_SLACK numbers. */
uint32_t narrow_rows(enum cpu_level level, const uint8_t *truth, uint8_t want, uint32_t count, uint32_t *out);

uint32_t narrow_rows_avx512(const uint8_t *truth, uint8_t want, uint32_t count, uint32_t *out);
