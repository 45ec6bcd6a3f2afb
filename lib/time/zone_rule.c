#include "time/zone_rule.h"

#include "time/civil.h"

struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

static bool take_number(struct cursor *cursor, int32_t most, int32_t *out)
{
    const char *start = cursor->at;
    int32_t     value = 0;

    while (cursor->at < cursor->end && (unsigned char)(*cursor->at - '0') < 10 && value <= most)
        value = value * 10 + (*cursor->at++ - '0');
    *out = value;
    return cursor->at > start && value <= most;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct cursor *cursor, int32_t *out)
{
    bool    negative = take(cursor, '-');
    int32_t hour, minute = 0, second = 0;

    if (!negative)
        take(cursor, '+');
    if (!take_number(cursor, 167, &hour))
        return false;
    if (take(cursor, ':') && !take_number(cursor, 59, &minute))
        return false;
    if (take(cursor, ':') && !take_number(cursor, 59, &second))
        return false;
    *out = hour * 3600 + minute * 60 + second;
    if (negative)
        *out = -*out;
    return true;
}

static bool take_name(struct cursor *cursor, char *out)
{
    bool        quoted = take(cursor, '<');
    const char *start = cursor->at;
    size_t      size;

    while (cursor->at < cursor->end) {
        char c = *cursor->at;
        bool letter = (unsigned char)((c | 0x20) - 'a') < 26;
        if (quoted ? c == '>' : !letter)
            break;
        cursor->at++;
    }
    size = (size_t)(cursor->at - start);
    if (size == 0 || size >= ZONE_ABBREVIATION || (quoted && !take(cursor, '>')))
        return false;
    memcpy(out, start, size);
    out[size] = 0;
    return true;
}

static bool take_day(struct cursor *cursor, struct rule_day *out)
{
    int32_t month = 0, week = 0, day;

    out->kind = 'D';
    if (take(cursor, 'M')) {
        out->kind = 'M';
        if (!take_number(cursor, 12, &month) || month == 0 || !take(cursor, '.')
            || !take_number(cursor, 5, &week)
            || week == 0 || !take(cursor, '.') || !take_number(cursor, 6, &day))
            return false;
    } else {
        if (take(cursor, 'J'))
            out->kind = 'J';
        if (!take_number(cursor, 365, &day))
            return false;
    }
    out->month = (int16_t)month;
    out->week = (int16_t)week;
    out->day = (int16_t)day;
    out->time = 7200;
    return !take(cursor, '/') || take_time(cursor, &out->time);
}

bool rule_parse(str text, struct zone_rule *out)
{
    struct cursor cursor = { text.at, text.at + text.size };
    int32_t       west;

    *out = (struct zone_rule){ 0 };
    if (!take_name(&cursor, out->half[0].abbreviation) || !take_time(&cursor, &west))
        return false;
    out->half[0].offset = -west;
    if (cursor.at == cursor.end)
        return true;
    out->daylight = true;
    if (!take_name(&cursor, out->half[1].abbreviation))
        return false;
    out->half[1].offset = out->half[0].offset + 3600;
    if (cursor.at < cursor.end && *cursor.at != ',') {
        if (!take_time(&cursor, &west))
            return false;
        out->half[1].offset = -west;
    }
    return take(&cursor, ',') && take_day(&cursor, &out->change[0]) && take(&cursor, ',')
        && take_day(&cursor, &out->change[1]) && cursor.at == cursor.end;
}

/* The local second at which the change happens in that year. */
static int64_t change_local(const struct rule_day *change, int64_t year)
{
    int64_t days = civil_days(year, 1, 1);

    if (change->kind == 'M') {
        int32_t first, day;
        days = civil_days(year, change->month, 1);
        first = civil_weekday(days);
        day = (change->day - first + 7) % 7 + 7 * (change->week - 1);
        if (day >= civil_month_size(year, change->month))       /* week 5 is the last one */
            day -= 7;
        days += day;
    } else if (change->kind == 'J') {
        days += change->day - 1 + (civil_is_leap(year) && change->day >= 60);
    } else {
        days += change->day;
    }
    return days * 86400 + change->time;
}

void rule_look(const struct zone_rule *rule, int64_t instant, struct zone_span *out)
{
    const struct rule_half *half = &rule->half[0];
    int64_t                 year, from = INT64_MIN, to = INT64_MAX;
    bool                    daylight = false;

    if (rule->daylight) {
        year = civil_of(floor_divide(instant, 86400)).year;
        for (int64_t y = year - 1; y <= year + 1; y++)
            for (int change = 0; change < 2; change++) {
                /* The clock that shows the moment of change is the one of the half that ends. */
                int64_t at = change_local(&rule->change[change], y) - rule->half[change].offset;
                if (at <= instant && at > from) {
                    from = at;
                    daylight = change == 0;
                }
                if (at > instant && at < to)
                    to = at;
            }
        half = &rule->half[daylight];
    }
    *out = (struct zone_span){ .from = from, .to = to, .offset = half->offset, .daylight = daylight };
    memcpy(out->abbreviation, half->abbreviation, ZONE_ABBREVIATION);
}
