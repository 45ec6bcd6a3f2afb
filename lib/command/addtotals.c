/* addtotals [row=] [col=] [labelfield=] [label=] [fieldname=] [<fields>]: the sum of each row, and a last row
 * of the columns' sums (reporting 6). */
#include "command/totals.h"

enum { ROW, COL, LABELFIELD, LABEL, FIELDNAME, FIELDS };

static const struct param addtotals_params[] = {
    [ROW] = { "row", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "sum up rows" },
    [COL] = { "col", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "sum up columns, in a last row" },
    [LABELFIELD] = { "labelfield", PARAM_FIELD, PLACE_NAMED, .help = "where the last row has its label" },
    [LABEL] = { "label", PARAM_TEXT, PLACE_NAMED, .preset = "Total", .help = "that label" },
    [FIELDNAME] = { "fieldname", PARAM_FIELD, PLACE_NAMED, .preset = "Total", .help = "where the sums of rows go" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "what is summed up; by default all fields" },
    { 0 }
};

static status addtotals_bind(struct binder *binder, struct stage *stage)
{
    struct totals_bound   *bound = stage->bound;
    const struct argument *argument = stage->argument;

    (void)binder;
    *bound = (struct totals_bound){
        .fields = &argument[FIELDS], .rows = argument[ROW].truth, .columns = argument[COL].truth,
        .total = argument[FIELDNAME].text, .label = argument[LABEL].text,
        .label_field = argument[LABELFIELD].given ? argument[LABELFIELD].text : STR(""),
    };
    if (bound->columns)
        stage->traits &= ~(uint32_t)TRAIT_ROWWISE;
    return OK;
}

const struct command command_addtotals = {
    .name = "addtotals",
    .usage = "addtotals [row=<bool>] [col=<bool>] [labelfield=<field>] [label=<text>] [fieldname=<field>] [<fields>]",
    .summary = "The sum of each row; with col=t a last row with the sums of columns",
    .params = addtotals_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct totals_bound),
    .bind = addtotals_bind, .needs = totals_needs, .gives = totals_gives, .open = totals_open,
    .example = { "table a b | addtotals", "{\"a\":1,\"b\":4}\n{\"a\":2}",
                 "{\"a\":1,\"b\":4,\"Total\":5}\n{\"a\":2,\"Total\":2}" },
};
