#include "vm/assemble.h"

#include "catalog/vocabulary.h"
#include "value/number.h"
#include "vm/code.h"
#include "vm/search_functions.h"
#include "vm/verify.h"

enum { LIST_DEPTH = 1, SMALL_MOST = 1000000000 };       /* lists hold no lists; registers, selections, decimals */

struct assemble {
    struct compile *compile;
    struct program *program;
    str             text;
    size_t          at;
    uint32_t        line;
    uint32_t        lines;          /* room in every array: none holds more than one entry a line */
};

static status complain(struct assemble *assemble, const char *what)
{
    struct span span = { (uint32_t)assemble->at, (uint32_t)assemble->at };

    return diag_at(assemble->compile->diag, FAIL_QUERY, span, "internal", "line %u: %s", assemble->line,
                   what);
}

/* --- words ---------------------------------------------------------------------------------------------- */

static bool at_line_end(struct assemble *assemble)
{
    while (assemble->at < assemble->text.size && assemble->text.at[assemble->at] == ' ')
        assemble->at++;
    return assemble->at >= assemble->text.size || assemble->text.at[assemble->at] == '\n';
}

static str peek(struct assemble *assemble)
{
    size_t to;

    if (at_line_end(assemble))
        return (str){ "", 0 };
    for (to = assemble->at; to < assemble->text.size && assemble->text.at[to] != ' '
         && assemble->text.at[to] != '\n';)
        to++;
    return str_slice(assemble->text, assemble->at, to);
}

static str word(struct assemble *assemble)
{
    str text = peek(assemble);

    assemble->at += text.size;
    return text;
}

static bool take(struct assemble *assemble, const char *what)
{
    if (!str_is(peek(assemble), what))
        return false;
    word(assemble);
    return true;
}

static status numbered(struct assemble *assemble, char letter, uint32_t *number)
{
    str text = word(assemble);

    if (text.size < 2 || text.at[0] != letter || !str_count(str_slice(text, 1, text.size), SMALL_MOST, number))
        return complain(assemble, letter == 'r' ? "a register is expected" : "a selection is expected");
    return OK;
}

static status quoted(struct assemble *assemble, str *out)
{
    str    text = assemble->text;
    size_t size = 0, end;
    char  *made;

    if (at_line_end(assemble) || text.at[assemble->at] != '"')
        return complain(assemble, "a quoted text is expected");
    for (end = assemble->at + 1; end < text.size && text.at[end] != '"'; end++)
        end += text.at[end] == '\\';
    TRY_NEW(made = arena_alloc(assemble->compile->arena, end - assemble->at + 1));
    for (assemble->at++; assemble->at < text.size && text.at[assemble->at] != '"'; assemble->at++) {
        char c = text.at[assemble->at];
        if (c == '\\' && assemble->at + 1 < text.size)
            c = text.at[++assemble->at];
        else if (c != '\\') {
            made[size++] = c;
            continue;
        }
        if (c == 'x' && assemble->at + 2 < text.size && hex_digit(text.at[assemble->at + 1]) >= 0) {
            c = (char)(hex_digit(text.at[assemble->at + 1]) * 16 + hex_digit(text.at[assemble->at + 2]));
            assemble->at += 2;
        }
        made[size++] = c;
    }
    if (assemble->at++ >= text.size)
        return complain(assemble, "a quote is not closed");
    *out = str_make(made, size);
    return OK;
}

/* --- cells ---------------------------------------------------------------------------------------------- */

static status read_cell(struct assemble *assemble, uint32_t depth, struct cell *out);

static status read_cells(struct assemble *assemble, uint32_t depth, const struct cell **list, uint32_t *count)
{
    uint32_t     room = 8;
    struct cell *cell = arena_alloc(assemble->compile->arena, room * sizeof *cell);

    TRY_NEW(cell);
    *count = 0;
    if (!take(assemble, "("))
        return complain(assemble, "a list is expected");
    while (!take(assemble, ")")) {
        if (*count == room) {
            struct cell *more = arena_alloc(assemble->compile->arena, 2 * (size_t)room * sizeof *more);
            TRY_NEW(more);
            memcpy(more, cell, room * sizeof *more);
            cell = more;
            room *= 2;
        }
        TRY(read_cell(assemble, depth, &cell[(*count)++]));
    }
    *list = cell;
    return OK;
}

static status read_number(struct assemble *assemble, struct cell *out)
{
    bool     negative;
    str      text = word(assemble);
    uint32_t decimals;

    *out = cell_number(0);
    if (!number_parse(text, &out->number, NULL))
        return complain(assemble, "a number is expected");
    if (!take(assemble, "decimals"))
        return OK;
    text = word(assemble);
    negative = text.size && text.at[0] == '-';
    if (!str_count(str_slice(text, negative, text.size), SMALL_MOST, &decimals))
        return complain(assemble, "a count of decimals is expected");
    out->decimals = (int16_t)(negative ? -(int)(decimals & 0x3fff) : (int)(decimals & 0x3fff));
    return OK;
}

