/* In how many ways a regular expression may be tried at one place, at most.
 *
 * Machine code of PCRE2 counts the rounds of loops against the limit of steps, but not the alternatives of groups that
 * stand one behind another: "(a|a)" forty times is 2^40 ways that no limit ends. The interpreter counts every step. So
 * whoever makes machine code asks here first. */
#pragma once

#include "base/str.h"

enum { WAYS_MOST = 1 << 20 };

/* The product of the alternatives of groups in a row, the sum of those side by side; loops weigh more, since each round
 * may take every way. Rather too many than too few; WAYS_MOST: that many, or the pattern is one that cannot be told
 * (subroutines, comments). Linear in the pattern. */
uint32_t regex_ways(str pattern, bool extended);
