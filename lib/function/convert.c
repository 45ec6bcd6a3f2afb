/* Numbers to text and back. */
#include "function/loop.h"
#include "value/number.h"

#include <math.h>

enum { LARGEST_EXACT = 9007199254740991 };      /* 2^53 - 1 */

/* --- tostring ------------------------------------------------------------------------------------------- */

static void put_digits(struct buf *out, uint64_t number, unsigned base)
{
    char text[64];
    int  at = 64;

    do
        text[--at] = "0123456789ABCDEF"[number % base];
    while (number /= base);
    buf_put(out, (str){ text + at, (size_t)(64 - at) });
}

static bool put_bits(struct buf *out, double number, unsigned base)
{
    if (!(number >= 0) || number > LARGEST_EXACT)
        return false;
    if (base == 16)
        buf_text(out, "0x");
    put_digits(out, (uint64_t)number, base);
    return true;
}

/* Decimals are rounded to two, or to one if there is only one; whole numbers get none. */
static bool put_commas(struct buf *out, double number, int16_t decimals)
{
    char   text[NUMBER_ROOM];
    int    places = number == floor(number) && (decimals == EXACT || decimals <= 0) ? 0 : 2;
    size_t size, whole = 0, at = 0;

    if (!isfinite(number))
        return false;
    if (places && (decimals == 1 || (decimals == EXACT && number * 10 == floor(number * 10))))
        places = 1;
    size = number_format_fixed(number, places, text);
    if (text[0] == '-') {
        buf_byte(out, '-');
        at = 1;
    }
    while (at + whole < size && text[at + whole] != '.')
        whole++;
    for (; whole; whole--, at++) {
        buf_byte(out, text[at]);
        if (whole % 3 == 1 && whole > 1)
            buf_byte(out, ',');
    }
    buf_put(out, (str){ text + at, size - at });
    return true;
}

/* HH:MM:SS, with days before it from 24 hours on, with six digits behind it for fractions. */
static void put_two_digits(struct buf *out, uint64_t number)
{
    buf_byte(out, (char)('0' + number / 10));
    buf_byte(out, (char)('0' + number % 10));
}

static bool put_duration(struct buf *out, double seconds)
{
    double   whole, fraction;
    uint64_t left;

    if (!isfinite(seconds) || fabs(seconds) > 1e15)
        return false;
    if (seconds < 0) {
        buf_byte(out, '-');
        seconds = -seconds;
    }
    whole = floor(seconds);
    fraction = nearbyint((seconds - whole) * 1e6);
    left = (uint64_t)whole;
    if (fraction >= 1e6) {
        fraction = 0;
        left++;
    }
    if (left >= 86400)
        buf_print(out, "%llu+", (unsigned long long)(left / 86400));
    put_two_digits(out, left / 3600 % 24);
    buf_byte(out, ':');
    put_two_digits(out, left / 60 % 60);
    buf_byte(out, ':');
    put_two_digits(out, left % 60);
    if (fraction > 0)
        buf_print(out, ".%06u", (unsigned)fraction);
    return true;
}

static NOINLINE status tostring_plain(struct call *call, const struct cell *value, struct cell *out)
{
    uint32_t           count;
    const struct cell *member = list_members(value, &count);
    char               room[NUMBER_ROOM];
    struct buf         buf;

    if (value->kind == KIND_NULL)
        return give(out, cell_text(STR("Null")));
    if (value->kind == KIND_BOOLEAN)
        return give(out, cell_text(value->truth ? STR("True") : STR("False")));
    if (value->kind == KIND_TEXT)
        return give(out, cell_text(cell_str(value)));
    take_buf(call, &buf);
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            buf_byte(&buf, '\n');
        buf_put(&buf, cell_show(&member[i], room));
    }
    return give_buf(call, out, &buf);
}

static status tostring_row(struct call *call, const struct cell *arg, struct cell *out)
{
    double     number;
    bool       fits;
    str        format;
    struct buf buf;
    int16_t    decimals = EXACT;

    if (call->count == 1 && arg[0].kind == KIND_TEXT)
        return give(out, cell_text(cell_str(&arg[0])));
    if (call->count == 1 || arg[1].kind != KIND_TEXT || !cell_reads_number(&arg[0], &number))
        return tostring_plain(call, &arg[0], out);
    if (arg[0].kind == KIND_NUMBER)
        decimals = arg[0].decimals;
    else
        number_parse(cell_str(&arg[0]), &number, &decimals);
    format = cell_str(&arg[1]);
    take_buf(call, &buf);
    if (str_is_nocase(format, "hex"))
        fits = put_bits(&buf, number, 16);
    else if (str_is_nocase(format, "binary"))
        fits = put_bits(&buf, number, 2);
    else if (str_is_nocase(format, "commas"))
        fits = put_commas(&buf, number, decimals);
    else if (str_is_nocase(format, "duration"))
        fits = put_duration(&buf, number);
    else
        fits = false;
    if (fits)
        return give_buf(call, out, &buf);
    buf_free(&buf);
    return give(out, cell_null());
}