static status read_cell(struct assemble *assemble, uint32_t depth, struct cell *out)
{
    bool soft = take(assemble, "soft");
    str  kind = word(assemble), text;

    if (str_is(kind, "null"))
        *out = cell_null();
    else if (str_is(kind, "true") || str_is(kind, "false"))
        *out = cell_truth(str_is(kind, "true"));
    else if (str_is(kind, "number"))
        TRY(read_number(assemble, out));
    else if (str_is(kind, "text")) {
        TRY(quoted(assemble, &text));
        *out = cell_text(text);
    } else if (str_is(kind, "list") && depth < LIST_DEPTH) {
        *out = (struct cell){ .kind = KIND_LIST };
        TRY(read_cells(assemble, depth + 1, &out->list, &out->size));
    } else
        return complain(assemble, "a value is expected");
    out->flags = soft ? CELL_SOFT : 0;
    return OK;
}

/* --- operands ------------------------------------------------------------------------------------------- */

static uint32_t named(str *table, uint32_t *count, str name)
{
    for (uint32_t i = 0; i < *count; i++)
        if (str_equal(table[i], name))
            return i;
    table[*count] = name;
    return (*count)++;
}

static status one_of(struct assemble *assemble, const char *const *words, uint32_t count, uint32_t *out)
{
    str text = word(assemble);

    for (*out = 0; *out < count; ++*out)
        if (str_is(text, words[*out]))
            return OK;
    return complain(assemble, "a word is unknown");
}

static const struct function *function_named(const struct assemble *assemble, str name)
{
    for (uint32_t i = 0; i < SEARCH_FUNCTIONS; i++)
        if (str_is(name, search_functions[i].name))
            return &search_functions[i];
    return vocabulary_function(assemble->compile->words, name);
}

static status read_site(struct assemble *assemble, uint32_t *number)
{
    struct program *program = assemble->program;
    struct site    *site = &program->site[program->sites];
    str             name;

    TRY(quoted(assemble, &name));
    *site = (struct site){ .function = function_named(assemble, name) };
    if (!site->function)
        return complain(assemble, "the function is unknown");
    if (take(assemble, "members"))
        TRY(read_cells(assemble, LIST_DEPTH, &site->member, &site->members));
    *number = program->sites++;
    return OK;
}

static status read_operand(struct assemble *assemble, uint8_t kind, uint32_t *out)
{
    struct program *program = assemble->program;
    str             text;

    switch (kind) {
    case OPERAND_NONE:
        return OK;
    case OPERAND_REGISTER:
        return numbered(assemble, 'r', out);
    case OPERAND_ROWS:
        return numbered(assemble, 's', out);
    case OPERAND_FIELD:
        TRY(quoted(assemble, &text));
        *out = named(program->field, &program->fields, text);
        return OK;
    case OPERAND_TEMPLATE:
        TRY(quoted(assemble, &text));
        *out = program->templates;
        program->template[program->templates++] = text;
        return OK;
    case OPERAND_CALLED:
        return read_site(assemble, out);
    case OPERAND_TEST:
        return one_of(assemble, test_words, TESTS, out);
    default:
        return one_of(assemble, numeric_words, NUMERIC_MODES, out);
    }
}

static status read_list(struct assemble *assemble, struct instruction *at)
{
    struct program *program = assemble->program;

    at->list = program->operands;
    while (!str_is(peek(assemble), "under")) {
        bool rows = opcode_facts[at->op].list == OPERAND_ARMS && at->count % 2 == 0;
        TRY(numbered(assemble, rows ? 's' : 'r', &program->operand[program->operands++]));
        at->count++;
    }
    return OK;
}

/* Arguments that are constants become the site's literals. */
static status prepare(struct assemble *assemble, const struct instruction *at)
{
    struct program *program = assemble->program;
    struct site    *site = &program->site[at->a];
    struct cell    *literal = ARENA_ARRAY(assemble->compile->arena, struct cell, at->count + 1);
    struct span    *span = ARENA_ARRAY(assemble->compile->arena, struct span, at->count + 1);

    TRY_NEW(literal && span ? literal : NULL);
    site->count = at->count;
    site->literal = literal;
    site->span = span;
    for (uint32_t i = 0; i < at->count; i++)
        for (uint32_t j = 0; j < program->constants; j++)
            if (program->constant[j].into == program->operand[at->list + i]) {
                literal[i] = program->constant[j].cell;
                site->constant |= i < 64 ? (uint64_t)1 << i : 0;
            }
    if (!site->function->prepare)
        return OK;
    return site->function->prepare(site, assemble->compile->arena, assemble->compile->context,
                                   assemble->compile->diag);
}

