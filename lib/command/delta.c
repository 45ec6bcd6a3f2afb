/* delta <field> [AS <name>] [p=<n>]: the difference to the n-th number before (reporting 8). */
#include "command/series.h"

enum { FIELD, AS, P };

static const struct param delta_params[] = {
    [FIELD] = { "field", PARAM_FIELD, PLACE_LIST, .required = true, .help = "a field of numbers" },
    [AS] = { "as", PARAM_FIELD, PLACE_KEYWORD, .help = "the new field; delta(<field>) if not given" },
    [P] = { "p", PARAM_COUNT, PLACE_NAMED, .preset = "1", .least = 1, .ceiling = LIMIT_DELTA,
            .help = "how many numbers back" },
    { 0 }
};

static bool difference(struct series *series, double number, double *out)
{
    if (series->count < series->period)
        return false;
    *out = number - series_before(series, series->period);
    return true;
}

static status name_it(struct binder *binder, str field, str *name)
{
    struct buf buf;

    buf_init(&buf, binder->compile.heap);
    buf_text(&buf, "delta(");
    buf_put(&buf, field);
    buf_text(&buf, ")");
    *name = arena_str(binder->arena, buf_str(&buf));
    buf_free(&buf);
    return name->at ? OK : FAIL_MEMORY;
}

static status delta_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *field = stage_argument(stage, FIELD), *as = stage_argument(stage, AS);
    struct series_bound   *bound = stage->bound;

    if (field->count != 1)
        return diag_at(binder->diag, FAIL_QUERY, field->span, "bad-argument", "delta takes one field");
    TRY_NEW(bound->term = ARENA_NEW(binder->arena, struct series_term));
    bound->count = 1;
    *bound->term = (struct series_term){ .field = field->names[0], .period = (uint32_t)stage_argument(stage, P)->number,
                                         .next = difference };
    if (!as->given)
        return name_it(binder, field->names[0], &bound->term->name);
    bound->term->name = as->text;
    return OK;
}

const struct command command_delta = {
    .name = "delta", .usage = "delta <field> [AS <name>] [p=<count>]",
    .summary = "The difference between a number and one before it",
    .keeps = "as many numbers as it looks back, at most limit.delta",
    .params = delta_params, .traits = TRAIT_STREAMING, .bound_size = sizeof(struct series_bound),
    .bind = delta_bind, .needs = series_needs, .gives = series_gives, .open = series_open,
    .example = { "delta x AS d", "{\"x\":3}\n{\"x\":5}\n{\"x\":4}",
                 "{\"x\":3}\n{\"x\":5,\"d\":2}\n{\"x\":4,\"d\":-1}" },
};
