#include "time/format.h"

#include "base/compiler.h"
#include "time/format_ops.h"

#include <math.h>

const char *const time_month_names[12] = { "January", "February", "March", "April", "May", "June", "July",
    "August",
    "September", "October", "November", "December" };
const char *const time_weekday_names[7] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
    "Saturday" };

/* Conversions that stand for others; both directions. */
static const struct { char code; const char *text; } composite[] = {
    { 'c', "%a %b %e %H:%M:%S %Y" }, { '+', "%a %b %e %H:%M:%S %Z %Y" }, { 'D', "%m/%d/%y" },
    { 'F', "%Y-%m-%d" },
    { 'r', "%I:%M:%S %p" }, { 'R', "%H:%M" }, { 'T', "%H:%M:%S" }, { 'v', "%e-%b-%Y" }, { 'x', "%m/%d/%Y" },
    { 'X', "%H:%M:%S" }, { 'h', "%b" },
};

static const char simple[] = "aAbBCdefgGHIjklmMnNpPQsSuUVwWyYzZt%";
static const char dates[] = "bBCdejmyYs";

static void add(struct time_format *format, struct time_op op)
{
    format->op[format->count++] = op;
}

/* The conversion that starts at the percent sign; returns its size, and 1 with a literal percent sign if
 * it is none. */
static size_t conversion(struct time_format *format, str text, size_t at);

static void compile(struct time_format *format, str text)
{
    size_t at = 0;

    while (at < text.size) {
        size_t from = at;
        bool   blank = is_blank(text.at[at]);

        if (text.at[at] == '%') {
            at += conversion(format, text, at);
            continue;
        }
        while (at < text.size && text.at[at] != '%' && is_blank(text.at[at]) == blank)
            at++;
        add(format, (struct time_op){ .code = blank ? ' ' : 0, .text = str_slice(text, from, at) });
    }
}

static size_t conversion(struct time_format *format, str text, size_t at)
{
    struct time_op op = { 0 };
    size_t         p = at + 1, width = 0;
    bool           signed_minutes = false;

    while (p < text.size && strchr("-_0^#", text.at[p]) && text.at[p])
        op.flag = text.at[p++];
    while (p < text.size && (unsigned char)(text.at[p] - '0') < 10 && width < 100)
        width = width * 10 + (size_t)(text.at[p++] - '0');
    while (p < text.size && text.at[p] == ':' && op.colons < 3) {
        op.colons++;
        p++;
    }
    if (p + 1 < text.size && (text.at[p] == 'E' || text.at[p] == 'O'))
        signed_minutes = text.at[p++] == 'E';
    if (p == text.size || !text.at[p] || (op.colons && text.at[p] != 'z')) {
        add(format, (struct time_op){ .text = str_slice(text, at, at + 1) });
        return 1;
    }
    op.width = (uint8_t)width;
    for (size_t i = 0; i < COUNT_OF(composite); i++)
        if (composite[i].code == text.at[p]) {
            compile(format, str_of(composite[i].text));
            format->has_date |= strchr("c+DFvxh", text.at[p]) != NULL;
            return p + 1 - at;
        }
    if (!strchr(simple, text.at[p])) {
        add(format, (struct time_op){ .text = str_slice(text, at, p + 1) });
        return p + 1 - at;
    }
    op.code = text.at[p] == 'z' && signed_minutes ? 'E' : text.at[p];
    format->has_date |= strchr(dates, text.at[p]) != NULL;
    add(format, op);
    return p + 1 - at;
}

status time_format_compile(struct arena *arena, str text, struct time_format **out)
{
    size_t most = 1;

    text = arena_str(arena, text);
    TRY_NEW(text.at);
    /* A conversion gives at most 15 operations (%+), any other byte one. */
    for (size_t i = 0; i < text.size; i++)
        most += text.at[i] == '%' ? 15 : 1;
    *out = arena_zero(arena, 1, sizeof **out + most * sizeof *(*out)->op);
    TRY_NEW(*out);
    compile(*out, text);
    return OK;
}

void time_split(double instant, int64_t *seconds, int32_t *microseconds)
{
    double whole = floor(instant), rest = (instant - whole) * 1e6 + 0.5;

    *seconds = (int64_t)whole;
    *microseconds = rest >= 1e6 ? 999999 : (int32_t)rest;
}

double time_join(int64_t seconds, int64_t nanoseconds)
{
    if (nanoseconds == 0)
        return (double)seconds;
    if (nanoseconds % 1000 == 0 && seconds > -9000000000000 && seconds < 9000000000000)
        return (double)(seconds * 1000000 + nanoseconds / 1000) / 1e6;
    return (double)((long double)seconds + (long double)nanoseconds / 1e9L);
}

/* Which of `count` names starts here? *size as in the header. */
static int named(const char *const *names, int count, const char *at, const char *end, size_t *size)
{
    str rest = { at, (size_t)(end - at) };

    if (rest.size < 3)
        return -1;
    for (int i = 0; i < count; i++) {
        str name = str_of(names[i]);
        if (!str_equal_nocase(str_slice(rest, 0, 3), str_slice(name, 0, 3)))
            continue;
        *size = 3;
        if (rest.size >= name.size && str_equal_nocase(str_slice(rest, 0, name.size), name))
            *size = name.size;
        return i;
    }
    return -1;
}

int time_month_named(const char *at, const char *end, size_t *size)
{
    return named(time_month_names, 12, at, end, size) + 1;
}

int time_weekday_named(const char *at, const char *end, size_t *size)
{
    return named(time_weekday_names, 7, at, end, size);
}

static int two_digits(const char *at, const char *end)
{
    if (end - at < 2 || (unsigned char)(at[0] - '0') >= 10 || (unsigned char)(at[1] - '0') >= 10)
        return -1;
    return (at[0] - '0') * 10 + (at[1] - '0');
}

size_t time_offset_read(const char *at, const char *end, int32_t *offset)
{
    const char *p = at;
    int         hour, minute, second;

    *offset = 0;
    if (p == end)
        return 0;
    if (*p == 'Z' || *p == 'z')
        return 1;
    if (end - p >= 3 && (str_is_nocase(str_make(p, 3), "UTC") || str_is_nocase(str_make(p, 3), "GMT")))
        return 3;
    if ((*p != '+' && *p != '-') || (hour = two_digits(p + 1, end)) < 0 || hour > 24)
        return 0;
    p += 3;
    *offset = hour * 3600;
    minute = two_digits(p + (p < end && *p == ':'), end);
    if (minute >= 0 && minute < 60) {
        p += 2 + (*p == ':');
        *offset += minute * 60;
        if (p < end && *p == ':' && (second = two_digits(p + 1, end)) >= 0 && second < 60) {
            p += 3;
            *offset += second;
        }
    }
    if (*at == '-')
        *offset = -*offset;
    return (size_t)(p - at);
}
