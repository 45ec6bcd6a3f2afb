/* Whole-value patterns: `*` of search, and `%` `_` of like().
 *
 * Compiled to literal segments in order; matching never backtracks over a segment, so the cost is bounded
 * by text size times longest segment, and in practice one search per segment. Nothing escapes `*`, `%` or
 * `_` (language 1.5, functions: like). `_` is one code point or one invalid byte. */
#pragma once

#include "base/arena.h"
#include "base/cpu.h"
#include "base/status.h"

enum wildcard_kind {
    WILDCARD_STAR,          /* `*`: any run, newlines included */
    WILDCARD_LIKE           /* `%`: any run, `_`: one character */
};

struct wildcard;            /* immutable; any number of threads may use it */

/* `caseless`: Unicode simple folding, as search compares. `pattern` is copied. FAIL_MEMORY only. */
status wildcard_compile(struct arena *arena, enum cpu_level level, enum wildcard_kind kind, bool caseless,
                        str pattern, struct wildcard **out);

bool wildcard_match(const struct wildcard *wildcard, str text);
