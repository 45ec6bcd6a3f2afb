/* Numbers. Results are EXACT unless a function says otherwise (functions G8). */
#include "function/loop.h"
#include "value/number.h"

#include <math.h>

static struct cell decimal(double number, int16_t decimals)
{
    return (struct cell){ .kind = KIND_NUMBER, .decimals = decimals, .number = number };
}

static status abs_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, decimal(fabs(arg[0].number), arg[0].decimals));
}

/* -0 never shows, but adding 0 keeps it out of later quotients as well. */
static status ceiling_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_number(ceil(arg[0].number) + 0.0));
}

static status floor_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_number(floor(arg[0].number) + 0.0));
}

static status exact_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_number(arg[0].number));
}

static status exp_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_number(exp(arg[0].number)));
}

static status ln_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_number(log(arg[0].number)));
}

static status sqrt_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_number(sqrt(arg[0].number)));
}

static status pow_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_number(pow(arg[0].number, arg[1].number)));
}

COLUMN_BODY(pow, 0, LOOP_NUMBERS, numbers)

/* pi() shows eleven digits and computes with all of them. */
static status pi_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, decimal(3.14159265358979323846, 10));
}

static status log_row(struct call *call, const struct cell *arg, struct cell *out)
{
    double base = call->count > 1 ? arg[1].number : 10, result, near;

    if (base <= 0 || base == 1 || arg[0].number < 0)
        return give(out, cell_null());
    result = call->count > 1 ? log(arg[0].number) / log(base) : log10(arg[0].number);
    near = nearbyint(result);
    if (fabs(result - near) <= fabs(near) * 2.3e-16)
        result = near;
    return give(out, cell_number(result));
}

static const double POWER[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
                                1e14, 1e15 };

/* Is this a tie when written with 15 digits? `below` is how far the number lies below the half. */
static bool is_tie(double number, double below)
{
    int digits = 1;             /* before the point */

    while (digits < 15 && fabs(number) >= POWER[digits])
        digits++;
    return digits < 15 && below <= 0.5 / POWER[15 - digits];
}

/* A half goes toward +infinity, seen on the decimal value: 2.555 at two places is a tie although its double
 * lies below. */
static double round_half_up(double number, int places)
{
    double scaled = number * POWER[places], low, rest;

    if (!isfinite(scaled) || fabs(scaled) >= 4503599627370496.0)
        return number;
    low = floor(scaled);
    rest = scaled - low;
    if (rest >= 0.5 || (rest > 0.4 && is_tie(scaled, 0.5 - rest)))
        low += 1;
    return low / POWER[places] + 0.0;
}

static status round_row(struct call *call, const struct cell *arg, struct cell *out)
{
    double places = call->count > 1 ? arg[1].number : 0;

    if (places < 0 || places != places)
        return give(out, cell_null());
    if (places > 15)
        places = 15;
    if (call->count == 1)
        return give(out, cell_number(round_half_up(arg[0].number, 0)));
    if (arg[0].decimals != EXACT && arg[0].decimals < places)
        places = arg[0].decimals < 0 ? 0 : arg[0].decimals;
    return give(out, decimal(round_half_up(arg[0].number, (int)places), (int16_t)places));
}

static status round_prepare(struct site *site, struct arena *arena, struct context *context,
                            struct diag *diag)
{
    double places;

    if (site_is_written(site, 1) && cell_spells_number(&site->literal[1], &places) && places < 0)
        return diag_at(diag, FAIL_QUERY, site->span[1], "bad-argument", 
                       "The arguments to the 'round' function are invalid: places must not be negative");
    return OK;
}

/* Rounds the value itself to the figures that the computation left trustworthy. */
static status sigfig_row(struct call *call, const struct cell *arg, struct cell *out)
{
    int16_t decimals = arg[0].decimals;
    double  power;

    if (decimals == EXACT || decimals > 15)
        return give(out, arg[0]);
    if (decimals >= 0)
        return give(out, decimal(round_half_up(arg[0].number, decimals), decimals));
    power = pow(10, -decimals);
    return give(out, decimal(round_half_up(arg[0].number / power, 0) * power, decimals));
}

