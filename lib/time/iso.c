#include "time/iso.h"

#include "base/compiler.h"
#include "time/civil.h"
#include "time/format.h"
#include "time/format_ops.h"
#include "time/read.h"

#include <math.h>

/* A date and time as written, and how far the zone is known. */
struct stamp {
    struct moment local;
    int64_t       nanoseconds;
    int32_t       offset;
    bool          has_offset;
};

bool reading_decimal(struct reading *text, double *number)
{
    const char *at = text->at;
    bool        negative = reading_take(text, '-');
    const char *start = text->at;
    int64_t     whole = 0, nanoseconds = 0;

    while (text->at < text->end && reading_digit(*text->at) && text->at - start < 18)
        whole = whole * 10 + (*text->at++ - '0');
    if (text->at == start || (text->at < text->end && reading_digit(*text->at))) {
        text->at = at;
        return false;
    }
    if (text->end - text->at >= 2 && *text->at == '.' && reading_digit(text->at[1])) {
        text->at++;
        reading_fraction(text, &nanoseconds);
    }
    *number = time_join(whole, nanoseconds);
    if (negative)
        *number = -*number;
    return true;
}

bool time_from_number(double number, double *instant)
{
    double size = fabs(number);

    if (!(size < 1e20))
        return false;
    *instant = size < 1e11 ? number : size < 1e14 ? number / 1e3 : size < 1e17 ? number / 1e6 : trunc(number / 1e3) / 1e6;
    return true;
}

/* Event times are exact to the microsecond: a double holds no nanoseconds of this century, and would print digits that
 * nobody wrote. */
static double join_microseconds(int64_t seconds, int64_t nanoseconds)
{
    return time_join(seconds, nanoseconds - nanoseconds % 1000);
}

static bool stamp_settle(const struct stamp *stamp, struct zone_view *view, double *instant)
{
    const struct moment *local = &stamp->local;
    int64_t              seconds;

    if (local->date.month < 1 || local->date.month > 12 || local->date.day < 1
        || local->date.day > civil_month_size(local->date.year, local->date.month)
        || local->hour > 24 || local->minute > 59 || local->second > 60)
        return false;
    seconds = moment_seconds(local);
    seconds = stamp->has_offset ? seconds - stamp->offset : zone_instant(view, seconds);
    *instant = join_microseconds(seconds, stamp->nanoseconds);
    return true;
}

/* A zone right here or after one space: Z, an offset, UTC, GMT, or an abbreviation that the zone or
 * everybody knows. */
static void take_zone(struct reading *text, struct zone_view *view, struct stamp *stamp)
{
    const char *at = text->at + (text->at < text->end && *text->at == ' '), *p = at;
    size_t      size = time_offset_read(at, text->end, &stamp->offset);

    if (size && (at + size == text->end || !((unsigned char)((at[size] | 0x20) - 'a') < 26))) {
        stamp->has_offset = true;
        text->at = at + size;
        return;
    }
    while (p < text->end && (unsigned char)(*p - 'A') < 26)
        p++;
    if (p - at >= 3 && p - at <= 5 && zone_abbreviation(view->zone, str_make(at, (size_t)(p - at)),
                                                        &stamp->offset)) {
        stamp->has_offset = true;
        text->at = p;
    }
}

/* HH:MM[:SS[.fraction]], perhaps AM or PM; false: no time here, nothing taken. */
static bool take_clock(struct reading *text, struct stamp *stamp)
{
    const char    *start = text->at;
    struct moment *local = &stamp->local;

    if (!reading_number(text, 1, 2, &local->hour) || !reading_take(text, ':')
        || !reading_number(text, 2, 2, &local->minute)) {
        text->at = start;
        return false;
    }
    if (text->end - text->at >= 3 && *text->at == ':' && reading_digit(text->at[1])) {
        text->at++;
        reading_number(text, 2, 2, &local->second);
        if (text->end - text->at >= 2 && (*text->at == '.' || *text->at == ',')
            && reading_digit(text->at[1])) {
            text->at++;
            reading_fraction(text, &stamp->nanoseconds);
        }
    }
    if (text->end - text->at >= 3 && *text->at == ' ' && (text->at[2] | 0x20) == 'm'
        && ((text->at[1] | 0x20) == 'a' || (text->at[1] | 0x20) == 'p') && local->hour >= 1
        && local->hour <= 12) {
        local->hour = local->hour % 12 + ((text->at[1] | 0x20) == 'p' ? 12 : 0);
        text->at += 3;
    }
    return true;
}

