/* table <names>: exactly these columns in this order, empty ones too (reporting 3.3). */
#include "command/projection.h"

static const struct param table_params[] = {
    { "names", PARAM_FIELDS, PLACE_LIST, .wild = true, .required = true, .help = "columns, wildcards allowed" },
    { 0 }
};

static status table_bind(struct binder *binder, struct stage *stage)
{
    const struct argument   *list = stage_argument(stage, 0);
    struct projection_bound *bound = stage->bound;

    (void)binder;
    *bound = (struct projection_bound){ .name = list->names, .count = list->count, .exact = true };
    return OK;
}

const struct command command_table = {
    .name = "table", .usage = "table <names, wildcards allowed>", .summary = "Exactly these columns, in this order",
    .params = table_params, .traits = TRAIT_ROWWISE | TRAIT_TRANSFORMS, .bound_size = sizeof(struct projection_bound),
    .bind = table_bind, .needs = projection_needs, .gives = projection_gives, .open = projection_open,
    .example = { "table b a", "{\"a\":1,\"b\":2,\"c\":3}", "{\"b\":2,\"a\":1}" },
};