/* random() is the generator known as splitmix64; the seed is the run's. */
static status random_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint64_t x = call->context->random += 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return give(out, cell_number((double)((x ^ x >> 31) >> 33)));
}

/* --- over all values of all arguments ------------------------------------------------------------------- */

static double total(struct call *call, const struct cell *arg, uint32_t *counted)
{
    double sum = 0;

    *counted = 0;
    for (uint32_t i = 0; i < call->count; i++) {
        uint32_t           count;
        const struct cell *member = list_members(&arg[i], &count);
        for (uint32_t j = 0; j < count; j++) {
            double number;
            if (cell_reads_number(&member[j], &number)) {
                sum += number;
                ++*counted;
            }
        }
    }
    return sum;
}

static status sum_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint32_t counted;
    double   sum = total(call, arg, &counted);

    return give(out, counted ? cell_number(sum) : cell_null());
}

static status avg_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint32_t counted;
    double   sum = total(call, arg, &counted);

    return give(out, counted ? cell_number(sum / counted) : cell_null());
}

/* A string literal among the numbers is a mistake, "3" as well. */
static status numbers_prepare(struct site *site, struct arena *arena, struct context *context,
                              struct diag *diag)
{
    for (uint32_t i = 0; i < site->count; i++)
        if (site_is_written(site, i) && site->literal[i].kind == KIND_TEXT)
            return diag_at(diag, FAIL_QUERY, site->span[i], "bad-argument",
                           "The arguments to the '%s' function are invalid: it takes numbers, not a string "
                           "literal", site->function->name);
    return OK;
}

/* Numbers by value, texts by bytes, every text (a literal that spells a number as well) above every
 * number. */
static int compare_extremes(const struct cell *a, const struct cell *b)
{
    double x, y;
    char   room[NUMBER_ROOM];
    bool   a_number = cell_reads_number(a, &x), b_number = cell_reads_number(b, &y);

    if (a_number && b_number)
        return (x > y) - (x < y);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    return str_compare(cell_show(a, room), cell_show(b, room));
}

/* The winner keeps its text. */
static status extreme(struct call *call, const struct cell *arg, struct cell *out, int sign)
{
    const struct cell *best = NULL;

    for (uint32_t i = 0; i < call->count; i++) {
        uint32_t           count;
        const struct cell *member = list_members(&arg[i], &count);
        for (uint32_t j = 0; j < count; j++)
            if (member[j].kind != KIND_NULL && (!best || compare_extremes(&member[j], best) * sign > 0))
                best = &member[j];
    }
    return give(out, best ? *best : cell_null());
}

static status max_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return extreme(call, arg, out, 1);
}

static status min_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return extreme(call, arg, out, -1);
}

/* --- columns of numbers --------------------------------------------------------------------------------- */

/* A column for the answers to `from`, null where that is. */
static status answers_to(struct call *call, const struct rows *rows, uint32_t size, const struct column *from,
                         struct column *out)
{
    TRY_NEW(out->number = arena_alloc(call->arena, size * sizeof(double)));
    if (from->null) {
        TRY_NEW(out->null = arena_alloc(call->arena, size));
        for (uint32_t i = 0; i < rows->count; i++)
            out->null[rows_at(rows, i)] = from->null[rows_at(rows, i)];
    }
    out->encoding = ENCODING_NUMBER;
    return OK;
}

/* `x` in the expression. */
#define LOOP(expression) do { \
    if (!rows->row) for (uint32_t i = 0; i < rows->count; i++) { double x = from[i]; to[i] = expression; } \
    else            for (uint32_t i = 0; i < rows->count; i++) { \
        uint32_t r = rows->row[i]; double x = from[r]; to[r] = expression; } \
} while (0)

