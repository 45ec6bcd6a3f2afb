/* libspl: run Splunk's search language inside your program.
 *
 *     spl_engine *engine;  spl_query *query;  spl_run *run;  spl_batch *rows;  spl_error *err = NULL;
 *
 *     spl_engine_new(NULL, &engine);
 *     spl_compile(engine, "search status=500 | stats count by host", SPL_NTS, &query, &err);
 *     spl_run_new(query, &run, &err);
 *     spl_run_open(run, "events.ndjson", "auto", &err);
 *     while (spl_run_next(run, &rows, &err) == SPL_BATCH) {
 *         ...
 *         spl_batch_release(rows);
 *     }
 *
 * Handles
 *     engine   words, macros, value lists, option defaults. Make one, use it everywhere.
 *     query    a compiled text. Immutable; any number of runs in any number of threads may share it.
 *     run      one execution over one input, by push or by pull.
 *     batch    some rows of a result. Counted.
 *     writer   rows to bytes: JSON lines, CSV, raw events, a table or a chart for a terminal.
 *     rules    many detections; watch: one pass of them over one input.
 *     error    what went wrong, with places in the query. Belongs to whoever received it.
 *   Children keep what they need of their parents alive: handles may be freed in any order.
 *
 * What every function keeps to
 *   - It returns spl_status: 0 fine, above 0 news, below 0 failure. On failure, if `err` is not NULL, *err is set to an
 *     error object that the caller frees with spl_error_free; on success *err is not touched. `err` may always be NULL.
 *   - On failure an `out` parameter is set to NULL, unless its function says otherwise.
 *   - Texts are UTF-8. `size` counts bytes; SPL_NTS means "up to the terminating zero". A `const char *` argument without
 *     a size is terminated. Texts given are copied.
 *   - A `char *` returned belongs to the caller: spl_free. A `const char *` returned belongs to the handle it came from and
 *     lives as long, unless its function says otherwise.
 *   - Every ..._free and ..._release accepts NULL. No other handle argument may be NULL, unless said.
 *   - Threads. "any": at any time, from any thread, also while others use the same handle. "one": the handle is used by one
 *     thread at a time; it may wander between threads.
 *   - It never prints, never exits, reads no environment, touches no locale, installs no signal handler, keeps no globals.
 *     No thread is created unless the option "threads" is above 1. No file is written,
 *     but for nameless ones in the folder "temp.directory" if that is set. Only spl_run_open, spl_engine_add_list_file and
 *     spl_engine_add_app open files, and spl_compile those of lookups: in an app, named by spl_engine_add_lookup, right in
 *     "lookup.directory", or "geo.database".
 *   - Host callbacks get the `host` pointer given with them, run on the thread that is inside a libspl call (with "threads"
 *     above 1: the words of spl_extend.h on others too), must return normally (no longjmp, no C++ exception) and may not use
 *     the run or watch that calls them (SPL_FAIL_MISUSE).
 *
 * The border only ever grows: a published function or number keeps its meaning; structs that the host fills begin with
 * their `size`, and members a shorter struct lacks count as zero, which is always the default. */
#ifndef SPL_H
#define SPL_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(SPL_SHARED)
#define SPL_API __declspec(dllimport)
#elif defined(__GNUC__)
#define SPL_API __attribute__((visibility("default")))
#else
#define SPL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- version ------------------------------------------------------------------------------------------------------- */

/* major * 1000000 + minor * 1000 + patch */
#define SPL_VERSION 1000

/* SPL_VERSION of the library that is running. Threads: any. */
SPL_API int32_t spl_version(void);

/* Is this part there? "command:stats", "function:cidrmatch", "aggregate:perc", "option:limit.memory", "format:json",
 * "feature:arrow". 1 or 0; unknown questions are 0. NULL is 0. Only what is built in: words added to an engine are asked of
 * spl_engine_has. Threads: any. */
SPL_API int32_t spl_has(const char *what);

/* --- statuses ------------------------------------------------------------------------------------------------------ */

typedef int32_t spl_status;

enum {
    SPL_OK = 0,
    SPL_BATCH = 1,                  /* spl_run_next: here are rows */
    SPL_HUNGRY = 2,                 /* push more input, or say that there is none with spl_run_end */
    SPL_DONE = 3,                   /* there is no more; from a push: the query wants no more */

