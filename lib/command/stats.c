/* stats: aggregates over all rows, or over those of each combination of the BY fields (reporting 4.1): statistics.c. */
#include "command/statistics.h"

static status bind(struct binder *binder, struct stage *stage) { return statistics_bind(binder, stage, false); }

static status gives(const struct stage *stage, struct wanted *columns)
{
    const struct grouped_bound *bound = stage->bound;

    wanted_clear(columns);
    for (uint32_t i = 0; i < bound->measures.bys; i++)
        TRY(wanted_add(columns, bound->measures.by[i]));
    return measures_give(&bound->measures, columns);
}

const struct command command_stats = {
    .name = "stats", .usage = "stats [allnum=<bool>] [delim=<text>] <aggregates> [BY <fields>] [dedup_splitvals=<bool>]",
    .summary = "Aggregates over all rows or for each combination of some fields",
    STATISTICS, .bind = bind, .gives = gives,
    .example = { "stats count sum(n) AS s BY u",
                 "{\"u\":\"a\",\"n\":1}\n{\"u\":\"b\",\"n\":5}\n{\"u\":\"a\",\"n\":2}",
                 "{\"u\":\"a\",\"count\":2,\"s\":3}\n{\"u\":\"b\",\"count\":1,\"s\":5}" },
};
