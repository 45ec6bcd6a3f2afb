/* libspl: teach it words of your own: eval functions, aggregates, commands, lookups; and where commands write. spl.h has the
 * rules that hold for every call.
 *
 * A word is a struct of facts and callbacks. Fill it with zeros first; what stays zero is the default. It is copied, its
 * texts too, and known to queries compiled from then on; a later word replaces an earlier one of the same name. On failure
 * `host` stays the caller's.
 *
 * What every callback keeps to
 *   - It gets `call`, valid until it returns, and `host`, the pointer of its struct. Cells it is given are borrowed.
 *   - A result below 0 fails the run (or the compilation) with SPL_FAIL_HOST, saying what spl_call_fail was told.
 *   - Cells it gives are copied when it returns; texts are UTF-8. A list holds scalars; its nulls are dropped. Numbers that
 *     are not finite are null.
 *   - It may be called from several threads at once, for different states: where runs are several, and where the option
 *     "threads" is above 1. */
#ifndef SPL_EXTEND_H
#define SPL_EXTEND_H

#include "spl.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- calls --------------------------------------------------------------------------------------------------------- */

/* One call of a callback. */
typedef struct spl_call spl_call;

/* Why a callback fails; returns SPL_FAIL_HOST, to be returned. The message is copied. */
SPL_API spl_status spl_call_fail(spl_call *call, const char *message);

/* Memory that needs no freeing, aligned for anything. It lives as long as what is being made: the state of a command (in
 * `open`) or of an aggregate (in `init`, `update`, `merge`, `load`); otherwise until the callback returns. NULL: out of
 * memory. */
SPL_API void      *spl_call_memory(spl_call *call, size_t size);

/* Epoch seconds that now() answers in this run. */
SPL_API double     spl_call_now(const spl_call *call);

enum {                              /* flags of words, to be added */
    SPL_PURE = 1,                   /* function: same arguments, same answer: constants are computed once, when compiled */
    SPL_NULL_IN_NULL_OUT = 2,       /* function: a null argument gives null; the function never sees one */
    SPL_HIDES = 4,                  /* aggregate, command: may take the name of a built-in one */
    SPL_COUNTS = 8,                 /* aggregate: has a value over nothing, that of a fresh state */
    SPL_RAW_ARGUMENTS = 16,         /* command: it reads the text behind its name itself; `usage` is for people only */
    SPL_EFFECT = 32,                /* command: does something outside: sees all its rows though nobody wants more */
    SPL_TIMED = 64                  /* lookup: wants to know the times of events */
};

/* --- eval functions ------------------------------------------------------------------------------------------------ */

typedef struct spl_function {
    size_t      size;               /* sizeof(spl_function) */
    const char *name;               /* lower-case letters, digits and underscores; hides a built-in word of that name */
    const char *usage;              /* "squash(<text>[,<most>])"; NULL: the name */
    const char *summary;            /* one line; may be NULL */
    int32_t     least, most;        /* arguments; most -1: any number */
    uint32_t    flags;              /* SPL_PURE ... */

    /* One row. `arg` has as many cells as the call has arguments. *out is null with `decimals` SPL_EXACT: set its kind and
     * what belongs to it. Threads: several at once. */
    spl_status (*row)(spl_call *call, void *host, const spl_cell *arg, size_t args, spl_cell *out);

    void       *host;               /* handed to the callbacks */
    void      (*drop)(void *host);  /* called once, when the engine and everything made from it are gone; may be NULL */
} spl_function;

/* Threads: any. */
SPL_API spl_status spl_engine_add_function(spl_engine *engine, const spl_function *function, spl_error **err);

/* --- aggregates: for stats, eventstats, chart, timechart ----------------------------------------------------------- */

/* A state is `state_size` bytes, zeroed, aligned for anything; there is one for each group that has values. Parts of the
 * input have states of their own, merged at the end in no particular order. Threads: several at once, each state in one. */