    SPL_FAIL_MEMORY = -1,           /* the host's allocator said no */
    SPL_FAIL_QUERY = -2,            /* the text does not compile */
    SPL_FAIL_DATA = -3,             /* data that the format forbids to skip */
    SPL_FAIL_IO = -4,               /* a file cannot be opened or read */
    SPL_FAIL_LIMIT = -5,            /* one of the "limit." options */
    SPL_FAIL_CANCELLED = -6,        /* spl_run_cancel */
    SPL_FAIL_HOST = -7,             /* a host callback failed */
    SPL_FAIL_MISUSE = -8,           /* a call that breaks this header's rules */
    SPL_FAIL_BUG = -9               /* our mistake: please report it */
};

#define SPL_NTS ((size_t)-1)        /* as a size: the text ends with a zero byte */

typedef struct spl_engine spl_engine;
typedef struct spl_query  spl_query;
typedef struct spl_run    spl_run;
typedef struct spl_batch  spl_batch;
typedef struct spl_writer spl_writer;
typedef struct spl_error  spl_error;
typedef struct spl_rules  spl_rules;
typedef struct spl_rule   spl_rule;
typedef struct spl_watch  spl_watch;

/* Frees any `char *` this library returned. NULL does nothing. Threads: any. */
SPL_API void spl_free(char *text);

/* --- errors -------------------------------------------------------------------------------------------------------- */

enum { SPL_ERROR = 0, SPL_WARNING = 1, SPL_NOTE = 2 };          /* severity of a diagnostic */

enum {                              /* flags of spl_error_render, to be added */
    SPL_COLOUR = 1,                 /* terminal colours */
    SPL_JSON = 2                    /* one JSON object a line instead of text */
};

/* An error holds one or more diagnostics, sorted by their place in the query. Out-of-range numbers give NULL or 0.
 * All of these: threads any (the object never changes); a NULL error has no diagnostics. */
SPL_API spl_status  spl_error_status(const spl_error *err);             /* SPL_FAIL_...; SPL_OK for a list of warnings */
SPL_API size_t      spl_error_count(const spl_error *err);
SPL_API int32_t     spl_error_severity(const spl_error *err, size_t i);
SPL_API const char *spl_error_code(const spl_error *err, size_t i);     /* a stable word: "unknown-function" */
SPL_API const char *spl_error_message(const spl_error *err, size_t i);  /* one line, no full stop */
SPL_API const char *spl_error_hint(const spl_error *err, size_t i);     /* "did you mean 'upper'?", or "" */

/* What might stand in the place of the wrong piece instead ("upper"), or "": for tools that mend queries. */
SPL_API const char *spl_error_suggestion(const spl_error *err, size_t i);

/* Every code there is, with its usual severity and what it means. `kind`: "syntax" the text is no query; "word" a name
 * nobody knows; "use" a word used wrongly; "advice" legal, and hardly what was meant; "run" it happened while the query
 * ran; "input" while its input was read; "host" a call that cannot be answered. Codes keep their meaning, messages may get
 * better words; new codes may come. The i-th; NULL past the end. Static. Threads: any. */
typedef struct spl_code {
    const char *name;               /* "unknown-function" */
    int32_t     severity;           /* SPL_ERROR, SPL_WARNING, SPL_NOTE */
    const char *kind;
    const char *meaning;            /* one line */
} spl_code;

SPL_API const spl_code *spl_codes(size_t i);

/* Where in the text given to spl_compile: lines and columns count from 1, columns in code points; offset and length are
 * bytes. Line 0: it is not about a place in a query. */
SPL_API size_t      spl_error_line(const spl_error *err, size_t i);
SPL_API size_t      spl_error_column(const spl_error *err, size_t i);
SPL_API size_t      spl_error_offset(const spl_error *err, size_t i);
SPL_API size_t      spl_error_length(const spl_error *err, size_t i);

