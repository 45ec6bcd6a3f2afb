/* What every match of a regular expression must contain. Conservative: an empty answer is always right. */
#pragma once

#include "base/str.h"

/* Writes the longest literal run to `out` (room for pattern.size bytes) and returns its size, 0 if there
 * is none. `caseless` says how to compare it (ASCII only: runs stop at k, s and non-ASCII characters
 * then). */
size_t required_literal(str pattern, bool *caseless, char *out);
