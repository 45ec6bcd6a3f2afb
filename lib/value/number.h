/* Numbers as text, and back; never the C library's, whose answers depend on the locale.
 *
 * Source: language 7.1 (what counts as a number), 7.3 (precision), 7.4 (text). */
#pragma once

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>

enum { NUMBER_ROOM = 400 };     /* bytes that the text of any number fits in, fixed decimals included */

/* [+-]? (digits [. digits?] | . digits) ([eE] [+-]? digits)? over the whole text; also nan, inf, -inf in
 * any case. `decimals` (may be NULL): digits after the point, EXACT without a point or with an exponent.
 * Correctly rounded. */
bool   number_parse(str text, double *number, int16_t *decimals);

/* Short runs of digits, which most numbers in logs are, without a call. False: ask number_parse. */
static inline bool number_parse_short(const char *text, uint32_t size, double *number)
{
    uint32_t value = 0;

    if (size - 1u > 8)
        return false;
    for (uint32_t i = 0; i < size; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

/* As number_parse but blanks around it are allowed and nan and inf are not: the rule of statistics
 * (reporting 1.1). */
bool   number_parse_loose(str text, double *number);

/* 10-20, -5--2.5: two such numbers with a dash between them, the first that has a number before it and one behind. */
bool   number_parse_range(str text, double *low, double *high);

/* Is the text a valid JSON number, to be printed bare? */
bool   number_is_json(str text);

/* Text of (number, decimals) into at least NUMBER_ROOM bytes; returns the size. 7.4: integral below 1e17
 * plain, else the shortest that reads back, %g-style exponent below 1e-4 or from 1e17; "nan", "inf",
 * "-inf"; -0 is 0. With decimals: fixed, max(0, decimals) places, correctly rounded half to even of the
 * exact binary value (as printf). */
size_t number_format(double number, int16_t decimals, char *out);

/* Fixed places, as C's %.*f; places 0..60. Returns the size; `out` holds NUMBER_ROOM bytes. */
size_t number_format_fixed(double number, int places, char *out);

/* C's %e, %g and %a forms for printf(); `room` bytes; returns the size. `conversion`: one of "eEgGaAfF". */
size_t number_format_c(double number, char conversion, int precision, bool alternate, char *out, size_t room);

/* decimals of a product or quotient, and of a sum (7.3). */
int16_t number_decimals_product(double a, int16_t decimals_a, double b, int16_t decimals_b, double result);
static inline int16_t number_decimals_sum(int16_t a, int16_t b) { return a < b ? a : b; }
