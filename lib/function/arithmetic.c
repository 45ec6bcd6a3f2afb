/* + - * / % and the joining of texts. Numbers carry the count of decimals that can be trusted (language
 * 7.3). */
#include "function/family.h"
#include "value/number.h"

#include <math.h>

enum arithmetic { ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER };

static enum arithmetic which(const struct function *function)
{
    switch (function->name[0]) {
    case '+': return ADD;
    case '-': return SUBTRACT;
    case '*': return MULTIPLY;
    case '/': return DIVIDE;
    default:  return REMAINDER;
    }
}

static int16_t decimals_of(enum arithmetic op, double a, int16_t decimals_a, double b, int16_t decimals_b,
                           double result)
{
    if (op == MULTIPLY || op == DIVIDE)
        return number_decimals_product(a, decimals_a, b, decimals_b, result);
    return number_decimals_sum(decimals_a, decimals_b);
}

/* False: a division by zero, which is null. */
static bool compute(enum arithmetic op, double a, double b, double *result)
{
    switch (op) {
    case ADD:      *result = a + b; return true;
    case SUBTRACT: *result = a - b; return true;
    case MULTIPLY: *result = a * b; return true;
    case DIVIDE:   *result = a / b; return b != 0;
    default:       *result = fmod(a, b); return b != 0;
    }
}

static status arithmetic_row(struct call *call, const struct cell *arg, struct cell *out)
{
    enum arithmetic op = which(call->site->function);
    double          a = arg[0].number, b = arg[1].number, result;

    if (!compute(op, a, b, &result))
        return give(out, cell_null());
    *out = cell_number(result);
    if (arg[0].decimals != EXACT || arg[1].decimals != EXACT)
        out->decimals = decimals_of(op, a, arg[0].decimals, b, arg[1].decimals, result);
    return OK;
}

static bool read_number(const struct call *call, const struct cell *cell, struct cell *number)
{
    *number = *cell;
    if (cell->kind == KIND_TEXT && (cell->flags & CELL_SOFT)) {
        *number = cell_number(0);
        if (!number_parse(cell_str(cell), &number->number, &number->decimals))
            return false;
    }
    if (call->context->plain_numbers)
        number->decimals = EXACT;
    return number->kind == KIND_NUMBER;
}

static status join(struct call *call, const struct cell *a, const struct cell *b, struct cell *out)
{
    char room_a[NUMBER_ROOM], room_b[NUMBER_ROOM];
    str  left = cell_show(a, room_a), right = cell_show(b, room_b);
    char *text;

    if (left.size + right.size > UINT32_MAX)
        return FAIL_LIMIT;
    text = arena_alloc(call->arena, left.size + right.size + 1);
    TRY_NEW(text);
    if (left.size)
        memcpy(text, left.at, left.size);
    if (right.size)
        memcpy(text + left.size, right.at, right.size);
    return give(out, cell_text(str_make(text, left.size + right.size)));
}

/* Two numbers are added. Anything else is joined, unless one side is a number that no field holds: count+"
 * items" joins although count is 7, and 7+x is null when x is a word. */
static status add_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct cell number[2];

    if (read_number(call, &arg[0], &number[0]) && read_number(call, &arg[1], &number[1]))
        return arithmetic_row(call, number, out);
    for (int i = 0; i < 2; i++)
        if (arg[i].kind == KIND_BOOLEAN || (arg[i].kind == KIND_NUMBER && !(arg[i].flags & CELL_SOFT)))
            return give(out, cell_null());
    return join(call, &arg[0], &arg[1], out);
}

static status concat_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return join(call, &arg[0], &arg[1], out);
}

static status neg_row(struct call *call, const struct cell *arg, struct cell *out)
{
    (void)call;
    *out = arg[0];
    out->number = -out->number;
    out->flags = 0;
    return OK;
}

/* --- columns -------------------------------------------------------------------------------------------- */

/* One side: a column of numbers, or one number. */
struct side {
    const double  *number;          /* NULL: constant */
    const uint8_t *null;
    const int16_t *decimals;
    double         constant;
    int16_t        constant_decimals;
};

