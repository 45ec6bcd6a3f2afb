/* The Gregorian calendar, extended both ways, as arithmetic on day numbers. Day 0 is 1970-01-01, a
 * Thursday. */
#pragma once

#include <stdint.h>

struct civil {
    int64_t year;
    int32_t month;              /* 1..12 */
    int32_t day;                /* 1..31 */
};

struct moment {                 /* a local time taken apart */
    struct civil date;
    int32_t      hour, minute, second;
    int32_t      weekday;       /* 0 Sunday .. 6 */
    int32_t      yearday;       /* 0..365 */
};

int64_t      civil_days(int64_t year, int32_t month, int32_t day);     /* month and day may be out of range */
struct civil civil_of(int64_t days);
int32_t      civil_month_size(int64_t year, int32_t month);
int32_t      civil_weekday(int64_t days);                              /* 0 Sunday */
int32_t      civil_yearday(struct civil date);                         /* 0..365 */
struct moment moment_of(int64_t local_seconds);
int64_t      moment_seconds(const struct moment *moment);              /* weekday and yearday are not read */

static inline int civil_is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static inline int64_t floor_divide(int64_t a, int64_t b)       /* b > 0 */
{
    return a / b - (a % b < 0);
}
