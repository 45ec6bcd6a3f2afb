#include "time/relative.h"

#include "time/civil.h"
#include "time/iso.h"
#include "time/read.h"

#include <math.h>

static const struct { char word[9]; uint8_t unit; } unit_words[] = {
    { "s", UNIT_SECOND }, { "sec", UNIT_SECOND }, { "secs", UNIT_SECOND }, { "second", UNIT_SECOND },
    { "seconds", UNIT_SECOND },
    { "m", UNIT_MINUTE }, { "min", UNIT_MINUTE }, { "mins", UNIT_MINUTE }, { "minute", UNIT_MINUTE },
    { "minutes", UNIT_MINUTE },
    { "h", UNIT_HOUR }, { "hr", UNIT_HOUR }, { "hrs", UNIT_HOUR }, { "hour", UNIT_HOUR },
    { "hours", UNIT_HOUR },
    { "d", UNIT_DAY }, { "day", UNIT_DAY }, { "days", UNIT_DAY },
    { "w", UNIT_WEEK }, { "week", UNIT_WEEK }, { "weeks", UNIT_WEEK },
    { "mon", UNIT_MONTH }, { "month", UNIT_MONTH }, { "months", UNIT_MONTH },
    { "q", UNIT_QUARTER }, { "qtr", UNIT_QUARTER }, { "qtrs", UNIT_QUARTER }, { "quarter", UNIT_QUARTER },
    { "quarters", UNIT_QUARTER },
    { "y", UNIT_YEAR }, { "yr", UNIT_YEAR }, { "yrs", UNIT_YEAR }, { "year", UNIT_YEAR },
    { "years", UNIT_YEAR },
};

enum time_unit time_unit_named(str word)
{
    for (size_t i = 0; i < sizeof unit_words / sizeof *unit_words; i++)
        if (str_is(word, unit_words[i].word))
            return (enum time_unit)unit_words[i].unit;
    return UNIT_NONE;
}

static str take_letters(struct reading *text)
{
    const char *start = text->at;

    while (text->at < text->end && (unsigned char)(*text->at - 'a') < 26)
        text->at++;
    return str_make(start, (size_t)(text->at - start));
}

/* After "@". */
static bool parse_snap(struct reading *text, struct relative_step *step)
{
    str word = take_letters(text);

    step->snap = true;
    step->unit = (uint8_t)time_unit_named(word);
    if (step->unit == UNIT_WEEK && str_is(word, "w") && text->at < text->end && reading_digit(*text->at)) {
        step->weekday = (int8_t)(*text->at++ - '0');
        if (step->weekday > 7)
            return false;
        step->weekday %= 7;
    }
    return step->unit != UNIT_NONE;
}

/* After "+" or "-". */
static bool parse_move(struct reading *text, bool negative, struct relative_step *step)
{
    const char *start = text->at;
    int64_t     amount = 0;
    str         word;

    while (text->at < text->end && reading_digit(*text->at) && text->at - start < 11)
        amount = amount * 10 + (*text->at++ - '0');
    if (text->at == start)
        amount = 1;
    word = take_letters(text);
    if (word.size == 0 && text->at == start)
        return false;
    step->unit = (uint8_t)(word.size ? time_unit_named(word) : UNIT_SECOND);
    step->amount = negative ? -amount : amount;
    return step->unit != UNIT_NONE && amount < 10000000000;
}

status relative_parse(str text, struct relative *out)
{
    struct reading reading = { text.at, text.at + text.size };

    out->count = 0;
    while (reading.at < reading.end) {
        struct relative_step step = { 0 };
        char                 sign = *reading.at++;

        if (out->count == RELATIVE_STEPS)
            return FAIL_DATA;
        if (sign == '@' ? !parse_snap(&reading, &step)
                        : (sign != '+' && sign != '-') || !parse_move(&reading, sign == '-', &step))
            return FAIL_DATA;
        out->step[out->count++] = step;
    }
    return OK;
}

/* ---- applying */

static int64_t move_months(struct zone_view *view, int64_t seconds, int64_t months)
{
    struct moment local = moment_of(zone_local(view, seconds));
    int64_t       index = local.date.year * 12 + local.date.month - 1 + months;

    local.date.year = floor_divide(index, 12);
    local.date.month = (int32_t)(index - local.date.year * 12) + 1;
    if (local.date.day > civil_month_size(local.date.year, local.date.month))
        local.date.day = civil_month_size(local.date.year, local.date.month);
    return zone_instant(view, moment_seconds(&local));
}

