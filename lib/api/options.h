/* Everything that can be set, as one table. Values are kept as texts and read when a query is compiled or a run begins. */
#pragma once

#include "base/arena.h"
#include "base/diag.h"
#include "catalog/limits.h"

struct context;
struct run_options;
struct zone;

/* identifier, name, type, default, scope, help */
#define OPTIONS(X) \
    X(NOW, "now", "time", "", RUN, "the time now() answers with and relative times start from; empty: the clock") \
    X(TIMEZONE, "timezone", "text", "UTC", RUN, "name of the time zone for snapping, parsing and printing times") \
    X(EARLIEST, "earliest", "time", "", RUN, "events before this time are left out") \
    X(LATEST, "latest", "time", "", RUN, "events at or after this time are left out") \
    X(NEWEST_FIRST, "newest-first", "bool", "off", ENGINE, \
      "on: events come in descending order of _time, as Splunk searches them; off: in that of the input") \
    X(TIME_FIELD, "time-field", "text", "", RUN, "the field _time comes from; empty: the usual names") \
    X(DEFAULT_INDEX, "default.index", "text", "", RUN, "index of events that carry none") \
    X(DEFAULT_SOURCE, "default.source", "text", "", RUN, "source of events that carry none; empty: the file") \
    X(DEFAULT_SOURCETYPE, "default.sourcetype", "text", "", RUN, "sourcetype of events that carry none") \
    X(DEFAULT_HOST, "default.host", "text", "", RUN, "host of events that carry none") \
    X(THREADS, "threads", "count", "1", RUN, "worker threads; 1 creates none; no more than limit.memory has room for") \
    X(NUMBERS, "numbers", "splunk|plain", "splunk", RUN, "splunk tracks decimal places as Splunk does, plain does not") \
    X(PERC_METHOD, "perc-method", "interpolated|nearest-rank", "interpolated", RUN, \
      "percentiles lie between the values next to their rank, or are the value at it as in older Splunk") \
    X(NATURAL_SORT, "natural-sort", "bool", "off", RUN, "on: rows of stats by numbers before texts, off: by bytes") \
    X(KV_MODE, "kv-mode", "auto|auto_escaped|json|xml|none|multi", "auto", RUN, \
      "how fields are found in the text of events: JSON or else key=value, so with escapes in quotes, only JSON, XML, " \
      "not at all, tables") \
    X(JSON_NULL, "json.null", "absent|text", "absent", RUN, "null in JSON is no field, or the text null as in Splunk") \
    X(SEED, "seed", "count", "0", RUN, "start of the numbers random() gives; 0: other ones in every run") \
    X(TIMING, "timing", "bool", "off", RUN, "measure how long each stage takes") \
    X(BATCH_ROWS, "batch.rows", "count", "4096", RUN, "most rows in a batch") \
    X(LIMIT_MEMORY, "limit.memory", "size", "0", RUN, "bytes a run may hold; 0: no bound") \
    X(TEMP_DIRECTORY, "temp.directory", "text", "", RUN, \
      "folder for nameless files that take what does not fit into limit.memory; empty: none are made") \
    X(LIMIT_TIME, "limit.time", "number", "0", RUN, "seconds a run may take; 0: no bound") \
    X(LIMIT_ROWS, "limit.rows", "count", "0", RUN, "rows a run may give; 0: no bound") \
    X(LOOKUP_DIRECTORY, "lookup.directory", "text", "", ENGINE, \
      "folder in which a query's tables named x.csv are looked for; empty: none") \
    X(LOOKUP_MISSING, "lookup.missing", "error|empty", "error", ENGINE, \
      "a table that nobody knows, or no geo.database: an error, or an empty table and a warning") \
    X(GEO_DATABASE, "geo.database", "text", "", ENGINE, \
      "file in the MaxMind DB format that tells iplocation where addresses are; empty: none") \
    X(LIMIT_LOOKUP, "limit.lookup", "size", "1G", ENGINE, \
      "bytes a lookup table may need, and as many its index; 0: no bound") \
    X(LIMIT_SUBSEARCH_DEPTH, "limit.subsearch.depth", "count", "32", ENGINE, "subsearches inside each other") \
    X(LIMIT_SUBSEARCH_ROWS, "limit.subsearch.rows", "count", "10000", RUN, "rows of a subsearch that become text") \
    X(LIMIT_LINE, "limit.line", "size", "16M", RUN, "longest event, in bytes") \
    X(PART, "part", "count", "0", RUN, "which part of a divided input this is, from 0: orders partial results") \
    X(PARTIALS, "partials", "bool", "on", RUN, "rows with the field psrsvd_v are partial results, to be merged") \
    X(HANDED_ON, "handed-on", "bool", "off", ENGINE, "on: results are for another query: nothing is hidden or respelled") \
    X(WINDOW, "window", "bool", "on", RUN, "off: all events are known to lie between earliest and latest") \
    X(DEBUG_REWRITE, "debug.rewrite", "bool", "on", ENGINE, "off: compile without rewriting; same rows") \
    X(DEBUG_ROW_BODIES, "debug.row-bodies", "bool", "off", RUN, "on: functions run row by row; same rows") \
    X(DEBUG_PREFILTER, "debug.prefilter", "bool", "on", RUN, "off: no search of the raw text first; same rows") \
    X(DEBUG_PARTITIONS, "debug.partitions", "count", "0", RUN, \
      "deal the input to so many chains on one thread; same rows for any number above 0") \
    X(DEBUG_PARTIALS, "debug.partials", "bool", "off", RUN, "on: states are merged as saved columns; same rows") \
    X(DEBUG_SPILL, "debug.spill", "count", "0", RUN, "put state aside in temp.directory every so many rows; same rows") \
    X(DEBUG_CPU, "debug.cpu", "best|portable|neon|avx2|avx512", "best", RUN, "vector instructions to use, if there")

enum option {
#define X(id, name, type, preset, scope, help) OPTION_##id,
    OPTIONS(X)
#undef X
    OPTIONS_OF_LIMITS,                  /* one for each, in their order (catalog/limits.h) */
    OPTIONS_COUNT = OPTIONS_OF_LIMITS + LIMITS_COUNT - 1
};

/* A text for every option; at NULL: the default. Texts live in `arena`. */
struct settings {
    struct arena arena;
    str          value[OPTIONS_COUNT];
};

void   settings_init(struct settings *settings, struct heap *heap);
void   settings_free(struct settings *settings);
status settings_copy(struct settings *into, const struct settings *from);      /* into: initialised */

/* FAIL_MISUSE with a message: no such option, not a value of its type, or not one for a run. */
status settings_set(struct settings *settings, str name, str value, bool for_run, struct diag *diag);

str      settings_text(const struct settings *settings, enum option option);
bool     settings_truth(const struct settings *settings, enum option option);
unsigned settings_choice(const struct settings *settings, enum option option);  /* which of its words, from 0 */
double   settings_number(const struct settings *settings, enum option option);
void     settings_limits(const struct settings *settings, struct limit_values *out);
int      settings_cpu(const struct settings *settings);         /* enum cpu_level, or -1: the best */

/* Opens the zone (to be freed by the caller with zone_free) and resolves now and the search window. `clock`: the time. */
struct instants { double now, earliest, latest; bool fixed; };
status settings_times(const struct settings *settings, struct heap *heap, double clock, struct diag *diag,
                      struct zone **zone, struct instants *out);
