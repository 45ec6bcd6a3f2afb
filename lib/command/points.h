/* Data points of metrics: events with metric_name and a numeric _value, or with fields metric_name:NAME (reporting 7.2). */
#pragma once

#include "command/measures.h"
#include "batch/batch.h"

struct points {
    bool                   by_value;        /* _value is what is counted; else each metric has a column */
    const struct measures *measures;
    struct context        *context;
    struct arena          *arena;
    const struct name     *metric, *value;
};

status points_open(struct points *points, bool by_value, const struct measures *measures, struct context *context,
                   struct arena *arena);
/* A batch of its own, a row a point: the fields of the event, metric_name and _value. */
status points_take(struct points *points, struct batch *in, const struct rows *rows, struct batch **out);
/* The values under the names of their metrics, where these are asked for. */
status points_name(struct points *points, struct batch *batch);