/* 20231114T221320[.fraction] */
static bool take_basic(struct reading *text, struct stamp *stamp)
{
    struct moment *local = &stamp->local;
    int32_t        year;

    if (!reading_number(text, 4, 4, &year) || !reading_number(text, 2, 2, &local->date.month)
        || !reading_number(text, 2, 2, &local->date.day) || !reading_take(text, 'T')
        || !reading_number(text, 2, 2, &local->hour) || !reading_number(text, 2, 2, &local->minute)
        || !reading_number(text, 2, 2, &local->second))
        return false;
    local->date.year = year;
    if (text->end - text->at >= 2 && *text->at == '.' && reading_digit(text->at[1])) {
        text->at++;
        reading_fraction(text, &stamp->nanoseconds);
    }
    return true;
}

/* 2023-11-14 or 2023/11/14, then perhaps T or a space and the time. */
static bool take_year_first(struct reading *text, struct stamp *stamp)
{
    int32_t year = 0;
    char    separator;

    reading_number(text, 4, 4, &year);
    stamp->local.date.year = year;
    separator = *text->at++;
    if (!reading_number(text, 1, 2, &stamp->local.date.month) || !reading_take(text, separator)
        || !reading_number(text, 1, 2, &stamp->local.date.day))
        return false;
    if (text->at < text->end && (*text->at == 'T' || *text->at == ' ' || *text->at == 't'
                                 || *text->at == ':')) {
        text->at++;
        if (!take_clock(text, stamp))
            text->at--;
    }
    return text->at == text->end || !reading_digit(*text->at);
}

static bool take_month(struct reading *text, struct stamp *stamp)
{
    size_t size = 0;

    stamp->local.date.month = time_month_named(text->at, text->end, &size);
    text->at += size;
    return stamp->local.date.month > 0;
}

static bool take_year(struct reading *text, struct stamp *stamp)
{
    int32_t year;

    if (!reading_number(text, 4, 4, &year))
        return false;
    stamp->local.date.year = year;
    return true;
}

/* 11/14/2023 22:13:20, 14/Nov/2023:22:13:20, 14 Nov 2023 22:13:20, 14-Nov-2023 22:13:20 */
static bool take_day_first(struct reading *text, struct stamp *stamp)
{
    int32_t first;
    char    separator;

    if (!reading_number(text, 1, 2, &first) || text->at == text->end)
        return false;
    separator = *text->at++;
    if (separator != '/' && separator != ' ' && separator != '-')
        return false;
    if (text->at < text->end && reading_digit(*text->at)) {
        stamp->local.date.month = first;                /* the American order */
        if (separator != '/' || !reading_number(text, 1, 2, &stamp->local.date.day))
            return false;
    } else {
        stamp->local.date.day = first;
        if (!take_month(text, stamp))
            return false;
    }
    if (!reading_take(text, separator) || !take_year(text, stamp))
        return false;
    if (text->at < text->end && (*text->at == ' ' || *text->at == ':' || *text->at == 'T')) {
        text->at++;
        if (!take_clock(text, stamp))
            text->at--;
    }
    return true;
}

/* May 14 09:12:31, Nov 14 22:13:20 2023, Nov 14 2023 22:13:20; without a year the latest one not after
 * tomorrow. */
