/* mcollect and meventcollect: rows as metric data points to the host's sink; they pass on as they are (reporting 7.4). */
#pragma once

#include "store/storing.h"
#include "store/stored_points.h"

/* By number; mcollect alone has a marker. */
enum {
    METRICS_INDEX, METRICS_SPLIT, METRICS_PREFIX, METRICS_FILE, METRICS_HOST, METRICS_SOURCE, METRICS_SOURCETYPE,
    METRICS_SPOOL, METRICS_DIMENSIONS, METRICS_MARKER
};

#define METRICS_PARAMS(split, type) \
    [METRICS_INDEX] = { "index", PARAM_TEXT, PLACE_NAMED, .required = true, .help = "where to" }, \
    [METRICS_SPLIT] = { "split", PARAM_WORD, PLACE_NAMED, .preset = "false", .choices = split, \
                        .help = "fields are measures: true all but the dimensions, allnums all that are numbers" }, \
    [METRICS_PREFIX] = { "prefix_field", PARAM_FIELD, PLACE_NAMED, \
                         .help = "its value and a dot before names of metrics" }, \
    [METRICS_FILE] = { "file", PARAM_TEXT, PLACE_NAMED, \
                       .help = "name of the file; $timestamp$ and $random$ are filled in" }, \
    [METRICS_HOST] = { "host", PARAM_TEXT, PLACE_NAMED, .help = "host of the data points" }, \
    [METRICS_SOURCE] = { "source", PARAM_TEXT, PLACE_NAMED, .help = "source of the data points" }, \
    [METRICS_SOURCETYPE] = { "sourcetype", PARAM_TEXT, PLACE_NAMED, .preset = type, \
                             .help = "sourcetype of the data points" }, \
    [METRICS_SPOOL] = { "spool", PARAM_BOOL, PLACE_NAMED, .preset = "true", \
                        .help = "false: to be kept, not to be indexed" }, \
    [METRICS_DIMENSIONS] = { "dimensions", PARAM_FIELDS, PLACE_LIST, .help = "fields that are no measures" }

struct metrics_bound {
    struct storing_bound       storing;
    struct stored_points_bound points;
};

/* `marker`: there is that parameter. */
status metrics_bind(struct binder *binder, struct stage *stage, bool marker);
status metrics_open(const struct stage *stage, struct run *run, struct op **out);

#define METRICS \
    .traits = TRAIT_EFFECT, .bound_size = sizeof(struct metrics_bound), .needs = storing_needs, .gives = columns_stay, \
    .open = metrics_open