/* --- lines ---------------------------------------------------------------------------------------------- */

static status find_opcode(struct assemble *assemble, uint8_t *op)
{
    str text = word(assemble);

    for (*op = 0; *op < OPCODES; ++*op)
        if (str_is(text, opcode_facts[*op].word))
            return OK;
    return complain(assemble, "no such instruction");
}

static void made(uint32_t number, uint32_t *count)
{
    if (number >= *count)
        *count = number + 1;
}

static status read_instruction(struct assemble *assemble)
{
    struct program    *program = assemble->program;
    struct instruction at = { 0 };
    char               letter = peek(assemble).size > 1 ? peek(assemble).at[0] : 0;
    bool               makes = false;
    size_t             start = assemble->at;

    word(assemble);
    makes = take(assemble, "=");
    assemble->at = start;
    if (makes) {
        TRY(numbered(assemble, letter == 's' ? 's' : 'r', &at.into));
        word(assemble);
        made(at.into, letter == 's' ? &program->selections : &program->registers);
    }
    if (makes && letter == 'r' && take(assemble, "constant")) {
        struct constant *constant = &program->constant[program->constants++];
        constant->into = at.into;
        return read_cell(assemble, 0, &constant->cell);
    }
    TRY(find_opcode(assemble, &at.op));
    if (makes != (opcode_facts[at.op].into != OPERAND_NONE)
        || (makes && (letter == 's') != (opcode_facts[at.op].into == OPERAND_ROWS)))
        return complain(assemble, "the instruction's result is of another kind");
    TRY(read_operand(assemble, opcode_facts[at.op].a, &at.a));
    TRY(read_operand(assemble, opcode_facts[at.op].b, &at.b));
    TRY(read_list(assemble, &at));
    if (!take(assemble, "under"))
        return complain(assemble, "'under' is expected");
    TRY(numbered(assemble, 's', &at.under));
    program->code[program->count++] = at;
    return at.op == OP_CALL ? prepare(assemble, &at) : OK;
}

static status read_head(struct assemble *assemble)
{
    static const char *const kinds[] = { "condition", "value", "assignments" };
    static const char *const types[] = { "any", "number", "text", "boolean", "list", "null" };
    uint32_t                 kind, type;

    if (!take(assemble, "program"))
        return complain(assemble, "'program' is expected");
    TRY(one_of(assemble, kinds, COUNT_OF(kinds), &kind));
    TRY(one_of(assemble, types, COUNT_OF(types), &type));
    assemble->program->kind = (uint8_t)kind;
    assemble->program->type = (uint8_t)type;
    return OK;
}

static status open(struct assemble *assemble)
{
    struct arena   *arena = assemble->compile->arena;
    struct program *program = assemble->program = ARENA_NEW(arena, struct program);
    uint32_t        room;

    for (size_t i = 0; i < assemble->text.size; i++)
        assemble->lines += assemble->text.at[i] == '\n';
    room = assemble->lines + 2;
    TRY_NEW(program);
    program->arena = arena;
    program->selections = 2;
    TRY_NEW(program->code = ARENA_ARRAY(arena, struct instruction, room));
    TRY_NEW(program->operand = ARENA_ARRAY(arena, uint32_t, assemble->text.size + 1));
    TRY_NEW(program->constant = ARENA_ARRAY(arena, struct constant, room));
    TRY_NEW(program->field = ARENA_ARRAY(arena, str, room));
    TRY_NEW(program->site = ARENA_ARRAY(arena, struct site, room));
    TRY_NEW(program->template = ARENA_ARRAY(arena, str, room));
    return OK;
}

static status read_all(struct assemble *assemble)
{
    TRY(open(assemble));
    for (assemble->line = 1; assemble->at < assemble->text.size; assemble->line++) {
        if (!at_line_end(assemble))
            TRY(assemble->line == 1 ? read_head(assemble) : read_instruction(assemble));
        if (!at_line_end(assemble))
            return complain(assemble, "something follows the instruction");
        assemble->at++;
    }
    if (assemble->program->registers > assemble->lines + 2
        || assemble->program->selections > assemble->lines + 4)
        return complain(assemble, "a register's number is too large");
    TRY(program_verify(assemble->program));
    return program_finish(assemble->program);
}

status program_assemble(struct compile *compile, str text, struct program **out)
{
    struct assemble assemble = { .compile = compile, .text = text };
    status          done = read_all(&assemble);

    if (done != OK)
        program_drop(assemble.program);
    *out = done == OK ? assemble.program : NULL;
    return done;
}
