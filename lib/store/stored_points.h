/* Rows as the metric data points that mcollect stores (reporting 7.4): measures, each a column metric_name:NAME (or
 * metric_name and _value, where the row has these), and dimensions.
 *
 * A row without a measure is no data point and is left out, as is one without a prefix where there should be one, and
 * measures that are no numbers; all of these are counted and told. */
#pragma once

#include "store/stash.h"
#include "store/stored_rows.h"

enum split { SPLIT_NONE, SPLIT_ALL, SPLIT_NUMBERS };

enum { POINT_ORIGINS = 4 };

struct stored_points_bound {
    enum split          split;
    str                 prefix;             /* field; empty: none */
    const str          *dimension;          /* NULL: all that is no measure */
    uint32_t            dimensions;
    const char         *index, *source, *sourcetype, *host;     /* source and host NULL: those of the row */
    struct marker_pair *pair;
    uint32_t            pairs;
};

struct stored_points {
    struct op                        *op;
    const struct stored_points_bound *bound;
    const struct name                *time, *metric, *value, *prefix;       /* prefix NULL: none */
    const struct name                *origin[POINT_ORIGINS];                /* index, source, sourcetype, host */
    const struct name               **dimension;                            /* NULL: all */
    const struct name               **pair;
};

status stored_points_open(struct stored_points *points, struct op *op, const struct stored_points_bound *bound);
/* The selected rows, to be stored; several batches where rows make columns of their own. */
status stored_points_make(struct stored_points *points, struct batch *in, batch_sink sink, void *host);
