/* What a value is: null, a number, text, several values. None of these ever gives null. */
#include "function/loop.h"
#include "value/number.h"

static status isnull_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_truth(arg[0].kind == KIND_NULL));
}

static status isnotnull_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_truth(arg[0].kind != KIND_NULL));
}

static status null_vector(const struct rows *rows, uint32_t size, const struct column *arg,
                          struct column *out, uint8_t is,
                          struct arena *arena)
{
    uint8_t *restrict truth = arena_alloc(arena, size ? size : 1);

    TRY_NEW(truth);
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        truth[row] = column_is_null(arg, row) ? is : !is;
    }
    out->encoding = ENCODING_TRUTH;
    out->truth = truth;
    return OK;
}

static status isnull_vector(struct call *call, const struct rows *rows, uint32_t size,
                            struct column *const *arg,
                            struct column *out)
{
    return null_vector(rows, size, arg[0], out, 1, call->arena);
}

static status isnotnull_vector(struct call *call, const struct rows *rows, uint32_t size,
                               struct column *const *arg,
                               struct column *out)
{
    return null_vector(rows, size, arg[0], out, 0, call->arena);
}

/* A number, or a field whose text is numeric, NaN included; never a string literal. */
static ALWAYS_INLINE status isnum_row(struct call *call, const struct cell *arg, struct cell *out)
{
    double number;
    bool   soft = arg[0].kind == KIND_TEXT && (arg[0].flags & CELL_SOFT);

    return give(out, cell_truth((soft && number_parse_short(arg[0].text, arg[0].size, &number))
                                || cell_reads_number(&arg[0], &number)));
}

COLUMN_BODY(isnum, 0, LOOP_ANY, truths)

/* Text that is not numeric; a field that holds NaN is both. */
static status isstr_row(struct call *call, const struct cell *arg, struct cell *out)
{
    double number;
    bool   text = arg[0].kind == KIND_TEXT && (!cell_reads_number(&arg[0], &number) || number != number);

    return give(out, cell_truth(text));
}

static bool is_integer(const struct cell *cell)
{
    double  number;
    int16_t decimals = EXACT;

    if (!cell_reads_number(cell, &number))
        return false;
    if (cell->kind == KIND_NUMBER)
        decimals = cell->decimals;
    else
        number_parse(cell_str(cell), &number, &decimals);
    return number - number == 0 && number == (double)(int64_t)number && number < 9e18 && number > -9e18
        && (decimals == EXACT || decimals <= 0);
}

static status isint_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_truth(is_integer(&arg[0])));
}

static status isdouble_row(struct call *call, const struct cell *arg, struct cell *out)
{
    double number;
    return give(out, cell_truth(cell_reads_number(&arg[0], &number) && !is_integer(&arg[0])));
}

static status isbool_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_truth(arg[0].kind == KIND_BOOLEAN));
}

static status ismv_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_truth(arg[0].kind == KIND_LIST));
}

static status typeof_row(struct call *call, const struct cell *arg, struct cell *out)
{
    double number;

    switch (arg[0].kind) {
    case KIND_NULL:    return give(out, cell_text(STR("Invalid")));
    case KIND_BOOLEAN: return give(out, cell_text(STR("Bool")));
    case KIND_LIST:    return give(out, cell_text(STR("Multivalue")));
    default:           return give(out,
        cell_text(cell_reads_number(&arg[0], &number) ? STR("Number") : STR("String")));
    }
}

#define KIND_FUNCTION(word, text, ...)                                                                       \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = #word "(<value>)", .summary = text, .least = 1, .most = 1,                   \
        .wants = { WANT_ANY },                                                                               \
        .wanted = 1, .gives = TYPE_BOOLEAN, .nulls = NULLS_SEEN, .multi = MULTI_SEEN, .pure = true,          \
        .cost = 2,                                                                                           \
        .row = word##_row, __VA_ARGS__                                                                       \
    }

KIND_FUNCTION(isnull, "Is there no value?", .vector = isnull_vector,
              .example = { "where isnull(x) | table n", "{\"n\":1}\n{\"n\":2,\"x\":\"\"}", "{\"n\":1}" });
KIND_FUNCTION(isnotnull, "Is there a value?", .vector = isnotnull_vector,
              .example = { "where isnotnull(x) | table n", "{\"n\":1}\n{\"n\":2,\"x\":\"\"}", "{\"n\":2}" });
KIND_FUNCTION(isnum, "Is it a number, or a field that spells one?",
              .vector = isnum_vector,
              .example = { "where isnum(x) | table x", "{\"x\":\"5\"}\n{\"x\":\"a\"}", "{\"x\":5}" });
KIND_FUNCTION(isstr, "Is it text that spells no number?",
              .example = { "where isstr(x) | table x", "{\"x\":\"5\"}\n{\"x\":\"a\"}", "{\"x\":\"a\"}" });
KIND_FUNCTION(isint, "Is it a whole number, written without a point?",
              .example = { "where isint(x) | table x", "{\"x\":\"5\"}\n{\"x\":5.0}", "{\"x\":5}" });
KIND_FUNCTION(isdouble, "Is it a number that is not a whole one?",
              .example = { "where isdouble(x) | table x", "{\"x\":5}\n{\"x\":3.546}", "{\"x\":3.546}" });
KIND_FUNCTION(isbool, "Is it a truth value?",
              .example = { "eval y=if(isbool(1=2),\"yes\",\"no\") | table y", "{}", "{\"y\":\"yes\"}" });
KIND_FUNCTION(ismv, "Are there several values?",
              .example = { "where ismv(x) | table n", "{\"n\":1,\"x\":1,\"x\":2}\n{\"n\":2,\"x\":1}",
                           "{\"n\":1}" });

const struct function function_typeof = {
    .name = "typeof", .usage = "typeof(<value>)", .summary = "Number, String, Bool, Multivalue or Invalid",
    .least = 1, .most = 1, .wants = { WANT_ANY }, .wanted = 1, .gives = TYPE_TEXT, .nulls = NULLS_SEEN,
    .multi = MULTI_SEEN, .pure = true, .row = typeof_row,
    .example = { "eval y=typeof(12).typeof(\"s\").typeof(nosuch) | table y", "{}",
                 "{\"y\":\"NumberStringInvalid\"}" },
};
