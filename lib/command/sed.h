/* Sed expressions of `rex mode=sed`: s/regex/replacement/flags and y/from/to/, separated by blanks.
 *
 * Flags of s: none, the first match; g, all; a number, only that one. In a replacement \1 to \9 are groups, \n and \t a
 * newline and a tab, a backslash before anything else gives that character; & is itself. No other command of sed exists. */
#pragma once

#include "base/buf.h"
#include "base/diag.h"
#include "text/regex.h"

struct sed_piece {                  /* of a replacement */
    str      text;
    uint32_t group;                 /* if above 0: that group's text instead */
};

struct sed_pair {                   /* y: this code point becomes that one */
    uint32_t from, to;
};

struct sed_step {
    struct regex     *regex;        /* s; NULL: y */
    struct sed_piece *piece;
    uint32_t          pieces;
    uint32_t          which;        /* 0: all matches, else the n-th */
    struct sed_pair  *pair;
    uint32_t          pairs;
};

struct sed {
    struct sed_step *step;
    uint32_t         steps;
};

/* Mistakes are reported at `span`, the whole text. What was compiled before a mistake must be dropped as well. */
status sed_compile(struct sed *sed, str text, struct span span, struct arena *arena, struct heap *heap,
                   enum cpu_level level, struct diag *diag);
void   sed_drop(struct sed *sed);

/* Edits `text`: OK, the result is in `out`; PASS, nothing changed; FAIL_LIMIT, a match gave up; FAIL_MEMORY.
 * `spare` is scratch. */
status sed_edit(const struct sed *sed, struct regex_match *match, str text, struct buf *out, struct buf *spare);
