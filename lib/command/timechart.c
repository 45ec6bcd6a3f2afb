/* timechart: a table of aggregates over bins of time (reporting 5.2). */
#include "command/charting.h"

/* What an option of bins belongs to depends on its place: charting_bind.c reads the pieces. */
static const struct param timechart_params[] = {
    { "arguments", PARAM_REST, PLACE_LIST, .help = "options, aggregates, BY the column field" },
    { 0 }
};

static status bind(struct binder *binder, struct stage *stage)
{
    return chart_bind(binder, stage, true, false);
}

const struct command command_timechart = {
    .name = "timechart",
    .usage = "timechart [span=<span>] [bins=<count>] [minspan=<span>] [aligntime=<time>] [cont=<bool>] [partial=<bool>] "
             "[fixedrange=<bool>] [limit=[top|bottom]<count>] [agg=<function>] [useother=<bool>] [usenull=<bool>] "
             "<aggregates> [BY <field> [<bin options>]] [where <function> in|notin top|bottom<count>]",
    .summary = "A table of aggregates over bins of time",
    .params = timechart_params, .bind = bind, .map = "sitimechart", CHARTING,
    .example = { "timechart span=1m count", "{\"_time\":10}\n{\"_time\":130}",
                 "{\"_time\":0,\"count\":1}\n{\"_time\":60,\"count\":0}\n{\"_time\":120,\"count\":1}" },
};
