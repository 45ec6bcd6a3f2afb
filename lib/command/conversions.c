#include "command/conversions.h"

#include "base/arena.h"
#include "value/number.h"

#include <math.h>

enum { CLOCK_DIGITS = 9 };              /* of hours or days: no more can be meant */

static status give_number(struct conversions *host, double number, int16_t decimals, struct cell *out)
{
    *out = cell_number(number);
    if (!host->context->plain_numbers)
        out->decimals = decimals;
    return OK;
}

static status give_text(struct arena *arena, str text, struct cell *out)
{
    *out = cell_field_text(arena_str(arena, text));
    TRY_NEW(out->text);
    return OK;
}

/* A number and nothing else, blanks aside; infinities and the like are none. */
static bool read_number(str text, double *number, int16_t *decimals)
{
    text = str_trim_blanks(text);
    return number_parse(text, number, decimals) && isfinite(*number);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t skip_digits(str text, size_t at)
{
    while (at < text.size && is_digit(text.at[at]))
        at++;
    return at;
}

/* How much of the text, from its beginning, is a number; 0: none. */
static size_t number_prefix(str text)
{
    size_t sign = text.size && (text.at[0] == '-' || text.at[0] == '+'), at = skip_digits(text, sign), digits = at - sign;

    if (at < text.size && text.at[at] == '.') {
        size_t end = skip_digits(text, at + 1);
        digits += end - at - 1;
        at = end;
    }
    if (digits == 0)
        return 0;
    if (at + 1 < text.size && (text.at[at] == 'e' || text.at[at] == 'E')) {
        size_t from = at + 1 + (text.at[at + 1] == '-' || text.at[at + 1] == '+'), end = skip_digits(text, from);
        if (end > from)
            at = end;
    }
    return at;
}

/* Digits from *at on as a number of at most CLOCK_DIGITS digits. */
static bool read_digits(str text, size_t *at, double *number)
{
    size_t end = skip_digits(text, *at);

    if (end == *at || end - *at > CLOCK_DIGITS)
        return false;
    for (*number = 0; *at < end; ++*at)
        *number = *number * 10 + (text.at[*at] - '0');
    return true;
}

static bool take(str text, size_t *at, char c)
{
    if (*at >= text.size || text.at[*at] != c)
        return false;
    ++*at;
    return true;
}

/* [D+]HH:MM:SS */
static bool read_duration(str text, double *seconds)
{
    double days = 0, hours, minutes, rest;
    size_t at = 0;

    text = str_trim_blanks(text);
    if (!read_digits(text, &at, &hours))
        return false;
    if (take(text, &at, '+')) {
        days = hours;
        if (!read_digits(text, &at, &hours))
            return false;
    }
    if (!take(text, &at, ':') || !read_digits(text, &at, &minutes) || minutes > 59 || !take(text, &at, ':') ||
        !read_digits(text, &at, &rest) || rest > 59 || at != text.size)
        return false;
    *seconds = ((days * 24 + hours) * 60 + minutes) * 60 + rest;
    return true;
}

/* 1,234,567.8: commas after every third digit, and one at least. */
static bool has_thousands(str text)
{
    size_t at = text.size && (text.at[0] == '-' || text.at[0] == '+'), end = skip_digits(text, at);

    if (end == at || end - at > 3 || end == text.size || text.at[end] != ',')
        return false;
    for (at = end; at < text.size && text.at[at] == ','; at = end) {
        end = skip_digits(text, at + 1);
        if (end != at + 4)
            return false;
    }
    return end == text.size || (text.at[end] == '.' && skip_digits(text, end + 1) == text.size);
}

static status drop_commas(str text, struct arena *arena, str *out)
{
    char  *room = arena_alloc(arena, text.size);
    size_t size = 0;

    TRY_NEW(room);
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] != ',')
            room[size++] = text.at[i];
    *out = str_make(room, size);
    return OK;
}

static bool is_unit(str text)
{
    text = str_trim_blanks(text);
    for (size_t i = 0; i < text.size; i++) {
        char c = (char)(text.at[i] | 0x20);
        if (text.at[i] != '%' && !(c >= 'a' && c <= 'z') && !(text.at[i] & 0x80))
            return false;
    }
    return text.size > 0;
}

