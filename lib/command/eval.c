/* eval <field>=<expression>, ...: left to right, each sees the ones before; null removes the field (language 9). */
#include "command/filter.h"

struct eval {
    struct op       op;
    struct machine *machine;
};

struct eval_bound {
    struct program *program;
};

static const struct param eval_params[] = {
    { "assignments", PARAM_ASSIGNMENTS, PLACE_ALL, .required = true, .help = "field=expression, ..." },
    { 0 }
};

static status eval_push(struct op *op, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        result;

    TRY_NEW(out);
    result = machine_assign(container_of(op, struct eval, op)->machine, out, op->stage->rank);
    return op_emit_if(op, result, out);
}

static void eval_close(struct op *op)
{
    machine_free(container_of(op, struct eval, op)->machine);
}

static const struct op_kind eval_kind = { "eval", .push = eval_push, .close = eval_close };

static status eval_open(const struct stage *stage, struct run *run, struct op **out)
{
    TRY(op_new(&eval_kind, sizeof(struct eval), stage, run, out));
    return machine_new(((const struct eval_bound *)stage->bound)->program, (*out)->context,
                       &container_of(*out, struct eval, op)->machine);
}

static status eval_bind(struct binder *binder, struct stage *stage)
{
    return program_assignments(&binder->compile, stage_argument(stage, 0)->assignments,
                               &((struct eval_bound *)stage->bound)->program);
}

static void eval_drop(struct stage *stage)
{
    program_drop(((struct eval_bound *)stage->bound)->program);
}

static void eval_print(const struct stage *stage, struct buf *out)
{
    program_print(((const struct eval_bound *)stage->bound)->program, out);
}

/* Targets are overwritten in every row, so what they held before does not matter; with a target made from a value
 * anything may be written, and anything read: the value may name another field in braces. */
static status eval_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct program *program = ((const struct eval_bound *)stage->bound)->program;
    struct program_names  writes = program_writes(program);
    bool                  any = false;

    if (writes.dynamic)
        return wanted_everything(wanted);
    for (uint32_t i = 0; i < writes.count; i++) {
        any |= wanted_has(wanted, writes.name[i]);
        TRY(wanted_remove(wanted, writes.name[i]));
    }
    return any ? wants_program(wanted, program) : OK;
}

static status eval_gives(const struct stage *stage, struct wanted *columns)
{
    struct program_names writes = program_writes(((const struct eval_bound *)stage->bound)->program);

    for (uint32_t i = 0; i < writes.count; i++)
        TRY(wanted_add(columns, writes.name[i]));
    return writes.dynamic ? wanted_everything(columns) : OK;
}

const struct command command_eval = {
    .name = "eval", .usage = "eval <field>=<expression> [, <field>=<expression>]...",
    .summary = "Set fields to the values of expressions",
    .params = eval_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct eval_bound),
    .bind = eval_bind, .drop = eval_drop, .needs = eval_needs, .gives = eval_gives, .open = eval_open,
    .print = eval_print,
    .example = { "eval c=a+b, d=c*2 | table c d", "{\"a\":1,\"b\":2}", "{\"c\":3,\"d\":6}" },
};
