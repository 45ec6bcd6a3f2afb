/* anomalydetection [method=histogram|zscore|iqr] [<options of the method>] [<fields>]: unusual events (reporting 8).
 *
 * histogram: by how likely all values of an event together are (command/likelihood.c). zscore: as anomalousvalue, iqr: as
 * outlier, with their options and defaults. An option of another method is an error. */
#include "command/anomaly.h"
#include "command/outliers.h"

enum {
    METHOD, ACTION, PTHRESH, CUTOFF, PARAM, USELOWER, MARK, MINSUPCOUNT, MINSUPFREQ, MAXANOFREQ, MINNORMFREQ, FIELDS,
    PARAMS
};

enum { HISTOGRAM = 1, ZSCORE = 2, IQR = 4 };

static const struct param anomalydetection_params[] = {
    [METHOD] = { "method", PARAM_WORD, PLACE_NAMED, .preset = "histogram", .choices = "histogram|zscore|iqr",
                 .help = "what makes an event unusual" },
    [ACTION] = { "action", PARAM_WORD, PLACE_NAMED, .choices = ANOMALY_ACTIONS "|tf|transform|rm|remove",
                 .help = "filter, annotate or summary; of iqr transform or remove" },
    [PTHRESH] = { "pthresh", PARAM_NUMBER, PLACE_NAMED, .least = 0, .most = 1,
                  .help = "what is less probable is anomalous; histogram finds it itself, zscore has 0.01" },
    [CUTOFF] = { "cutoff", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "histogram: a lower threshold" },
    [PARAM] = { "param", PARAM_NUMBER, PLACE_NAMED, .preset = "2.5", .least = 0, .most = 1e9, .help = "iqr: see outlier" },
    [USELOWER] = { "uselower", PARAM_BOOL, PLACE_NAMED, .preset = "false", .help = "iqr: see outlier" },
    [MARK] = { "mark", PARAM_BOOL, PLACE_NAMED, .preset = "false", .help = "iqr: see outlier" },
    [MINSUPCOUNT] = { "minsupcount", PARAM_COUNT, PLACE_NAMED, .preset = "100", .help = "zscore: see anomalousvalue" },
    [MINSUPFREQ] = { "minsupfreq", PARAM_NUMBER, PLACE_NAMED, .preset = "0.05", .least = 0, .most = 1,
                     .help = "zscore: see anomalousvalue" },
    [MAXANOFREQ] = { "maxanofreq", PARAM_NUMBER, PLACE_NAMED, .preset = "0.05", .least = 0, .most = 1,
                     .help = "zscore: see anomalousvalue" },
    [MINNORMFREQ] = { "minnormfreq", PARAM_NUMBER, PLACE_NAMED, .preset = "0.01", .least = 0, .most = 1,
                      .help = "zscore: see anomalousvalue" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "which fields; by default all" },
    { 0 }
};

/* Which methods an option is of. */
static const uint8_t METHODS_OF[PARAMS] = {
    [METHOD] = HISTOGRAM | ZSCORE | IQR, [ACTION] = HISTOGRAM | ZSCORE | IQR, [FIELDS] = HISTOGRAM | ZSCORE | IQR,
    [PTHRESH] = HISTOGRAM | ZSCORE, [CUTOFF] = HISTOGRAM, [PARAM] = IQR, [USELOWER] = IQR, [MARK] = IQR,
    [MINSUPCOUNT] = ZSCORE, [MINSUPFREQ] = ZSCORE, [MAXANOFREQ] = ZSCORE, [MINNORMFREQ] = ZSCORE,
};

struct anomalydetection_bound {
    uint32_t                method;
    struct tabulated_fields fields;
    struct outliers_bound   outliers;
    struct rarity_bound     rarity;
    struct likelihood_bound likelihood;
};

static bool is_of_iqr(str action)
{
    return action.size && ((action.at[0] | 0x20) == 't' || (action.at[0] | 0x20) == 'r');
}

