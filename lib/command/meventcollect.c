/* meventcollect index= ...: as mcollect, behind commands that stream, with neither marker nor split=allnums, and with
 * another sourcetype. Splunk does it where the events are; here both are done once, at the end of the parallel part. */
#include "command/metrics.h"

static const struct param meventcollect_params[] = { METRICS_PARAMS("true|false|t|f|1|0|yes|no", "metrics_csv"), { 0 } };

static status meventcollect_bind(struct binder *binder, struct stage *stage)
{
    const struct stage *before = binder->plan ? binder->plan->first : NULL;

    for (; before && before != stage; before = before->next)
        if (before->command->traits & TRAIT_TRANSFORMS) {
            diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument",
                    "'%.*s' takes events and cannot stand behind '%.*s'", SHOW(stage->name), SHOW(before->name));
            diag_hint(binder->diag, "for results there is mcollect");
            return FAIL_QUERY;
        }
    return metrics_bind(binder, stage, false);
}

const struct command command_meventcollect = {
    .name = "meventcollect",
    .usage = "meventcollect index=<text> [split=<bool>] [prefix_field=<field>] [source=<text>] [sourcetype=<text>]"
             " [host=<text>] [file=<text>] [spool=<bool>] [<dimensions>]",
    .summary = "Events as metric data points to an index of the host's; they pass on as they are",
    .params = meventcollect_params, .bind = meventcollect_bind, METRICS,
    .example = { "meventcollect index=m split=t u | table u n", "{\"u\":\"a\",\"n\":1}", "{\"u\":\"a\",\"n\":1}" },
};
