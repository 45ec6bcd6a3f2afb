/* libspl: teach it words of your own. So far: eval functions. spl.h has the rules that hold for every call. */
#ifndef SPL_EXTEND_H
#define SPL_EXTEND_H

#include "spl.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One call of a host function; valid until the function returns. */
typedef struct spl_call spl_call;

enum {                              /* flags, to be added */
    SPL_PURE = 1,                   /* same arguments, same answer: constants are computed once, when the query is compiled */
    SPL_NULL_IN_NULL_OUT = 2        /* a null argument gives null; the function never sees one */
};

/* An eval function. Fill it with zeros first; what stays zero is the default. */
typedef struct spl_function {
    size_t      size;               /* sizeof(spl_function) */
    const char *name;               /* lower-case letters, digits and underscores; hides a built-in word of that name */
    const char *usage;              /* "squash(<text>[,<most>])"; NULL: the name */
    const char *summary;            /* one line; may be NULL */
    int32_t     least, most;        /* arguments; most -1: any number */
    uint32_t    flags;              /* SPL_PURE ... */

    /* One row. `arg` has as many cells as the call has arguments; their pointers are borrowed. *out is null with
     * `decimals` SPL_EXACT: set its kind and what belongs to it; texts and lists are copied when the function returns.
     * Below 0: the run fails with SPL_FAIL_HOST, saying what spl_call_fail was told. Threads: the option "threads" above 1
     * calls it from several threads at once. */
    spl_status (*row)(spl_call *call, void *host, const spl_cell *arg, size_t args, spl_cell *out);

    void       *host;               /* handed to `row` */
    void      (*drop)(void *host);  /* called once, when the engine and everything made from it are gone; may be NULL */
} spl_function;

/* For queries compiled from now on. The struct and its texts are copied. On failure `host` stays the caller's. Threads: any. */
SPL_API spl_status spl_engine_add_function(spl_engine *engine, const spl_function *function, spl_error **err);

/* Why a function fails; returns SPL_FAIL_HOST, to be returned. The message is copied. */
SPL_API spl_status spl_call_fail(spl_call *call, const char *message);

/* Memory for making a result, aligned for anything; it needs no freeing. NULL: out of memory. */
SPL_API void      *spl_call_memory(spl_call *call, size_t size);

/* Epoch seconds that now() answers in this run. */
SPL_API double     spl_call_now(const spl_call *call);

#ifdef __cplusplus
}
#endif
#endif