static status convert_number(struct conversions *host, str text, struct arena *arena, struct cell *out)
{
    double  number;
    int16_t decimals;
    size_t  size;

    text = str_trim_blanks(text);
    if (read_number(text, &number, &decimals))
        return give_number(host, number, decimals, out);
    if (has_thousands(text)) {
        TRY(drop_commas(text, arena, &text));
        return read_number(text, &number, &decimals) ? give_number(host, number, decimals, out) : DONE;
    }
    if (read_duration(text, &number))
        return give_number(host, number, EXACT, out);
    size = number_prefix(text);
    if (size && is_unit(str_slice(text, size, text.size)) && read_number(str_slice(text, 0, size), &number, &decimals))
        return give_number(host, number, decimals, out);
    return DONE;
}

static status convert_ctime(struct conversions *host, str text, struct arena *arena, struct cell *out)
{
    double  instant;
    int16_t decimals;
    status  result;

    if (!read_number(text, &instant, &decimals))
        return DONE;
    buf_clear(&host->text);
    result = time_print(host->format, &host->view, instant, &host->text);
    if (result != OK)
        return result == FAIL_DATA ? DONE : result;
    return give_text(arena, buf_str(&host->text), out);
}

static status convert_mktime(struct conversions *host, str text, struct arena *arena, struct cell *out)
{
    double instant;
    status result = time_parse(host->format, &host->view, host->context->now, text, &instant);

    (void)arena;
    if (result != OK)
        return result == FAIL_DATA ? DONE : result;
    return give_number(host, instant, EXACT, out);
}

static status convert_dur2sec(struct conversions *host, str text, struct arena *arena, struct cell *out)
{
    double seconds;

    (void)arena;
    return read_duration(text, &seconds) ? give_number(host, seconds, EXACT, out) : DONE;
}

/* [MM:]SS.SSS */
static status convert_mstime(struct conversions *host, str text, struct arena *arena, struct cell *out)
{
    double  minutes, seconds;
    int16_t decimals;
    size_t  at = 0;

    (void)arena;
    text = str_trim_blanks(text);
    if (read_number(text, &seconds, &decimals))
        return give_number(host, seconds, decimals, out);
    if (!read_digits(text, &at, &minutes) || !take(text, &at, ':') || at == text.size || !is_digit(text.at[at]) ||
        number_prefix(str_slice(text, at, text.size)) != text.size - at ||
        !read_number(str_slice(text, at, text.size), &seconds, &decimals))
        return DONE;
    return give_number(host, minutes * 60 + seconds, decimals, out);
}

/* k, m or g; kilobytes come out. */
static status convert_memk(struct conversions *host, str text, struct arena *arena, struct cell *out)
{
    double  number, factor = 1;
    int16_t decimals;
    size_t  size;
    str     unit;

    (void)arena;
    text = str_trim_blanks(text);
    size = number_prefix(text);
    unit = str_trim_blanks(str_slice(text, size, text.size));
    if (size == 0 || unit.size > 1 || !read_number(str_slice(text, 0, size), &number, &decimals))
        return DONE;
    if (unit.size && (unit.at[0] | 0x20) == 'm')
        factor = 1024;
    else if (unit.size && (unit.at[0] | 0x20) == 'g')
        factor = 1048576;
    else if (unit.size && (unit.at[0] | 0x20) != 'k')
        return DONE;
    return give_number(host, number * factor, factor > 1 ? EXACT : decimals, out);
}

static status convert_rmcomma(struct conversions *host, str text, struct arena *arena, struct cell *out)
{
    (void)host;
    if (!memchr(text.at, ',', text.size))
        return DONE;
    TRY(drop_commas(text, arena, &text));
    *out = cell_field_text(text);
    return OK;
}

static status convert_rmunit(struct conversions *host, str text, struct arena *arena, struct cell *out)
{
    double  number;
    int16_t decimals;
    size_t  size;

    (void)arena;
    text = str_trim_blanks(text);
    size = number_prefix(text);
    if (size == 0 || !read_number(str_slice(text, 0, size), &number, &decimals))
        return DONE;
    return give_number(host, number, decimals, out);
}

static const struct conversion TABLE[] = {
    { "auto", convert_number, .keeps = true, .whole = true },
    { "num", convert_number },
    { "ctime", convert_ctime, .keeps = true },
    { "mktime", convert_mktime },
    { "dur2sec", convert_dur2sec },
    { "mstime", convert_mstime },
    { "memk", convert_memk },
    { "rmcomma", convert_rmcomma, .keeps = true },
    { "rmunit", convert_rmunit, .keeps = true },
    { "none" },
};

const struct conversion *conversion_at(uint32_t i)
{
    return i < COUNT_OF(TABLE) ? &TABLE[i] : NULL;
}

const struct conversion *conversion_named(str name)
{
    for (size_t i = 0; i < COUNT_OF(TABLE); i++)
        if (str_is_nocase(name, TABLE[i].name))
            return &TABLE[i];
    return NULL;
}
