/* outputlookup and outputcsv: a result as a table to the host's sink, as a whole: its rows pass on as they come, and are
 * kept until all of them, and so all columns, are known (commands 5). */
#pragma once

#include "rows/sorted_rows.h"
#include "store/storing.h"

struct storing_table_bound {
    struct storing_bound storing;
    uint64_t             most;              /* rows; 0: all */
};

/* `append`, `empty`, `override`: numbers of these parameters. target.table is set. */
status storing_table_bind(struct binder *binder, struct stage *stage, uint32_t append, uint32_t empty, uint32_t override,
                          struct storing_table_bound *bound);
status storing_table_open(const struct stage *stage, struct run *run, struct op **out);

#define STORING_TABLE \
    .traits = TRAIT_EFFECT, .bound_size = sizeof(struct storing_table_bound), .needs = storing_needs, \
    .gives = columns_stay, .open = storing_table_open
