/* Text to numbers. The common case is a handful of digits: a loop and one multiply or divide. Longer ones
 * take a product with a 128-bit power of ten, whose error is known; where that leaves the rounding open,
 * whole numbers decide. */
#include "value/number.h"

#include "base/compiler.h"
#include "value/big.h"
#include "value/cell.h"
#include "value/powers.h"

#include <math.h>

typedef unsigned __int128 wide;

/* The parts of a spelled number: value = mantissa * 10^exponent, more digits may follow the mantissa's 19. */
struct spelled {
    uint64_t    mantissa;
    int64_t     exponent;
    const char *digits, *digits_end;    /* significant digits, with perhaps a point among them */
    /* longer: digits that are not in the mantissa, not all zero perhaps */
    bool        negative, longer;
    int32_t     places;                 /* after the point; -1 without a point or with an exponent */
};

static ALWAYS_INLINE bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static const double small_powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
    1e13, 1e14,
    1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

/* x * 2^shift, `more`: a little above that; rounded to nearest, ties to even. x > 0. */
static double round_wide(wide x, int shift, bool more)
{
    uint64_t top = (uint64_t)(x >> 64), bits, mantissa;
    int      size = top ? 128 - __builtin_clzll(top) : 64 - __builtin_clzll((uint64_t)x);
    int      exponent = size - 1 + shift;
    int      keep = exponent < -1022 ? 53 + 1022 + exponent : 53;
    int      drop = size - keep;
    double   result;

    if (exponent > 1023)
        return INFINITY;
    if (drop > 128 || keep < 0)
        return 0;
    if (drop <= 0) {
        mantissa = (uint64_t)x << -drop;
    } else {
        wide rest = drop == 128 ? x : x & (((wide)1 << drop) - 1), half = (wide)1 << (drop - 1);
        mantissa = drop == 128 ? 0 : (uint64_t)(x >> drop);
        if (rest > half || (rest == half && (more || (mantissa & 1))))
            mantissa++;
    }
    /* A mantissa that was rounded up to the next power of two carries into the exponent by itself. */
    bits = exponent < -1022 ? mantissa : ((uint64_t)(exponent + 1022) << 52) + mantissa;
    memcpy(&result, &bits, sizeof result);
    return result;
}

/* mantissa * 10^exponent by the table: the true value lies in [*low * 2^*shift, *low + 2). */
static wide scale(uint64_t mantissa, int exponent, int *shift, bool *exact)
{
    const struct power *power = &powers_of_ten[exponent - POWERS_LEAST];
    int                 zeros = __builtin_clzll(mantissa);
    wide                high = (wide)(mantissa << zeros) * power->high;
    wide                low = (wide)(mantissa << zeros) * power->low;

    high += low >> 64;
    *shift = 64 - zeros + power_exponent(exponent) - 127;
    *exact = exponent >= 0 && exponent <= 55 && (uint64_t)low == 0;
    return high;
}

/* All digits against the middle between two neighbouring doubles, `below` and the next. */
static double decide(const struct spelled *number, double below, double above)
{
    struct big text, middle;
    uint64_t   bits, mantissa;
    int64_t    exponent;                /* of ten, for `text` */
    int        binary;                  /* of two, for `middle` */
    int        digits = 0, order;
    bool       rest = false;

    big_set(&text, 0);
    exponent = number->exponent;
    /* The mantissa's exponent counts the digits left out; here they are taken in. */
    for (const char *at = number->digits; at < number->digits_end; at++) {
        if (*at == '.')
            continue;
        if (digits < 800) {
            big_multiply(&text, 10, (uint32_t)(*at - '0'));
            if (digits >= 19)
                exponent--;
        } else {
            rest |= *at != '0';
        }
        digits += text.count != 0;
    }
    if (rest) {
        big_multiply(&text, 10, 1);
        exponent--;
    }
    memcpy(&bits, &below, sizeof bits);
    bits &= ~(1ull << 63);
    mantissa = bits & ((1ull << 52) - 1);
    binary = (int)(bits >> 52);
    if (binary)
        mantissa |= 1ull << 52;
    else
        binary = 1;
    binary -= 1075 + 1;
    big_set(&middle, 2 * mantissa + 1);
    /* Compare text * 10^exponent with middle * 2^binary. */
    if (exponent >= 0)
        big_multiply_fives(&text, (uint32_t)exponent);
    else
        big_multiply_fives(&middle, (uint32_t)-exponent);
    if (exponent > binary)
        big_shift_left(&text, (uint32_t)(exponent - binary));
    else
        big_shift_left(&middle, (uint32_t)(binary - exponent));
    order = big_compare(&text, &middle);
    return order < 0 || (order == 0 && !(mantissa & 1)) ? below : above;
}