static bool take_month_first(struct reading *text, struct zone_view *view, double now, struct stamp *stamp)
{
    int64_t today = floor_divide(zone_local(view, now > -1e11 && now < 1e11 ? (int64_t)floor(now) : 0),
                                 86400);
    struct civil date = civil_of(today);

    if (!take_month(text, stamp) || !reading_take(text, ' '))
        return false;
    reading_take(text, ' ');
    if (!reading_number(text, 1, 2, &stamp->local.date.day))
        return false;
    reading_take(text, ',');
    if (!reading_take(text, ' '))
        return false;
    if (text->end - text->at >= 5 && reading_digit(text->at[3]) && take_year(text, stamp))
        return reading_take(text, ' ') && take_clock(text, stamp);
    if (!take_clock(text, stamp))
        return false;
    if (text->end - text->at >= 5 && *text->at == ' ' && reading_digit(text->at[1])
        && reading_digit(text->at[4])
        && (text->end - text->at == 5 || !reading_digit(text->at[5]))) {
        text->at++;
        return take_year(text, stamp);
    }
    stamp->local.date.year = date.year;
    if (civil_days(date.year, stamp->local.date.month, stamp->local.date.day) > today + 1)
        stamp->local.date.year--;
    return true;
}

/* The longest stamp at the start of the text, numbers aside. */
static bool take_stamp(struct reading *text, struct zone_view *view, double now, double *instant)
{
    struct stamp   stamp = { .local = { .date = { 1970, 1, 1 } } };
    struct reading at = *text;
    size_t         size = 0, room = (size_t)(at.end - at.at);
    bool           taken;

    if (room < 8)
        return false;
    if (reading_digit(at.at[0])) {
        if (reading_digit(at.at[1]) && reading_digit(at.at[2]) && reading_digit(at.at[3]))
            taken = at.at[4] == '-' || at.at[4] == '/' ? take_year_first(&at, &stamp)
                : take_basic(&at, &stamp);
        else
            taken = take_day_first(&at, &stamp);
    } else {
        if (time_weekday_named(at.at, at.end, &size) >= 0) {
            at.at += size;
            reading_take(&at, ',');
            if (!reading_take(&at, ' '))
                return false;
        }
        taken = at.at < at.end && reading_digit(*at.at) ? take_day_first(&at, &stamp)
                                                        : take_month_first(&at, view, now, &stamp);
    }
    if (!taken)
        return false;
    take_zone(&at, view, &stamp);
    if (!stamp_settle(&stamp, view, instant))
        return false;
    text->at = at.at;
    return true;
}

/* Two digits; *wrong is set if they are none. */
static ALWAYS_INLINE int32_t two(const unsigned char *c, unsigned *wrong)
{
    unsigned tens = c[0] - (unsigned)'0', ones = c[1] - (unsigned)'0';

    *wrong |= (tens > 9) | (ones > 9);
    return (int32_t)(tens * 10 + ones);
}

/* YYYY-MM-DDTHH:MM:SS, then perhaps a fraction, then Z: what most data has. False: look closer. */
static ALWAYS_INLINE bool read_usual(str text, double *instant)
{
    const unsigned char *c = (const unsigned char *)text.at;
    struct reading       rest = { text.at + 19, text.at + text.size };
    unsigned             wrong = 0;
    int64_t              days, nanoseconds = 0;
    int32_t              year, month, day, hour, minute, second;

    if (text.size < 20 || c[4] != '-' || c[7] != '-' || (c[10] | 0x20) != ('T' | 0x20) || c[13] != ':'
        || c[16] != ':'
        || c[text.size - 1] != 'Z')
        return false;
    year = two(c, &wrong) * 100 + two(c + 2, &wrong);
    month = two(c + 5, &wrong);
    day = two(c + 8, &wrong);
    hour = two(c + 11, &wrong);
    minute = two(c + 14, &wrong);
    second = two(c + 17, &wrong);
    if (wrong || month < 1 || month > 12 || day < 1 || (day > 28 && day > civil_month_size(year, month))
        || hour > 23
        || minute > 59 || second > 59)
        return false;
    if (*rest.at == '.') {
        rest.at++;
        if (!reading_fraction(&rest, &nanoseconds))
            return false;
    }
    if (rest.at + 1 != rest.end)
        return false;
    days = civil_days(year, month, day);
    *instant = join_microseconds(days * 86400 + hour * 3600 + minute * 60 + second, nanoseconds);
    return true;
}

