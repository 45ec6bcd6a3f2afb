/* What a program is made of. Seen only inside vm/.
 *
 * A straight line of instructions over two kinds of registers: columns (r0, r1, ...) and selections (s0 the
 * batch's rows, s1 no rows, ...). Each is written once, before it is read (vm/verify.c proves it). A register
 * holds values for the rows it was made under and is read under parts of those only.
 * Selections live in a space: the batch's rows, or the values that a `flatten` laid out. */
#pragma once

#include "vm/program.h"

enum opcode {
#define OPCODE(name, word, into, a, b, list, under, meaning) OP_##name,
#include "vm/opcodes.def"
#undef OPCODE
    OPCODES
};

enum operand { OPERAND_NONE, OPERAND_REGISTER, OPERAND_ROWS, OPERAND_FIELD, OPERAND_CALLED, OPERAND_TEMPLATE,
               OPERAND_TEST, OPERAND_MODE, OPERAND_REGISTERS, OPERAND_ARMS, OPERAND_UNDER };

struct opcode_facts {
    const char *word;
    uint8_t     into, a, b, list, under;        /* enum operand */
    const char *meaning;
};
extern const struct opcode_facts opcode_facts[OPCODES];

enum test { TEST_TRUE, TEST_FALSE, TEST_NULL, TEST_VALUE, TESTS };
extern const char *const test_words[TESTS];

/* PARSED: soft text that spells a number becomes that number. SETTLED: only what `column.unsettled` says. */
enum numeric_mode { NUMERIC_PARSED, NUMERIC_SETTLED, NUMERIC_MODES };
extern const char *const numeric_words[NUMERIC_MODES];

enum { ROWS_ALL = 0, ROWS_NONE = 1 };           /* selections that every program has */

struct instruction {
    uint8_t  op;
    bool     kept;              /* its result outlives the run: made in the caller's arena */
    bool     plain;             /* nobody looks at the decimals of its numbers */
    uint32_t into, a, b;
    uint32_t list, count;       /* of operands, in program->operand */
    uint32_t under;
};

struct constant {
    uint32_t    into;
    struct cell cell;
};

enum program_kind { PROGRAM_CONDITION, PROGRAM_VALUE, PROGRAM_ASSIGNMENTS };

struct program {
    uint8_t             kind;           /* enum program_kind */
    uint8_t             type;           /* enum type: of the last expression */
    struct arena       *arena;
    struct instruction *code;
    uint32_t            count;
    uint32_t           *operand;
    uint32_t            operands;
    uint32_t            registers, selections;
    struct constant    *constant;
    uint32_t            constants;
    str                *field;
    uint32_t            fields;
    struct site        *site;
    uint32_t            sites;
    str                *template;       /* cnt_{user} */
    uint32_t            templates;
    struct program_names reads, writes;
    const struct compile *late;         /* for `match`: what is compiled when its text is known; NULL: nothing is */
};

/* Finds reads and writes, which results are kept and which are plain. After emitting, and after
 * assembling. */
status program_finish(struct program *program);
