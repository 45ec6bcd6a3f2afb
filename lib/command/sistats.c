/* sistats: what stats counts, as partial results that a later stats merges and finishes: statistics.c. */
#include "command/statistics.h"

static status bind(struct binder *binder, struct stage *stage) { return statistics_bind(binder, stage, true); }

const struct command command_sistats = {
    .name = "sistats", .usage = "sistats [allnum=<bool>] <aggregates> [BY <fields>] [dedup_splitvals=<bool>]",
    .summary = "What stats counts, as partial results that a later stats merges and finishes",
    STATISTICS, .bind = bind,
    .example = { "sistats avg(n) BY u | stats avg(n)",
                 "{\"u\":\"a\",\"n\":1}\n{\"u\":\"b\",\"n\":5}\n{\"u\":\"a\",\"n\":3}",
                 "{\"avg(n)\":3}" },
};
