/* Comments and macros: the text the user typed becomes the text the parsers read (language 1.3, 2).
 *
 * Macros are textual and may hold half a clause; the result is scanned again. Not expanded inside double
 * quotes. Bounds: EXPAND_DEPTH calls inside each other, EXPAND_CALLS in all, EXPAND_BYTES of text made. */
#pragma once

#include "syntax/source.h"
#include "value/cell.h"

enum { EXPAND_DEPTH = 100, EXPAND_CALLS = 100000, EXPAND_BYTES = 64 << 20 };

struct macro {
    str        name;
    const str *argument;        /* names */
    uint32_t   count;
    str        definition;
    bool       iseval;          /* the definition is an expression whose value is the text */
    str        validation;      /* an expression over the arguments, or empty */
    str        message;         /* when the validation fails */
};

/* What the host knows. Everything may be NULL. */
struct macros {
    void *host;
    struct context *context;        /* to evaluate in, one thread at a time; NULL: the host's own */
    const struct macro *(*find)(void *host, str name, uint32_t count);

    /* Evaluate an expression in which the macro's argument names are fields holding `value`. Text in `out`
     * must live as long as `arena`. A failure has been reported to `diag`. `context` is the one above. */
    status (*evaluate)(void *host, str expression, const struct macro *macro, const str *value, struct context *context,
                       struct arena *arena, struct diag *diag, struct cell *out);

    /* For "did you mean": the i-th name, size 0 past the end. */
    str (*name)(void *host, uint32_t i);
};

/* `text` must live as long as `out`. A byte order mark at the start is skipped. */
/* After a failure `out` is the plain text, and the places reported are bytes of it. */
status expand(struct arena *arena, struct diag *diag, str text, const struct macros *macros, struct source *out);
