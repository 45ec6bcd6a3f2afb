/* Data points of metrics: events with metric_name and a numeric _value, or with fields metric_name:NAME (reporting 7.2).
 *
 * A point's time series is what it has in common with others of the same source: its dimensions, which are all fields but
 * metrics, internal ones and those that tell the time. It is a field then, _timeseries: the text of a JSON object with the
 * dimensions in byte order, all values as text. Where metrics are chosen by WHERE, metric_name is one of them. */
#pragma once

#include "group/measures.h"
#include "batch/batch.h"

struct points {
    bool                   by_value;        /* _value is what is counted; else each metric has a column */
    const struct measures *measures;
    struct context        *context;
    struct arena          *arena;
    const struct name     *metric, *value, *series;
    bool                   by_series;       /* somebody looks at _timeseries */
};

status points_open(struct points *points, bool by_value, const struct measures *measures, struct context *context,
                   struct arena *arena);
/* A batch of its own, a row a point: the fields of the event, metric_name and _value. */
status points_take(struct points *points, struct batch *in, const struct rows *rows, struct batch **out);
/* The values under the names of their metrics; where these are asked for, the points of others are left out. */
status points_name(struct points *points, struct batch *batch);
