#include "base/hash.h"
#include "vm/emit.h"

/* equal instructions remembered: the first, which are good for the most rows */
enum { CANDIDATES_MOST = 32 };

/* Room for one more element; the old array stays in the arena until it goes. */
static status reserve(struct arena *arena, void *array_pointer, uint32_t *room, uint32_t count, size_t size)
{
    void   **array = array_pointer;
    uint32_t more = *room ? *room * 2 : 16;
    void    *grown;

    if (count < *room)
        return OK;
    grown = arena_zero(arena, more, size);
    TRY_NEW(grown);
    if (*room)
        memcpy(grown, *array, *room * size);
    *array = grown;
    *room = more;
    return OK;
}

static status new_selection(struct emit *emit, uint32_t parent, uint32_t space, uint32_t *rows)
{
    TRY(reserve(&emit->scratch, &emit->rows, &emit->selection_room, emit->selections, sizeof *emit->rows));
    TRY(reserve(&emit->scratch, &emit->lineage, &emit->lineage_room, emit->selections,
                sizeof *emit->lineage));
    emit->rows[emit->selections] = (struct selection_facts){ space };
    lineage_add(emit->lineage, emit->selections, parent);
    *rows = emit->selections++;
    return OK;
}

static status new_register(struct emit *emit, uint32_t under, uint32_t *reg)
{
    TRY(reserve(&emit->scratch, &emit->reg, &emit->register_room, emit->registers, sizeof *emit->reg));
    emit->reg[emit->registers] = (struct register_facts){ .under = under, .space = emit->rows[under].space };
    *reg = emit->registers++;
    return OK;
}

status emit_open(struct emit *emit, struct compile *compile, enum program_kind kind)
{
    uint32_t rows;

    *emit = (struct emit){ .compile = compile, .arena = compile->arena, .spaces = 1 };
    arena_init(&emit->scratch, compile->heap);
    map_init(&emit->field_number, compile->heap);
    map_init(&emit->bound, compile->heap);
    emit->program = ARENA_NEW(emit->arena, struct program);
    TRY_NEW(emit->program);
    emit->program->kind = (uint8_t)kind;
    emit->program->arena = emit->arena;
    TRY(new_selection(emit, ROWS_ALL, 0, &rows));
    return new_selection(emit, ROWS_ALL, 0, &rows);
}

void emit_close(struct emit *emit)
{
    arena_free(&emit->scratch);
    map_free(&emit->field_number);
    map_free(&emit->bound);
}

/* --- finding what was computed before ------------------------------------------------------------------- */

static uint64_t code_hash(const struct emit *emit, const struct instruction *at, const uint32_t *list)
{
    uint64_t a = at->a;

    if (at->op == OP_CALL)          /* equal calls have sites of their own until they are found equal */
        a = (uint64_t)(uintptr_t)emit->program->site[at->a].function;
    return hash_u64(hash_u64(a * 31 + at->op) ^ hash_u64(at->b + ((uint64_t)at->count << 32))
                    ^ hash_bytes(list, at->count * sizeof *list));
}

static bool rows_within(const struct emit *emit, uint32_t rows, uint32_t outer)
{
    return rows == ROWS_NONE || lineage_within(emit->lineage, rows, outer);
}

static bool code_equal(const struct emit *emit, uint32_t number, const struct instruction *want,
                       const uint32_t *list)
{
    const struct instruction *have = &emit->program->code[number];

    if (have->op != want->op || have->b != want->b || have->count != want->count)
        return false;
    if (have->count && memcmp(emit->program->operand + have->list, list, have->count * sizeof *list) != 0)
        return false;
    if (have->op != OP_CALL)
        return have->a == want->a;
    return emit->program->site[have->a].function == emit->program->site[want->a].function
        && emit->program->site[have->a].members == 0 && emit->program->site[want->a].members == 0;
}

static bool reusable(const struct emit *emit, const struct instruction *at)
{
    switch (at->op) {
    case OP_CALL:
        return emit->program->site[at->a].function->pure && emit->program->site[at->a].members == 0;
    case OP_FLATTEN: case OP_ELEMENT: case OP_MATCH: case OP_STORE: case OP_SCATTER: case OP_FILTER: case OP_RETURN:
        return false;
    default:
        return true;
    }
}

