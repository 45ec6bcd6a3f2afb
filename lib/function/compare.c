/* = != < <= > >=: numbers when both sides spell numbers, else texts by byte (language 8.2). For multivalues
 * one value is enough. */
#include "function/family.h"
#include "value/number.h"

#include <math.h>

enum comparison { EQUAL, UNEQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

static enum comparison which(const struct function *function)
{
    const char *name = function->name;

    switch (name[0]) {
    case '=': return EQUAL;
    case '!': return UNEQUAL;
    case '<': return name[1] ? LESS_EQUAL : LESS;
    default:  return name[1] ? GREATER_EQUAL : GREATER;
    }
}

static bool holds(enum comparison op, int order)
{
    switch (op) {
    case EQUAL:      return order == 0;
    case UNEQUAL:    return order != 0;
    case LESS:       return order < 0;
    case LESS_EQUAL: return order <= 0;
    case GREATER:    return order > 0;
    default:         return order >= 0;
    }
}

/* A NaN differs from everything and is in no order with anything. */
static status compare_row(struct call *call, const struct cell *arg, struct cell *out)
{
    enum comparison op = which(call->site->function);
    bool            unordered;
    int             order = order_eval(&arg[0], &arg[1], &unordered);

    return give(out, cell_truth(unordered ? op == UNEQUAL : holds(op, order)));
}

/* --- numbers -------------------------------------------------------------------------------------------- */

#define LOOP(operation) do { \
    if (!row && b) for (uint32_t i = 0; i < count; i++) truth[i] = a[i] operation b[i]; \
    else if (!row) for (uint32_t i = 0; i < count; i++) truth[i] = a[i] operation k; \
    else if (b)    for (uint32_t i = 0; i < count; i++) truth[row[i]] = a[row[i]] operation b[row[i]]; \
    else           for (uint32_t i = 0; i < count; i++) truth[row[i]] = a[row[i]] operation k; \
} while (0)

static void compare_numbers(enum comparison op, const double *restrict a, const double *restrict b, double k,
                            const uint32_t *restrict row, uint32_t count, uint8_t *restrict truth)
{
    switch (op) {
    case EQUAL:      LOOP(==); break;
    case UNEQUAL:    LOOP(!=); break;
    case LESS:       LOOP(<);  break;
    case LESS_EQUAL: LOOP(<=); break;
    case GREATER:    LOOP(>);  break;
    default:         LOOP(>=); break;
    }
}

static void set_nulls(const uint8_t *restrict null, const struct rows *rows, uint8_t *restrict truth)
{
    for (uint32_t i = 0; null && i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        truth[row] = null[row] ? TRUTH_NULL : truth[row];
    }
}

static void number_columns(enum comparison op, const struct column *a, const struct column *b, double k,
                           const struct rows *rows, uint32_t size, uint8_t *truth)
{
    bool dense = !rows->row || rows->count >= size / 4;

    compare_numbers(op, a->number, b ? b->number : NULL, k, dense ? NULL : rows->row,
                    dense && rows->row ? size : rows->count, truth);
    set_nulls(a->null, rows, truth);
    if (b)
        set_nulls(b->null, rows, truth);
}

/* --- texts ---------------------------------------------------------------------------------------------- */

/* What a column of texts is compared with. */
struct literal {
    str    text;
    double number;
    bool   is_number;
};

static inline bool text_equals(const struct cell *cell, const struct literal *literal)
{
    double number;

    if (cell->size == literal->text.size && memcmp(cell->text, literal->text.at, cell->size) == 0)
        return true;
    if (!literal->is_number || cell->size == 0 || (unsigned char)cell->text[0] > '9')
        return false;
    return number_parse(cell_str(cell), &number, NULL) && number == literal->number;
}

static bool any_equals(const struct cell *list, const struct literal *literal, bool negated)
{
    for (uint32_t i = 0; i < list->size; i++) {
        const struct cell *cell = &list->list[i];
        double             number;
        bool equal = cell->kind == KIND_TEXT ? text_equals(cell, literal)
                   : literal->is_number && cell_spells_number(cell, &number) && number == literal->number;
        if (equal != negated)
            return true;
    }
    return false;
}