static NOINLINE double assemble(const struct spelled *number)
{
    uint64_t mantissa = number->mantissa;
    int64_t  exponent = number->exponent;
    double   below, above;
    wide     product;
    int      shift;
    bool     exact;

    if (mantissa == 0 || exponent < POWERS_LEAST)
        return 0;
    if (exponent > 308)
        return INFINITY;
    product = scale(mantissa, (int)exponent, &shift, &exact);
    if (exact && !number->longer)
        return round_wide(product, shift, false);
    below = round_wide(product, shift, false);
    if (number->longer)
        product = scale(mantissa + 1, (int)exponent, &shift, &exact);
    above = round_wide(product + 2, shift, true);
    return below == above ? below : decide(number, below, above);
}

/* Reads [at, end) as a number without blanks. */
static ALWAYS_INLINE bool spell(const char *at, const char *end, struct spelled *number)
{
    const char *start;
    uint64_t    mantissa = 0;
    int64_t     exponent = 0;
    ptrdiff_t   digits;

    number->negative = false;
    number->longer = false;
    number->places = -1;
    if (at < end && (*at == '-' || *at == '+'))
        number->negative = *at++ == '-';
    number->digits = start = at;
    while (at < end && is_digit(*at))
        mantissa = mantissa * 10 + (uint64_t)(*at++ - '0');
    digits = at - start;
    if (at < end && *at == '.') {
        const char *point = ++at;
        while (at < end && is_digit(*at))
            mantissa = mantissa * 10 + (uint64_t)(*at++ - '0');
        exponent = point - at;
        digits -= exponent;
        number->places = -exponent > INT16_MAX - 1 ? INT16_MAX - 1 : (int32_t)-exponent;
    }
    number->digits_end = at;
    if (digits == 0)
        return false;
    if (UNLIKELY(digits > 19)) {
        /* Again, leaving out leading zeros and what does not fit. */
        int kept = 0;

        mantissa = 0;
        for (const char *p = start; p < number->digits_end; p++) {
            if (*p == '.')
                continue;
            if (kept < 19) {
                mantissa = mantissa * 10 + (uint64_t)(*p - '0');
                kept += mantissa != 0;
            } else {
                exponent++;
                number->longer = true;
            }
        }
    }
    if (at < end && (*at | 0x20) == 'e') {
        int64_t power = 0;
        bool    down = false;

        at++;
        if (at < end && (*at == '-' || *at == '+'))
            down = *at++ == '-';
        if (at == end)
            return false;
        while (at < end && is_digit(*at)) {
            if (power < INT32_MAX)
                power = power * 10 + (*at - '0');
            at++;
        }
        exponent += down ? -power : power;
        number->places = -1;
    }
    number->mantissa = mantissa;
    number->exponent = exponent;
    return at == end;
}

static ALWAYS_INLINE double spelled_value(const struct spelled *number)
{
    double value;

    if (LIKELY(number->mantissa <= 1ull << 53 && !number->longer)) {
        value = (double)number->mantissa;
        if (number->exponent == 0)
            return number->negative ? -value : value;
        if (LIKELY(number->exponent < 0 && number->exponent >= -22)) {
            value /= small_powers[-number->exponent];
            return number->negative ? -value : value;
        }
        if (number->exponent > 0 && number->exponent <= 22) {
            value *= small_powers[number->exponent];
            return number->negative ? -value : value;
        }
    }
    value = assemble(number);
    return number->negative ? -value : value;
}

/* --- short plain decimals, without a branch a digit ------------------------------------------------------------------ */

static ALWAYS_INLINE uint64_t load_short(const char *at, size_t size)
{
    uint64_t bytes = 0;

    if (size == 8) {
        memcpy(&bytes, at, 8);
    } else if (size >= 4) {
        uint32_t first, last;
        memcpy(&first, at, 4);
        memcpy(&last, at + size - 4, 4);
        bytes = first | (uint64_t)last << (8 * (size - 4));     /* bytes read twice are the same twice */
    } else {
        bytes = (unsigned char)at[0] | (uint64_t)(unsigned char)at[size / 2] << (8 * (size / 2))
              | (uint64_t)(unsigned char)at[size - 1] << (8 * (size - 1));
    }
    return bytes;
}