typedef struct spl_aggregate {
    size_t      size;               /* sizeof(spl_aggregate) */
    const char *name;               /* lower-case letters, digits and underscores */
    const char *usage;              /* "geomean(<field>)"; NULL: the name */
    const char *summary;            /* one line; may be NULL */
    uint32_t    flags;              /* SPL_COUNTS, SPL_HIDES */
    uint32_t    parts;              /* cells of a saved state, at most 6 */
    size_t      state_size;

    spl_status (*init)(spl_call *call, void *host, void *state);        /* NULL: zeros will do */
    /* One value, never null; multivalues come one by one, what fields hold as SPL_TEXT: see spl_cell_number. */
    spl_status (*update)(spl_call *call, void *host, void *state, const spl_cell *value);
    /* `from` and the memory of its calls die afterwards. NULL: it is saved and loaded instead. */
    spl_status (*merge)(spl_call *call, void *host, void *into, const void *from);
    /* The result; *out is null. May be asked again. */
    spl_status (*finish)(spl_call *call, void *host, const void *state, spl_cell *out);
    /* A state as `parts` cells, null at first, no truth values; and such cells added to what a state has. Both or none. */
    spl_status (*save)(spl_call *call, void *host, const void *state, spl_cell *part);
    spl_status (*load)(spl_call *call, void *host, void *state, const spl_cell *part);
    /* Frees what a state holds that is not of spl_call_memory. May be NULL. */
    void       (*clear)(void *host, void *state);

    void       *host;
    void      (*drop)(void *host);
} spl_aggregate;

/* Threads: any. */
SPL_API spl_status spl_engine_add_aggregate(spl_engine *engine, const spl_aggregate *aggregate, spl_error **err);

/* In `update`: where the value's row stands in the input, ascending with it. Elsewhere 0. */
SPL_API uint64_t   spl_call_place(const spl_call *call);

/* --- commands ------------------------------------------------------------------------------------------------------ */

enum {                              /* kinds of commands */
    SPL_STREAMING = 1,              /* what comes out of a batch depends on it alone: several instances, on any thread;
                                     * it has no `finish` */
    SPL_STATEFUL = 2,               /* sees the rows in order, gives rows as it goes */
    SPL_EVENTING = 3,               /* needs all rows, gives some of them */
    SPL_REPORTING = 4,              /* needs all rows, makes a table: of other fields nothing is left */
    SPL_GENERATING = 5              /* stands first and takes no input: `finish` makes its rows */
};

/* Usage. "geo <ip:field> [prefix=<text=geo_>] [mode=<fast|full=fast>] [by <fields>]": the command's name, then arguments,
 * those in brackets optional. From it come binding, error messages, help and completion, as for built-in commands.
 *     <name:kind>     stands alone; <kind>: its name is the kind's
 *     name=<kind>     is written so
 *     name <kind>     stands behind the word `name`
 * A kind is bool, count, number, text, span, field, fields (a list; alone or behind a word: all that follow), rest (all
 * that is left, as text) or a choice of words, one|another; "kind=value" has a default.
 *
 * An instance is used by one thread at a time; with the option "threads" above 1 not always the same, and while the host's
 * own goes on. */
typedef struct spl_command {
    size_t      size;               /* sizeof(spl_command) */
    const char *name;               /* lower-case letters, digits and underscores */
    const char *usage;              /* NULL: no arguments */
    const char *summary;            /* one line; may be NULL */
    const char *reads;              /* fields it looks at, by blanks, besides those that its arguments of kind field and
                                     * fields name; others may be missing from its batches. NULL: all */
    int32_t     kind;               /* SPL_STREAMING ... */
    uint32_t    flags;              /* SPL_HIDES, SPL_RAW_ARGUMENTS, SPL_EFFECT */

    /* When a query is compiled: are the arguments fit? A failure is a mistake in the query. May be NULL. */
    spl_status (*check)(spl_call *call, void *host);
    /* An instance begins; *state is NULL. May be NULL. */
    spl_status (*open)(spl_call *call, void *host, void **state);
    /* Rows come in; rows go out through spl_emit_row and spl_emit_batch, none otherwise. `batch` may be retained, but not by
     * a streaming command; its columns are in no particular order. Above 0: it wants no more rows (not if streaming). */
    spl_status (*push)(spl_call *call, void *host, void *state, const spl_batch *batch);
    /* No more rows come; the last chance to emit. NULL: nothing is held back. */
    spl_status (*finish)(spl_call *call, void *host, void *state);
    /* Once for each successful `open`, in spl_run_free (or the release of the run's stream) at the latest. May be NULL. */
    void       (*close)(void *host, void *state);

    void       *host;
    void      (*drop)(void *host);
} spl_command;

