/* What an eval function or operator IS: facts and bodies. Operators are functions named by their symbol.
 *
 * The VM prepares arguments by `wants`, applies the null and multivalue policies, and calls a body.
 * `row` is required (but for forms); `vector` is an optional second body, tested against the first. */
#pragma once

#include "base/buf.h"
#include "base/diag.h"
#include "batch/column.h"
#include "catalog/context.h"

enum type {                     /* static types (language 6.2) */
    TYPE_ANY, TYPE_NUMBER, TYPE_TEXT, TYPE_BOOLEAN, TYPE_LIST, TYPE_NULL
};

/* How arguments arrive. NUMBER: a number, also from a text that reads as one, or null. TEXT: text or null (numbers as
 * their text). BOOLEAN: a truth value or null. ANY: as they are. VALUE: as they are, but a truth value is a mistake that
 * the compiler reports. */
enum want { WANT_ANY, WANT_NUMBER, WANT_TEXT, WANT_BOOLEAN, WANT_VALUE };

enum nulls {
    NULL_IN_NULL_OUT,           /* any null argument gives null; the body never sees one (G1) */
    NULLS_SEEN
};

enum multi {                    /* what happens when an argument is multivalue (G4) */
    MULTI_NULL,                 /* the result is null */
    MULTI_EACH,                 /* for each value of the first argument that is a list; a list results */
    MULTI_ANY,                  /* Boolean: true if the body is true for any combination of values */
    MULTI_SEEN                  /* the body gets the lists */
};

/* calls that the compiler expands itself, as they do not evaluate all arguments */
enum form {
    FORM_NONE, FORM_IF, FORM_CASE, FORM_VALIDATE, FORM_COALESCE, FORM_AND, FORM_OR,
    FORM_MVMAP, FORM_MVFILTER, FORM_SEARCHMATCH
};

/* One call site of a program. `prepared` is made once when the query is compiled and shared by all threads:
 * read only from then on. */
struct site {
    const struct function *function;
    uint32_t               count;           /* of arguments */
    const struct cell     *literal;         /* per argument; meaningful where `constant` has the bit */
    uint64_t               constant;        /* bit i: argument i is a compile-time constant (i < 64) */
    uint64_t               written;         /* bit i: and stands in the query as a literal, was not computed */
    const struct span     *span;            /* per argument, for diagnostics */
    const struct cell     *member;          /* IN: its literal items, lists resolved; no arguments */
    uint32_t               members;
    void                  *prepared;
};

/* One call site at work in one thread. */
struct call {
    const struct site *site;
    uint32_t           count;
    const struct cell *fixed;               /* per argument, for vector bodies: converted, where the column is constant */
    struct arena      *arena;               /* for results; lives as long as the batch being made */
    struct context    *context;
    bool               plain;               /* nobody will look at the decimals of the result */
    void              *scratch;             /* made by the body in context->heap, freed by `close` */
    struct buf         spare;               /* room for texts, kept from row to row (function/family.h) */
};

struct function {
    const char *name;
    const char *aliases[3];
    const char *usage;                      /* "trim(<text>[,<characters>])" */
    const char *summary;                    /* one line, no full stop */
    int16_t     least, most;                /* arguments; most -1: any number */
    uint8_t     wants[4];                   /* enum want; the last given repeats (see `wanted`) */
    uint8_t     wanted;                     /* how many of `wants` are meant; 0: 4 */
    uint8_t     gives;                      /* enum type */
    uint8_t     nulls, multi, form;
    bool        pure;                       /* same arguments, same answer: may be folded and cached */
    uint8_t     cost;                       /* ns a row, roughly; orders AND and OR arms. 0: 5 */

    /* Looks at literal arguments at compile time; reports mistakes; may set site->prepared from `arena`. */
    status    (*prepare)(struct site *site, struct arena *arena, struct context *context, struct diag *diag);
    void      (*drop)(struct site *site);   /* frees what `prepared` holds outside the arena */

    status    (*row)(struct call *call, const struct cell *arg, struct cell *out);

    /* Fills out (a fresh ENCODING_ABSENT column) for the selected rows of a batch with `size` rows. PASS: not
     * my case; the VM then lifts `row`. Arguments are decoded, but `wants` is not applied: a body looks at
     * encodings itself. function/loop.h makes one of a row body. */
    status    (*vector)(struct call *call, const struct rows *rows, uint32_t size,
                        struct column *const *arg, struct column *out);
    void      (*close)(struct call *call);

    /* query after the pipe, events in, rows out */
    struct { const char *query, *input, *output; } example;
};