#define NUMBERS(word, expression)                                                                            \
    static status word##_vector(struct call *call, const struct rows *rows, uint32_t size,                   \
                                struct column *const *arg,                                                   \
                                struct column *out)                                                          \
    {                                                                                                        \
        const double *restrict from = arg[0]->number;                                                        \
        double *restrict       to;                                                                           \
                                                                                                             \
        if (arg[0]->encoding != ENCODING_NUMBER)                                                             \
            return PASS;                                                                                     \
        TRY(answers_to(call, rows, size, arg[0], out));                                                      \
        to = out->number;                                                                                    \
        LOOP(expression);                                                                                    \
        return OK;                                                                                           \
    }

NUMBERS(ceiling, ceil(x) + 0.0)
NUMBERS(floor, floor(x) + 0.0)
NUMBERS(exact, x)
NUMBERS(sqrt, sqrt(x))
NUMBERS(magnitude, fabs(x))

static status abs_vector(struct call *call, const struct rows *rows, uint32_t size, struct column *const *arg,
                         struct column *out)
{
    TRY(magnitude_vector(call, rows, size, arg, out));
    if (!arg[0]->decimals || call->context->plain_numbers)
        return OK;
    TRY_NEW(out->decimals = arena_alloc(call->arena, size * sizeof(int16_t)));
    for (uint32_t i = 0; i < rows->count; i++)
        out->decimals[rows_at(rows, i)] = arg[0]->decimals[rows_at(rows, i)];
    return OK;
}

/* With literal places, or none. */
static status round_vector(struct call *call, const struct rows *rows, uint32_t size,
                           struct column *const *arg,
                           struct column *out)
{
    const struct column *number = arg[0];
    double               places = 0;
    int16_t              most;

    if (number->encoding != ENCODING_NUMBER)
        return PASS;
    if (call->count > 1) {
        if (arg[1]->encoding != ENCODING_CONSTANT || arg[1]->constant.kind != KIND_NUMBER)
            return PASS;
        places = arg[1]->constant.number;
        if (!(places >= 0))
            return PASS;
    }
    most = (int16_t)(places > 15 ? 15 : places);
    TRY(answers_to(call, rows, size, number, out));
    if (call->count > 1)
        TRY_NEW(out->decimals = arena_alloc(call->arena, size * sizeof(int16_t)));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        int16_t  shown = most;
        if (call->count > 1) {
            if (number->decimals && !call->context->plain_numbers && number->decimals[row] < most)
                shown = number->decimals[row] < 0 ? 0 : number->decimals[row];
            out->decimals[row] = shown;
        }
        out->number[row] = round_half_up(number->number[row], shown);
    }
    return OK;
}

/* --- rows ----------------------------------------------------------------------------------------------- */

#define NUMERIC(word, arguments, from, to, text, ...)                                                        \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = #word arguments, .summary = text, .least = from, .most = to,                 \
        .wants = { WANT_NUMBER }, .wanted = 1, .gives = TYPE_NUMBER, .nulls = NULL_IN_NULL_OUT,              \
        .multi = MULTI_NULL,                                                                                 \
        .pure = true, .row = word##_row, __VA_ARGS__                                                         \
    }

NUMERIC(abs, "(<number>)", 1, 1, "The value without its sign",
        .vector = abs_vector,
        .example = { "eval y=abs(x) | table y", "{\"x\":-3.50}", "{\"y\":3.50}" });
NUMERIC(ceiling, "(<number>)", 1, 1, "The next whole number up", .aliases = { "ceil" },
        .vector = ceiling_vector,
        .example = { "eval y=ceiling(x), z=ceil(2.1) | table y z", "{\"x\":-1.2}", "{\"y\":-1,\"z\":3}" });
NUMERIC(floor, "(<number>)", 1, 1, "The next whole number down",
        .vector = floor_vector,
        .example = { "eval y=floor(x) | table y", "{\"x\":-1.2}", "{\"y\":-2}" });