/* Threads: any. */
SPL_API spl_status spl_engine_add_command(spl_engine *engine, const spl_command *command, spl_error **err);

/* What an argument was given, or its default; null when there is neither. bool: SPL_TRUTH; count, number: SPL_NUMBER;
 * fields: SPL_LIST; others SPL_TEXT. `name` "": all the text behind the command's name. The cell's pointers live until the
 * callback returns. SPL_FAIL_MISUSE: it has no such argument, or the call is not that of a command. */
SPL_API spl_status spl_call_argument(spl_call *call, const char *name, spl_cell *out);

/* Both only in `push` and `finish`. SPL_OK; SPL_DONE: nobody wants more rows, return it; or a failure, to be returned. Names
 * and cells are copied. A truth value becomes the text "true" or "false", as fields hold none. */

/* One row of `count` fields, behind the rows emitted before. Cheap when one row's names are the same as the last one's. */
SPL_API spl_status spl_emit_row(spl_call *call, const char *const *names, const spl_cell *cells, size_t count);

/* Rows of `batch`, which a `push` of this instance was given. `keep`: a byte a row, 0 drops it; NULL: all rows. Columns are
 * added, or replaced: cells[i] is the i-th one's, with a cell for each row of `batch`. Nothing else is copied. */
SPL_API spl_status spl_emit_batch(spl_call *call, const spl_batch *batch, const unsigned char *keep,
                                  const char *const *names, const spl_cell *const *cells, size_t columns);

/* --- lookups ------------------------------------------------------------------------------------------------------- */

/* Keys that are asked for together: each once in a while, however often it occurs in events. */
typedef struct spl_keys {
    size_t             size;        /* sizeof(spl_keys) */
    size_t             count;
    const char *const *match;       /* columns that are matched, */
    size_t             matches;
    const spl_cell    *value;       /* and with what: of key k, column m value[k * matches + m]. SPL_TEXT, all of them */
    const char *const *output;      /* columns that are asked for */
    size_t             outputs;
    const double      *time;        /* epoch seconds of the event behind each key; NULL without SPL_TIMED */
} spl_keys;

/* A table of the host's for lookup, lookup() and inputlookup. SPL_LOOKUP (spl.h) of the same name may set max_matches,
 * min_matches and default_match; how keys match is up to the host. */
typedef struct spl_lookup {
    size_t      size;               /* sizeof(spl_lookup) */
    const char *name;
    const char *columns;            /* their names, commas between */
    uint32_t    flags;              /* SPL_TIMED */

    /* Gives the rows that match, with spl_give_row, in any order of keys; of one key the best first. Threads: several at
     * once. */
    spl_status (*find)(spl_call *call, void *host, const spl_keys *keys);
    /* Gives rows from number `from` on, as many as it likes; none: there are no more. NULL: they cannot be listed. */
    spl_status (*rows)(spl_call *call, void *host, uint64_t from);

    void       *host;
    void      (*drop)(void *host);
} spl_lookup;

/* Replaces a table of the same name. Threads: any. */
SPL_API spl_status spl_engine_add_host_lookup(spl_engine *engine, const spl_lookup *lookup, spl_error **err);

/* Only in `find`: a row for key number `key`, with a cell for each column of `output`; and in `rows`: one with a cell for
 * each column of the table (`key` means nothing). Cells are copied; truth values become "true" or "false".
 * SPL_FAIL_MISUSE elsewhere, or if there is no such key. */
SPL_API spl_status spl_give_row(spl_call *call, size_t key, const spl_cell *cells);