static bool side_of(const struct column *column, bool plain, struct side *side)
{
    *side = (struct side){ .constant_decimals = EXACT };
    if (column->encoding == ENCODING_NUMBER && (!column->unsettled || plain)) {
        side->number = column->number;
        side->null = column->null;
        side->decimals = column->decimals;
        return true;
    }
    side->constant = column->constant.number;
    side->constant_decimals = column->constant.decimals;
    return column->encoding == ENCODING_CONSTANT && column->constant.kind == KIND_NUMBER;
}

/* `x` and `y` in the expression. Where most rows count all are computed: the loop without row numbers is the
 * faster one. */
#define LOOP(expression) do { \
    if (!row && a && b) \
        for (uint32_t i = 0; i < count; i++) { double x = a[i], y = b[i]; out[i] = expression; } \
    else if (!row && a) \
        for (uint32_t i = 0; i < count; i++) { double x = a[i], y = kb; out[i] = expression; } \
    else if (!row) \
        for (uint32_t i = 0; i < count; i++) { double x = ka, y = b[i]; out[i] = expression; } \
    else for (uint32_t i = 0; i < count; i++) { \
        uint32_t r = row[i]; double x = a ? a[r] : ka, y = b ? b[r] : kb; out[r] = expression; } \
} while (0)

static void compute_rows(enum arithmetic op, const struct side *left, const struct side *right,
                         const uint32_t *restrict row,
                         uint32_t count, double *restrict out)
{
    const double *restrict a = left->number, *restrict b = right->number;
    double ka = left->constant, kb = right->constant;

    switch (op) {
    case ADD:      LOOP(x + y); break;
    case SUBTRACT: LOOP(x - y); break;
    case MULTIPLY: LOOP(x * y); break;
    case DIVIDE:   LOOP(x / y); break;
    default:       LOOP(fmod(x, y)); break;
    }
}

static bool has_zero(const struct side *side, const struct rows *rows)
{
    bool zero = false;

    for (uint32_t i = 0; i < rows->count; i++)
        zero |= side->number[rows_at(rows, i)] == 0;
    return zero;
}

static status set_nulls(const struct side *a, const struct side *b, bool zero, const struct rows *rows,
                        uint32_t size,
                        struct arena *arena, struct column *out)
{
    uint8_t *restrict null;

    if (!a->null && !b->null && !zero)
        return OK;
    TRY_NEW(null = arena_alloc(arena, size));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        null[row] = (a->null && a->null[row]) || (b->null && b->null[row]) || (zero && b->number[row] == 0);
    }
    out->null = null;
    return OK;
}

static status set_decimals(enum arithmetic op, const struct side *a, const struct side *b,
                           const struct rows *rows,
                           uint32_t size, struct arena *arena, struct column *out)
{
    TRY_NEW(out->decimals = arena_alloc(arena, size * sizeof(int16_t)));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        double   x = a->number ? a->number[row] : a->constant, y = b->number ? b->number[row] : b->constant;
        int16_t  dx = a->decimals ? a->decimals[row] : a->constant_decimals;
        int16_t  dy = b->decimals ? b->decimals[row] : b->constant_decimals;
        out->decimals[row] = dx == EXACT && dy == EXACT ? EXACT
            : decimals_of(op, x, dx, y, dy, out->number[row]);
    }
    return OK;
}

static status arithmetic_vector(struct call *call, const struct rows *rows, uint32_t size,
                                struct column *const *arg,
                                struct column *out)
{
    enum arithmetic op = which(call->site->function);
    struct side     a, b;
    bool            dense = !rows->row || rows->count >= size / 4, zero = false, track;
    bool            plain = call->plain || call->context->plain_numbers;

    if (!side_of(arg[0], plain, &a) || !side_of(arg[1], plain, &b) || (!a.number && !b.number))
        return PASS;
    if (op == DIVIDE || op == REMAINDER) {
        if (!b.number && b.constant == 0)
            return OK;
        zero = b.number && has_zero(&b, rows);
    }
    TRY_NEW(out->number = arena_alloc(call->arena, size * sizeof(double)));
    compute_rows(op, &a, &b, dense ? NULL : rows->row, dense && rows->row ? size : rows->count, out->number);
    TRY(set_nulls(&a, &b, zero, rows, size, call->arena, out));
    track = a.decimals || b.decimals || a.constant_decimals != EXACT || b.constant_decimals != EXACT;
    if (track && !plain)
        TRY(set_decimals(op, &a, &b, rows, size, call->arena, out));
    out->encoding = ENCODING_NUMBER;
    return OK;
}

