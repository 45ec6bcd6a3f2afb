#include "time/span.h"

#include "time/civil.h"
#include "time/read.h"

#include <math.h>

static const struct { char word[3]; uint8_t unit; int32_t per_second; } fine_units[] = {
    { "us", UNIT_MICROSECOND, 1000000 }, { "ms", UNIT_MILLISECOND, 1000 }, { "cs", UNIT_CENTISECOND, 100 },
    { "ds", UNIT_DECISECOND, 10 },
};

static const double unit_seconds[] = {
    [UNIT_MICROSECOND] = 1e-6, [UNIT_MILLISECOND] = 1e-3, [UNIT_CENTISECOND] = 1e-2, [UNIT_DECISECOND] = 1e-1,
    [UNIT_SECOND] = 1, [UNIT_MINUTE] = 60, [UNIT_HOUR] = 3600, [UNIT_DAY] = 86400, [UNIT_WEEK] = 7 * 86400,
    [UNIT_MONTH] = 30 * 86400, [UNIT_QUARTER] = 91 * 86400, [UNIT_YEAR] = 365 * 86400,
};

static str take_word(struct reading *text)
{
    const char *start = text->at;

    while (text->at < text->end && (unsigned char)(*text->at - 'a') < 26)
        text->at++;
    return str_make(start, (size_t)(text->at - start));
}

/* count and unit's letters; the rest stays in `text`. */
static bool take_span(struct reading *text, struct time_span *out, bool *has_unit)
{
    int32_t count = 1;
    str     word;

    reading_number(text, 1, 9, &count);
    word = take_word(text);
    *has_unit = word.size > 0;
    *out = (struct time_span){ .unit = UNIT_SECOND, .weekday = -1, .count = (uint32_t)count };
    if (!*has_unit)
        return true;
    out->unit = (uint8_t)time_unit_named(word);
    for (size_t i = 0; i < sizeof fine_units / sizeof *fine_units; i++)
        if (str_is(word, fine_units[i].word))
            out->unit = fine_units[i].unit;
    return out->unit != UNIT_NONE;
}

static bool is_allowed(const struct time_span *span)
{
    uint32_t count = span->count;

    if (count == 0)
        return false;
    if (span->unit < UNIT_SECOND)
        return count < (uint32_t)fine_units[span->unit].per_second
            && fine_units[span->unit].per_second % count == 0;
    if (span->unit == UNIT_MONTH)
        return 12 % count == 0;
    if (span->unit == UNIT_QUARTER)
        return 4 % count == 0;
    return true;
}

/* 1w@w1: weeks begin on Mondays. 1h@h says of other units what is true without it. */
static bool take_snap(struct reading *text, struct time_span *out)
{
    int32_t weekday = 0;

    if (out->unit < UNIT_SECOND || time_unit_named(take_word(text)) != out->unit)
        return false;
    if (out->unit != UNIT_WEEK)
        return true;
    reading_number(text, 1, 1, &weekday);
    out->weekday = (int8_t)(weekday % 7);
    return weekday <= 7;
}

status time_span_parse(str text, struct time_span *out)
{
    struct reading reading = { text.at, text.at + text.size };
    bool           has_unit;

    if (text.size == 0 || !take_span(&reading, out, &has_unit) || !is_allowed(out))
        return FAIL_DATA;
    if (has_unit && reading_take(&reading, '@') && !take_snap(&reading, out))
        return FAIL_DATA;
    return reading.at == reading.end ? OK : FAIL_DATA;
}

bool time_span_has_unit(str text)
{
    struct reading   reading = { text.at, text.at + text.size };
    struct time_span span;
    bool             has_unit;

    return take_span(&reading, &span, &has_unit) && has_unit;
}

double time_span_seconds(const struct time_span *span)
{
    return unit_seconds[span->unit] * span->count;
}

bool time_span_is_calendar(const struct time_span *span)
{
    return span->unit >= UNIT_DAY;
}

