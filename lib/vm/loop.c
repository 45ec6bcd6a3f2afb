/* The interpreter. It knows no operation: each opcode is a function, and what a program may be, verify.c has
 * proved. */
#include "vm/machine.h"

static status run_one(struct machine *machine, const struct instruction *at)
{
    const struct selection *under = &machine->rows[at->under];

    switch (at->op) {
#define OPCODE(name, word, into, a, b, list, rows, meaning) \
    case OP_##name: return execute_##name(machine, at, under);
#include "vm/opcodes.def"
#undef OPCODE
    default:
        return FAIL_BUG;
    }
}

/* Nothing to do: a register stays null, a selection is empty. Answers are given all the same. */
static bool is_idle(struct machine *machine, const struct instruction *at)
{
    const struct selection *under = &machine->rows[at->under];

    if (under->rows.count || at->op == OP_FILTER || at->op == OP_RETURN || at->op == OP_STORE)
        return false;
    if (opcode_facts[at->op].into == OPERAND_ROWS)
        machine->rows[at->into] = (struct selection){ .space = under->space };
    return true;
}

status machine_run(struct machine *machine, struct batch *batch, struct arena *results)
{
    const struct program *program = machine->program;

    arena_reset(&machine->scratch);
    memcpy(machine->reg, machine->fresh, program->registers * sizeof *machine->reg);
    machine->batch = batch;
    machine->space = (struct space){ .size = batch->size };
    machine->results = results;
    machine->rows[ROWS_ALL] = (struct selection){ batch->rows, &machine->space };
    machine->rows[ROWS_NONE] = (struct selection){ .space = &machine->space };
    for (uint32_t i = 0; i < program->count; i++) {
        const struct instruction *at = &program->code[i];
        if (!is_idle(machine, at))
            TRY(run_one(machine, at));
    }
    return OK;
}
