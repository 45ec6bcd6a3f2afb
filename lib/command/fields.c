/* fields [+|-] <names>: keeps or removes columns. _time and _raw stay unless they are removed by name (reporting 3.2). */
#include "command/projection.h"

static const struct param fields_params[] = {
    { "names", PARAM_FIELDS, PLACE_LIST, .wild = true, .required = true, .help = "+ or -, then names" },
    { 0 }
};

/* The sign stands alone or touches the first name; in quotes it is part of the name. */
static status fields_bind(struct binder *binder, struct stage *stage)
{
    const struct argument   *list = stage_argument(stage, 0);
    struct projection_bound *bound = stage->bound;
    str                     *names = ARENA_ARRAY(binder->arena, str, list->count + 1);
    str                      first = list->names[0];
    bool                     quoted = binder->text.at[list->spans[0].from] == '"';

    TRY_NEW(names);
    memcpy(names, list->names, list->count * sizeof *names);
    bound->name = names;
    bound->count = list->count;
    if (quoted || (first.at[0] != '-' && first.at[0] != '+'))
        return OK;
    bound->removes = first.at[0] == '-';
    names[0] = str_slice(first, 1, first.size);
    if (first.size == 1) {
        bound->name++;
        bound->count--;
    }
    if (bound->count == 0)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'fields' wants names behind its sign");
    return OK;
}

const struct command command_fields = {
    .name = "fields", .usage = "fields [+|-] <names, wildcards allowed>", .summary = "Keep or remove fields",
    .params = fields_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct projection_bound),
    .bind = fields_bind, .needs = projection_needs, .gives = projection_gives, .open = projection_open,
    .example = { "table a b c | fields - a", "{\"a\":1,\"b\":2,\"c\":3}", "{\"b\":2,\"c\":3}" },
};
