/* printf(): C's conversions without its length modifiers, numbers printed by value/number.c. */
#include "base/utf8.h"
#include "function/family.h"
#include "value/number.h"

#include <math.h>

struct conversion {
    bool   minus, zero, plus, blank, alternate, commas;
    double width, precision;            /* precision -1: not given */
    char   letter;
};

enum {
    MOST_WIDTH = 10000,
    MOST_DIGITS = 60                    /* after the point: value/number.h writes no more */
};

/* One conversion of a format, from behind its percent sign. */
struct format_reader {
    str    format;
    size_t at;
    const struct cell *arg;
    uint32_t next, count;
    bool   short_of_arguments;
};

static bool take_number(struct format_reader *reader, double *out)
{
    double number;

    if (reader->at < reader->format.size && reader->format.at[reader->at] == '*') {
        reader->at++;
        if (reader->next >= reader->count) {
            reader->short_of_arguments = true;
            return true;
        }
        if (!cell_spells_number(&reader->arg[reader->next++], &number))
            return false;
        *out = number;
        return true;
    }
    for (number = 0; reader->at < reader->format.size; reader->at++) {
        char c = reader->format.at[reader->at];
        if (c < '0' || c > '9')
            break;
        number = number * 10 + (c - '0');
        *out = number;
    }
    return true;
}

static bool read_conversion(struct format_reader *reader, struct conversion *out)
{
    *out = (struct conversion){ .precision = -1 };
    for (; reader->at < reader->format.size; reader->at++) {
        switch (reader->format.at[reader->at]) {
        case '-':  out->minus = true; continue;
        case '0':  out->zero = true; continue;
        case '+':  out->plus = true; continue;
        case ' ':  out->blank = true; continue;
        case '#':  out->alternate = true; continue;
        case '\'': out->commas = true; continue;
        }
        break;
    }
    if (!take_number(reader, &out->width))
        return false;
    if (out->width < 0) {
        out->minus = true;
        out->width = -out->width;
    }
    if (reader->at < reader->format.size && reader->format.at[reader->at] == '.') {
        reader->at++;
        out->precision = 0;
        if (!take_number(reader, &out->precision))
            return false;
    }
    if (reader->at >= reader->format.size || !(out->width <= MOST_WIDTH) || !(out->precision <= MOST_WIDTH))
        return false;
    out->letter = reader->format.at[reader->at++];
    if (memchr("aAeEfFgG", out->letter, 8) && out->precision > MOST_DIGITS)
        return false;
    return memchr("aAcdieEfFgGoszuxXp%", out->letter, 19) != NULL;
}

/* `sign` and `body` with the padding the conversion asks for; zeros go between the two. */
static void put_padded(struct buf *out, const struct conversion *how, str sign, str body, bool zeros)
{
    size_t size = sign.size + utf8_count(body), width = (size_t)how->width, padding = width > size
        ? width - size : 0;

    if (!how->minus && !zeros)
        buf_repeat(out, ' ', padding);
    buf_put(out, sign);
    if (!how->minus && zeros)
        buf_repeat(out, '0', padding);
    buf_put(out, body);
    if (how->minus)
        buf_repeat(out, ' ', padding);
}

static str sign_of(const struct conversion *how, bool negative)
{
    return negative ? STR("-") : how->plus ? STR("+") : how->blank ? STR(" ") : STR("");
}

static size_t with_commas(const char *digits, size_t size, size_t whole, char *out)
{
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        out[used++] = digits[i];
        if (i + 1 < whole && (whole - i) % 3 == 1)
            out[used++] = ',';
    }
    return used;
}

static void put_integer(struct buf *out, const struct conversion *how, double number)
{
    unsigned base = how->letter == 'o' ? 8 : memchr("xXp", how->letter, 3) ? 16 : 10;
    bool     upper = how->letter == 'X' || how->letter == 'p';
    char     digits[NUMBER_ROOM], grouped[2 * NUMBER_ROOM];
    size_t   size = 0, zeros;
    double   whole = trunc(number);
    str      sign = base == 10 ? sign_of(how, whole < 0) : STR("");
    struct buf body;

    if (base == 10) {
        size = number_format_fixed(fabs(whole), 0, digits);
    } else {
        uint64_t bits = whole < 0 ? (uint64_t)(int64_t)fmax(whole, -9e18) : (uint64_t)fmin(whole, 1.8e19);
        char     reversed[64];
        do
            reversed[size++] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[bits % base];
        while (bits /= base);
        for (size_t i = 0; i < size; i++)
            digits[i] = reversed[size - 1 - i];
    }
    if (how->precision == 0 && whole == 0)
        size = 0;
    zeros = how->precision > (double)size ? (size_t)how->precision - size : 0;
    if (how->alternate && base == 8 && zeros == 0 && (size == 0 || digits[0] != '0'))
        zeros = 1;
    if (how->alternate && base == 16 && whole != 0)
        sign = upper ? STR("0X") : STR("0x");
    if (how->commas && base == 10)
        size = with_commas(digits, size, size, grouped);
    buf_init(&body, out->heap);
    buf_repeat(&body, '0', zeros);
    buf_put(&body, (str){ how->commas && base == 10 ? grouped : digits, size });
    put_padded(out, how, sign, buf_str(&body), how->zero && how->precision < 0);
    out->failed |= body.failed;
    buf_free(&body);
}

