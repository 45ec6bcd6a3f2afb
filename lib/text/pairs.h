/* Keys and values in text: key=value, with quotes or without (KV modes, extract), or between separators of one's own.
 *
 * Views into the text; costs are linear in it. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

struct pairs {                      /* a walk over those of a text */
    const char *at, *end;
    const char *from;               /* behind the pair before */
    bool        escaped;            /* \" stands inside of quotes */
    str         name, value;
    bool        quoted;
    bool        unclosed;           /* a quote was: those behind it are characters like others */
};

struct pairs pairs_of(str text, bool escaped);
/* false: there are no more. A value may be empty. */
bool         pairs_next(struct pairs *pairs);

/* \" and \\ inside quotes, in `arena`; other backslashes stand for themselves. A view where there are none. */
status       pair_unquote(struct arena *arena, str inner, str *out);

/* The name of a field: other characters than letters, digits and _ become _, what stands before the first letter goes.
 * `out` holds name.size bytes. Returns the size. */
size_t       pair_name(str name, char *out);

/* Each byte of a text separates; \x stands for x. */
struct separators { bool pair[256], value[256]; };

void         separators_read(bool set[256], str text);
/* The next pair between separators, blanks around name and value gone; quotes may hold any of them. A value with a second
 * separator of values in it makes no pair. */
bool         pairs_next_separated(struct pairs *pairs, const struct separators *separators);