static bool find(struct emit *emit, const struct instruction *want, const uint32_t *list, uint32_t *into)
{
    bool     makes_rows = opcode_facts[want->op].into == OPERAND_ROWS;
    uint64_t hash = code_hash(emit, want, list);

    if (!emit->seen_slots)
        return false;
    for (uint32_t n = emit->slot[hash & (emit->seen_slots - 1)]; n; n = emit->seen[n - 1].next) {
        const struct seen        *seen = &emit->seen[n - 1];
        const struct instruction *have = &emit->program->code[seen->code];
        bool good = seen->hash == hash
                    && (makes_rows ? have->under == want->under
                                   : rows_within(emit, want->under, have->under));
        if (good && code_equal(emit, seen->code, want, list)) {
            *into = have->into;
            return true;
        }
    }
    return false;
}

static status more_slots(struct emit *emit)
{
    uint32_t slots = emit->seen_slots ? emit->seen_slots * 4 : 256;

    TRY_NEW(emit->slot = ARENA_ARRAY(&emit->scratch, uint32_t, slots));
    emit->seen_slots = slots;
    for (uint32_t i = 0; i < emit->seen_count; i++) {
        uint32_t *slot = &emit->slot[emit->seen[i].hash & (slots - 1)];
        emit->seen[i].next = *slot;
        *slot = i + 1;
    }
    return OK;
}

static status remember(struct emit *emit, uint32_t number, const uint32_t *list)
{
    uint64_t  hash = code_hash(emit, &emit->program->code[number], list);
    uint32_t *slot, alike = 0;

    if (emit->seen_count >= emit->seen_slots)
        TRY(more_slots(emit));
    slot = &emit->slot[hash & (emit->seen_slots - 1)];
    for (uint32_t n = *slot; n; n = emit->seen[n - 1].next)
        alike += emit->seen[n - 1].hash == hash;
    if (alike >= CANDIDATES_MOST)
        return OK;
    TRY(reserve(&emit->scratch, &emit->seen, &emit->seen_room, emit->seen_count, sizeof *emit->seen));
    emit->seen[emit->seen_count] = (struct seen){ hash, *slot, number };
    *slot = ++emit->seen_count;
    return OK;
}

void emit_forget(struct emit *emit)
{
    if (emit->slot)
        memset(emit->slot, 0, emit->seen_slots * sizeof *emit->slot);
    emit->seen_count = 0;
}

bool emit_find_call(struct emit *emit, const struct function *function, const uint32_t *arg, uint32_t count,
                    uint32_t under, uint32_t *reg)
{
    struct program    *program = emit->program;
    struct instruction call = { .op = OP_CALL, .a = program->sites, .count = count, .under = under };

    if (!emit->compile->rewrite || !function->pure)
        return false;
    if (reserve(emit->arena, &program->site, &emit->site_room, program->sites, sizeof *program->site) != OK)
        return false;
    program->site[program->sites] = (struct site){ .function = function };      /* only looked at */
    return find(emit, &call, arg, reg);
}

/* --- putting -------------------------------------------------------------------------------------------- */

static status put_list(struct emit *emit, struct instruction *at, const uint32_t *list)
{
    struct program *program = emit->program;

    at->list = program->operands;
    for (uint32_t i = 0; i < at->count; i++) {
        TRY(reserve(emit->arena, &program->operand, &emit->operand_room, program->operands, sizeof *list));
        program->operand[program->operands++] = list[i];
    }
    return OK;
}

status emit_put(struct emit *emit, struct instruction at, const uint32_t *list, uint32_t *into)
{
    struct program *program = emit->program;
    uint32_t        number = program->count;

    if (emit->compile->rewrite && reusable(emit, &at) && find(emit, &at, list, into))
        return OK;
    if (opcode_facts[at.op].into == OPERAND_REGISTER)
        TRY(new_register(emit, at.under, &at.into));
    if (opcode_facts[at.op].into == OPERAND_ROWS && at.op != OP_FLATTEN)
        TRY(new_selection(emit, at.under, emit->rows[at.under].space, &at.into));
    if (at.op == OP_FLATTEN)
        TRY(new_selection(emit, emit->selections, emit->spaces++, &at.into));
    TRY(put_list(emit, &at, list));
    TRY(reserve(emit->arena, &program->code, &emit->code_room, number, sizeof *program->code));
    program->code[program->count++] = at;
    if (into)
        *into = at.into;
    return emit->compile->rewrite && reusable(emit, &at) ? remember(emit, number, list) : OK;
}

static bool same_constant(const struct cell *a, const struct cell *b)
{
    if (a->kind != b->kind || a->flags != b->flags)
        return false;
    switch (a->kind) {
    case KIND_NULL:   return true;
    case KIND_NUMBER: return a->decimals == b->decimals
        && memcmp(&a->number, &b->number, sizeof a->number) == 0;
    case KIND_TEXT:   return str_equal(cell_str(a), cell_str(b));
    case KIND_LIST:   return false;
    default:          return a->truth == b->truth;
    }
}

