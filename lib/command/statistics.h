/* stats and sistats: aggregates over all rows, or over the rows of each combination of the BY fields (reporting 4.1). */
#pragma once

#include "command/grouped.h"

enum { STATISTICS_PARAMS = 6 };
extern const struct param statistics_params[STATISTICS_PARAMS + 1];

/* `emits`: as partial results. */
status statistics_bind(struct binder *binder, struct stage *stage, bool emits);
void   statistics_drop(struct stage *stage);
status statistics_needs(const struct stage *stage, struct wanted *wanted);
status statistics_open(const struct stage *stage, struct run *run, struct op **out);

#define STATISTICS .params = statistics_params, .bound_size = sizeof(struct grouped_bound), .drop = statistics_drop, \
    .needs = statistics_needs, .open = statistics_open, .map = "sistats", \
    .traits = TRAIT_MERGEABLE | TRAIT_TRANSFORMS | TRAIT_MERGES_ROWS | TRAIT_SPLITS
