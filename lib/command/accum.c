/* accum <field> [AS <name>]: the sum of the numbers so far (reporting 8). */
#include "command/series.h"

enum { FIELD, AS };

static const struct param accum_params[] = {
    [FIELD] = { "field", PARAM_FIELD, PLACE_LIST, .required = true, .help = "a field of numbers" },
    [AS] = { "as", PARAM_FIELD, PLACE_KEYWORD, .help = "the new field; the field itself if not given" },
    { 0 }
};

static bool add(struct series *series, double number, double *out)
{
    *out = series->value += number;
    return true;
}

static status accum_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *field = stage_argument(stage, FIELD), *as = stage_argument(stage, AS);
    struct series_bound   *bound = stage->bound;

    if (field->count != 1)
        return diag_at(binder->diag, FAIL_QUERY, field->span, "bad-argument", "accum takes one field");
    TRY_NEW(bound->term = ARENA_NEW(binder->arena, struct series_term));
    bound->count = 1;
    *bound->term = (struct series_term){ .field = field->names[0], .name = as->given ? as->text : field->names[0],
                                         .next = add };
    return OK;
}

const struct command command_accum = {
    .name = "accum", .usage = "accum <field> [AS <name>]", .summary = "The sum of the numbers so far",
    .params = accum_params, .traits = TRAIT_STREAMING, .bound_size = sizeof(struct series_bound),
    .bind = accum_bind, .needs = series_needs, .gives = series_gives, .open = series_open,
    .example = { "accum x AS total", "{\"x\":3}\n{\"x\":5}\n{\"x\":4}",
                 "{\"x\":3,\"total\":3}\n{\"x\":5,\"total\":8}\n{\"x\":4,\"total\":12}" },
};
