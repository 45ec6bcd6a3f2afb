/* Limits that shape results, with what Splunk ships as presets (reporting 1.4): what is kept where a query does not say how
 * much, and how much it may ask for. And choices: where it could not be established what Splunk does, the other way
 * (reporting 11). Each is an option of the engine of the same name, in force when a query is compiled. */
#pragma once

#include <stdint.h>

#define LIMIT_OPEN 9007199254740992     /* as many as a double counts */

/* identifier, option, preset, least, most, help */
#define LIMITS(X) \
    X(HEAD, "limit.head", 10, 1, LIMIT_OPEN, "rows that head keeps when it is not told") \
    X(TAIL, "limit.tail", 10, 1, LIMIT_OPEN, "rows that tail keeps when it is not told") \
    X(SORT, "limit.sort", 10000, 0, LIMIT_OPEN, "rows that sort keeps when it is not told; 0: all") \
    X(TOP, "limit.top", 10, 0, 1000000000, "values that top and rare show when they are not told; 0: all") \
    X(TOP_MOST, "limit.top.most", 50000, 1, 1000000000, "values that top and rare may be asked for") \
    X(TRANSPOSE, "limit.transpose", 5, 0, LIMIT_OPEN, "rows that transpose takes when it is not told; 0: all") \
    X(COLUMNS, "limit.columns", 100000, 1, 1000000000, "columns that transpose, xyseries and timewrap make of rows") \
    X(SERIES, "limit.series", 10, 0, 1000000000, "columns of chart and timechart beside OTHER; 0: all") \
    X(GEOSTATS, "limit.geostats", 10, 0, LIMIT_OPEN, "columns of geostats beside OTHER; 0: all") \
    X(BINS_TIME, "limit.bins.time", 100, 1, 50000, "bins that timechart, and bin over time, choose a span for") \
    X(BINS_CHART, "limit.bins.chart", 300, 1, 50000, "numbers on the axis of a chart before they are put in bins") \
    X(BINS_MOST, "limit.bins.most", 50000, 1, 10000000, "bins to ask for, and rows of an axis of time") \
    X(BINS_METRICS, "limit.bins.metrics", 1000000, 1, 100000000, "bins of mstats") \
    X(TIMEWRAP, "limit.timewrap", 1000, 1, 1000000, "periods of timewrap") \
    X(CONTINGENCY, "limit.contingency", 1000, 1, 100000, "rows, and columns, of contingency") \
    X(CORRELATE, "limit.correlate", 1000, 1, 20000, "fields of correlate") \
    X(ASSOCIATE, "limit.associate", 10000, 1, 10000000, "values of a field that associate looks at") \
    X(FIELDSUMMARY, "limit.fieldsummary", 100, 0, LIMIT_OPEN, "values fieldsummary lists when it is not told; 0: all") \
    X(LIST, "limit.list", 100, 1, 1000000, "values of a group that list() keeps") \
    X(VALUES, "limit.values", 0, 0, 1000000000, "values of a group that values() gives; 0: all") \
    X(SPARKLINE, "limit.sparkline", 100, 1, 10000, "points of a sparkline without a span") \
    X(STREAMSTATS, "limit.streamstats", 0, 0, 1000000000, "rows streamstats looks back over when it is not told; 0: all") \
    X(WINDOW, "limit.streamstats.window", 10000, 1, 1000000000, "rows of a window of streamstats") \
    X(ESTDC, "limit.estdc", 1000, 1, 10000000, "distinct values from which on estdc estimates") \
    X(ESTDC_BITS, "limit.estdc.bits", 10, 8, 16, "estdc estimates with 2 to the power of this registers") \
    X(PERCENTILE, "limit.percentile", 1000, 1, 10000000, "numbers beyond which percentiles may be approximate") \
    X(AUTOREGRESS, "limit.autoregress", 10000, 1, 10000000, "rows that autoregress looks back") \
    X(AUTOREGRESS_RANGE, "limit.autoregress.range", 1000, 1, 100000, "columns that it makes") \
    X(TRENDLINE, "limit.trendline", 10000, 2, 10000000, "rows of a moving average of trendline") \
    X(DELTA, "limit.delta", 1000000, 1, 100000000, "numbers that delta looks back") \
    X(PREDICT, "limit.predict", 50000, 2, 10000000, "rows ahead, rows held back and rows of a period in predict") \
    X(PREDICT_PERIOD, "limit.predict.period", 4096, 2, 10000000, "rows of a period that predict finds by itself") \
    X(KMEANS, "limit.kmeans", 1000, 2, 1000000, "clusters that kmeans may be asked for") \
    X(KMEANS_RANGE, "limit.kmeans.range", 100, 2, 10000, "how many such numbers a range may hold") \
    X(CONCURRENCY, "limit.concurrency", 10000000, 1, 4000000000, "what concurrency counts up to") \
    X(EXTRACT, "limit.extract", 100, 0, LIMIT_OPEN, "pairs of an event that extract takes when it is not told; 0: all") \
    X(EXTRACT_BYTES, "limit.extract.maxchars", 10240, 0, LIMIT_OPEN, \
      "bytes of an event that extract looks at when it is not told; 0: all") \
    X(SPATH, "limit.spath", 5000, 1, 1000000, "bytes of a text that spath looks at when it has no path") \
    X(ANOMALIES, "limit.anomalousvalue", 50000, 1, LIMIT_OPEN, "rows of anomalousvalue") \
    X(APPEND, "limit.append", 50000, 0, LIMIT_OPEN, "rows of a subsearch that append adds when it is not told; 0: all") \
    X(JOIN, "limit.join", 50000, 0, LIMIT_OPEN, "rows of a subsearch that join looks at; 0: all") \
    X(TRANSACTION, "limit.transaction", 1000, 1, LIMIT_OPEN, "events of a transaction when it is not told") \
    X(TRANSACTIONS, "limit.transaction.open", 5000, 1, LIMIT_OPEN, "transactions at a time when it is not told") \
    X(TRANSACTION_EVENTS, "limit.transaction.events", 100000, 1, LIMIT_OPEN, "events in them when it is not told") \
    X(MAP, "limit.map", 10, 0, LIMIT_OPEN, "searches that a map runs when it is not told") \
    X(MAP_MOST, "limit.map.most", 10000, 1, LIMIT_OPEN, "searches that all maps of a query run together") \
    X(SET, "limit.set", 50000, 0, LIMIT_OPEN, "rows of each subsearch that set compares; 0: all")

