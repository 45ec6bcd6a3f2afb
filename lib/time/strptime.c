#include "time/strptime.h"

#include "base/compiler.h"
#include "time/civil.h"
#include "time/format_ops.h"

#include <math.h>

/* What has been read so far; -1: not given. */
struct parsed {
    const char *at, *end;
    int32_t     century, short_year, year, month, day, yearday;
    int32_t     hour, minute, second, hour_12, afternoon;
    int64_t     epoch, fraction;                /* fraction: of nine digits */
    bool        has_epoch, negative, has_offset;
    int32_t     offset;
    const struct zone *zone;                    /* named in the text */
};

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static void skip_blanks(struct parsed *text)
{
    while (text->at < text->end && (*text->at == ' ' || (*text->at >= '\t' && *text->at <= '\r')))
        text->at++;
}

/* A number of at least one and at most `digits` digits. */
static bool take_number(struct parsed *text, int digits, int32_t least, int32_t most, int32_t *out)
{
    const char *start = text->at;
    int32_t     value = 0;

    while (text->at < text->end && text->at - start < digits && is_digit(*text->at))
        value = value * 10 + (*text->at++ - '0');
    *out = value;
    return text->at > start && value >= least && value <= most;
}

static bool take_fraction(struct parsed *text)
{
    const char *start = text->at;
    int64_t     value = 0;
    int         digits = 0;

    for (; text->at < text->end && is_digit(*text->at); text->at++)
        if (digits < 9) {
            value = value * 10 + (*text->at - '0');
            digits++;
        }
    for (; digits < 9; digits++)
        value *= 10;
    text->fraction = value;
    return text->at > start;
}

/* Seconds since 1970. `next`: what follows in the format, since "%s.%3N" and "%s%3N" leave the fraction to
 * it. */
static bool take_epoch(struct parsed *text, const struct time_op *next)
{
    bool        fraction_follows = next && strchr("NQf", next->code) && next->code;
    bool        point_follows = next && next->code == 0 && next->text.at[0] == '.';
    int         most = fraction_follows ? 10 : 15;
    const char *start;

    text->negative = text->at < text->end && *text->at == '-';
    text->at += text->negative;
    start = text->at;
    text->epoch = 0;
    while (text->at < text->end && text->at - start < most && is_digit(*text->at))
        text->epoch = text->epoch * 10 + (*text->at++ - '0');
    if (text->at == start)
        return false;
    text->has_epoch = true;
    if (!point_follows && text->end - text->at >= 2 && *text->at == '.' && is_digit(text->at[1])) {
        text->at++;
        take_fraction(text);
    }
    return true;
}

static bool take_zone(struct parsed *text, struct zone_view *view)
{
    const char *start = text->at;
    size_t      size;
    str         name;

    size = time_offset_read(text->at, text->end, &text->offset);
    if (size && (*start == '+' || *start == '-')) {
        text->at += size;
        return text->has_offset = true;
    }
    while (text->at < text->end && (is_digit(*text->at) || strchr("/_+-", *text->at)
                                    || (unsigned char)((*text->at | 0x20) - 'a') < 26) && *text->at)
        text->at++;
    name = str_make(start, (size_t)(text->at - start));
    if (zone_abbreviation(view->zone, name, &text->offset))
        return text->has_offset = true;
    text->zone = view->cache && memchr(start, '/', name.size) ? zone_cache_get(view->cache, name) : NULL;
    if (text->zone || name.size == 0)
        return text->zone != NULL;
    /* "EST5" or "UTC+02:00": the letters alone may do. */
    for (size = 0; size < name.size && (unsigned char)((name.at[size] | 0x20) - 'a') < 26;)
        size++;
    text->at = start + size;
    return size && zone_abbreviation(view->zone, str_slice(name, 0, size), &text->offset)
        && (text->has_offset = true);
}

static bool take_minutes(struct parsed *text)
{
    bool negative = text->at < text->end && *text->at == '-';

    if (text->at < text->end && (negative || *text->at == '+'))
        text->at++;
    if (!take_number(text, 4, 0, 1440, &text->offset))
        return false;
    text->offset *= negative ? -60 : 60;
    return text->has_offset = true;
}

static bool take_half(struct parsed *text)
{
    if (text->end - text->at < 2 || (text->at[1] | 0x20) != 'm')
        return false;
    text->afternoon = (*text->at | 0x20) == 'p';
    if (!text->afternoon && (*text->at | 0x20) != 'a')
        return false;
    text->at += 2;
    return true;
}

static bool take_literal(struct parsed *text, str literal)
{
    if ((size_t)(text->end - text->at) < literal.size || memcmp(text->at, literal.at, literal.size) != 0)
        return false;
    text->at += literal.size;
    return true;
}

static bool take_op(struct parsed *text, const struct time_op *op, const struct time_op *next,
                    struct zone_view *view)
{
    size_t  size = 0;
    int32_t ignored;