/* The whole as text, one diagnostic after the other, each with the line of the query and a line of carets below it (and
 * the same for each macro the place is in):
 *     error: unknown function 'cidrmach'; did you mean 'cidrmatch'?
 *       | where cidrmach("10.0.0.0/8", src_ip)
 *               ^^^^^^^^
 * With SPL_JSON an object a line: severity, code, message; where there are such hint, suggestion, line, column, offset,
 * length, and macros, a list of {name, definition, offset, length}, innermost first. Only the first 20 errors and the
 * first 20 others are kept; a last one, "more", counts the rest. Every line ends with a newline. NULL when out of memory. */
SPL_API char       *spl_error_render(const spl_error *err, int32_t flags);
SPL_API void        spl_error_free(spl_error *err);

/* --- options ------------------------------------------------------------------------------------------------------- */

/* Every option there is, so that a program can list and set them without knowing them. Values are texts.
 *
 * Those whose names begin with "limit." bound what a query may take or make. Some guard the host (limit.memory,
 * limit.time, limit.rows, limit.line); the others are the limits of Splunk's that shape results, with its defaults:
 * limit.sort is the number of rows that sort keeps where the query names none, limit.top.most what top may be asked for,
 * limit.list how many values list() keeps. They are settings of the engine and hold for the queries compiled after. Where
 * one of them takes away what nobody expects to be missing, a note of the run says so. */
typedef struct spl_option {
    const char *name;               /* "limit.memory" */
    const char *type;               /* "bool", "count", "number", "size", "time", "text", or choices: "on|off" */
    const char *preset;             /* default, or "" */
    const char *help;               /* one line */
    int32_t     scope;              /* SPL_OF_ENGINE, or SPL_OF_RUN: may be set on a run as well */
} spl_option;

enum { SPL_OF_ENGINE = 0, SPL_OF_RUN = 1 };

/* The i-th option; NULL past the end. Static. Threads: any. */
SPL_API const spl_option *spl_options(size_t i);

/* --- engine -------------------------------------------------------------------------------------------------------- */

/* Where memory comes from. `resize` works like realloc with the old size told: size 0 frees (and returns NULL); block
 * NULL allocates (old_size is 0 then); NULL means out of memory, the old block stays valid. Blocks are aligned for any
 * basic type. Threads: it is called from every thread that uses the engine's children. */
typedef struct spl_allocator {
    size_t  size;                   /* sizeof(spl_allocator) */
    void *(*resize)(void *host, void *block, size_t old_size, size_t size);
    void   *host;
} spl_allocator;

/* `memory` NULL: malloc's. Otherwise the struct is copied; what `host` points to must outlive everything made from the
 * engine. Fails with SPL_FAIL_MEMORY or SPL_FAIL_MISUSE only. */
SPL_API spl_status spl_engine_new(const spl_allocator *memory, spl_engine **out);

/* Sets an option's default for queries compiled and runs made from now on. Threads: any. */
SPL_API spl_status spl_engine_set(spl_engine *engine, const char *option, const char *value, spl_error **err);

/* A macro: signature "name" or "name(arg1, arg2)", definition as in macros.conf. Replaces one of the same name and number
 * of arguments for queries compiled from now on. Threads: any. */
SPL_API spl_status spl_engine_add_macro(spl_engine *engine, const char *signature, const char *definition,
                                        spl_error **err);

/* What a site calls by a name, for queries compiled from now on; of one kind and name the last definition counts (of a tag
 * each pair is one of its own). Texts are read when a query uses them, and mistakes in them told then, where it does.
 * Threads: any. */
enum {
    SPL_MACRO = 1,                  /* as spl_engine_add_macro */
    SPL_MACRO_EVAL = 2,             /* a macro whose definition is an eval expression that gives the text */
    SPL_MACRO_VALIDATION = 3,       /* of a macro defined before: an eval expression that its arguments must pass */
    SPL_MACRO_MESSAGE = 4,          /* of a macro defined before: what is told when they do not */
    SPL_EVENTTYPE = 5,              /* eventtype=name; text: a search, without commands behind it */
    SPL_TAG = 6,                    /* tag=name, tag::field=name; text: field=value */
    SPL_SAVED_SEARCH = 7,           /* savedsearch=name; text: a search; as a term it may have no commands behind it */
    SPL_LOOKUP = 8                  /* how a lookup matches: settings of transforms.conf as "name = value", a line each or
                                     * with semicolons between: filename (which table, if not that of the same name),
                                     * case_sensitive_match, match_type, max_matches, min_matches, default_match, time_field,
                                     * time_format, min_offset_secs, max_offset_secs, filter */
};
SPL_API spl_status spl_engine_define(spl_engine *engine, int32_t kind, const char *name, const char *text, spl_error **err);

