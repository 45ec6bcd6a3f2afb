/* Powers of ten as 128-bit fractions; the table is written by powers.py when the library is built. */
#pragma once

#include <stdint.h>

enum { POWERS_LEAST = -342, POWERS_MOST = 324 };

/* 10^p is (high * 2^64 + low) * 2^(power_exponent(p) - 127), rounded down; exact for 0 <= p <= 55. */
struct power {
    uint64_t high, low;
};

extern const struct power powers_of_ten[POWERS_MOST - POWERS_LEAST + 1];

/* floor(log2(10^p)) */
static inline int power_exponent(int p)
{
    return (int)(((int64_t)p * 1741647) >> 19);
}
