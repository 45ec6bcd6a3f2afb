/* Rows of other searches on their way through a stage: the fields they bring become the stage's own, so that they stand
 * behind all that were there before, in the order of the other search; behind them those of the next one. */
#pragma once

#include "batch/layout.h"
#include "flow/op.h"

struct placing {
    uint32_t      rank;                 /* of the stage */
    uint32_t      base;                 /* columns of the searches before this one */
    bool          shared;               /* a name has one place in all searches: for many of them */
    struct layout layout;               /* of the search at hand, or of all */
};

void   placing_init(struct placing *placing, const struct op *op);
void   placing_free(struct placing *placing);       /* harmless where nothing was initialised */
/* The next search, and the columns of all its rows: whoever comes first cannot know where the others stand. */
status placing_begin(struct placing *placing, const struct layout *known);
/* Only before the batch is emitted. */
status placing_apply(struct placing *placing, struct batch *out);