/* One to eight characters, digits and at most one point: most numbers in logs. False: the long way. */
static ALWAYS_INLINE bool parse_short(str text, double *number, int *places)
{
    const uint64_t ones = 0x0101010101010101u, zeros = ones * '0', point = ones * '.';
    uint64_t       digits, found;

    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || text.size - 1 > 7)
        return false;
    digits = load_short(text.at, text.size);
    if (text.size < 8)
        digits = digits << (8 * (8 - text.size)) | zeros >> (8 * text.size);
    *places = -1;
    found = ((digits ^ point) - ones) & ~(digits ^ point) & ones << 7;
    if (found) {
        unsigned at = (unsigned)__builtin_ctzll(found) & ~7u;       /* bits below the point */
        uint64_t before = digits & ((1ull << at) - 1);

        if (text.size == 1)
            return false;
        digits = at == 56 ? before << 8 | '0' : (digits >> (at + 8) << (at + 8)) | before << 8 | '0';
        *places = 7 - (int)(at / 8);
    }
    if (((digits & 0xf0f0f0f0f0f0f0f0u) | ((digits + 0x0606060606060606u) & 0xf0f0f0f0f0f0f0f0u) >> 4) !=
        0x3333333333333333u)
        return false;
    digits -= zeros;
    digits = digits * 10 + (digits >> 8);
    digits = ((digits & 0x000000ff000000ffu) * 0x000f424000000064u
              + ((digits >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u) >> 32;
    *number = (double)(uint32_t)digits;
    if (*places > 0)
        *number /= small_powers[*places];
    return true;
}

/* nan, inf, -inf */
static bool parse_word(str text, double *number)
{
    if (text.size == 3 && str_equal_nocase(text, STR("nan")))
        *number = NAN;
    else if (text.size == 3 && str_equal_nocase(text, STR("inf")))
        *number = INFINITY;
    else if (text.size == 4 && str_equal_nocase(text, STR("-inf")))
        *number = -INFINITY;
    else
        return false;
    return true;
}

bool number_parse(str text, double *number, int16_t *decimals)
{
    struct spelled spelled;
    int            places;

    if (LIKELY(parse_short(text, number, &places))) {
        if (decimals)
            *decimals = places < 0 ? EXACT : (int16_t)places;
        return true;
    }
    if (UNLIKELY(!spell(text.at, text.at + text.size, &spelled))) {
        if (!parse_word(text, number))
            return false;
        if (decimals)
            *decimals = EXACT;
        return true;
    }
    *number = spelled_value(&spelled);
    if (decimals)
        *decimals = spelled.places < 0 ? EXACT : (int16_t)spelled.places;
    return true;
}

bool number_parse_loose(str text, double *number)
{
    const char    *at = text.at, *end = text.at + text.size;
    struct spelled spelled;
    int            places;

    if (LIKELY(parse_short(text, number, &places)))
        return true;
    while (at < end && is_blank(*at))
        at++;
    while (at < end && is_blank(end[-1]))
        end--;
    if (!spell(at, end, &spelled))
        return false;
    *number = spelled_value(&spelled);
    return true;
}

bool number_parse_range(str text, double *low, double *high)
{
    for (size_t i = 1; i < text.size; i++)
        if (text.at[i] == '-' && number_parse_loose(str_slice(text, 0, i), low) &&
            number_parse_loose(str_slice(text, i + 1, text.size), high))
            return true;
    return false;
}

bool number_is_json(str text)
{
    const char *at = text.at, *end = text.at + text.size;

    if (at < end && *at == '-')
        at++;
    if (at == end || !is_digit(*at))
        return false;
    if (*at++ != '0')
        while (at < end && is_digit(*at))
            at++;
    if (at < end && *at == '.') {
        if (++at == end || !is_digit(*at))
            return false;
        while (at < end && is_digit(*at))
            at++;
    }
    if (at < end && (*at | 0x20) == 'e') {
        at++;
        if (at < end && (*at == '-' || *at == '+'))
            at++;
        if (at == end || !is_digit(*at))
            return false;
        while (at < end && is_digit(*at))
            at++;
    }
    return at == end;
}
