/* Programs as text: one line an instruction, stable, read back by assemble.c.
 *
 *     program condition boolean
 *     r0 = constant text "x"
 *     r1 = load "user" under s0
 *     r2 = call "=" r1 r0 under s0
 *     s2 = narrow r2 true under s0
 *     filter under s2 */
#include "value/number.h"
#include "vm/code.h"

static const char *const kind_words[] = { "condition", "value", "assignments" };
static const char *const type_words[] = { "any", "number", "text", "boolean", "list", "null" };

static void put_quoted(struct buf *out, str text)
{
    buf_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c == '"' || c == '\\')
            buf_print(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            buf_print(out, "\\x%02x", c);
        else
            buf_byte(out, (char)c);
    }
    buf_byte(out, '"');
}

static void put_cell(struct buf *out, const struct cell *cell)
{
    char room[NUMBER_ROOM];

    if (cell->flags & CELL_SOFT)
        buf_text(out, "soft ");
    switch (cell->kind) {
    case KIND_NULL:
        buf_text(out, "null");
        break;
    case KIND_BOOLEAN:
        buf_text(out, cell->truth ? "true" : "false");
        break;
    case KIND_NUMBER:
        buf_text(out, "number ");
        buf_put(out, str_make(room, number_format(cell->number, EXACT, room)));
        if (cell->decimals != EXACT)
            buf_print(out, " decimals %d", cell->decimals);
        break;
    case KIND_TEXT:
        buf_text(out, "text ");
        put_quoted(out, cell_str(cell));
        break;
    default:
        buf_text(out, "list (");
        for (uint32_t i = 0; i < cell->size; i++) {
            buf_byte(out, ' ');
            put_cell(out, &cell->list[i]);
        }
        buf_text(out, " )");
    }
}

static void put_site(struct buf *out, const struct site *site)
{
    put_quoted(out, str_of(site->function->name));
    if (!site->member)
        return;
    buf_text(out, " members (");
    for (uint32_t i = 0; i < site->members; i++) {
        buf_byte(out, ' ');
        put_cell(out, &site->member[i]);
    }
    buf_text(out, " )");
}

static void put_operand(struct buf *out, const struct program *program, uint8_t kind, uint32_t operand)
{
    if (kind == OPERAND_NONE)
        return;
    buf_byte(out, ' ');
    switch (kind) {
    case OPERAND_REGISTER: buf_print(out, "r%u", operand); break;
    case OPERAND_ROWS:     buf_print(out, "s%u", operand); break;
    case OPERAND_FIELD:    put_quoted(out, program->field[operand]); break;
    case OPERAND_CALLED:   put_site(out, &program->site[operand]); break;
    case OPERAND_TEMPLATE: put_quoted(out, program->template[operand]); break;
    case OPERAND_TEST:     buf_text(out, test_words[operand]); break;
    default:               buf_text(out, numeric_words[operand]); break;
    }
}

static void put_instruction(struct buf *out, const struct program *program, const struct instruction *at)
{
    const struct opcode_facts *facts = &opcode_facts[at->op];
    const uint32_t            *list = program->operand + at->list;

    if (facts->into == OPERAND_REGISTER)
        buf_print(out, "r%u = ", at->into);
    if (facts->into == OPERAND_ROWS)
        buf_print(out, "s%u = ", at->into);
    buf_text(out, facts->word);
    put_operand(out, program, facts->a, at->a);
    put_operand(out, program, facts->b, at->b);
    for (uint32_t i = 0; i < at->count; i++)
        put_operand(out, program, facts->list == OPERAND_ARMS && i % 2 == 0 ? OPERAND_ROWS : OPERAND_REGISTER,
                    list[i]);
    buf_print(out, " under s%u\n", at->under);
}

void program_print(const struct program *program, struct buf *out)
{
    buf_print(out, "program %s %s\n", kind_words[program->kind], type_words[program->type]);
    for (uint32_t i = 0; i < program->constants; i++) {
        buf_print(out, "r%u = constant ", program->constant[i].into);
        put_cell(out, &program->constant[i].cell);
        buf_byte(out, '\n');
    }
    for (uint32_t i = 0; i < program->count; i++)
        put_instruction(out, program, &program->code[i]);
}