static status check_options(struct binder *binder, struct stage *stage, uint32_t method)
{
    const struct argument *action = stage_argument(stage, ACTION), *name = stage_argument(stage, METHOD);
    str                    text = name->given ? name->text : STR("histogram");

    for (uint32_t i = 0; i < PARAMS; i++)
        if (stage_argument(stage, i)->given && !(METHODS_OF[i] & method))
            return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, i)->span, "bad-argument",
                           "'%s' is no option of method=%.*s", anomalydetection_params[i].name, SHOW(text));
    if (action->given && is_of_iqr(action->text) != (method == IQR))
        return diag_at(binder->diag, FAIL_QUERY, action->span, "bad-argument", "'%.*s' is no action of method=%.*s",
                       SHOW(action->text), SHOW(text));
    return OK;
}

static status anomalydetection_bind(struct binder *binder, struct stage *stage)
{
    struct anomalydetection_bound *bound = stage->bound;
    const struct argument         *argument = stage->argument, *pthresh = &argument[PTHRESH];
    enum anomaly_action            action = anomaly_action_named(argument[ACTION].given ? argument[ACTION].text : STR(""));

    bound->method = str_is_nocase(argument[METHOD].text, "iqr") ? IQR
        : str_is_nocase(argument[METHOD].text, "zscore") ? ZSCORE : HISTOGRAM;
    TRY(check_options(binder, stage, bound->method));
    bound->outliers = (struct outliers_bound){
        .fields = &bound->fields, .param = argument[PARAM].number, .uselower = argument[USELOWER].truth,
        .mark = argument[MARK].truth,
    };
    if (argument[ACTION].given && (argument[ACTION].text.at[0] | 0x20) == 'r')
        outliers_remove(&bound->outliers, binder);
    bound->rarity = (struct rarity_bound){
        .fields = &bound->fields, .action = action, .threshold = pthresh->given ? pthresh->number : 0.01,
        .least_count = argument[MINSUPCOUNT].number, .least_support = argument[MINSUPFREQ].number,
        .most_anomalous = argument[MAXANOFREQ].number, .least_anomalous = argument[MINNORMFREQ].number,
    };
    bound->likelihood = (struct likelihood_bound){
        .fields = &bound->fields, .action = action, .threshold = pthresh->given ? pthresh->number : 0,
        .cutoff = argument[CUTOFF].truth,
    };
    if (bound->method != IQR && action == ANOMALY_SUMMARY)
        stage->traits |= TRAIT_TRANSFORMS;
    return tabulation_bind(binder, &argument[FIELDS], &bound->fields);
}

static status anomalydetection_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct anomalydetection_bound *bound = stage->bound;

    return bound->method == IQR ? outliers_needs(&bound->outliers, wanted)
                                : anomalies_needs(&bound->fields, bound->rarity.action, wanted);
}

static status anomalydetection_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct anomalydetection_bound *bound = stage->bound;

    return bound->method == IQR ? outliers_open(&bound->outliers, stage, run, out)
        : bound->method == ZSCORE ? rarity_open(&bound->rarity, stage, run, out)
                                  : likelihood_open(&bound->likelihood, stage, run, out);
}

const struct command command_anomalydetection = {
    .name = "anomalydetection",
    .usage = "anomalydetection [method=histogram|zscore|iqr] [action=filter|annotate|summary|transform|remove] "
             "[pthresh=<0..1>] [cutoff=<bool>] [<options of anomalousvalue or outlier>] [<fields>]",
    .summary = "Unusual events: by their probability, by rare values, by values far from the others",
    .keeps = "the values that occur more than once, of fields that are not all numbers; nothing with method=iqr",
    .params = anomalydetection_params, .bound_size = sizeof(struct anomalydetection_bound),
    .bind = anomalydetection_bind, .needs = anomalydetection_needs, .open = anomalydetection_open,
    .example = { "anomalydetection pthresh=0.3 u", "{\"u\":\"a\"}\n{\"u\":\"a\"}\n{\"u\":\"b\"}\n{\"u\":\"a\"}",
                 "{\"u\":\"b\",\"log_event_prob\":-1.3862943611198906,\"probable_cause\":\"u\","
                 "\"probable_cause_freq\":0.25,\"max_freq\":0.25}" },
};
