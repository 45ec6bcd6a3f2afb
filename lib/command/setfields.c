/* setfields <field>=<text>, ...: fields that are the same in every row (commands 3). */
#include "command/constants.h"
#include "flow/run.h"
#include "plan/bind.h"

static const struct param setfields_params[] = {
    { "fields", PARAM_REST, PLACE_LIST, .required = true, .help = "field=\"text\", ..." },
    { 0 }
};

struct setfields_bound {
    struct constant *constant;
    uint32_t         count;
};

static status setfields_bind(struct binder *binder, struct stage *stage)
{
    struct setfields_bound *bound = stage->bound;

    TRY_NEW(bound->constant = ARENA_ARRAY(binder->arena, struct constant, stage->tokens.count + (size_t)1));
    for (const struct token *at = stage->tokens.item; at->kind != TOKEN_END; at++) {
        if (at->kind == TOKEN_COMMA)
            continue;
        if (at->kind != TOKEN_PAIR || !str_is(at->operator_text, "=") ||
            (at->value_kind != TOKEN_WORD && at->value_kind != TOKEN_STRING)) {
            diag_at(binder->diag, FAIL_QUERY, at->span, "unexpected-argument", "'setfields' cannot use '%.*s'",
                    SHOW(at->raw));
            diag_hint(binder->diag, "usage: %s", stage->command->usage);
            return FAIL_QUERY;
        }
        if (memchr(at->name.at, '*', at->name.size))
            return diag_at(binder->diag, FAIL_QUERY, at->name_span, "bad-field", "'setfields' takes no wildcards: '%.*s'",
                           SHOW(at->name));
        bound->constant[bound->count++] = (struct constant){ at->name, cell_field_text(at->text) };
    }
    return OK;
}

static status setfields_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct setfields_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->count; i++)
        TRY(wanted_remove(wanted, bound->constant[i].field));
    return OK;
}

static status setfields_gives(const struct stage *stage, struct wanted *columns)
{
    const struct setfields_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->count; i++)
        TRY(wanted_add(columns, bound->constant[i].field));
    return OK;
}

static status setfields_push(struct op *op, struct batch *in)
{
    const struct setfields_bound *bound = op->stage->bound;

    return constants_push(op, bound->constant, bound->count, in);
}

static const struct op_kind setfields_kind = { "setfields", .push = setfields_push };

static status setfields_open(const struct stage *stage, struct run *run, struct op **out)
{
    return op_new(&setfields_kind, sizeof **out, stage, run, out);
}

const struct command command_setfields = {
    .name = "setfields", .usage = "setfields <field>=\"<text>\" [, <field>=\"<text>\"]...",
    .summary = "The same text in a field of every row",
    .params = setfields_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct setfields_bound),
    .bind = setfields_bind, .needs = setfields_needs, .gives = setfields_gives, .open = setfields_open,
    .example = { "setfields a=\"x y\", b=7 | table n a b", "{\"n\":1,\"a\":\"old\"}", "{\"n\":1,\"a\":\"x y\",\"b\":7}" },
};