/* Microseconds are counted whole: their decimal fractions are not. */
static double start_fine(const struct time_span *span, double align, double instant)
{
    double size = 1e6 / fine_units[span->unit].per_second * span->count;
    double since = floor((instant - align) * 1e6 + 0.5);

    return (align * 1e6 + floor(since / size) * size) / 1e6;
}

static int64_t span_days(const struct time_span *span)
{
    return (int64_t)span->count * (span->unit == UNIT_WEEK ? 7 : 1);
}

/* First day of the bin of whole days that holds `day`. */
static int64_t start_day(const struct time_span *span, int64_t day)
{
    int64_t size = span_days(span);
    int64_t phase = span->weekday < 0 ? 0 : (span->weekday - 4 + 7) % 7;        /* day 0 is a Thursday */

    return floor_divide(day - phase, size) * size + phase;
}

static int64_t span_months(const struct time_span *span)
{
    return (int64_t)span->count * (span->unit == UNIT_MONTH ? 1 : span->unit == UNIT_QUARTER ? 3 : 12);
}

static double month_instant(struct zone_view *view, int64_t index)
{
    int64_t year = floor_divide(index, 12);

    return (double)zone_instant(view, civil_days(year, (int32_t)(index - year * 12) + 1, 1) * 86400);
}

double time_span_start(const struct time_span *span, struct zone_view *view, double align, double instant)
{
    int64_t      day, size;
    struct civil date;

    if (!(fabs(instant) < 1e15))
        return instant;
    if (span->unit < UNIT_SECOND)
        return start_fine(span, align, instant);
    if (span->unit < UNIT_DAY) {
        double seconds = time_span_seconds(span);
        return align + floor((instant - align) / seconds) * seconds;
    }
    day = floor_divide(zone_local(view, (int64_t)floor(instant)), 86400);
    if (span->unit <= UNIT_WEEK)
        return (double)zone_instant(view, start_day(span, day) * 86400);
    date = civil_of(day);
    size = span_months(span);
    return month_instant(view, floor_divide(date.year * 12 + date.month - 1, size) * size);
}

double time_span_next(const struct time_span *span, struct zone_view *view, double align, double start)
{
    int64_t      day;
    struct civil date;

    if (!(fabs(start) < 1e15))
        return INFINITY;
    if (span->unit < UNIT_SECOND) {
        double size = 1e6 / fine_units[span->unit].per_second * span->count;
        return (floor(start * 1e6 + 0.5) + size) / 1e6;
    }
    if (span->unit < UNIT_DAY)
        return start + time_span_seconds(span);
    /* A bin starts at local midnight, or after it where midnight is skipped. */
    day = floor_divide(zone_local(view, (int64_t)floor(start)), 86400);
    if (span->unit <= UNIT_WEEK)
        return (double)zone_instant(view, (start_day(span, day) + span_days(span)) * 86400);
    date = civil_of(day);
    return month_instant(view, date.year * 12 + date.month - 1 + span_months(span));
}

void time_span_choose(double from, double to, uint32_t bins, const struct time_span *least,
                      struct time_span *out)
{
    static const struct time_span usual[] = {
        { UNIT_SECOND, -1, 1 }, { UNIT_SECOND, -1, 5 }, { UNIT_SECOND, -1, 10 }, { UNIT_SECOND, -1, 30 },
        { UNIT_MINUTE, -1, 1 }, { UNIT_MINUTE, -1, 5 }, { UNIT_MINUTE, -1, 10 }, { UNIT_MINUTE, -1, 30 },
        { UNIT_HOUR, -1, 1 }, { UNIT_DAY, -1, 1 }, { UNIT_MONTH, -1, 1 },
    };
    enum { USUAL = sizeof usual / sizeof *usual };
    double shortest = least ? time_span_seconds(least) : 0;

    for (int i = 0; i < USUAL; i++) {
        double seconds = time_span_seconds(&usual[i]);
        *out = usual[i];
        if (seconds >= shortest && (to - from) / seconds <= bins)
            return;
    }
}
