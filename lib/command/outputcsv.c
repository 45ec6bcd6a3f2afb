/* outputcsv <file>: the result becomes a CSV file of the host's, when the whole search has succeeded; rows pass on
 * (commands 5). Without a file, or with usexml, Splunk makes a field _xml of every row for its web pages, and dispatch=t and
 * singlefile=f are about folders of its jobs: refused. */
#include "store/storing_table.h"

enum { TABLE, APPEND, EMPTY, OVERRIDE, DISPATCH, SINGLE, XML };

static const struct param outputcsv_params[] = {
    [TABLE] = { "file", PARAM_TEXT, PLACE_FIRST, .required = true,
                .help = "name of the file; .csv is added if it has no ending" },
    [APPEND] = { "append", PARAM_BOOL, PLACE_NAMED, .preset = "false", .help = "behind the rows that are there" },
    [EMPTY] = { "create_empty", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                .help = "a result without rows makes an empty file" },
    [OVERRIDE] = { "override_if_empty", PARAM_BOOL, PLACE_NAMED, .preset = "true",
                   .help = "false: a result without rows changes nothing" },
    [DISPATCH] = { "dispatch", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                   .help = "only false: there are no folders of jobs" },
    [SINGLE] = { "singlefile", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "only true" },
    [XML] = { "usexml", PARAM_BOOL, PLACE_NAMED, .preset = "false", .help = "only false" },
    { 0 }
};

static status refuse(struct binder *binder, const struct stage *stage, uint32_t number)
{
    return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, number)->span, "bad-argument",
                   "'%s' of 'outputcsv' can only be %s here", outputcsv_params[number].name,
                   outputcsv_params[number].preset);
}

static status outputcsv_bind(struct binder *binder, struct stage *stage)
{
    struct storing_table_bound *bound = stage->bound;
    struct sink_target         *target = &bound->storing.target;

    target->store = STORE_CSV;
    target->spool = true;
    TRY(storing_text(binder, stage, TABLE, &target->table));
    if (stage_argument(stage, DISPATCH)->truth)
        return refuse(binder, stage, DISPATCH);
    if (!stage_argument(stage, SINGLE)->truth)
        return refuse(binder, stage, SINGLE);
    if (stage_argument(stage, XML)->truth)
        return refuse(binder, stage, XML);
    return storing_table_bind(binder, stage, APPEND, EMPTY, OVERRIDE, bound);
}

const struct command command_outputcsv = {
    .name = "outputcsv",
    .usage = "outputcsv [append=<bool>] [create_empty=<bool>] [override_if_empty=<bool>] <file>",
    .summary = "The result as a CSV file of the host's; its rows pass on",
    .params = outputcsv_params, .bind = outputcsv_bind, STORING_TABLE,
    .example = { "stats count BY u | outputcsv seen", "{\"u\":\"a\"}", "{\"u\":\"a\",\"count\":1}" },
};
