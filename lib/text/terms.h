/* Keywords, phrases and TERM() over raw text: token matching by major and minor breakers (language 4.3).
 *
 * The literal is searched first, then its neighbours are tested; `*` at an end needs no boundary there.
 * ASCII letters match ASCII letters of either case, and nothing else; other letters by simple folding. */
#pragma once

#include "base/arena.h"
#include "base/cpu.h"
#include "base/status.h"

enum term_kind {
    TERM_WORD,              /* an unquoted word: `*` spans no major breaker */
    TERM_PHRASE,            /* quoted: `*` spans anything */
    TERM_EXACT,             /* TERM(): bounded by major breakers only */
    TERM_CASE               /* CASE(): a word, case-sensitive */
};

struct term;                /* immutable; any number of threads may use it */

/* `text` is copied. FAIL_MEMORY only. */
status term_compile(struct arena *arena, enum cpu_level level, enum term_kind kind, str text,
                    struct term **out);

bool term_match(const struct term *term, str raw);

/* First match at or after `from` (a place in `raw`, whose earlier bytes still count as neighbours), or
 * SIZE_MAX. For searching a whole block: a match never spans a newline unless the term does or is a phrase
 * with `*`. */
size_t term_find(const struct term *term, str raw, size_t from);

enum { BREAK_NONE, BREAK_MINOR, BREAK_MAJOR };
extern const uint8_t term_breaker[256];                 /* single bytes only */