COLUMN_BODY(tostring, 0, LOOP_ANY, cells)

static status tostring_prepare(struct site *site, struct arena *arena, struct context *context,
                               struct diag *diag)
{
    static const char *const FORMATS[] = { "hex", "binary", "commas", "duration" };

    if (!site_is_written(site, 1))
        return OK;
    for (size_t i = 0; i < COUNT_OF(FORMATS) && site->literal[1].kind == KIND_TEXT; i++)
        if (str_is_nocase(cell_str(&site->literal[1]), FORMATS[i]))
            return OK;
    return diag_at(diag, FAIL_QUERY, site->span[1], "bad-argument",
                   "The arguments to the 'tostring' function are invalid: the formats are hex, binary, "
                   "commas, duration");
}

const struct function function_tostring = {
    .name = "tostring",
    .usage = "tostring(<value>[,\"hex\"|\"binary\"|\"commas\"|\"duration\"])",
    .summary = "The text of a value; numbers in another form",
    .least = 1, .most = 2, .wants = { WANT_ANY, WANT_TEXT }, .wanted = 2, .gives = TYPE_TEXT,
    .nulls = NULLS_SEEN,
    .multi = MULTI_SEEN, .pure = true, .cost = 50, .prepare = tostring_prepare, .row = tostring_row,
    .vector = tostring_vector,
    .example = { "eval a=tostring(1==1), b=tostring(255,\"hex\"), c=tostring(12345.6789,\"commas\"), "
                 "d=tostring(90061,\"duration\") | table a b c d",
                 "{}", "{\"a\":\"True\",\"b\":\"0xFF\",\"c\":\"12,345.68\",\"d\":\"1+01:01:01\"}" },
};

/* --- tonumber ------------------------------------------------------------------------------------------- */

static bool digits_in_base(str text, unsigned base, double *out)
{
    bool negative = false;

    *out = 0;
    if (text.size && (text.at[0] == '-' || text.at[0] == '+')) {
        negative = text.at[0] == '-';
        text = str_slice(text, 1, text.size);
    }
    if (base == 16 && text.size > 2 && text.at[0] == '0' && (text.at[1] | 32) == 'x')
        text = str_slice(text, 2, text.size);
    for (size_t i = 0; i < text.size; i++) {
        char     c = text.at[i];
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (c | 32) >= 'a' && (c | 32) <= 'z'
            ? (unsigned)((c | 32) - 'a') + 10 : 99;
        if (digit >= base)
            return false;
        *out = *out * base + digit;
    }
    if (negative)
        *out = -*out;
    return text.size > 0;
}

static ALWAYS_INLINE status tonumber_row(struct call *call, const struct cell *arg, struct cell *out)
{
    double  base = 10, number;
    int16_t decimals = EXACT;

    if (arg[0].kind == KIND_NUMBER)
        return give(out, arg[0]);
    if (arg[0].kind != KIND_TEXT)
        return give(out, cell_null());
    if (call->count > 1 && (!cell_spells_number(&arg[1], &base) || base < 2 || base > 36 ||
                            base != floor(base)))
        return give(out, cell_null());
    if (base == 10 ? !number_parse_short(arg[0].text, arg[0].size, &number) &&
                     !number_parse(cell_str(&arg[0]), &number, &decimals)
                   : !digits_in_base(cell_str(&arg[0]), (unsigned)base, &number))
        return give(out, cell_null());
    return give(out, (struct cell){ .kind = KIND_NUMBER, .decimals = decimals, .number = number });
}

COLUMN_BODY(tonumber, 0, LOOP_SINGLE, numbers)

/* A literal that is no number is a mistake; a field that is none, or a computed text, is null. */
static status tonumber_prepare(struct site *site, struct arena *arena, struct context *context,
                               struct diag *diag)
{
    double base = 10, number;

