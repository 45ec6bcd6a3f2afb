/* anomalousvalue [action=] [pthresh=] [minsupcount=] [minsupfreq=] [maxanofreq=] [minnormfreq=] [<fields>]: rows with
 * values that are rare in their field or far from its mean (command/rarity.c). */
#include "command/anomaly.h"

enum { ACTION, PTHRESH, MINSUPCOUNT, MINSUPFREQ, MAXANOFREQ, MINNORMFREQ, FIELDS };

static const struct param anomalousvalue_params[] = {
    [ACTION] = { "action", PARAM_WORD, PLACE_NAMED, .preset = "filter", .choices = ANOMALY_ACTIONS,
                 .help = "only rows with anomalous values, all rows, or a row for each field" },
    [PTHRESH] = { "pthresh", PARAM_NUMBER, PLACE_NAMED, .preset = "0.01", .least = 0, .most = 1,
                  .help = "values less probable than this are anomalous" },
    [MINSUPCOUNT] = { "minsupcount", PARAM_COUNT, PLACE_NAMED, .preset = "100",
                      .help = "fields that fewer rows have are left out" },
    [MINSUPFREQ] = { "minsupfreq", PARAM_NUMBER, PLACE_NAMED, .preset = "0.05", .least = 0, .most = 1,
                     .help = "and those that a smaller part of all rows has" },
    [MAXANOFREQ] = { "maxanofreq", PARAM_NUMBER, PLACE_NAMED, .preset = "0.05", .least = 0, .most = 1,
                     .help = "fields of which a larger part is anomalous are left out" },
    [MINNORMFREQ] = { "minnormfreq", PARAM_NUMBER, PLACE_NAMED, .preset = "0.01", .least = 0, .most = 1,
                      .help = "and those of which a smaller part is" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "which fields; by default all" },
    { 0 }
};

struct anomalousvalue_bound {
    struct tabulated_fields fields;
    struct rarity_bound     rarity;
};

static status anomalousvalue_bind(struct binder *binder, struct stage *stage)
{
    const struct argument       *argument = stage->argument;
    struct anomalousvalue_bound *bound = stage->bound;

    bound->rarity = (struct rarity_bound){
        .fields = &bound->fields, .action = anomaly_action_named(argument[ACTION].text),
        .threshold = argument[PTHRESH].number, .least_count = argument[MINSUPCOUNT].number,
        .least_support = argument[MINSUPFREQ].number, .most_anomalous = argument[MAXANOFREQ].number,
        .least_anomalous = argument[MINNORMFREQ].number,
    };
    if (bound->rarity.action == ANOMALY_SUMMARY)
        stage->traits |= TRAIT_TRANSFORMS;
    return tabulation_bind(binder, &argument[FIELDS], &bound->fields);
}

static status anomalousvalue_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct anomalousvalue_bound *bound = stage->bound;

    return anomalies_needs(&bound->fields, bound->rarity.action, wanted);
}

static status anomalousvalue_open(const struct stage *stage, struct run *run, struct op **out)
{
    return rarity_open(&((const struct anomalousvalue_bound *)stage->bound)->rarity, stage, run, out);
}

const struct command command_anomalousvalue = {
    .name = "anomalousvalue",
    .usage = "anomalousvalue [action=filter|annotate|summary] [pthresh=<0..1>] [minsupcount=<count>] [minsupfreq=<0..1>] "
             "[maxanofreq=<0..1>] [minnormfreq=<0..1>] [<fields>]",
    .summary = "Rows with values that are rare in their field or far from its mean",
    .keeps = "the values that occur more than once, of fields in which few are rare",
    .params = anomalousvalue_params, .bound_size = sizeof(struct anomalousvalue_bound),
    .bind = anomalousvalue_bind, .needs = anomalousvalue_needs, .open = anomalousvalue_open,
    .example = { "anomalousvalue minsupcount=1 pthresh=0.3 maxanofreq=1 x",
                 "{\"x\":\"a\"}\n{\"x\":\"a\"}\n{\"x\":\"b\"}\n{\"x\":\"a\"}",
                 "{\"x\":\"b\",\"Anomaly_Score_Cat(x)\":0.25}" },
};