/* A named list of values for `field IN name`: values separated by commas, or a file with one value a line. Blanks around a
 * value are dropped; empty ones are skipped. Threads: any. */
SPL_API spl_status spl_engine_add_list(spl_engine *engine, const char *name, const char *values, spl_error **err);
SPL_API spl_status spl_engine_add_list_file(spl_engine *engine, const char *name, const char *path, spl_error **err);

/* A table for lookup, lookup() and inputlookup: a CSV file (gzip and zstd are recognised). It is read when the first query
 * that names it is compiled, again when it has changed on disk since then, and stays for a query as it was found. SPL_LOOKUP
 * says how to match, if not exactly. The option "lookup.directory" names a folder whose files x.csv queries may name without
 * this. Threads: any. */
SPL_API spl_status spl_engine_add_lookup(spl_engine *engine, const char *name, const char *csv_path, spl_error **err);

/* What the folder of an app defines: macros, event types, tags, saved searches, how lookups match (macros.conf,
 * eventtypes.conf, tags.conf, savedsearches.conf, transforms.conf, collections.conf in default/, those in local/ over them),
 * and the tables lookups/x.csv under that name. Of one name the app read last counts, and what the host defines after it.
 * `warnings` (may be NULL) gets a list of what was odd in the files, or NULL: a line that says nothing or a definition that
 * is wrong does not keep the others out. SPL_FAIL_IO: the path is no such folder, or a file of it cannot be read. What was
 * defined before a failure stays. Threads: any. */
SPL_API spl_status spl_engine_add_app(spl_engine *engine, const char *path, spl_error **warnings, spl_error **err);

/* As spl_has, the host's words included. Threads: any. */
SPL_API int32_t    spl_engine_has(const spl_engine *engine, const char *what);

/* What a word means, for people: usage, parameters, an example. Commands, functions, aggregates; in any case. "commands",
 * "functions" and "aggregates" list them all, with a line each, by families; "memory" lists the commands of which something
 * stays in memory however short that is (limit.memory), and what. NULL: no such word (or out of memory).
 * Threads: any. */
SPL_API char      *spl_engine_help(const spl_engine *engine, const char *word);

/* All words of a kind, one a line, sorted: for completion. `kind`: "command", "function", "aggregate". NULL: no such
 * kind (or out of memory). Threads: any. */
SPL_API char      *spl_engine_words(const spl_engine *engine, const char *kind);

/* What may be typed next: the words that could take the place of the last, unfinished word of a query's text (an empty one
 * behind a blank), one a line: commands, options as "name=", functions as "name(", values of options. Fields are not among
 * them: the host knows its data. "": nothing to offer. NULL: out of memory. Threads: any. */
SPL_API char      *spl_engine_complete(const spl_engine *engine, const char *text, size_t size);

SPL_API void       spl_engine_free(spl_engine *engine);

/* --- query --------------------------------------------------------------------------------------------------------- */

/* Compiles `text`. On failure the error lists every mistake found. Threads: any. */
SPL_API spl_status spl_compile(const spl_engine *engine, const char *text, size_t size, spl_query **out,
                               spl_error **err);

/* As spl_compile, telling that of the result nothing but one field will be looked at, so that the rest need not be read.
 * `field`: "_raw" (the only one that saves anything), or NULL for all. The batches of its runs may lack other columns. */
SPL_API spl_status spl_compile_for(const spl_engine *engine, const char *text, size_t size, const char *field,
                                   spl_query **out, spl_error **err);

/* Legal but doubtful things in the query; NULL when there are none. Belongs to the query. Threads: any. */
SPL_API const spl_error *spl_query_warnings(const spl_query *query);

enum {                              /* what spl_query_show shows */
    SPL_SHOW_TEXT = 1,              /* the query after macros */
    SPL_SHOW_TREE = 2,              /* as it was understood */
    SPL_SHOW_PLAN = 3,              /* as it will run: stages, fields needed, prefilter, split, bytecode */
    SPL_SHOW_FIELDS = 4             /* fields it reads from its input, one a line; "*" alone: all of them */
};

