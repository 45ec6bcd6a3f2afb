/* One column of a gathered batch: values picked from many columns and copied. Private to state. */
#pragma once

#include "state/rows.h"

/* Values of column number `column` (of the layout) at `place`, in a new column; texts and lists are copied. */
status gather_column(const struct row_store *store, uint32_t column, const struct row_place *place, uint32_t count,
                     struct arena *arena, struct column **out);
