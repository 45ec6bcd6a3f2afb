/* The end of a compilation: instructions whose results nobody reads are dropped, registers and selections are
 * numbered anew in the order in which they are made. */
#include "vm/emit.h"

struct tidy {
    struct program *program;
    bool           *reg, *rows;             /* read by somebody */
    uint32_t       *new_reg, *new_rows;
    bool           *site;
};

static bool is_root(uint8_t op)
{
    return op == OP_STORE || op == OP_SCATTER || op == OP_FILTER || op == OP_RETURN;
}

static void use(struct tidy *tidy, const struct instruction *at)
{
    const struct opcode_facts *facts = &opcode_facts[at->op];
    const uint32_t            *list = tidy->program->operand + at->list;

    if (facts->a == OPERAND_REGISTER)
        tidy->reg[at->a] = true;
    if (facts->a == OPERAND_ROWS)
        tidy->rows[at->a] = true;
    if (facts->b == OPERAND_REGISTER)
        tidy->reg[at->b] = true;
    if (facts->b == OPERAND_ROWS)
        tidy->rows[at->b] = true;
    if (facts->under == OPERAND_UNDER)
        tidy->rows[at->under] = true;
    for (uint32_t i = 0; i < at->count; i++)
        (facts->list == OPERAND_ARMS && i % 2 == 0 ? tidy->rows : tidy->reg)[list[i]] = true;
}

static void drop_unread(struct tidy *tidy)
{
    struct program *program = tidy->program;
    uint32_t        kept = program->count;

    for (uint32_t i = program->count; i-- > 0;) {
        struct instruction at = program->code[i];
        bool read = is_root(at.op)
            || (opcode_facts[at.op].into == OPERAND_ROWS ? tidy->rows : tidy->reg)[at.into];
        if (!read || (at.under == ROWS_NONE && at.op != OP_FILTER && at.op != OP_RETURN))
            continue;
        use(tidy, &at);
        program->code[--kept] = at;
    }
    memmove(program->code, program->code + kept, (program->count - kept) * sizeof *program->code);
    program->count -= kept;
}

static status drop_sites(struct tidy *tidy)
{
    struct program *program = tidy->program;
    struct site    *site = arena_alloc(program->arena, (program->sites + 1) * sizeof *site);
    uint32_t        kept = 0;

    TRY_NEW(site);
    for (uint32_t i = 0; i < program->count; i++)
        if (program->code[i].op == OP_CALL)
            tidy->site[program->code[i].a] = true;
    for (uint32_t i = 0; i < program->sites; i++)
        if (!tidy->site[i] && program->site[i].function->drop)
            program->site[i].function->drop(&program->site[i]);
    for (uint32_t i = 0; i < program->count; i++)
        if (program->code[i].op == OP_CALL) {
            site[kept] = program->site[program->code[i].a];
            program->code[i].a = kept++;
        }
    program->site = site;
    program->sites = kept;
    return OK;
}

static void drop_constants(struct tidy *tidy)
{
    struct program *program = tidy->program;
    uint32_t        kept = 0;

    for (uint32_t i = 0; i < program->constants; i++)
        if (tidy->reg[program->constant[i].into])
            program->constant[kept++] = program->constant[i];
    program->constants = kept;
}

static void renumber(struct tidy *tidy)
{
    struct program *program = tidy->program;

    program->registers = 0;
    program->selections = 2;
    tidy->new_rows[ROWS_NONE] = ROWS_NONE;
    for (uint32_t i = 0; i < program->constants; i++) {
        tidy->new_reg[program->constant[i].into] = program->registers;
        program->constant[i].into = program->registers++;
    }
    for (uint32_t i = 0; i < program->count; i++) {
        struct instruction        *at = &program->code[i];
        const struct opcode_facts *facts = &opcode_facts[at->op];
        uint32_t                  *list = program->operand + at->list;
        for (uint32_t j = 0; j < at->count; j++)
            list[j] = (facts->list == OPERAND_ARMS && j % 2 == 0 ? tidy->new_rows : tidy->new_reg)[list[j]];
        if (facts->a == OPERAND_REGISTER)
            at->a = tidy->new_reg[at->a];
        if (facts->a == OPERAND_ROWS)
            at->a = tidy->new_rows[at->a];
        if (facts->b == OPERAND_REGISTER)
            at->b = tidy->new_reg[at->b];
        if (facts->b == OPERAND_ROWS)
            at->b = tidy->new_rows[at->b];
        at->under = tidy->new_rows[at->under];
        if (facts->into == OPERAND_REGISTER)
            at->into = tidy->new_reg[at->into] = program->registers++;
        if (facts->into == OPERAND_ROWS)
            at->into = tidy->new_rows[at->into] = program->selections++;
    }
}

/* Fields that are still loaded or stored, in order of first use. */
static status drop_fields(struct tidy *tidy, struct arena *scratch)
{
    struct program *program = tidy->program;
    uint32_t       *number = ARENA_ARRAY(scratch, uint32_t, program->fields + 1), kept = 0;
    str            *field = ARENA_ARRAY(program->arena, str, program->fields + 1);

    TRY_NEW(number && field ? program : NULL);
    for (uint32_t i = 0; i < program->count; i++) {
        struct instruction *at = &program->code[i];
        if (opcode_facts[at->op].a != OPERAND_FIELD)
            continue;
        if (!number[at->a]) {
            field[kept] = program->field[at->a];
            number[at->a] = ++kept;
        }
        at->a = number[at->a] - 1;
    }
    program->field = field;
    program->fields = kept;
    return OK;
}

/* Lists of dropped instructions would be renumbered with stale numbers: the pool is made anew. */
static status compact_lists(struct program *program)
{
    uint32_t *operand = ARENA_ARRAY(program->arena, uint32_t, program->operands + 1), used = 0;

    TRY_NEW(operand);
    for (uint32_t i = 0; i < program->count; i++) {
        struct instruction *at = &program->code[i];
        if (at->count)
            memcpy(operand + used, program->operand + at->list, at->count * sizeof *operand);
        at->list = used;
        used += at->count;
    }
    program->operand = operand;
    program->operands = used;
    return OK;
}

status emit_finish(struct emit *emit, struct program **out)
{
    struct program *program = emit->program;
    struct tidy     tidy = {
        .program = program,
        .reg = ARENA_ARRAY(&emit->scratch, bool, emit->registers + 1),
        .rows = ARENA_ARRAY(&emit->scratch, bool, emit->selections + 1),
        .new_reg = ARENA_ARRAY(&emit->scratch, uint32_t, emit->registers + 1),
        .new_rows = ARENA_ARRAY(&emit->scratch, uint32_t, emit->selections + 1),
        .site = ARENA_ARRAY(&emit->scratch, bool, program->sites + 1)
    };

    TRY_NEW(tidy.reg && tidy.rows && tidy.new_reg && tidy.new_rows && tidy.site ? program : NULL);
    drop_unread(&tidy);
    TRY(drop_sites(&tidy));
    drop_constants(&tidy);
    TRY(drop_fields(&tidy, &emit->scratch));
    TRY(compact_lists(program));
    renumber(&tidy);
    TRY(program_finish(program));
    *out = program;
    return OK;
}