/* Stable text for people and tests. NULL: unknown `what` (or out of memory). Threads: any. */
SPL_API char      *spl_query_show(const spl_query *query, int32_t what);

/* 1: it makes its own rows ("| makeresults") and takes no input, nor does a subsearch in it. Threads: any. */
SPL_API int32_t    spl_query_generates(const spl_query *query);

/* A query for input that lies in several places. `map` is run over each part of it; `reduce` over what the parts gave,
 * pushed to one run in the order of the parts, gives the rows that the query gives over all of the input. Before that,
 * `merge` may bring the rows of some neighbouring parts together, again and again, as in a tree: its rows are like those of
 * `map`. Where aggregates are merged (stats, chart, timechart, top, rare, tstats, mstats, geostats) or values counted
 * (fieldsummary, contingency, correlate), these are partial results: fields of the groups and fields psrsvd_*, columns like
 * others that may be exported to Arrow, kept in files and sent around; else they are rows that `merge` makes fewer (sort
 * with a count, head, tail, dedup).
 *
 * Every part's run should have its number, from 0, as option "part": then first(), list() and the like go by it and the
 * parts may come in any order. Sums of fractions may differ from those of the whole in the last digits, for numbers are
 * added from left to right, as Splunk does it, and so where the input is cut tells; not from one tree to another, and sums
 * that come out whole are the same always. All runs should be given the same "now" and time range.
 *
 * Each is a query like any other; its text (SPL_SHOW_TEXT) compiles elsewhere to the same, given the same engine, the
 * option "handed-on" for `map` and `merge`, and "window" off for `merge` and `reduce`. *merge is NULL if there is nothing to
 * merge: `map` is the row-wise beginning then, and `reduce` does the rest. *map is NULL if the input cannot be divided: the
 * query makes its own rows, or has a subsearch. `merge` may be NULL. Each is the caller's to free. Threads: any. */
SPL_API spl_status spl_query_split(const spl_query *query, spl_query **map, spl_query **merge, spl_query **reduce,
                                   spl_error **err);

/* Runs that are under way keep what they need of it. */
SPL_API void       spl_query_free(spl_query *query);

/* --- run ----------------------------------------------------------------------------------------------------------- */

/* Returns 0: go on; above 0: enough, the run is done; below 0: the run fails with SPL_FAIL_HOST. `batch` is borrowed:
 * retain it to keep it. */
typedef int32_t (*spl_batch_fn)(void *host, spl_batch *batch);

/* Threads: any; the run itself: one. */
SPL_API spl_status spl_run_new(const spl_query *query, spl_run **out, spl_error **err);

/* Sets an option for this run. Only before anything was opened, pushed or asked for (else SPL_FAIL_MISUSE). Threads: one. */
SPL_API spl_status spl_run_set(spl_run *run, const char *option, const char *value, spl_error **err);

/* Adds a file to the input; files are read in this order. "-" is standard input. `format`: "auto" or NULL looks at the
 * content; else "ndjson", "csv" ...: see spl_has("format:..."). Compressed files are recognised. Threads: one. */
SPL_API spl_status spl_run_open(spl_run *run, const char *path, const char *format, spl_error **err);

/* Gives input instead of opening it; `bytes` are copied and may be cut anywhere. SPL_DONE: the query wants no more.
 * Results wait in the run until they are taken, so take them in between. A subsearch over events reads the same input as
 * the search around it: what is pushed, or comes out of a pipe, is kept for that, and there are no results before its end.
 * Threads: one. */
SPL_API spl_status spl_run_push(spl_run *run, const char *format, const void *bytes, size_t size, spl_error **err);

/* No more will be pushed. Not needed after spl_run_open. Threads: one. */
SPL_API spl_status spl_run_end(spl_run *run, spl_error **err);

/* The next rows. SPL_BATCH: *out is yours, release it. SPL_HUNGRY: nothing to give before more input comes. SPL_DONE. A
 * failure sticks: each further call returns it again. *out is NULL unless SPL_BATCH. Threads: one. */
SPL_API spl_status spl_run_next(spl_run *run, spl_batch **out, spl_error **err);