/* A decimal number of seconds, or whole milli-, micro- or nanoseconds. */
static bool take_number(struct reading *text, double *instant)
{
    const char *start = text->at;
    double      number;
    int64_t     whole = 0;
    int         digits = 0;

    if (reading_decimal(text, &number)) {
        if (time_from_number(number, instant))
            return true;
        text->at = start;
        return false;
    }
    /* 19 digits: nanoseconds */
    while (text->at < text->end && reading_digit(*text->at) && digits < 19) {
        whole = whole * 10 + (*text->at++ - '0');
        digits++;
        if (digits == 18 && whole > INT64_MAX / 10 - 1)
            break;
    }
    if (digits != 19 || (text->at < text->end && reading_digit(*text->at))) {
        text->at = start;
        return false;
    }
    *instant = join_microseconds(whole / 1000000000, whole % 1000000000);
    return true;
}

bool time_read(str text, struct zone_view *view, double now, double *instant)
{
    struct reading reading;

    if (LIKELY(read_usual(text, instant)))
        return true;
    text = str_trim_blanks(text);
    if (text.size == 0)
        return false;
    reading = (struct reading){ text.at, text.at + text.size };
    if (take_number(&reading, instant) && reading.at == reading.end)
        return true;
    reading.at = text.at;
    return take_stamp(&reading, view, now, instant) && reading.at == reading.end;
}

/* ---- lines */

static bool take_any(struct reading *text, struct zone_view *view, double now, double *instant)
{
    struct reading at = *text;
    double         number;

    if (take_stamp(text, view, now, instant))
        return true;
    /* A bare number is a time stamp only if it is one of this era and ends with the word. */
    if (at.at < at.end && reading_digit(*at.at) && take_number(&at, &number) && number >= 1e9
        && number < 4.2e9
        && (at.at == at.end || strchr(" \t,;:]\")|", *at.at))) {
        *instant = number;
        *text = at;
        return true;
    }
    return false;
}

/* <34>, <34>1 and blanks, then one opening bracket or quote. */
static void skip_opening(struct reading *text)
{
    struct reading at = *text;
    int32_t        ignored;

    while (at.at < at.end && (*at.at == ' ' || *at.at == '\t'))
        at.at++;
    text->at = at.at;
    if (reading_take(&at, '<') && reading_number(&at, 1, 3, &ignored) && reading_take(&at, '>')) {
        text->at = at.at;
        if (reading_number(&at, 1, 1, &ignored) && reading_take(&at, ' '))
            text->at = at.at;
    }
    if (text->at < text->end && (*text->at == '[' || *text->at == '(' || *text->at == '"'))
        text->at++;
}

/* Is there a key that names the time before this equals sign? */
static bool names_time(const char *begin, const char *equals)
{
    static const char *const keys[] = { "time", "timestamp", "ts", "_time", "@timestamp", "eventtime",
        "datetime", "date" };
    const char              *start = equals;

    while (start > begin && start[-1] != ' ' && start[-1] != '\t' && start[-1] != ',' && start[-1] != '{')
        start--;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (str_is_nocase(str_make(start, (size_t)(equals - start)), keys[i]))
            return true;
    return false;
}

bool time_sniff(str line, struct zone_view *view, double now, double *instant)
{
    enum { LOOK_AHEAD = 128, BRACKETS = 4 };
    struct reading text = { line.at, line.at + line.size };
    const char    *last;
    int            brackets = 0;

    skip_opening(&text);
    if (take_any(&text, view, now, instant))
        return true;
    last = line.at + (line.size < LOOK_AHEAD ? line.size : LOOK_AHEAD);
    for (const char *at = line.at; at < last; at++) {
        text.at = at + 1;
        if (*at == '[' && brackets++ < BRACKETS) {
            if (take_any(&text, view, now, instant))
                return true;
        } else if (*at == '=' && names_time(line.at, at)) {
            if (text.at < text.end && (*text.at == '"' || *text.at == '\''))
                text.at++;
            if (take_any(&text, view, now, instant))
                return true;
        }
    }
    return false;
}
