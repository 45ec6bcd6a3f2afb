/* Machines: made once for each program and thread, run on any number of batches. */
#include "vm/machine.h"

static status set_registers(struct machine *machine)
{
    const struct program *program = machine->program;

    for (uint32_t i = 0; i < program->registers; i++)
        machine->fresh[i] = machine->absent;
    for (uint32_t i = 0; i < program->constants; i++) {
        struct cell cell = program->constant[i].cell;
        if (cell.kind == KIND_NULL)
            continue;
        TRY_NEW(machine->fresh[program->constant[i].into] = column_constant(&machine->lasting, cell));
    }
    return OK;
}

static status set_calls(struct machine *machine)
{
    const struct program *program = machine->program;
    uint32_t              longest = 0;

    for (uint32_t i = 0; i < program->sites; i++)
        machine->call[i] = (struct call){ .site = &program->site[i], .count = program->site[i].count,
                                          .context = machine->context };
    for (uint32_t i = 0; i < program->count; i++)
        if (program->code[i].count > longest)
            longest = program->code[i].count;
    TRY_NEW(machine->argument = ARENA_ARRAY(&machine->lasting, struct column *, longest + 1));
    for (uint32_t i = 0; i < program->fields; i++)
        TRY_NEW(machine->name[i] = names_intern(machine->context->names, program->field[i]));
    return OK;
}

static void count_uses(struct machine *machine)
{
    const struct program *program = machine->program;

    for (uint32_t i = 0; i < program->count; i++) {
        const struct instruction  *at = &program->code[i];
        const struct opcode_facts *facts = &opcode_facts[at->op];
        bool                       arms = facts->list == OPERAND_ARMS;     /* every second is a register */
        if (facts->into == OPERAND_REGISTER)
            machine->maker[at->into] = i + 1;
        if (facts->a == OPERAND_REGISTER)
            machine->uses[at->a]++;
        if (facts->b == OPERAND_REGISTER)
            machine->uses[at->b]++;
        for (uint32_t j = arms; j < at->count; j += 1 + arms)
            machine->uses[program->operand[at->list + j]]++;
    }
}

static status build(struct machine *machine)
{
    const struct program *program = machine->program;
    struct arena         *arena = &machine->lasting;

    TRY_NEW(machine->absent = column_absent(arena));
    TRY_NEW(machine->reg = ARENA_ARRAY(arena, struct column *, program->registers + 1));
    TRY_NEW(machine->fresh = ARENA_ARRAY(arena, struct column *, program->registers + 1));
    TRY_NEW(machine->rows = ARENA_ARRAY(arena, struct selection, program->selections + 2));
    TRY_NEW(machine->call = ARENA_ARRAY(arena, struct call, program->sites + 1));
    TRY_NEW(machine->memo = ARENA_ARRAY(arena, struct lift_memo, program->sites + 1));
    TRY_NEW(machine->name = ARENA_ARRAY(arena, const struct name *, program->fields + 1));
    TRY_NEW(machine->maker = ARENA_ARRAY(arena, uint32_t, program->registers + 1));
    TRY_NEW(machine->uses = ARENA_ARRAY(arena, uint32_t, program->registers + 1));
    count_uses(machine);
    TRY(set_registers(machine));
    return set_calls(machine);
}

status machine_new(const struct program *program, struct context *context, struct machine **out)
{
    struct machine *machine = heap_zero(context->heap, 1, sizeof *machine);
    status          built;

    TRY_NEW(machine);
    machine->program = program;
    machine->context = context;
    machine->heap = context->heap;
    arena_init(&machine->lasting, context->heap);
    arena_init(&machine->scratch, context->heap);
    built = build(machine);
    if (built != OK) {
        machine_free(machine);
        return built;
    }
    *out = machine;
    return OK;
}

void machine_free(struct machine *machine)
{
    if (!machine)
        return;
    for (uint32_t i = 0; machine->call && machine->memo && i < machine->program->sites; i++) {
        struct call *call = &machine->call[i];
        if (call->site && call->site->function->close)
            call->site->function->close(call);
        buf_free(&call->spare);
        lift_memo_free(&machine->memo[i], machine->heap);
    }
    matched_free(machine->matched);
    arena_free(&machine->scratch);
    arena_free(&machine->lasting);
    heap_free(machine->heap, machine, sizeof *machine);
}

status machine_filter(struct machine *machine, struct batch *in, struct arena *arena, struct rows *out)
{
    const struct rows *rows;
    uint32_t          *row;

    machine->filtered = NULL;
    TRY(machine_run(machine, in, arena));
    if (!machine->filtered)
        return FAIL_BUG;
    rows = &machine->filtered->rows;
    *out = *rows;
    if (rows->row == in->rows.row || rows->row == NULL || rows->count == 0)
        return OK;
    TRY_NEW(row = arena_alloc(arena, rows->count * sizeof *row));
    memcpy(row, rows->row, rows->count * sizeof *row);
    out->row = row;
    return OK;
}

status machine_value(struct machine *machine, struct batch *in, struct arena *arena, struct column **out)
{
    machine->returned = NULL;
    TRY(machine_run(machine, in, arena));
    if (!machine->returned)
        return FAIL_BUG;
    *out = machine->returned;
    if (*out != machine->absent && (*out)->encoding != ENCODING_CONSTANT)
        return OK;
    TRY_NEW(*out = ARENA_NEW(arena, struct column));     /* the machine's own must not be kept */
    **out = *machine->returned;
    return OK;
}

status machine_assign(struct machine *machine, struct batch *batch, uint32_t rank)
{
    machine->rank = rank;
    machine->place = 0;
    return machine_run(machine, batch, &batch->arena);
}