/* Results go to `fn` as soon as they exist: inside spl_run_push, spl_run_end and spl_run_next, which then never returns
 * SPL_BATCH. Only before the run has begun. `fn` NULL takes it back. Threads: one. */
SPL_API spl_status spl_run_deliver(spl_run *run, spl_batch_fn fn, void *host, spl_error **err);

/* Ends the run at its next check (between batches, inside long sorts and regexes) with SPL_FAIL_CANCELLED. One atomic
 * store: any thread, any moment while the handle exists, also in a signal handler. */
SPL_API void       spl_run_cancel(spl_run *run);

/* Figures of the run so far. Unknown: 0. Threads: one. */
enum {
    SPL_EVENTS_READ = 1, SPL_BYTES_READ = 2, SPL_ROWS_OUT = 3,
    SPL_MEMORY_NOW = 4, SPL_MEMORY_PEAK = 5         /* bytes held for the run */
};
SPL_API uint64_t   spl_run_figure(const spl_run *run, int32_t which);

/* Stages, the reader first. Times need the option "timing". The name is NULL past the end. Threads: one. */
SPL_API const char *spl_run_stage(const spl_run *run, size_t i);
SPL_API uint64_t   spl_run_stage_rows_in(const spl_run *run, size_t i);
SPL_API uint64_t   spl_run_stage_rows_out(const spl_run *run, size_t i);
SPL_API double     spl_run_stage_seconds(const spl_run *run, size_t i);

/* Odd data that was skipped or read as null, counted by kind. A note's text goes on after its count:
 * "lines were not valid JSON; first at a.ndjson:7: ...". Valid until the run is used again. Threads: one. */
SPL_API size_t      spl_run_notes(const spl_run *run);
SPL_API const char *spl_run_note_code(const spl_run *run, size_t i);    /* "bad-lines"; NULL past the end */
SPL_API uint64_t    spl_run_note_count(const spl_run *run, size_t i);
SPL_API const char *spl_run_note_text(const spl_run *run, size_t i);

/* Batches that were taken stay valid; they keep the run's memory until the last of them is released. */
SPL_API void       spl_run_free(spl_run *run);

/* --- batch --------------------------------------------------------------------------------------------------------- */

/* One value. Fixed for ever, so arrays of it may cross the border. */
typedef struct spl_cell {
    int32_t     kind;               /* SPL_NULL ... */
    int32_t     decimals;           /* of a number: decimal places to print, or SPL_EXACT */
    double      number;             /* number; 0 or 1 for a truth value */
    const char *text;               /* text: `length` bytes, not terminated */
    const struct spl_cell *list;    /* list: `length` scalars */
    size_t      length;
} spl_cell;

enum { SPL_NULL = 0, SPL_TRUTH = 1, SPL_NUMBER = 2, SPL_TEXT = 3, SPL_LIST = 4 };
enum { SPL_EXACT = 32767 };

/* Rows and columns in result order. The number of columns may differ from batch to batch. Threads: one, the one that uses
 * the run (texts are decoded when they are first looked at, and the run may hold the same rows); any once the run is freed.
 * What went to Arrow is free of that. */
SPL_API size_t      spl_batch_rows(const spl_batch *batch);
SPL_API size_t      spl_batch_columns(const spl_batch *batch);
SPL_API const char *spl_batch_name(const spl_batch *batch, size_t column);          /* NULL past the end */
SPL_API size_t      spl_batch_find(const spl_batch *batch, const char *name);       /* its column, or SPL_NTS */

/* Fills *out; its pointers live as long as the batch. Past the end: SPL_FAIL_MISUSE and a null. A field's value is
 * SPL_TEXT as it stood in the event, also when it spells a number: spl_cell_number tells. */
SPL_API spl_status  spl_batch_cell(const spl_batch *batch, size_t row, size_t column, spl_cell *out);

/* Reads the cell as a number the way SPL does: 1 and *out, or 0. Threads: any. */
SPL_API int32_t     spl_cell_number(const spl_cell *cell, double *out);

/* The text of a scalar as SPL prints it, into `room` bytes (400 hold any number), cut if need be, terminated when there is
 * room; returns the whole length. A null and a list have none: 0. Threads: any. */
SPL_API size_t      spl_cell_text(const spl_cell *cell, char *out, size_t room);

