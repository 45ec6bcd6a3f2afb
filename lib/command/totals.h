/* Sums along rows and columns: addtotals and addcoltotals (reporting 6).
 *
 * Sums of columns have no partial results: the rows themselves go on, so that parts of a divided query would save nothing by
 * adding up theirs. */
#pragma once

#include "plan/bind.h"

struct totals_bound {
    const struct argument *fields;
    bool                   rows, columns;
    str                    total;               /* of the rows' sums */
    str                    label, label_field;  /* of the columns' sums; the field empty: no label */
};

status totals_needs(const struct stage *stage, struct wanted *wanted);
status totals_gives(const struct stage *stage, struct wanted *columns);
status totals_open(const struct stage *stage, struct run *run, struct op **out);
