/* addcoltotals [labelfield=] [label=] [<fields>]: addtotals row=f col=t (reporting 6).
 *
 * spl_query_split does not divide it: all rows come to the last half in any case, and adding them up there costs next to
 * nothing. */
#include "command/totals.h"

enum { LABELFIELD, LABEL, FIELDS };

static const struct param addcoltotals_params[] = {
    [LABELFIELD] = { "labelfield", PARAM_FIELD, PLACE_NAMED, .help = "where the last row has its label" },
    [LABEL] = { "label", PARAM_TEXT, PLACE_NAMED, .preset = "Total", .help = "that label" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "what is summed up; by default all fields" },
    { 0 }
};

static status addcoltotals_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *argument = stage->argument;

    (void)binder;
    *(struct totals_bound *)stage->bound = (struct totals_bound){
        .fields = &argument[FIELDS], .columns = true, .label = argument[LABEL].text,
        .label_field = argument[LABELFIELD].given ? argument[LABELFIELD].text : STR(""),
    };
    return OK;
}

const struct command command_addcoltotals = {
    .name = "addcoltotals", .usage = "addcoltotals [labelfield=<field>] [label=<text>] [<fields>]",
    .summary = "A last row with the sums of columns",
    .params = addcoltotals_params, .bound_size = sizeof(struct totals_bound),
    .bind = addcoltotals_bind, .needs = totals_needs, .gives = totals_gives, .open = totals_open,
    .example = { "table a b | addcoltotals labelfield=b", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2}",
                 "{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n{\"a\":3,\"b\":\"Total\"}" },
};