/* Threads: any. */
SPL_API void        spl_batch_retain(spl_batch *batch);
SPL_API void        spl_batch_release(spl_batch *batch);

/* --- rules --------------------------------------------------------------------------------------------------------- */

/* A set of detections. Fill it, then make any number of watches from it; adding to it later concerns later watches.
 * Threads: adding, one; reading and making watches, any, while nobody adds. */
SPL_API spl_status  spl_rules_new(const spl_engine *engine, spl_rules **out, spl_error **err);

/* One rule. `id`: stable, unique in the set (a second one gets "#2"). `title` NULL: the id. A text that does not compile is
 * not a failure: the rule is there, SPL_RULE_REFUSED, and spl_rule_problem says why. */
SPL_API spl_status  spl_rules_add(spl_rules *rules, const char *id, const char *title, const char *text, size_t size,
                                  spl_error **err);

/* All rules of a document in memory. `format`: "markdown" (an ATT&CK-style page: analytics in fences) or NULL for that.
 * `name`: what the document is called if it does not say. Fails only for memory or an unknown format. */
SPL_API spl_status  spl_rules_add_pack(spl_rules *rules, const char *name, const char *format, const void *bytes,
                                       size_t size, spl_error **err);

/* All saved searches that the engine knows, each a rule of its name. */
SPL_API spl_status  spl_rules_add_saved(spl_rules *rules, spl_error **err);

enum { SPL_RULE_READY = 0, SPL_RULE_REFUSED = 1, SPL_RULE_PROSE = 2 };      /* PROSE: words about a detection, no search */

/* Rules count from 0. Past the end: NULL. A rule lives as long as its set. */
SPL_API size_t          spl_rules_count(const spl_rules *rules);
SPL_API const spl_rule *spl_rules_get(const spl_rules *rules, size_t i);

/* Texts are "" when unknown. Threads: any. */
SPL_API int32_t          spl_rule_state(const spl_rule *rule);          /* SPL_RULE_... */
SPL_API const char      *spl_rule_id(const spl_rule *rule);
SPL_API const char      *spl_rule_title(const spl_rule *rule);
SPL_API const char      *spl_rule_pack(const spl_rule *rule);           /* title of the document */
SPL_API const char      *spl_rule_severity(const spl_rule *rule);       /* informational low medium high critical */
SPL_API const char      *spl_rule_attack(const spl_rule *rule, size_t i);   /* i-th technique, "T1610"; NULL past the end */
SPL_API const char      *spl_rule_text(const spl_rule *rule);           /* its search */

/* Line of the search in the document, from 1; 0: unknown. */
SPL_API size_t           spl_rule_line(const spl_rule *rule);
/* What is odd about its source: "the fence is never closed". */
SPL_API const char      *spl_rule_remark(const spl_rule *rule);
/* Errors of a refused rule, warnings of a ready one, or NULL. */
SPL_API const spl_error *spl_rule_problem(const spl_rule *rule);

SPL_API void             spl_rules_free(spl_rules *rules);

/* Rows that a rule found: borrowed, `batch` may be retained. Returns 0: go on; otherwise the watch fails with
 * SPL_FAIL_HOST. */
typedef int32_t (*spl_match_fn)(void *host, const spl_rule *rule, spl_batch *batch);

/* A watch runs all ready rules over one pass of its input, on one thread; the set stays alive with it. Options are those
 * of a run, set on it or on the engine. Threads: one. */
SPL_API spl_status  spl_watch_new(const spl_rules *rules, spl_match_fn found, void *host, spl_watch **out, spl_error **err);
SPL_API spl_status  spl_watch_set(spl_watch *watch, const char *option, const char *value, spl_error **err);
SPL_API spl_status  spl_watch_open(spl_watch *watch, const char *path, const char *format, spl_error **err);
SPL_API spl_status  spl_watch_push(spl_watch *watch, const char *format, const void *bytes, size_t size, spl_error **err);

/* The rest: reads what was opened to its end, or ends what was pushed; rules that wait for the end answer now. */
SPL_API spl_status  spl_watch_end(spl_watch *watch, spl_error **err);
SPL_API void        spl_watch_cancel(spl_watch *watch);                 /* as spl_run_cancel */

