#include "vm/verify.h"

#include "vm/lineage.h"

/* What is known so far: which registers and selections are made, in which space, under which selection. */
struct verify {
    const struct program *program;
    uint8_t              *reg_made, *rows_made;
    uint32_t             *reg_space, *reg_under, *rows_space;
    struct lineage       *lineage;
    uint32_t              spaces;
};

enum { SPACE_ANY = UINT32_MAX };        /* of constants */

/* `rows` are some of `outer`, as far as the program says. */
static bool within(const struct verify *verify, uint32_t rows, uint32_t outer)
{
    return rows == ROWS_NONE || lineage_within(verify->lineage, rows, outer);
}

static bool reads_rows(const struct verify *verify, uint32_t rows)
{
    return rows < verify->program->selections && verify->rows_made[rows];
}

static bool reads_register(const struct verify *verify, uint32_t reg, uint32_t under)
{
    if (reg >= verify->program->registers || !verify->reg_made[reg])
        return false;
    return verify->reg_space[reg] == SPACE_ANY || within(verify, under, verify->reg_under[reg]);
}

static bool operand_good(const struct verify *verify, const struct instruction *at, uint8_t kind,
                         uint32_t operand)
{
    const struct program *program = verify->program;

    switch (kind) {
    case OPERAND_REGISTER:
        if (at->op == OP_SPREAD || at->op == OP_FOLD)       /* these cross from space to space */
            return operand < program->registers && verify->reg_made[operand];
        return reads_register(verify, operand, at->under);
    case OPERAND_ROWS:     return reads_rows(verify, operand)
        && (at->op == OP_FOLD || within(verify, operand, at->under));
    case OPERAND_FIELD:    return operand < program->fields;
    case OPERAND_CALLED:   return operand < program->sites && program->site[operand].count == at->count;
    case OPERAND_TEMPLATE: return operand < program->templates;
    case OPERAND_TEST:     return operand < TESTS;
    case OPERAND_MODE:     return operand < NUMERIC_MODES;
    default:               return true;
    }
}

static bool list_good(const struct verify *verify, const struct instruction *at, uint8_t kind)
{
    const uint32_t *list = verify->program->operand + at->list;

    if (at->list > verify->program->operands || at->count > verify->program->operands - at->list)
        return false;
    if (kind == OPERAND_NONE || (kind == OPERAND_ARMS && at->count % 2))
        return at->count == 0;
    for (uint32_t i = 0; i < at->count; i++) {
        if (kind == OPERAND_REGISTERS ? !reads_register(verify, list[i], at->under)
            : i % 2 == 0 ? !reads_rows(verify, list[i]) || !within(verify, list[i], at->under)
                         : !reads_register(verify, list[i], list[i - 1]))
            return false;
    }
    return true;
}

static bool make(struct verify *verify, const struct instruction *at)
{
    uint8_t kind = opcode_facts[at->op].into;

    if (kind == OPERAND_REGISTER) {
        if (at->into >= verify->program->registers || verify->reg_made[at->into])
            return false;
        verify->reg_made[at->into] = 1;
        verify->reg_under[at->into] = at->under;
        verify->reg_space[at->into] = verify->rows_space[at->under];
    }
    if (kind == OPERAND_ROWS) {
        if (at->into >= verify->program->selections || verify->rows_made[at->into])
            return false;
        verify->rows_made[at->into] = 1;
        lineage_add(verify->lineage, at->into, at->op == OP_FLATTEN ? at->into : at->under);
        verify->rows_space[at->into] = at->op == OP_FLATTEN ? ++verify->spaces
            : verify->rows_space[at->under];
    }
    return true;
}

/* Loads and answers are about the batch; elements about what was laid out. */
static bool space_good(const struct verify *verify, const struct instruction *at)
{
    uint32_t space = verify->rows_space[at->under];

    switch (at->op) {
    case OP_LOAD: case OP_MATCH: case OP_STORE: case OP_SCATTER: case OP_FILTER: case OP_RETURN:
        return space == 0;
    case OP_ELEMENT: case OP_SPREAD:
        return space != 0;
    case OP_FOLD:
        return verify->rows_space[at->b] != space;
    default:
        return true;
    }
}

static bool instruction_good(struct verify *verify, const struct instruction *at)
{
    const struct opcode_facts *facts;

    if (at->op >= OPCODES || !reads_rows(verify, at->under))
        return false;
    facts = &opcode_facts[at->op];
    return operand_good(verify, at, facts->a, at->a) && operand_good(verify, at, facts->b, at->b)
        && list_good(verify, at, facts->list) && space_good(verify, at) && make(verify, at);
}

static bool ends_well(const struct program *program)
{
    uint8_t last = program->count ? program->code[program->count - 1].op : OPCODES;

    if (program->kind == PROGRAM_CONDITION)
        return last == OP_FILTER;
    return program->kind == PROGRAM_VALUE ? last == OP_RETURN : true;
}

static status open(struct verify *verify, const struct program *program)
{
    struct arena *arena = program->arena;

    *verify = (struct verify){ .program = program };
    TRY_NEW(verify->reg_made = ARENA_ARRAY(arena, uint8_t, program->registers + 1));
    TRY_NEW(verify->rows_made = ARENA_ARRAY(arena, uint8_t, program->selections + 2));
    TRY_NEW(verify->reg_space = ARENA_ARRAY(arena, uint32_t, program->registers + 1));
    TRY_NEW(verify->reg_under = ARENA_ARRAY(arena, uint32_t, program->registers + 1));
    TRY_NEW(verify->rows_space = ARENA_ARRAY(arena, uint32_t, program->selections + 2));
    TRY_NEW(verify->lineage = ARENA_ARRAY(arena, struct lineage, program->selections + 2));
    verify->rows_made[ROWS_ALL] = verify->rows_made[ROWS_NONE] = 1;
    return OK;
}

status program_verify(const struct program *program)
{
    struct verify verify;

    if (program->selections < 2 || !ends_well(program))
        return FAIL_BUG;
    TRY(open(&verify, program));
    for (uint32_t i = 0; i < program->constants; i++) {
        uint32_t into = program->constant[i].into;
        if (into >= program->registers || verify.reg_made[into])
            return FAIL_BUG;
        verify.reg_made[into] = 1;
        verify.reg_space[into] = SPACE_ANY;
    }
    for (uint32_t i = 0; i < program->count; i++)
        if (!instruction_good(&verify, &program->code[i]))
            return FAIL_BUG;
    return OK;
}
