/* sichart: the cells of a chart as partial results that a later chart merges and finishes: charting.c. */
#include "command/charting.h"

static const struct param params[] = {
    { "arguments", PARAM_REST, PLACE_LIST,
      .help = "aggregates, options, OVER or BY the row field, BY the column field" },
    { 0 }
};

static status bind(struct binder *binder, struct stage *stage) { return chart_bind(binder, stage, false, true); }

const struct command command_sichart = {
    .name = "sichart", .usage = "sichart <as chart>",
    .summary = "The cells of a chart as partial results that a later chart merges and finishes",
    .params = params, .bind = bind, .map = "sichart", CHARTING,
    .example = { "sichart count OVER h BY s | chart count OVER h",
                 "{\"h\":1,\"s\":\"a\"}\n{\"h\":1,\"s\":\"b\"}\n{\"h\":2,\"s\":\"a\"}",
                 "{\"h\":1,\"count\":2}\n{\"h\":2,\"count\":1}" },
};
