/* Values far from the middle half of their field: outlier, and anomalydetection method=iqr.
 *
 * Limits of a field are its 75th percentile + param * IQR and, with uselower, its 25th percentile - param * IQR, where
 * IQR is the distance between the two (Splunk's reference, "outlier", usage). Percentiles are interpolated (reporting
 * 9.3). Values that are no numbers do not count and are no outliers. What is beyond becomes the limit, or nothing with
 * `remove`: the row stays (reporting 8), unless outlier.drops-rows is set: Splunk's reference speaks of the event. */
#pragma once

#include "group/tabulation.h"

struct outliers_bound {
    const struct tabulated_fields *fields;
    double                         param;
    bool                           uselower, mark, remove;
    bool                           drops;       /* their rows */
};

/* What `remove` does is set by options of the library, too. */
void   outliers_remove(struct outliers_bound *bound, const struct binder *binder);
status outliers_needs(const struct outliers_bound *bound, struct wanted *wanted);

/* `bound` lives as long as the stage. */
status outliers_open(const struct outliers_bound *bound, const struct stage *stage, struct run *run, struct op **out);