    if (site_is_written(site, 1) &&
        (!cell_spells_number(&site->literal[1], &base) || base < 2 || base > 36 || base != floor(base)))
        return diag_at(diag, FAIL_QUERY, site->span[1], "bad-argument",
                       "The arguments to the '%s' function are invalid: the base is a whole number from 2 "
                       "to 36",
                       site->function->name);
    if (!site_is_written(site, 0) || site->literal[0].kind != KIND_TEXT ||
        (site->count > 1 && !site_is_written(site, 1)))
        return OK;
    if (base == 10 ? number_parse(cell_str(&site->literal[0]), &number, NULL)
                   : digits_in_base(cell_str(&site->literal[0]), (unsigned)base, &number))
        return OK;
    return diag_at(diag, FAIL_QUERY, site->span[0], "bad-argument",
                   "The arguments to the 'tonumber' function are invalid: this is no number");
}

const struct function function_tonumber = {
    .name = "tonumber", .usage = "tonumber(<text>[,<base>])",
    .summary = "The number a text spells, in base 10 unless another is given",
    .least = 1, .most = 2, .wants = { WANT_VALUE, WANT_NUMBER }, .wanted = 2, .gives = TYPE_NUMBER,
    .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_NULL, .pure = true, .prepare = tonumber_prepare, .row = tonumber_row, .vector = tonumber_vector,
    .example = { "eval a=tonumber(\"0A4\",16), b=tonumber(x), c=tonumber(\"16.00\") | table a b c",
                 "{\"x\":\" 12\"}", "{\"a\":164,\"c\":16.00}" },
};

/* --- toint, todouble, tobool ---------------------------------------------------------------------------- */

/* A number as it is, text by tonumber's rules; here a literal that spells none is null, too. */
static bool number_of(struct call *call, const struct cell *arg, struct cell *out)
{
    return tonumber_row(call, arg, out) == OK && out->kind == KIND_NUMBER;
}

static status toint_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct cell number;
    return give(out, number_of(call, arg, &number) ? cell_number(floor(number.number) + 0.0) : cell_null());
}

/* Shows a decimal point, unless that would cut digits off. */
static status todouble_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct cell number;

    if (!number_of(call, arg, &number))
        return give(out, cell_null());
    if (number.decimals < 1 || (number.decimals == EXACT && number.number == floor(number.number)))
        number.decimals = 1;
    return give(out, number);
}

static status tobool_row(struct call *call, const struct cell *arg, struct cell *out)
{
    double number;

    if (arg[0].kind == KIND_BOOLEAN)
        return give(out, arg[0]);
    if (cell_reads_number(&arg[0], &number))
        return give(out, cell_truth(number != 0));
    if (arg[0].kind == KIND_TEXT && (str_is(cell_str(&arg[0]), "true") || str_is(cell_str(&arg[0]), "True")))
        return give(out, cell_truth(1));
    if (arg[0].kind == KIND_TEXT &&
        (str_is(cell_str(&arg[0]), "false") || str_is(cell_str(&arg[0]), "False")))
        return give(out, cell_truth(0));
    return give(out, cell_null());
}

#define CONVERSION(word, arguments, last, type, text, ...)                                                   \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = #word arguments, .summary = text, .least = 1, .most = last,                  \
        .wants = { WANT_ANY },                                                                               \
        .wanted = 1, .gives = type, .nulls = NULL_IN_NULL_OUT, .multi = MULTI_NULL, .pure = true,            \
        .row = word##_row,                                                                                   \
        __VA_ARGS__                                                                                          \
    }

CONVERSION(toint, "(<value>[,<base>])", 2, TYPE_NUMBER,
           "The next whole number down; null if it spells no number",
           .example = { "eval y=toint(\"7.9\"), z=toint(-1.5) | table y z", "{}", "{\"y\":7,\"z\":-2}" });
CONVERSION(todouble, "(<value>[,<base>])", 2, TYPE_NUMBER,
           "The number, shown with a decimal point; null if it spells none",
           .example = { "eval y=todouble(\"16.00\"), z=todouble(5) | table y z", "{}",
                        "{\"y\":16.00,\"z\":5.0}" });
CONVERSION(tobool, "(<value>)", 1, TYPE_BOOLEAN,
           "A truth value from the words true and false, or a number that is not 0",
           .example = { "eval y=if(tobool(\"True\"),1,0), z=if(tobool(0),1,0) | table y z", "{}",
                        "{\"y\":1,\"z\":0}" });