/* Small programs have few constants, and only the last ones are looked through, so that large ones stay
 * linear. */
status emit_constant(struct emit *emit, struct cell cell, uint32_t *reg)
{
    struct program *program = emit->program;
    uint32_t        from = program->constants > 64 ? program->constants - 64 : 0;

    for (uint32_t i = from; i < program->constants; i++)
        if (same_constant(&program->constant[i].cell, &cell)) {
            *reg = program->constant[i].into;
            return OK;
        }
    TRY(new_register(emit, ROWS_ALL, reg));
    emit->reg[*reg].is_constant = true;
    emit->reg[*reg].constant = cell;
    TRY(reserve(emit->arena, &program->constant, &emit->constant_room, program->constants,
                sizeof *program->constant));
    program->constant[program->constants++] = (struct constant){ *reg, cell };
    return OK;
}

status emit_field_number(struct emit *emit, str name, uint32_t *number)
{
    struct program *program = emit->program;
    uintptr_t       known = (uintptr_t)map_get(&emit->field_number, name);

    if (known) {
        *number = (uint32_t)known - 1;
        return OK;
    }
    name = arena_str(emit->arena, name);
    TRY_NEW(name.at);
    TRY(reserve(emit->arena, &program->field, &emit->field_room, program->fields, sizeof *program->field));
    program->field[program->fields] = name;
    *number = program->fields++;
    return map_put(&emit->field_number, name, (void *)(uintptr_t)(*number + 1));
}

status emit_template(struct emit *emit, str text, uint32_t *number)
{
    struct program *program = emit->program;

    text = arena_str(emit->arena, text);
    TRY_NEW(text.at);
    TRY(reserve(emit->arena, &program->template, &emit->template_room, program->templates,
                sizeof *program->template));
    program->template[program->templates] = text;
    *number = program->templates++;
    return OK;
}

status emit_site(struct emit *emit, const struct site *site, uint32_t *number)
{
    struct program *program = emit->program;

    TRY(reserve(emit->arena, &program->site, &emit->site_room, program->sites, sizeof *program->site));
    program->site[program->sites] = *site;
    *number = program->sites++;
    return OK;
}

/* --- selections ----------------------------------------------------------------------------------------- */

status emit_narrow(struct emit *emit, uint32_t reg, enum test test, uint32_t under, uint32_t *rows)
{
    const struct register_facts *facts = &emit->reg[reg];

    if (under == ROWS_NONE) {
        *rows = ROWS_NONE;
        return OK;
    }
    if (facts->is_constant && emit->compile->rewrite) {
        bool truth = facts->constant.kind == KIND_BOOLEAN;
        bool null = facts->constant.kind == KIND_NULL;
        bool pass = test == TEST_TRUE ? truth && facts->constant.truth
                  : test == TEST_FALSE ? truth && !facts->constant.truth
                  : test == TEST_NULL ? null : !null;
        *rows = pass ? under : ROWS_NONE;
        return OK;
    }
    return emit_put(emit, (struct instruction){ .op = OP_NARROW, .a = reg, .b = test, .under = under }, NULL,
                    rows);
}

status emit_minus(struct emit *emit, uint32_t under, uint32_t less, uint32_t *rows)
{
    if (less == ROWS_NONE || less == under || under == ROWS_NONE) {
        *rows = less == under ? ROWS_NONE : under;
        return OK;
    }
    return emit_put(emit, (struct instruction){ .op = OP_MINUS, .a = less, .under = under }, NULL, rows);
}

status emit_union(struct emit *emit, uint32_t a, uint32_t b, uint32_t under, uint32_t *rows)
{
    if (a == ROWS_NONE || b == ROWS_NONE || a == b || a == under || b == under) {
        *rows = a == under || b == under ? under : a == ROWS_NONE ? b : a;
        return OK;
    }
    return emit_put(emit, (struct instruction){ .op = OP_UNION, .a = a, .b = b, .under = under }, NULL, rows);
}

status emit_truth(struct emit *emit, uint32_t yes, uint32_t no, uint32_t under, uint32_t *reg)
{
    if (under == yes || under == no)
        return emit_constant(emit, cell_truth(under == yes), reg);
    return emit_put(emit, (struct instruction){ .op = OP_TRUTH, .a = yes, .b = no, .under = under }, NULL,
                    reg);
}
