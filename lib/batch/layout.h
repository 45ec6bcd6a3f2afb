/* The column list of a result set: which names, in which order (language 12).
 *
 * Batches of one stream may bring new columns at any time; a layout collects them in input order. Within a rank the
 * order is that of first appearance (or of names, see RANK_BY_NAME), ranks ascend. Where one row brings several,
 * its own order counts (field_place). Feeding the same rows in the same order gives the same layout, whatever the
 * batches. */
#pragma once

#include "batch/batch.h"

struct layout_column {
    const struct name *name;
    uint32_t           rank;
    bool               asked;       /* it is a column of the rows that made it one, whether they have a value or not */
};

struct layout {
    struct heap          *heap;
    struct layout_column *column;       /* in order */
    uint32_t              count, capacity;
    uint32_t             *position;     /* by name->number: place in `column` + 1 */
    uint32_t              positions;
    const str             *shown;       /* layout_show: internal names (or patterns with *) that are shown all the same */
    uint32_t               showns;
};

void   layout_init(struct layout *layout, struct heap *heap);
void   layout_init_all(struct layout *layout, struct heap *heap);   /* layout_show shows internal names, too */
void   layout_free(struct layout *layout);
status layout_add(struct layout *layout, const struct name *name, uint32_t rank);
int64_t layout_find(const struct layout *layout, const struct name *name);  /* -1: not there */

/* The columns of a result, for those who look at it (writers, the api): internal names other than _time, _raw and
 * `layout->shown` stay out; a field that nobody asked for by name (of the input, or matched by a wildcard) joins when a
 * selected row has a value for it, in order of that row: rows that were filtered out leave no trace, however the input was
 * cut into batches. */
status layout_show(struct layout *layout, const struct batch *batch);

/* The batch's fields that are in the layout, in its order; `out` has room for batch->fields. Returns how many. */
uint32_t layout_pick(const struct layout *layout, const struct batch *batch, struct field *out);

/* The same in the batch itself, for stages that look at all rows, or at more than they pass on: from here on it does not
 * matter any more what its rows have been. `whole`: it gets all columns of the layout. */
status layout_arrange(const struct layout *layout, struct batch *batch, bool whole);