/* SPL_EVENTS_READ and the like, of the reading; and what each rule did. Rules count as in the set. */
SPL_API uint64_t    spl_watch_figure(const spl_watch *watch, int32_t which);
SPL_API uint64_t    spl_watch_rows(const spl_watch *watch, size_t rule);            /* rows it found */
SPL_API spl_status  spl_watch_failure(const spl_watch *watch, size_t rule, spl_error **err); /* why it stopped, or SPL_OK */
SPL_API size_t      spl_watch_notes(const spl_watch *watch);                        /* of the reading, as spl_run_notes */
SPL_API const char *spl_watch_note_code(const spl_watch *watch, size_t i);
SPL_API uint64_t    spl_watch_note_count(const spl_watch *watch, size_t i);
SPL_API const char *spl_watch_note_text(const spl_watch *watch, size_t i);
SPL_API void        spl_watch_free(spl_watch *watch);

/* --- writer -------------------------------------------------------------------------------------------------------- */

/* Rows to bytes. `format`: "json" (an object a line), "csv", "raw" (_raw only), "table", "chart" (bars and lines for a
 * terminal; all rows are held until the end). Threads: one. */
SPL_API spl_status spl_writer_new(const spl_engine *engine, const char *format, spl_writer **out, spl_error **err);

/* "width": columns of the terminal (table; 0: no bound; chart: 0 is 80). "colour": "on" or "off" (table, chart).
 * "closed": "on" promises that the first batch has all the columns there will be, so that csv need not wait for the last;
 * spl_writer_batch finds that out by itself for queries that end so. Before the first batch only. */
SPL_API spl_status spl_writer_set(spl_writer *writer, const char *option, const char *value, spl_error **err);

/* Appends a batch. All batches of a writer come from one run. What must be held back (csv that is not closed) waits in
 * temp.directory where limit.memory bounds the run. Then spl_writer_end says SPL_BATCH while there is more than may be in
 * memory at once: take what was made and call it again, until it says SPL_OK. */
SPL_API spl_status spl_writer_batch(spl_writer *writer, const spl_batch *batch, spl_error **err);
SPL_API spl_status spl_writer_end(spl_writer *writer, spl_error **err);

/* Bytes made so far and not yet taken: *at points to *size bytes, valid until the writer is used again. They count as
 * taken. */
SPL_API void       spl_writer_take(spl_writer *writer, const char **at, size_t *size);
SPL_API void       spl_writer_free(spl_writer *writer);

/* --- Arrow --------------------------------------------------------------------------------------------------------- */

/* The Arrow C data and stream interfaces, word for word as their specification asks, shared with every other library. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

/* Rows from Arrow: a struct array ("+s") whose children are fields; nested structs become dotted names, lists of scalars
 * become multivalues, empty lists are null. Both structs are taken (moved) on success and left alone on failure. The rows
 * follow what was pushed before. Threads: one. */
SPL_API spl_status spl_run_push_arrow(spl_run *run, struct ArrowSchema *schema, struct ArrowArray *array,
                                      spl_error **err);

/* The batch as a struct array of its columns, with a schema of its own: "g" or "l" where all values are numbers, "u" for
 * text and for mixtures, "+l" of "u" where any value is a multivalue, "n" for nulls. Both are the caller's to release; they
 * keep the batch alive. Threads: as for the batch. */
SPL_API spl_status spl_batch_to_arrow(const spl_batch *batch, struct ArrowSchema *schema, struct ArrowArray *array,
                                      spl_error **err);

enum {                              /* how a stream gets its one schema */
    SPL_CLOSED = 1,                 /* refuse unless the query fixes its columns; types by the first batch, widened never */
    SPL_WIDEN = 2,                  /* gather the whole result, then types and columns that fit all of it */
    SPL_FIRST = 3                   /* the first batch decides; later columns are dropped, and noted */
};

/* The run's results as an Arrow stream. The stream takes the run's place as its user: do not call spl_run_next any more;
 * it keeps the run alive after spl_run_free until it is released. Values that do not fit the schema are null, and noted
 * ("arrow-misfit"). Threads: one; the stream then as the run. */
SPL_API spl_status spl_run_stream(spl_run *run, int32_t how, struct ArrowArrayStream *out, spl_error **err);

#ifdef __cplusplus
}
#endif
#endif
