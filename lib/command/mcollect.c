/* mcollect index=<index> [split=<how>] [prefix_field=<field>] [<options>] [<dimensions>]: rows become points of metrics
 * (reporting 7.4; command/sink.h). */
#include "command/sink.h"

enum { SPLIT = 1, PREFIX_FIELD = 2 };

static const struct param mcollect_params[] = {
    { "index", PARAM_TEXT, PLACE_NAMED, .help = "which index of metrics" },
    [SPLIT] = { "split", PARAM_WORD, PLACE_NAMED, .preset = "false", .choices = "t|true|1|f|false|0|allnums",
                .help = "t: every number is a metric, but for the dimensions; allnums: dimensions are found as well" },
    [PREFIX_FIELD] = { "prefix_field", PARAM_FIELD, PLACE_NAMED, .help = "its value begins the names of metrics" },
    { "marker", PARAM_TEXT, PLACE_NAMED, .help = "name=value pairs that all points get" },
    { "host", PARAM_TEXT, PLACE_NAMED, .help = "host of the points" },
    { "source", PARAM_TEXT, PLACE_NAMED, .help = "source of the points" },
    { "sourcetype", PARAM_TEXT, PLACE_NAMED, .help = "source type of the points" },
    { "file", PARAM_TEXT, PLACE_NAMED, .help = "name of a file to write to" },
    { "spool", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "the file is read by Splunk" },
    { "dimensions", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "fields that are dimensions" },
    { 0 }
};

static status mcollect_bind(struct binder *binder, struct stage *stage)
{
    str split = stage_argument(stage, SPLIT)->text;

    if (stage_argument(stage, PREFIX_FIELD)->given && (split.at[0] == 'f' || split.at[0] == 'F' || split.at[0] == '0'))
        diag_warn(binder->diag, stage_argument(stage, PREFIX_FIELD)->span, "unused-option",
                  "'prefix_field' means nothing without split=t or split=allnums");
    return sink_warn(binder, stage);
}

const struct command command_mcollect = {
    .name = "mcollect",
    .usage = "mcollect index=<index> [split=<bool>|allnums] [prefix_field=<field>] [marker=<text>] [host=<text>] "
             "[source=<text>] [sourcetype=<text>] [file=<name>] [spool=<bool>] [<dimensions>]",
    .summary = "Makes metrics of rows, and passes the rows on",
    .params = mcollect_params, .traits = TRAIT_ROWWISE,
    .bind = mcollect_bind, .gives = columns_stay, .open = sink_open,
    .example = { "table metric_name _value | mcollect index=m", "{\"metric_name\":\"cpu\",\"_value\":5}",
                 "{\"metric_name\":\"cpu\",\"_value\":5}" },
};
