/* Templates: text in which some words stand for others, and the way back from what was made of it.
 *
 * A filled template is text of its own; its parser counts from 0. Diagnostics get back to the template through `filled`:
 * a byte that was copied to where it stands there, a byte of a filled-in value to the whole word it stands for.
 * Lifetime: the arena of fill(). */
#pragma once

#include "syntax/ast.h"

struct fill_word {
    str word, value;
};

/* From `at` on, bytes of `text` stand in the template at `from`, one by one; or, with a size, for the word there. */
struct fill_piece {
    uint32_t at, from, size;
};

struct filled {
    str                text;
    struct passage     template;
    struct fill_piece *piece;
    uint32_t           pieces;
};

/* Every occurrence of a word, also inside quotes, becomes its value; where several fit the longest does. Words of no bytes
 * are never found. FAIL_LIMIT: the result would be longer than a passage may be. */
status fill(struct arena *arena, struct passage template, const struct fill_word *word, uint32_t words, struct filled *out);

struct span filled_place(const struct filled *filled, struct span at);

/* Diagnostics of the filled text, put in the template's places, into `out` (NULL welcome). */
void   filled_report(const struct filled *filled, const struct diag *from, struct diag *out);