/* --- sinks: where collect, mcollect, outputlookup and outputcsv write ------------------------------------------------ */

enum {                              /* what is stored; to be added in spl_sink.stores */
    SPL_EVENTS = 1,                 /* collect. Columns _time, index, source, sourcetype, host, _raw, then the fields of the
                                     * row by name: a summary can be read again without taking its text apart. Those of
                                     * partial results (psrsvd_...) are only there behind a command that made such */
    SPL_METRICS = 2,                /* mcollect, meventcollect. Columns _time, index, source, sourcetype, host, then
                                     * metric_name:NAME (or metric_name and _value), and dimensions, by name */
    SPL_TABLE = 4,                  /* outputlookup. All batches have the same columns, those of the result */
    SPL_CSV = 8                     /* outputcsv; likewise */
};

enum {                              /* how a table is written: spl_target.how, added up */
    SPL_APPEND = 1,                 /* behind the rows there are, with the columns there are; else in their place */
    SPL_KEEP = 2,                   /* a result without rows leaves the table as it was, */
    SPL_EMPTY = 4,                  /* or makes it empty; with neither it is not there afterwards */
    SPL_INSERT = 8,                 /* with a key: rows whose key is there already are left out */
    SPL_LISTS = 16                  /* several values of a cell are to be kept apart (splunk_mv_csv) */
};

/* What a command was told; the texts live as long as its stream. */
typedef struct spl_target {
    size_t      size;               /* sizeof(spl_target) */
    int32_t     store;              /* SPL_EVENTS, SPL_METRICS, SPL_TABLE, SPL_CSV */
    int32_t     spool;              /* 1; 0: the data is only to be kept, not to be indexed (spool=f) */
    const char *command;            /* "collect" */
    const char *index;              /* NULL: it is a table */
    const char *source, *sourcetype, *host;     /* as told, they are in all rows; NULL: not told */
    const char *file;               /* file=, with $timestamp$ and $random$ filled in; of a table the file of its definition
                                     * (SPL_LOOKUP of spl.h); NULL: not told. A name from a query, as `index` and `table`
                                     * are: look at it before opening anything */
    const char *table;              /* NULL: it is no table */
    const char *key;                /* rows replace those with the same value of this field; NULL: they do not */
    uint32_t    how;                /* SPL_APPEND ... */
} spl_target;

/* A stream is what one command of one run writes, be it in a subsearch. All its callbacks come from the thread that is
 * inside of a call on that run (or on the watch whose rule it is), one at a time. Rows come in the order in which they pass
 * the command, the same for any number of threads; how they are cut into batches is not told.
 *
 * Nothing written is to last before `finish`: it comes when the whole search has succeeded and all its results were taken
 * (spl_run_next said SPL_DONE), for all streams of the run, in the order in which they began. A run that fails, is cancelled
 * or given up before only closes them. A failure of any callback fails the run, and says which command it was. */
typedef struct spl_sink {
    size_t      size;               /* sizeof(spl_sink) */
    uint32_t    stores;             /* SPL_EVENTS ..., added up */

    /* A run begins. *state is NULL; memory of the call lives until `close`. May be NULL. */
    spl_status (*begin)(spl_call *call, void *host, const spl_target *target, void **state);
    /* Rows to be stored, at least one; may be retained. */
    spl_status (*write)(spl_call *call, void *host, void *state, const spl_batch *rows);
    /* May be NULL. */
    spl_status (*finish)(spl_call *call, void *host, void *state);
    /* Once for each successful `begin`; behind `finish`, or in its place. May be NULL. */
    void       (*close)(void *host, void *state);

    void       *host;
    void      (*drop)(void *host);
} spl_sink;

/* The engine's one sink, for queries compiled from then on. Where it does not store what they write, collect and mcollect
 * pass their rows on, and a warning of the query says so; outputlookup and outputcsv do not compile. Threads: any. */
SPL_API spl_status spl_engine_set_sink(spl_engine *engine, const spl_sink *sink, spl_error **err);

#ifdef __cplusplus
}
#endif
#endif
