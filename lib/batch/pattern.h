/* Patterns of names with stars, taken apart: what each star of one stands for in a name, and the name that another makes of
 * the same parts (rename a_* AS b_*). */
#pragma once

#include "base/str.h"

static inline bool pattern_has_star(str text) { return memchr(text.at, '*', text.size) != NULL; }
uint32_t pattern_stars(str text);

/* What each star stands for, assigned from left to right, each as short as possible but for the last; `capture` has room for
 * all of them, one at least. False: no match. */
bool   pattern_capture(str pattern, str text, str *capture);

/* The name that the pattern `to` makes of `text`, whose captures by `from` are assigned in that way. Both have as many
 * stars, one at least. Written to `out` (to.size + text.size bytes); returns its size, SIZE_MAX if `from` does not match. */
size_t pattern_rewrite(str from, str to, str text, char *out);