static void put_float(struct buf *out, const struct conversion *how, double number)
{
    char   stack[1200], grouped[1600];
    int    precision = how->precision < 0 ? (how->letter == 'a' || how->letter == 'A' ? -1 : 6)
        : (int)how->precision;
    size_t size = number_format_c(fabs(number), how->letter, precision, how->alternate, stack, sizeof stack),
        whole = 0;

    if (size > NUMBER_ROOM * 2)
        size = NUMBER_ROOM * 2;
    if (how->commas && isfinite(number)) {
        while (whole < size && stack[whole] >= '0' && stack[whole] <= '9')
            whole++;
        size = with_commas(stack, size, whole, grouped);
        memcpy(stack, grouped, size);
    }
    put_padded(out, how, sign_of(how, signbit(number)), (str){ stack, size }, how->zero && isfinite(number));
}

/* False: the argument does not suit the conversion. */
static bool put_conversion(struct buf *out, const struct conversion *how, const struct cell *arg)
{
    char   room[NUMBER_ROOM], one[4];
    double number;
    str    text;

    if (how->letter == 's' || how->letter == 'z') {
        text = cell_show(arg, room);
        if (how->precision >= 0)
            text.size = utf8_offset(text, (size_t)how->precision);
        put_padded(out, how, STR(""), text, false);
        return true;
    }
    if (how->letter == 'c') {
        if (cell_reads_number(arg, &number)) {
            if (!(number >= 0) || number > UTF8_MAX)
                return false;
            text = (str){ one, utf8_write(one, (uint32_t)number) };
        } else {
            text = cell_show(arg, room);
            text.size = utf8_offset(text, 1);
        }
        put_padded(out, how, STR(""), text, false);
        return true;
    }
    if (!cell_spells_number(arg, &number))
        return false;
    if (memchr("diuoxXp", how->letter, 7) && isfinite(number))
        put_integer(out, how, number);
    else
        put_float(out, how, number);
    return true;
}

static status printf_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct format_reader reader = { .arg = arg, .next = 1, .count = call->count };
    struct conversion    how;
    struct buf           buf;
    bool                 good = arg[0].kind == KIND_TEXT;

    take_buf(call, &buf);
    reader.format = good ? cell_str(&arg[0]) : STR("");
    while (good && reader.at < reader.format.size) {
        char c = reader.format.at[reader.at++];
        if (c != '%') {
            buf_byte(&buf, c);
            continue;
        }
        good = read_conversion(&reader, &how);
        if (good && how.letter == '%') {
            buf_byte(&buf, '%');
        } else if (good) {
            good = reader.next < reader.count && put_conversion(&buf, &how, &arg[reader.next]);
            reader.next++;
        }
    }
    if (good)
        return give_buf(call, out, &buf);
    buf_free(&buf);
    return give(out, cell_null());
}

static status printf_prepare(struct site *site, struct arena *arena, struct context *context,
                             struct diag *diag)
{
    struct cell          zero = cell_number(0), zeros[64];
    struct format_reader reader = { .arg = zeros, .next = 1, .count = site->count < 64 ? site->count : 64 };
    struct conversion    how;

    for (size_t i = 0; i < 64; i++)
        zeros[i] = zero;
    if (!site_is_written(site, 0) || site->literal[0].kind != KIND_TEXT)
        return OK;
    reader.format = cell_str(&site->literal[0]);
    while (reader.at < reader.format.size) {
        size_t from = reader.at;
        if (reader.format.at[reader.at++] != '%')
            continue;
        if (!read_conversion(&reader, &how))
            return diag_at(diag, FAIL_QUERY, site->span[0], "bad-argument",
                "The arguments to the 'printf' function are invalid: '%.*s' is no conversion it knows",
                           SHOW(str_slice(reader.format, from, reader.at)));
        if (how.letter != '%')
            reader.short_of_arguments |= reader.next++ >= site->count;
        if (reader.short_of_arguments)
            return diag_at(diag, FAIL_QUERY, site->span[0], "bad-argument",
                "The arguments to the 'printf' function are invalid: the format wants more values");
    }
    return OK;
}

const struct function function_printf = {
    .name = "printf", .usage = "printf(<format>,<value>,...)", .summary = "Values in the form of C's printf",
    .least = 1, .most = -1, .wants = { WANT_TEXT, WANT_VALUE }, .wanted = 2, .gives = TYPE_TEXT,
    .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_NULL, .pure = true, .cost = 150, .prepare = printf_prepare, .row = printf_row,
    .example = { "eval y=printf(\"%05.1f|%-4s|%+d|%x\", 3.14159, \"ab\", 7, 255) | table y", "{}",
                 "{\"y\":\"003.1|ab  |+7|ff\"}" },
};
