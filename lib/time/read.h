/* Reading digits off a text, for the parsers of this folder. */
#pragma once

#include "base/str.h"

struct reading {
    const char *at, *end;
};

static inline bool reading_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static inline bool reading_take(struct reading *text, char c)
{
    if (text->at == text->end || *text->at != c)
        return false;
    text->at++;
    return true;
}

/* `least` to `most` digits; moves only if there are as many. */
static inline bool reading_number(struct reading *text, int least, int most, int32_t *out)
{
    const char *at = text->at;
    int32_t     value = 0;

    while (at < text->end && at - text->at < most && reading_digit(*at))
        value = value * 10 + (*at++ - '0');
    if (at - text->at < least)
        return false;
    text->at = at;
    *out = value;
    return true;
}

/* Digits after a point as nanoseconds; any number of them, at least one. */
static inline bool reading_fraction(struct reading *text, int64_t *nanoseconds)
{
    const char *start = text->at;
    int64_t     value = 0, unit = 1000000000;

    for (; text->at < text->end && reading_digit(*text->at); text->at++)
        if (unit > 1) {
            value = value * 10 + (*text->at - '0');
            unit /= 10;
        }
    *nanoseconds = value * unit;
    return text->at > start;
}

/* [-]digits[.digits], up to 18 digits before the point. `value` numbers live a rung higher. */
bool reading_decimal(struct reading *text, double *number);
