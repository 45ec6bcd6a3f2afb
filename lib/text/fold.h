/* Comparing and searching with Unicode simple case folding. The slow road: take text/find.h first where
 * ASCII will do. */
#pragma once

#include "base/arena.h"
#include "base/utf8.h"

/* Could text that is not ASCII match this pattern without being byte-equal to it? True if the pattern
 * holds k, s or any non-ASCII byte. When false, ASCII folding decides everything. */
bool fold_reaches(str pattern);

/* How the units of a pattern are compared. */
enum {
    FOLD_CASE = 1,          /* text is folded first; the pattern must be folded already */
    FOLD_GAPS = 2           /* `_` in the pattern is any one unit */
};

/* Does `text` start (end) with the pattern? Then the bytes of `text` covered, which need not be the
 * pattern's size. */
bool fold_starts(str text, str pattern, unsigned how, size_t *covered);
bool fold_ends(str text, str pattern, unsigned how, size_t *covered);

/* First place at or after `from` where the pattern occurs; SIZE_MAX if none. */
size_t fold_find(str text, size_t from, str pattern, unsigned how, size_t *covered);

/* Folded copy in the arena; at NULL when out of memory. */
str  fold_copy(struct arena *arena, str text);
