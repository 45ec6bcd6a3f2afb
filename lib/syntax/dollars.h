/* The search of map: text in which $field$ stands for a value of a row (commands, map).
 *
 * Splunk puts values in as they are, so that one from an event can end its quotes and begin a command. Here none can. What
 * is put in is:
 *   - in double quotes, the value with its quotes and backslashes escaped;
 *   - outside of them, the value as it is if it is nothing but letters, digits and _ . : / * @ -, and no operator; else as
 *     a string in quotes, escaped;
 *   - in the search of a map inside the search (search="..."), what would be put into that text, escaped once more.
 * Where the languages inside SPL do not agree on which quotes are open (single ones, escaped ones, a search of a map that
 * goes on behind its quotes) a value that is no plain word is refused. $$ is a dollar sign, so $$x$$ is left for the map
 * inside.
 *
 * Which quotes are open is told by the text without macros and comments: expand it first. Immutable once read. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>

enum { DOLLARS_DEEP = 8 };              /* searches inside each other */

struct dollar {
    str     before;                     /* text between the last one and this one, as it is to be */
    str     field;                      /* empty: the end of the text */
    uint8_t level;                      /* so many quotes of searches of maps are around it */
    bool    quoted;                     /* it stands in double quotes */
    bool    named;                      /* outside of them in single ones: no value that holds one can stand there */
    bool    plain;                      /* only a word can */
};

struct dollars {
    struct dollar *item;                /* the last one is the end */
    uint32_t       count;
};

/* FAIL_LIMIT: maps stand in each other too deeply. */
status dollars_read(struct arena *arena, str text, struct dollars *out);

/* What was before it, then the value. False: the value cannot stand there. */
bool   dollar_put(struct buf *out, const struct dollar *dollar, str value);
