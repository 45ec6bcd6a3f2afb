/* Expressions as programs over columns.
 *
 * A program is immutable and shared; a machine runs it in one thread and holds registers, bound names and
 * scratch. One program may hold several expressions (the assignments of one eval) so that common parts are
 * computed once.
 *
 *   instruction:  op | into | a | b | c      registers are columns; register 0.. are loaded fields first
 *
 * Conditionals are selections: an arm runs with the rows that reach it and writes into one result. */
#pragma once

#include "batch/batch.h"
#include "base/buf.h"
#include "catalog/context.h"
#include "catalog/function.h"

struct node;                /* syntax/ast.h */
struct assignments;
struct assignments;
struct vocabulary;
struct macros;              /* syntax/expand.h */
struct program;
struct machine;

/* Named value lists for IN (language 14): NULL when the name is not bound. */
#define SUBSEARCH_REFUSED "a subsearch cannot stand here"

struct value_list {
    const struct cell *cell;
    uint32_t           count;
};

/* What a site calls by names in search: number i of each kind, counted from 0; false past the last. */
struct definitions {
    bool (*eventtype)(void *host, uint32_t i, str *name, str *search);
    uint32_t (*priority)(void *host, uint32_t i);       /* of an event type: 1 comes first, 10 last */
    bool (*tag)(void *host, uint32_t i, str *tag, str *field, str *value);
    bool (*saved)(void *host, uint32_t i, str *name, str *search);
};

struct compile {            /* what the compiler needs */
    struct arena            *arena;         /* the query's */
    struct heap             *heap;
    const struct vocabulary *words;
    struct context          *context;       /* for folding and prepare */
    struct diag             *diag;
    const struct value_list *(*list)(void *host, str name);     /* may be NULL */
    void                    *list_host;
    const struct definitions *definitions;  /* may be NULL */
    void                    *definitions_host;
    const struct macros     *macros;        /* in definitions; may be NULL */
    bool                     later;         /* rows come from a command: names of saved searches may be their fields */
    bool                     rewrite;       /* fold constants, share subexpressions, order arms */
};

/* The text of a saved search; names of them ignore case. FAIL_QUERY: there is none, which was reported at `span`. */
status saved_search_find(const struct compile *compile, struct diag *diag, struct span span, str name, str *text);

/* --- compiling ------------------------------------------------------------------------------------------ */

/* A condition in eval's language (where, eval(...) as a count): must be Boolean or Any. */
status program_condition(struct compile *compile, const struct node *expr, struct program **out);
/* A condition in search's language over the fields and _raw. */
status program_search(struct compile *compile, const struct node *search, struct program **out);
/* The search that an event type stands for (struct definitions). Mistakes in it are told at `span`. */
status program_eventtype(struct compile *compile, struct span span, str name, str text, struct program **out);
/* One value (eval inside aggregates, head's expression). `boolean_ok`: a truth value counts 1 when true, else
 * null. */
status program_value(struct compile *compile, const struct node *expr, bool boolean_ok, struct program **out);
/* One value of any type, a truth value too. */
status program_any(struct compile *compile, const struct node *expr, struct program **out);
/* The value of an expression whose fields are these texts, once; of a condition true or false. A text lives in
 * compile->arena. */
status evaluate_text(struct compile *compile, str expression, const str *name, const str *value, uint32_t count,
                struct cell *out);
/* name=expr, ...; left to right, later ones see earlier results. */
status program_assignments(struct compile *compile, const struct assignments *assignments,
                           struct program **out);
void   program_drop(struct program *program);           /* what is not in the query's arena */

/* Fields read, in order of first use; names as text, in the query's arena. Targets of assignments likewise.
 * `dynamic`: some target name is made from a field's value, so any field may be written; a search is made from one, so any
 * may be read. */
struct program_names { const str *name; uint32_t count; bool dynamic; };
struct program_names program_reads(const struct program *program);
struct program_names program_writes(const struct program *program);

/* stable, readable; vm/assemble reads it back */
void   program_print(const struct program *program, struct buf *out);
/* FAIL_BUG when it breaks a rule */
status program_verify(const struct program *program);

/* --- running -------------------------------------------------------------------------------------------- */

status machine_new(const struct program *program, struct context *context, struct machine **out);
void   machine_free(struct machine *machine);

/* Rows of the batch for which the condition is true. The row numbers are allocated from `arena`. */
status machine_filter(struct machine *machine, struct batch *in, struct arena *arena, struct rows *out);
/* The value for the batch's selected rows; lives in `arena` (or is a column of the batch). */
status machine_value(struct machine *machine, struct batch *in, struct arena *arena, struct column **out);
/* Runs the assignments and sets the fields of `batch` (a derived batch that is not emitted yet). */
status machine_assign(struct machine *machine, struct batch *batch, uint32_t rank);