    switch (op->code) {
    case 'a': case 'A':
        if (time_weekday_named(text->at, text->end, &size) < 0)
            return false;
        text->at += size;
        return true;
    case 'b': case 'B':
        text->month = time_month_named(text->at, text->end, &size);
        text->at += size;
        return text->month > 0;
    case 'C': return take_number(text, 2, 0, 99, &text->century);
    case 'd': case 'e': skip_blanks(text); return take_number(text, 2, 1, 31, &text->day);
    case 'H': case 'k': skip_blanks(text); return take_number(text, 2, 0, 24, &text->hour);
    case 'I': case 'l': skip_blanks(text); return take_number(text, 2, 1, 12, &text->hour_12);
    case 'j': return take_number(text, 3, 1, 366, &text->yearday);
    case 'm': return take_number(text, 2, 1, 12, &text->month);
    case 'M': return take_number(text, 2, 0, 59, &text->minute);
    case 'S': return take_number(text, 2, 0, 60, &text->second);
    case 'y': return take_number(text, 2, 0, 99, &text->short_year);
    case 'Y':
        size = (size_t)(text->end - text->at);
        return take_number(text, 4, 0, 9999, &text->year) && size - (size_t)(text->end - text->at) == 4;
    case 'f': case 'N': case 'Q': return take_fraction(text);
    case 'p': case 'P': return take_half(text);
    case 's': return take_epoch(text, next);
    case 'u': case 'w': return take_number(text, 1, 0, 7, &ignored);
    case 'g': case 'U': case 'V': case 'W': return take_number(text, 2, 0, 99, &ignored);
    case 'G': return take_number(text, 4, 0, 9999, &ignored);
    case 'z':
        size = time_offset_read(text->at, text->end, &text->offset);
        text->at += size;
        return size && (text->has_offset = true);
    case 'E': return take_minutes(text);
    case 'Z': return take_zone(text, view);
    case 'n': case 't': case ' ': skip_blanks(text); return true;
    case '%': return take_literal(text, STR("%"));
    default: return take_literal(text, op->text);
    }
}

/* The date, with what the text leaves out taken from `now`. False: there is no such day, or the day is
 * missing. */
static bool settle_date(const struct parsed *text, bool has_date, int64_t today, int64_t *days)
{
    struct civil now = civil_of(today);
    int64_t      year = text->year;

    if (!has_date) {
        *days = today;
        return true;
    }
    if (year < 0 && text->short_year >= 0) {
        year = text->short_year;
        year += text->century >= 0 ? text->century * 100 : text->short_year < 69 ? 2000 : 1900;
    } else if (year < 0) {
        year = text->century >= 0 ? text->century * 100 : now.year;
    }
    if (text->yearday > 0 && text->day < 0) {
        *days = civil_days(year, 1, 1) + text->yearday - 1;
        return text->yearday <= 365 + civil_is_leap(year);
    }
    if (text->day < 0)
        return false;
    now.month = text->month > 0 ? text->month : now.month;
    *days = civil_days(year, now.month, text->day);
    return text->day <= civil_month_size(year, now.month);
}

static int32_t settle_hour(const struct parsed *text)
{
    if (text->hour_12 >= 0) {
        if (text->afternoon < 0)
            return text->hour_12;
        return text->hour_12 % 12 + (text->afternoon ? 12 : 0);
    }
    return text->hour > 0 ? text->hour : 0;
}

status time_parse(const struct time_format *format, struct zone_view *view, double now, str text,
                  double *instant)
{
    struct parsed parsed = { .at = text.at, .end = text.at + text.size, .century = -1, .short_year = -1,
        .year = -1, .month = -1, .day = -1, .yearday = -1, .hour = -1, .hour_12 = -1, .afternoon = -1 };
    int64_t       days = 0, local, seconds, whole_now;
    double        bounded_now = now > -1e11 && now < 1e11 ? now : 0;

    for (uint32_t i = 0; i < format->count; i++) {
        const struct time_op *next = i + 1 < format->count ? &format->op[i + 1] : NULL;
        if (!take_op(&parsed, &format->op[i], next, view))
            return FAIL_DATA;
    }
    if (parsed.has_epoch) {
        *instant = time_join(parsed.epoch, parsed.fraction);
        if (parsed.negative)
            *instant = -*instant;
        return OK;
    }
    whole_now = (int64_t)floor(bounded_now);
    if (!settle_date(&parsed, format->has_date, floor_divide(zone_local(view, whole_now), 86400), &days))
        return FAIL_DATA;
    local = days * 86400 + settle_hour(&parsed) * 3600 + parsed.minute * 60 + parsed.second;
    if (parsed.has_offset) {
        seconds = local - parsed.offset;
    } else if (parsed.zone) {
        struct zone_view named;
        zone_view_init(&named, parsed.zone, NULL);
        seconds = zone_instant(&named, local);
    } else {
        seconds = zone_instant(view, local);
    }
    if (local < 31536000)                       /* 1971-01-01, the documented beginning */
        return FAIL_DATA;
    *instant = time_join(seconds, parsed.fraction);
    return OK;
}
