/* where <expression>: keeps rows for which it is true; false and null both drop (language 9). */
#include "command/filter.h"

static const struct param where_params[] = {
    { "condition", PARAM_EXPR, PLACE_ALL, .required = true, .help = "an expression that is true or false" },
    { 0 }
};

static status where_bind(struct binder *binder, struct stage *stage)
{
    return program_condition(&binder->compile, stage_argument(stage, 0)->node,
                             &((struct filter_bound *)stage->bound)->program);
}

const struct command command_where = {
    .name = "where", .usage = "where <expression>", .summary = "Keep rows for which an expression is true",
    .params = where_params, .traits = TRAIT_ROWWISE | TRAIT_FILTER, .bound_size = sizeof(struct filter_bound),
    .bind = where_bind, .drop = filter_drop, .needs = filter_needs, .gives = columns_stay, .open = filter_open,
    .print = filter_print,
    .example = { "where a>b | table a b", "{\"a\":2,\"b\":10}\n{\"a\":11,\"b\":10}\n{\"a\":5}", "{\"a\":11,\"b\":10}" },
};
