/* mcollect index= ...: rows as metric data points: metrics.c.
 *
 * What surprises: file= is told to the host also where the data is to be indexed (Splunk looks at it with spool=f only), and
 * prefix_field is taken with split=allnums, too. A row makes one data point with all of its measures. */
#include "command/metrics.h"

#define TRUTHS "true|false|t|f|1|0|yes|no"

static const struct param mcollect_params[] = {
    METRICS_PARAMS(TRUTHS "|allnums", "mcollect_stash"),
    [METRICS_MARKER] = { "marker", PARAM_TEXT, PLACE_NAMED, .help = "\"a=b, c=d\": further dimensions of every data point" },
    { 0 }
};

static status mcollect_bind(struct binder *binder, struct stage *stage) { return metrics_bind(binder, stage, true); }

const struct command command_mcollect = {
    .name = "mcollect",
    .usage = "mcollect index=<text> [split=<bool>|allnums] [prefix_field=<field>] [marker=\"<pairs>\"] [source=<text>]"
             " [sourcetype=<text>] [host=<text>] [file=<text>] [spool=<bool>] [<dimensions>]",
    .summary = "Rows as metric data points to an index of the host's; they pass on as they are",
    .params = mcollect_params, .bind = mcollect_bind, METRICS,
    .example = { "stats avg(n) AS load BY u | mcollect index=m split=t u", "{\"u\":\"a\",\"n\":1}\n{\"u\":\"a\",\"n\":2}",
                 "{\"u\":\"a\",\"load\":1.5}" },
};