/* --- joining -------------------------------------------------------------------------------------------- */

static bool is_joinable(const struct column *column)
{
    if (column->encoding == ENCODING_CONSTANT)
        return column->constant.kind == KIND_TEXT || column->constant.kind == KIND_NUMBER;
    return column->encoding == ENCODING_NUMBER
        || (column->encoding == ENCODING_CELLS && !(column->kinds & ~(unsigned)KINDS_TEXT));
}

static status concat_vector(struct call *call, const struct rows *rows, uint32_t size,
                            struct column *const *arg, struct column *out)
{
    const struct column *a = arg[0], *b = arg[1];
    unsigned             kinds = KINDS(KIND_TEXT);
    struct cell         *made;

    if (!is_joinable(a) || !is_joinable(b))
        return PASS;
    TRY_NEW(made = arena_alloc(call->arena, size * sizeof *made));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t    row = rows_at(rows, i);
        struct cell left = column_cell(a, row), right = column_cell(b, row);
        if (left.kind == KIND_NULL || right.kind == KIND_NULL) {
            made[row] = cell_null();
            kinds |= KINDS(KIND_NULL);
            continue;
        }
        TRY(join(call, &left, &right, &made[row]));
    }
    out->encoding = ENCODING_CELLS;
    out->kinds = (uint8_t)kinds;
    out->cell = made;
    return OK;
}

#define ARITHMETIC(symbol, text) \
    .name = symbol, .usage = "<number> " symbol " <number>", .summary = text, .least = 2, .most = 2, \
    .wants = { WANT_NUMBER }, .wanted = 1, .gives = TYPE_NUMBER, .nulls = NULL_IN_NULL_OUT, \
    .multi = MULTI_NULL, .pure = true, .cost = 1, .row = arithmetic_row, \
    .vector = arithmetic_vector

const struct function function_subtract = { ARITHMETIC("-", "The difference of two numbers"),
    .example = { "eval x=a-b", "{\"a\":12,\"b\":4}", "{\"a\":12,\"b\":4,\"x\":8}" } };
const struct function function_multiply = { ARITHMETIC("*", "The product of two numbers"),
    .example = { "eval x=a*0.50", "{\"a\":\"8.250\"}", "{\"a\":8.250,\"x\":4.1}" } };
const struct function function_divide = { ARITHMETIC("/", "The quotient of two numbers; null over zero"),
    .example = { "eval x=a/b, y=a/0", "{\"a\":12,\"b\":4}", "{\"a\":12,\"b\":4,\"x\":3}" } };
const struct function function_remainder = {
    ARITHMETIC("%", "What a division leaves, with the sign of the first number"),
    .example = { "eval x=a%b", "{\"a\":13,\"b\":4}", "{\"a\":13,\"b\":4,\"x\":1}" } };

const struct function function_add = {
    .name = "+", .usage = "<value> + <value>", .summary = "The sum of two numbers, or two texts joined",
    .least = 2, .most = 2, .wants = { WANT_ANY }, .wanted = 1, .gives = TYPE_ANY, .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_NULL, .pure = true, .cost = 1,
    .row = add_row, .vector = arithmetic_vector,
    .example = { "eval x=a+b, y=a+\" items\"", "{\"a\":12,\"b\":4}",
                 "{\"a\":12,\"b\":4,\"x\":16,\"y\":\"12 items\"}" },
};

const struct function function_concat = {
    .name = ".", .usage = "<text> . <text>", .summary = "Two texts joined",
    .least = 2, .most = 2, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_TEXT, .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_NULL, .pure = true, .cost = 15,
    .row = concat_row, .vector = concat_vector,
    .example = { "eval x=a.\"-\".b", "{\"a\":\"p\",\"b\":4}", "{\"a\":\"p\",\"b\":4,\"x\":\"p-4\"}" },
};

const struct function function_neg = {
    .name = "neg", .usage = "-<number>", .summary = "The number with the other sign", .least = 1, .most = 1,
    .wants = { WANT_NUMBER }, .wanted = 1, .gives = TYPE_NUMBER, .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_NULL, .pure = true, .cost = 1,
    .row = neg_row,
    .example = { "eval x=-a", "{\"a\":12}", "{\"a\":12,\"x\":-12}" },
};