static int64_t move(struct zone_view *view, int64_t seconds, const struct relative_step *step)
{
    switch (step->unit) {
    case UNIT_SECOND: return seconds + step->amount;
    case UNIT_MINUTE: return seconds + step->amount * 60;
    case UNIT_HOUR: return seconds + step->amount * 3600;
    case UNIT_DAY: return zone_instant(view, zone_local(view, seconds) + step->amount * 86400);
    case UNIT_WEEK: return zone_instant(view, zone_local(view, seconds) + step->amount * 7 * 86400);
    case UNIT_MONTH: return move_months(view, seconds, step->amount);
    case UNIT_QUARTER: return move_months(view, seconds, step->amount * 3);
    default: return move_months(view, seconds, step->amount * 12);
    }
}

static int64_t snap(struct zone_view *view, int64_t seconds, const struct relative_step *step)
{
    int64_t      local = zone_local(view, seconds), days = floor_divide(local, 86400);
    struct civil date;

    /* Within a day the distance is taken off the instant, so that the repeated hour of autumn stays
     * itself. */
    switch (step->unit) {
    case UNIT_SECOND: return seconds;
    case UNIT_MINUTE: return seconds - (local - floor_divide(local, 60) * 60);
    case UNIT_HOUR: return seconds - (local - floor_divide(local, 3600) * 3600);
    case UNIT_DAY: return zone_instant(view, days * 86400);
    case UNIT_WEEK: return zone_instant(view, (days - (civil_weekday(days) - step->weekday + 7) % 7) * 86400);
    default: break;
    }
    date = civil_of(days);
    if (step->unit == UNIT_QUARTER)
        date.month -= (date.month - 1) % 3;
    else if (step->unit == UNIT_YEAR)
        date.month = 1;
    return zone_instant(view, civil_days(date.year, date.month, 1) * 86400);
}

double relative_apply(const struct relative *relative, struct zone_view *view, double instant)
{
    double  whole = floor(instant), fraction = instant - whole;
    int64_t seconds;

    if (!(fabs(instant) < 1e15))
        return instant;
    seconds = (int64_t)whole;
    for (uint32_t i = 0; i < relative->count; i++) {
        const struct relative_step *step = &relative->step[i];
        if (step->snap) {
            fraction = 0;
            seconds = snap(view, seconds, step);
        } else {
            seconds = move(view, seconds, step);
        }
        if (seconds > 1000000000000000 || seconds < -1000000000000000)      /* some 30 million years */
            return (double)seconds;
    }
    return (double)seconds + fraction;
}

/* ---- whole modifiers */

/* Behind the date: HH:MM:SS; 24:00:00 and leap seconds are times. */
static bool read_time_of_day(struct reading *reading, struct moment *local)
{
    return reading_take(reading, ':') && reading_number(reading, 1, 2, &local->hour) && reading_take(reading, ':')
        && reading_number(reading, 1, 2, &local->minute) && reading_take(reading, ':')
        && reading_number(reading, 1, 2, &local->second) && local->hour <= 24 && local->minute <= 59
        && local->second <= 60;
}

bool time_date(str text, bool strict, int64_t *local)
{
    struct reading reading = { text.at, text.at + text.size };
    struct moment  moment = { .hour = 0 };
    int32_t        year;

    if (!reading_number(&reading, 1, 2, &moment.date.month) || !reading_take(&reading, '/')
        || !reading_number(&reading, 1, 2, &moment.date.day) || !reading_take(&reading, '/')
        || !reading_number(&reading, strict ? 4 : 2, 4, &year))
        return false;
    moment.date.year = year < 100 && reading.at[-3] == '/' ? 2000 + year : year;
    if ((strict || reading.at < reading.end) && !read_time_of_day(&reading, &moment))
        return false;
    if (reading.at != reading.end || moment.date.month < 1 || moment.date.month > 12 || moment.date.day < 1
        || moment.date.day > civil_month_size(moment.date.year, moment.date.month))
        return false;
    *local = moment_seconds(&moment);
    return true;
}

status time_modifier(str text, struct zone_view *view, double now, double *instant)
{
    struct relative relative;
    struct reading  reading;
    int64_t         local;

    text = str_trim_blanks(text);
    if (text.size == 0)
        return FAIL_DATA;
    if (str_is_nocase(text, "now") || str_is_nocase(text, "now()")) {
        *instant = now;
        return OK;
    }
    reading = (struct reading){ text.at, text.at + text.size };
    if (reading_decimal(&reading, instant) && reading.at == reading.end)
        return OK;
    if (time_date(text, true, &local)) {
        *instant = (double)zone_instant(view, local);
        return OK;
    }
    if (reading_digit(text.at[0]))
        return time_read(text, view, now, instant) ? OK : FAIL_DATA;
    TRY(relative_parse(text, &relative));
    *instant = relative_apply(&relative, view, now);
    return OK;
}
