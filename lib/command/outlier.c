/* outlier [action=transform|remove] [param=] [uselower=] [mark=] [<fields>]: values far from the others are cut to the
 * limit, or taken away (reporting 8; command/outliers.h). */
#include "command/outliers.h"

enum { ACTION, PARAM, USELOWER, MARK, FIELDS };

static const struct param outlier_params[] = {
    [ACTION] = { "action", PARAM_WORD, PLACE_NAMED, .preset = "transform", .choices = "tf|transform|rm|remove",
                 .help = "cut the values to the limit, or take them away" },
    [PARAM] = { "param", PARAM_NUMBER, PLACE_NAMED, .preset = "2.5", .least = 0, .most = 1e9,
                .help = "so many inter-quartile ranges are allowed" },
    [USELOWER] = { "uselower", PARAM_BOOL, PLACE_NAMED, .preset = "false", .help = "small values can be outliers, too" },
    [MARK] = { "mark", PARAM_BOOL, PLACE_NAMED, .preset = "false", .help = "000 before values that were cut" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "which fields; by default all" },
    { 0 }
};

struct outlier_bound {
    struct tabulated_fields fields;
    struct outliers_bound   outliers;
};

static status outlier_bind(struct binder *binder, struct stage *stage)
{
    struct outlier_bound *bound = stage->bound;

    bound->outliers = (struct outliers_bound){
        .fields = &bound->fields, .param = stage_argument(stage, PARAM)->number,
        .uselower = stage_argument(stage, USELOWER)->truth, .mark = stage_argument(stage, MARK)->truth,
    };
    if ((stage_argument(stage, ACTION)->text.at[0] | 0x20) == 'r')
        outliers_remove(&bound->outliers, binder);
    return tabulation_bind(binder, stage_argument(stage, FIELDS), &bound->fields);
}

static status outlier_needs(const struct stage *stage, struct wanted *wanted)
{
    return outliers_needs(&((const struct outlier_bound *)stage->bound)->outliers, wanted);
}

static status outlier_open(const struct stage *stage, struct run *run, struct op **out)
{
    return outliers_open(&((const struct outlier_bound *)stage->bound)->outliers, stage, run, out);
}

const struct command command_outlier = {
    .name = "outlier", .aliases = { "outlierfilter" },
    .usage = "outlier [action=transform|remove] [param=<number>] [uselower=<bool>] [mark=<bool>] [<fields>]",
    .summary = "Cuts values far from the others to a limit, or takes them away",
    .params = outlier_params, .bound_size = sizeof(struct outlier_bound),
    .bind = outlier_bind, .needs = outlier_needs, .open = outlier_open,
    .example = { "outlier x", "{\"x\":1}\n{\"x\":2}\n{\"x\":3}\n{\"x\":4}\n{\"x\":100}",
                 "{\"x\":1}\n{\"x\":2}\n{\"x\":3}\n{\"x\":4}\n{\"x\":9}" },
};
