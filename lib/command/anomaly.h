/* Two ways of finding unusual events: by values that are rare in their field (rarity.c: anomalousvalue, and
 * anomalydetection method=zscore), and by how unlikely all values of an event together are (likelihood.c: anomalydetection
 * method=histogram). Both count all values first, so rows are kept. Fields are taken in order of their names. */
#pragma once

#include "group/tabulation.h"

enum anomaly_action { ANOMALY_FILTER, ANOMALY_ANNOTATE, ANOMALY_SUMMARY };

#define ANOMALY_ACTIONS "filter|annotate|summary"

enum anomaly_action anomaly_action_named(str word);     /* one of these */

struct rarity_bound {
    const struct tabulated_fields *fields;
    enum anomaly_action            action;
    double                         threshold;   /* less probable values are anomalous */
    double                         least_count; /* rows that must have the field, */
    double                         least_support;       /* and which part of all rows */
    double                         most_anomalous, least_anomalous;     /* parts of a field's values */
};

struct likelihood_bound {
    const struct tabulated_fields *fields;
    enum anomaly_action            action;
    double                         threshold;   /* of an event's probability; 0: found from the data */
    bool                           cutoff;      /* and lower, for fewer anomalies */
};

status anomalies_needs(const struct tabulated_fields *fields, enum anomaly_action action, struct wanted *wanted);
/* The bounds live as long as the stage. */
status rarity_open(const struct rarity_bound *bound, const struct stage *stage, struct run *run, struct op **out);
status likelihood_open(const struct likelihood_bound *bound, const struct stage *stage, struct run *run, struct op **out);
