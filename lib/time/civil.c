#include "time/civil.h"

/* Years are counted from March, so that the leap day is the last of its year; 400 years have 146,097 days. */

int64_t civil_days(int64_t year, int32_t month, int32_t day)
{
    int64_t months = year * 12 + month - 3;         /* since March of year 0 */
    int64_t from_march = floor_divide(months, 12);
    int64_t cycle = floor_divide(from_march, 400);
    int64_t of_cycle = from_march - cycle * 400;
    int64_t of_year = (153 * (months - from_march * 12) + 2) / 5;

    return cycle * 146097 + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year + day - 1 - 719468;
}

struct civil civil_of(int64_t days)
{
    int64_t  since = days + 719468;
    int64_t  cycle = floor_divide(since, 146097);
    uint32_t of_cycle = (uint32_t)(since - cycle * 146097);
    uint32_t years = (of_cycle - of_cycle / 1460 + of_cycle / 36524 - of_cycle / 146096) / 365;
    uint32_t of_year = of_cycle - (365 * years + years / 4 - years / 100);
    uint32_t month = (5 * of_year + 2) / 153;       /* 0 is March */

    return (struct civil){ .year = cycle * 400 + years + (month >= 10),
        .month = (int32_t)(month < 10 ? month + 3 : month - 9),
                           .day = (int32_t)(of_year - (153 * month + 2) / 5 + 1) };
}

int32_t civil_month_size(int64_t year, int32_t month)
{
    static const int8_t size[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return size[month] + (month == 2 && civil_is_leap(year));
}

int32_t civil_weekday(int64_t days)
{
    int64_t since = days + 4;

    return (int32_t)(since - floor_divide(since, 7) * 7);
}

int32_t civil_yearday(struct civil date)
{
    return (int32_t)(civil_days(date.year, date.month, date.day) - civil_days(date.year, 1, 1));
}

struct moment moment_of(int64_t local_seconds)
{
    int64_t       days = floor_divide(local_seconds, 86400);
    int32_t       rest = (int32_t)(local_seconds - days * 86400);
    struct moment moment = { .date = civil_of(days), .hour = rest / 3600, .minute = rest / 60 % 60,
        .second = rest % 60 };

    moment.weekday = civil_weekday(days);
    moment.yearday = civil_yearday(moment.date);
    return moment;
}

int64_t moment_seconds(const struct moment *moment)
{
    return civil_days(moment->date.year, moment->date.month, moment->date.day) * 86400 + moment->hour * 3600
         + moment->minute * 60 + moment->second;
}
