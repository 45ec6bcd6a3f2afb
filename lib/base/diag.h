/* Diagnostics: what went wrong, where in the text, and what to do about it. Never printed here.
 *
 * A `struct diag` collects them; it is sorted by place when it is read (syntax/source draws carets). The codes are a table,
 * codes.def: one that is not in it trips an assertion. Threads: one at a time. */
#pragma once

#include "base/arena.h"
#include "base/compiler.h"
#include "base/status.h"

/* Bytes [from, to) of the query text as the parser saw it (after macro expansion; syntax/source maps back). */
struct span {
    uint32_t from, to;
};

#define DIAG_NOWHERE (struct span){ UINT32_MAX, UINT32_MAX }    /* about no place in the text */

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct diagnostic {
    enum severity severity;
    const char   *code;             /* a stable word such as "unknown-function"; static */
    struct span   span;
    str           message;          /* one line, no full stop */
    str           hint;             /* may be empty: "did you mean 'upper'?" */
    str           suggestion;       /* what might stand in the place of `span` instead; mostly empty */
};

struct diag {
    struct arena       arena;
    struct diagnostic *item;
    uint32_t           count, capacity;
    uint32_t           errors;
    bool               whole;       /* the newest one was kept */
    uint32_t           dropped;     /* past the bounds: 20 errors, 20 others */
};

void   diag_init(struct diag *diag, struct heap *heap);
void   diag_free(struct diag *diag);

/* Adds an error and returns `failure`, so that one line reports and leaves. `diag` may be NULL. */
status diag_at(struct diag *diag, status failure, struct span span, const char *code,
               const char *format, ...) PRINTF_LIKE(5, 6);
void   diag_warn(struct diag *diag, struct span span, const char *code, const char *format, ...) PRINTF_LIKE(4, 5);
void   diag_note(struct diag *diag, struct span span, const char *code, const char *format, ...) PRINTF_LIKE(4, 5);

/* A hint for the newest diagnostic. */
void   diag_hint(struct diag *diag, const char *format, ...) PRINTF_LIKE(2, 3);

/* The hint "did you mean 'word'?"; an empty word: none. */
void   diag_suggest(struct diag *diag, str word);

/* One of another collection once more; everything in `from` once more. */
void   diag_repeat(struct diag *diag, const struct diagnostic *item);
void   diag_copy(struct diag *diag, const struct diag *from);

/* By place, errors before warnings at the same place; equal ones once; if some were dropped, a last one says how many. */
void   diag_sort(struct diag *diag);

/* For "%.*s": SHOW(text) */
#define SHOW(text) (int)((text).size > 200 ? 200 : (text).size), (text).at
