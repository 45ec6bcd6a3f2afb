/* chart: a table of aggregates, rows by one field, columns by the values of another (reporting 5.1). */
#include "command/charting.h"

/* What an option of bins belongs to depends on its place: charting_bind.c reads the pieces. */
static const struct param chart_params[] = {
    { "arguments", PARAM_REST, PLACE_LIST,
      .help = "aggregates, options, OVER or BY the row field, BY the column field" },
    { 0 }
};

static status bind(struct binder *binder, struct stage *stage)
{
    return chart_bind(binder, stage, false, false);
}

const struct command command_chart = {
    .name = "chart",
    .usage = "chart [limit=[top|bottom]<count>] [agg=<function>] [useother=<bool>] [usenull=<bool>] [sep=<text>] "
             "[format=<text>] [cont=<bool>] <aggregates> [OVER <row> [<bin options>]] [BY <row or column> [<bin options>]] "
             "[where <function> in|notin top|bottom<count>]",
    .summary = "A table of aggregates: rows by one field, columns by the values of another",
    .params = chart_params, .bind = bind, .map = "sichart", CHARTING,
    .example = { "chart count OVER h BY s",
                 "{\"h\":1,\"s\":\"a\"}\n{\"h\":1,\"s\":\"b\"}\n{\"h\":2,\"s\":\"a\"}",
                 "{\"h\":1,\"a\":1,\"b\":1}\n{\"h\":2,\"a\":1,\"b\":0}" },
};