NUMERIC(exact, "(<number>)", 1, 1, "The number with all its digits, trusted",
        .vector = exact_vector,
        .example = { "eval a=3*0.5, b=exact(3*0.5) | table a b", "{}", "{\"a\":2,\"b\":1.5}" });
NUMERIC(exp, "(<number>)", 1, 1, "e to the power of the number",
        .example = { "eval y=exp(0) | table y", "{}", "{\"y\":1}" });
NUMERIC(ln, "(<number>)", 1, 1, "Natural logarithm",
        .example = { "eval y=ln(1), z=ln(0) | table y z", "{}", "{\"y\":0,\"z\":\"-inf\"}" });
NUMERIC(log, "(<number>[,<base>])", 1, 2, "Logarithm, base 10 unless another is given",
        .example = { "eval y=log(1000), z=log(8,2) | table y z", "{}", "{\"y\":3,\"z\":3}" });
NUMERIC(pow, "(<number>,<number>)", 2, 2, "The first number to the power of the second",
        .vector = pow_vector,
        .example = { "eval y=pow(2,10) | table y", "{}", "{\"y\":1024}" });
NUMERIC(sqrt, "(<number>)", 1, 1, "Square root",
        .vector = sqrt_vector,
        .example = { "eval y=sqrt(9) | table y", "{}", "{\"y\":3}" });
NUMERIC(round, "(<number>[,<places>])", 1, 2,
        "Rounded, a half toward +infinity; with places exactly that many are shown",
        .prepare = round_prepare,
        .vector = round_vector,
        .example = { "eval a=round(3.5), b=round(-4.5), c=round(2.555,2), d=round(5,2) | table a b c d", "{}",
                     "{\"a\":4,\"b\":-4,\"c\":2.56,\"d\":5.00}" });
NUMERIC(sigfig, "(<number>)", 1, 1, "Rounded to the figures the computation left trustworthy",
        .example = { "eval y=sigfig(1.00*1111) | table y", "{}", "{\"y\":1110}" });
NUMERIC(pi, "()", 0, 0, "The constant pi; eleven digits are shown",
        .example = { "eval y=pi() | table y", "{}", "{\"y\":3.1415926536}" });

const struct function function_random = {
    .name = "random", .usage = "random()",
    .summary = "A whole number from 0 to 2147483647, another one each time",
    .gives = TYPE_NUMBER, .row = random_row,
    .example = { "eval y=if(random()<2147483648,\"in\",\"out\") | table y", "{}", "{\"y\":\"in\"}" },
};

#define FLATTENED(word, type, text, ...)                                                                     \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = #word "(<value>,...)", .summary = text, .least = 1, .most = -1,              \
        .wants = { WANT_VALUE }, .wanted = 1, .gives = type, .nulls = NULLS_SEEN, .multi = MULTI_SEEN,         \
        .pure = true,                                                                                        \
        .row = word##_row, __VA_ARGS__                                                                       \
    }

FLATTENED(sum, TYPE_NUMBER, "Total of all numeric values of all arguments", .prepare = numbers_prepare,
          .example = { "eval y=sum(a,b,3) | table y", "{\"a\":\"x\",\"b\":1,\"b\":2}", "{\"y\":6}" });
FLATTENED(avg, TYPE_NUMBER, "Mean of all numeric values of all arguments", .prepare = numbers_prepare,
          .example = { "eval y=avg(1,2,6) | table y", "{}", "{\"y\":3}" });
FLATTENED(max, TYPE_ANY, "The largest value; any text is larger than any number",
          .example = { "eval y=max(1,30,4), z=max(7,\"foo\") | table y z", "{}",
                       "{\"y\":30,\"z\":\"foo\"}" });
FLATTENED(min, TYPE_ANY, "The smallest value; any text is larger than any number",
          .example = { "eval y=min(m), z=min(7,\"foo\") | table y z", "{\"m\":10,\"m\":9}",
                       "{\"y\":9,\"z\":7}" });
