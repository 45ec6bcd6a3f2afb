/* sitimechart: as sichart, for timechart: charting.c. */
#include "command/charting.h"

static const struct param params[] = {
    { "arguments", PARAM_REST, PLACE_LIST, .help = "options, aggregates, BY the column field" },
    { 0 }
};

static status bind(struct binder *binder, struct stage *stage) { return chart_bind(binder, stage, true, true); }

const struct command command_sitimechart = {
    .name = "sitimechart", .usage = "sitimechart <as timechart>",
    .summary = "The cells of a timechart as partial results that a later timechart merges and finishes",
    .params = params, .bind = bind, .map = "sitimechart", CHARTING,
    .example = { "sitimechart span=1m count | timechart span=1h count", "{\"_time\":10}\n{\"_time\":130}",
                 "{\"_time\":0,\"count\":2}" },
};
