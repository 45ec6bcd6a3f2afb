#include "vm/code.h"

const struct opcode_facts opcode_facts[OPCODES] = {
#define OPCODE(name, word, into, a, b, list, under, meaning) \
    { word, OPERAND_##into, OPERAND_##a, OPERAND_##b, OPERAND_##list, OPERAND_##under, meaning },
#include "vm/opcodes.def"
#undef OPCODE
};

const char *const test_words[TESTS] = { "true", "false", "null", "value" };
const char *const numeric_words[NUMERIC_MODES] = { "parsed", "settled" };

static void add_once(struct program_names *names, str name)
{
    for (uint32_t i = 0; i < names->count; i++)
        if (str_equal(names->name[i], name))
            return;
    ((str *)names->name)[names->count++] = name;
}

/* Field numbers are one to a name, so a mark for each is enough. */
static void add_field(struct program_names *names, const struct program *program, uint32_t field, bool *known)
{
    if (!known[field])
        ((str *)names->name)[names->count++] = program->field[field];
    known[field] = true;
}

/* The fields that a computed name reads: what stands in braces. A brace inside braces makes a name nobody
 * knows yet. */
static uint32_t template_fields(str template, str *out)
{
    uint32_t count = 0;
    size_t   open = SIZE_MAX;

    for (size_t i = 0; i < template.size; i++) {
        if (template.at[i] == '{')
            open = i + 1;
        if (template.at[i] == '}' && open != SIZE_MAX) {
            if (out)
                out[count] = str_slice(template, open, i);
            count++;
            open = SIZE_MAX;
        }
    }
    return count;
}

static status find_names(struct program *program)
{
    uint32_t reads = 0;
    str     *read, *write, *inside;
    bool    *known = ARENA_ARRAY(program->arena, bool, 2 * (size_t)program->fields + 1);

    for (uint32_t i = 0; i < program->templates; i++)
        reads += template_fields(program->template[i], NULL);
    read = ARENA_ARRAY(program->arena, str, program->fields + reads + 1);
    write = ARENA_ARRAY(program->arena, str, program->fields + 1);
    inside = ARENA_ARRAY(program->arena, str, reads + 1);
    TRY_NEW(read && write && inside && known ? program : NULL);
    program->reads = (struct program_names){ .name = read };
    program->writes = (struct program_names){ .name = write };
    for (uint32_t i = 0; i < program->count; i++) {
        const struct instruction *at = &program->code[i];
        if (at->op == OP_LOAD)
            add_field(&program->reads, program, at->a, known);
        if (at->op == OP_MATCH)
            program->reads.dynamic = true;
        if (at->op == OP_STORE)
            add_field(&program->writes, program, at->a, known + program->fields);
        if (at->op == OP_SCATTER) {
            uint32_t count = template_fields(program->template[at->a], inside);
            for (uint32_t j = 0; j < count; j++)
                add_once(&program->reads, inside[j]);
            program->writes.dynamic = true;
        }
    }
    return OK;
}

static void keep_operands(const struct program *program, const struct instruction *at, bool *reg, bool *rows)
{
    const struct opcode_facts *facts = &opcode_facts[at->op];

    if (facts->a == OPERAND_REGISTER)
        reg[at->a] = true;
    if (facts->b == OPERAND_REGISTER)
        reg[at->b] = true;
    for (uint32_t i = 0; i < at->count; i++)
        if (facts->list == OPERAND_REGISTERS || i % 2 == 1)
            reg[program->operand[at->list + i]] = true;
    if (at->op == OP_ELEMENT)                           /* the values lie in what flatten made */
        rows[at->under] = true;
    if (at->op == OP_FLATTEN)
        reg[at->a] = true;
}

/* A result is kept when it is the answer, or when an answer may borrow from it: text is never copied on the
 * way. */
static status find_kept(struct program *program)
{
    bool *reg = ARENA_ARRAY(program->arena, bool, program->registers + 1);
    bool *rows = ARENA_ARRAY(program->arena, bool, program->selections + 1);

    TRY_NEW(reg && rows ? program : NULL);
    for (uint32_t i = program->count; i-- > 0;) {
        struct instruction        *at = &program->code[i];
        const struct opcode_facts *facts = &opcode_facts[at->op];
        if (at->op == OP_STORE)
            at->kept = true;
        else if (facts->into == OPERAND_REGISTER)
            at->kept = reg[at->into];
        else if (facts->into == OPERAND_ROWS)
            at->kept = rows[at->into];
        else
            at->kept = true;
        /* Truth values borrow nothing. */
        if (at->kept && !(at->op == OP_CALL && program->site[at->a].function->gives == TYPE_BOOLEAN)
            && at->op != OP_NARROW)
            keep_operands(program, at, reg, rows);
    }
    return OK;
}

/* --- decimals that nobody sees (language 7.3) ----------------------------------------------------------- */

struct plain {
    const struct program *program;
    bool                 *seen;         /* by register: its decimals can show in an answer */
    bool                 *number;       /* numbers and nulls for certain */
};

static bool is_one_of(const char *name, const char *words)
{
    size_t size = strlen(name);

    for (const char *at = words; *at; at += strcspn(at, " "), at += *at == ' ')
        if (strncmp(at, name, size) == 0 && (at[size] == ' ' || at[size] == 0))
            return true;
    return false;
}

/* Are the decimals of argument `i` of this call seen, given whether those of its result are? */
static bool argument_seen(const struct plain *plain, const struct instruction *at, uint32_t i, bool result)
{
    const char     *name = plain->program->site[at->a].function->name;
    const uint32_t *arg = plain->program->operand + at->list;

    if (is_one_of(name, "neg - * / %"))
        return result;
    if (at->count != 2 || !is_one_of(name, "+ = != < <= > >=") || !plain->number[arg[1 - i]])
        return true;                            /* texts may be compared or joined */
    return name[0] == '+' ? result : false;
}

static void mark_seen(struct plain *plain, const struct instruction *at)
{
    const struct opcode_facts *facts = &opcode_facts[at->op];
    const uint32_t            *list = plain->program->operand + at->list;
    bool                       result = facts->into != OPERAND_REGISTER || plain->seen[at->into];

    if (at->op == OP_NARROW)
        return;
    if (facts->a == OPERAND_REGISTER)
        plain->seen[at->a] |= result;
    if (facts->b == OPERAND_REGISTER)
        plain->seen[at->b] = true;
    for (uint32_t i = 0; i < at->count; i++)
        if (facts->list == OPERAND_REGISTERS)
            plain->seen[list[i]] |= argument_seen(plain, at, i, result);
        else if (i % 2 == 1)
            plain->seen[list[i]] |= result;
}

/* Comparing and filtering ask for values only: there arithmetic need not keep track of its precision. */
static status find_plain(struct program *program)
{
    struct plain plain = { program, ARENA_ARRAY(program->arena, bool, program->registers + 1),
                           ARENA_ARRAY(program->arena, bool, program->registers + 1) };

    TRY_NEW(plain.seen && plain.number ? program : NULL);
    for (uint32_t i = 0; i < program->constants; i++)
        plain.number[program->constant[i].into] = program->constant[i].cell.kind == KIND_NUMBER;
    for (uint32_t i = 0; i < program->count; i++) {
        const struct instruction *at = &program->code[i];
        if (at->op == OP_CALL)
            plain.number[at->into] = program->site[at->a].function->gives == TYPE_NUMBER;
    }
    for (uint32_t i = program->count; i-- > 0;) {
        struct instruction *at = &program->code[i];
        at->plain = opcode_facts[at->op].into == OPERAND_REGISTER && !plain.seen[at->into];
        mark_seen(&plain, at);
    }
    return OK;
}

status program_finish(struct program *program)
{
    TRY(find_names(program));
    TRY(find_kept(program));
    return find_plain(program);
}

void program_drop(struct program *program)
{
    if (!program)
        return;
    for (uint32_t i = 0; i < program->sites; i++)
        if (program->site[i].function->drop)
            program->site[i].function->drop(&program->site[i]);
    program->sites = 0;
}

struct program_names program_reads(const struct program *program) { return program->reads; }
struct program_names program_writes(const struct program *program) { return program->writes; }