/* identifier, option, help: what it is like when it is on */
#define CHOICES(X) \
    X(EMPTY_ROW, "stats.empty-row", "stats without BY gives a row even if nothing in it has a value") \
    X(CLOSED_WINDOW, "streamstats.closed-window", "time_window counts the row that is exactly so far away") \
    X(OTHER_FIRST, "chart.other-first", "the column OTHER stands before NULL") \
    X(SERIES_FIRST, "chart.series-first", "columns of several aggregates go by series, then by aggregate") \
    X(OUTLIER_ROWS, "outlier.drops-rows", "outlier action=remove takes the whole row, as Splunk's reference says") \
    X(EMA_PRINTED, "trendline.ema-printed", "the average so far has the weight 2/(n+1), as Splunk's reference prints it")

enum limit {
    LIMIT_NONE,
#define X(id, name, preset, least, most, help) LIMIT_##id,
    LIMITS(X)
#undef X
#define X(id, name, help) CHOICE_##id,
    CHOICES(X)
#undef X
    LIMITS_COUNT
};

struct limit_values { uint64_t value[LIMITS_COUNT]; };

struct limit_row {
    const char *name, *text, *help;     /* text: the preset */
    uint64_t    preset, least, most;    /* a choice: 0, 0, 1 */
};

/* The row of a limit, not LIMIT_NONE. */
const struct limit_row *limit_row(enum limit limit);
