/* inputlookup <table> [where <search>]: the rows of a table, in its order (commands 4). */
#include "command/table_rows.h"

static const struct param inputlookup_params[] = { TABLE_ROWS_PARAMS, { 0 } };

static status inputlookup_bind(struct binder *binder, struct stage *stage)
{
    return table_rows_bind(binder, stage, stage_argument(stage, TABLE_ROWS_TABLE)->text);
}

const struct command command_inputlookup = {
    .name = "inputlookup",
    .usage = "inputlookup [append=<bool>] [strict=<bool>] [start=<count>] [max=<count>] <table> [where <search>]",
    .summary = "The rows of a lookup table",
    .params = inputlookup_params, .bind = inputlookup_bind, TABLE_ROWS,
    .example = { "inputlookup services.csv where port<100 | table svc port", "", "{\"svc\":\"ssh\",\"port\":22}" },
};