static void equal_texts(const struct literal *literal, bool negated, const struct cell *restrict cell,
                        const struct rows *rows, uint8_t *restrict truth)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        truth[row] = cell[row].kind == KIND_TEXT ? text_equals(&cell[row], literal) != negated
                   : cell[row].kind == KIND_NULL ? TRUTH_NULL : any_equals(&cell[row], literal, negated);
    }
}

static void order_texts(enum comparison op, str text, const struct cell *restrict cell,
                        const struct rows *rows,
                        uint8_t *restrict truth)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        truth[row] = cell[row].kind == KIND_NULL ? TRUTH_NULL
            : holds(op, str_compare(cell_str(&cell[row]), text));
    }
}

/* `column` against one literal; the operator is turned round already. */
static status against_literal(enum comparison op, const struct column *column, const struct cell *constant,
                              const struct rows *rows, uint32_t size, uint8_t *truth)
{
    struct literal literal = { .text = cell_str(constant) };
    unsigned       odd = column->kinds & ~(unsigned)KINDS_TEXT;

    literal.is_number = cell_spells_number(constant, &literal.number);
    if (column->encoding == ENCODING_NUMBER && literal.is_number) {
        number_columns(op, column, NULL, literal.number, rows, size, truth);
        return OK;
    }
    if (column->encoding != ENCODING_CELLS || constant->kind != KIND_TEXT
        || (literal.is_number && !isfinite(literal.number)))
        return PASS;
    if (op <= UNEQUAL && !(odd & ~KINDS(KIND_LIST))) {
        equal_texts(&literal, op == UNEQUAL, column->cell, rows, truth);
        return OK;
    }
    if (literal.is_number || odd)
        return PASS;
    order_texts(op, literal.text, column->cell, rows, truth);
    return OK;
}

static status compare_vector(struct call *call, const struct rows *rows, uint32_t size,
                             struct column *const *arg,
                             struct column *out)
{
    static const enum comparison turned[] = { EQUAL, UNEQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL };
    enum comparison              op = which(call->site->function);
    status                       done = PASS;

    TRY_NEW(out->truth = arena_alloc(call->arena, size));
    if (arg[1]->encoding == ENCODING_CONSTANT)
        done = against_literal(op, arg[0], &arg[1]->constant, rows, size, out->truth);
    else if (arg[0]->encoding == ENCODING_CONSTANT)
        done = against_literal(turned[op], arg[1], &arg[0]->constant, rows, size, out->truth);
    else if (arg[0]->encoding == ENCODING_NUMBER && arg[1]->encoding == ENCODING_NUMBER) {
        number_columns(op, arg[0], arg[1], 0, rows, size, out->truth);
        done = OK;
    }
    out->encoding = ENCODING_TRUTH;
    return done;
}

#define COMPARISON(symbol, text) { \
    .name = symbol, .usage = "<value> " symbol " <value>", .summary = text, .least = 2, .most = 2, \
    .wants = { WANT_ANY }, .wanted = 1, .gives = TYPE_BOOLEAN, .nulls = NULL_IN_NULL_OUT, \
    .multi = MULTI_ANY, .pure = true, .cost = 3, \
    .row = compare_row, .vector = compare_vector, \
    .example = { "where 10 " symbol " x", "{\"x\":\"10.0\"}\n{\"x\":9}\n{\"x\":11}", EXAMPLE } }

#define EXAMPLE "{\"x\":10.0}"
const struct function function_equal = COMPARISON("=", "Is it the same number, or the same text?");
#undef EXAMPLE
#define EXAMPLE "{\"x\":9}\n{\"x\":11}"
const struct function function_unequal = COMPARISON("!=", "Is it another number, or another text?");
#undef EXAMPLE
#define EXAMPLE "{\"x\":11}"
const struct function function_less = COMPARISON("<", "Is it the smaller number, or the earlier text?");
#undef EXAMPLE
#define EXAMPLE "{\"x\":10.0}\n{\"x\":11}"
const struct function function_less_equal = COMPARISON("<=", "Is it no larger a number, or no later a text?");
#undef EXAMPLE
#define EXAMPLE "{\"x\":9}"
const struct function function_greater = COMPARISON(">", "Is it the larger number, or the later text?");
#undef EXAMPLE
#define EXAMPLE "{\"x\":10.0}\n{\"x\":9}"
const struct function function_greater_equal = COMPARISON(">=",
                                                          "Is it no smaller a number, or no earlier a text?");
#undef EXAMPLE
