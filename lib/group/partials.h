/* Partial results as columns: states go to cells through the aggregate's `save` and come back through `load`.
 *
 * A column a part of the saved state (aggregate->part), a row a group, stored as fields are. A state whose
 * parts are all null has nothing to tell. Nothing of the columns is needed once they have been loaded. */
#pragma once

#include "catalog/aggregate.h"

/* An aggregate of the host may be without: then its states can only be merged. */
static inline bool partials_can(const struct aggregate *aggregate) { return aggregate->save && aggregate->load; }

/* Takes in another's states by way of columns; group g becomes group[g], UINT32_MAX: dropped. */
status partials_merge(struct tally *into, struct tally *from, const uint32_t *group);
