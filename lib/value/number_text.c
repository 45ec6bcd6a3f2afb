/* Numbers to text. Shortest form: the interval of decimals that read back to the double is scaled by a
 * 128-bit power of ten and the shortest decimal in it chosen (Giulietti's Schubfach). Fixed and scientific
 * forms with a given precision are exact: 128-bit whole numbers while they suffice, long ones beyond. */
#include "value/number.h"

#include "base/compiler.h"
#include "value/big.h"
#include "value/cell.h"
#include "value/powers.h"

#include <assert.h>
#include <math.h>

typedef unsigned __int128 wide;

/* value = mantissa * 2^exponent */
static uint64_t take_apart(double number, int *exponent)
{
    uint64_t bits, mantissa;
    int      biased;

    memcpy(&bits, &number, sizeof bits);
    mantissa = bits & ((1ull << 52) - 1);
    biased = (int)(bits >> 52 & 0x7FF);
    *exponent = (biased ? biased : 1) - 1075;
    return biased ? mantissa | 1ull << 52 : mantissa;
}

/* The last `count` digits of the value, leading zeros included, straight to where they belong. */
static void put_last_digits(uint64_t value, size_t count, char *out)
{
    static const char pairs[] =
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546"
        "47484950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
        "99";

    for (; count >= 2; value /= 100) {
        count -= 2;
        memcpy(out + count, pairs + 2 * (value % 100), 2);
    }
    if (count)
        out[0] = (char)('0' + value % 10);
}

static size_t count_digits(uint64_t value)
{
    for (size_t count = 1;; count += 4, value /= 10000) {
        if (value < 10000)
            return count + (value >= 10) + (value >= 100) + (value >= 1000);
    }
}

static size_t put_digits(uint64_t value, char *out)
{
    size_t count = count_digits(value);

    put_last_digits(value, count, out);
    return count;
}

static size_t put_wide(wide value, char *out)
{
    const uint64_t block = 10000000000000000000u;       /* 10^19 */
    size_t         size;

    if (value < block)
        return put_digits((uint64_t)value, out);
    size = put_wide(value / block, out);
    put_last_digits((uint64_t)(value % block), 19, out + size);
    return size + 19;
}

static size_t put_text(const char *text, char *out)
{
    size_t size = strlen(text);

    memcpy(out, text, size);
    return size;
}

/* nan, inf, -inf; 0 if the number is finite. */
static size_t put_word(double number, char *out)
{
    if (isnan(number))
        return put_text("nan", out);
    if (isinf(number))
        return put_text(number < 0 ? "-inf" : "inf", out);
    return 0;
}

/* ---- shortest */

/* The upper 64 bits of value * power, with the lowest bit set if anything below them is: enough to compare
 * exactly. */
static uint64_t scale_sticky(const struct power *power, uint64_t value)
{
    wide low = (wide)power->low * value;
    wide high = (wide)power->high * value + (uint64_t)(low >> 64);

    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* Shortest digits of a positive number: digits * 10^*power. */
static uint64_t shortest(double number, int *power)
{
    int          exponent, ten, shift;
    uint64_t     mantissa = take_apart(number, &exponent);
    bool         even = !(mantissa & 1);
    bool         narrow = mantissa == 1ull << 52 && exponent > -1074;      /* the lower neighbour is nearer */
    uint64_t     at, lower, upper, digits;
    struct power scale;

    /* floor(log10(2^exponent)), of three quarters of it if the interval is narrow */
    ten = (int)(((int64_t)exponent * 1262611 - (narrow ? 524031 : 0)) >> 22);
    shift = exponent + power_exponent(-ten) + 1;
    scale = powers_of_ten[-ten - POWERS_LEAST];
    if (-ten < 0 || -ten > 55)
        scale.high += ++scale.low == 0;         /* the method wants powers rounded up */
    at = scale_sticky(&scale, mantissa * 4 << shift);
    lower = scale_sticky(&scale, (mantissa * 4 - 2 + narrow) << shift) + !even;
    upper = scale_sticky(&scale, (mantissa * 4 + 2) << shift) - !even;
    digits = at / 4;
    *power = ten;
    if (digits >= 10) {
        uint64_t fewer = digits / 10;
        bool     down = lower <= 40 * fewer, up = 40 * fewer + 40 <= upper;
        if (down != up) {
            *power = ten + 1;
            return fewer + up;
        }
    }
    {
        bool down = lower <= 4 * digits, up = 4 * digits + 4 <= upper;
        if (down != up)
            return digits + up;
    }
    return digits + (at > 4 * digits + 2 || (at == 4 * digits + 2 && (digits & 1)));
}

static size_t put_exponent(int exponent, char letter, char *out)
{
    size_t size = 0;

    out[size++] = letter;
    out[size++] = exponent < 0 ? '-' : '+';
    if (exponent < 0)
        exponent = -exponent;
    if (exponent < 10)
        out[size++] = '0';
    return size + put_digits((uint64_t)exponent, out + size);
}

static size_t put_shortest(double number, char *out)
{
    char   text[20] = "";
    int    power;
    size_t size = 0, count;
    int    top;                         /* decimal exponent of the first digit */

    count = put_digits(shortest(number, &power), text);
    while (count > 1 && text[count - 1] == '0') {
        count--;
        power++;
    }
    top = power + (int)count - 1;
    if (top < -4 || top >= 17) {
        out[size++] = text[0];
        if (count > 1) {
            out[size++] = '.';
            memcpy(out + size, text + 1, count - 1);
            size += count - 1;
        }
        return size + put_exponent(top, 'e', out + size);
    }
    if (top < 0) {
        memcpy(out, "0.0000", 6);
        size = (size_t)(1 - top);
        memcpy(out + size, text, count);
        return size + count;
    }
    if (power >= 0) {
        memcpy(out, text, count);
        memset(out + count, '0', (size_t)power);
        return count + (size_t)power;
    }
    memcpy(out, text, (size_t)top + 1);
    out[top + 1] = '.';
    memcpy(out + top + 2, text + top + 1, count - (size_t)top - 1);
    return count + 1;
}

size_t number_format(double number, int16_t decimals, char *out)
{
    size_t size = 0;

    if (decimals <= 0 && fabs(number) >= 1e17)
        decimals = EXACT;                       /* whole, and too large for digits alone: as a field would hold it */
    if (decimals != EXACT && isfinite(number))
        return number_format_fixed(number, decimals < 0 ? 0 : decimals > 60 ? 60 : decimals, out);
    if (fabs(number) < 1e17 && number == (double)(int64_t)number) {
        if (number < 0)
            out[size++] = '-';
        return size + put_digits((uint64_t)fabs(number), out + size);
    }
    if (!isfinite(number))
        return put_word(number, out);
    if (number < 0)
        out[size++] = '-';
    return size + put_shortest(fabs(number), out + size);
}

/* ---- with a given precision */

/* Rounds big / 2^bits (and `lost` more below) to the nearest whole number, ties to even. */
static void round_shift(struct big *big, uint32_t bits, bool lost)
{
    bool half;

    if (bits == 0)
        return;
    lost |= big_shift_right(big, bits - 1);
    half = big->count && (big->limb[0] & 1);
    big_shift_right(big, 1);
    if (!half || (!lost && !(big->count && (big->limb[0] & 1))))
        return;
    if (big->count == 0)
        big_set(big, 1);
    else
        big_multiply(big, 1, 1);
}

/* number * 10^scale, rounded to a whole number. */
static void big_scaled(struct big *big, uint64_t mantissa, int exponent, int scale)
{
    bool lost = false;

    big_set(big, mantissa);
    exponent += scale;
    if (scale >= 0) {
        big_multiply_fives(big, (uint32_t)scale);
    } else {
        /* One bit more than is kept, and a note of what is lost, decide the rounding. */
        int spare = exponent > 0 ? exponent : 0;
        big_shift_left(big, (uint32_t)spare + 1);
        exponent -= spare + 1;
        lost = big_divide_fives(big, (uint32_t)-scale);
    }
    if (exponent >= 0)
        big_shift_left(big, (uint32_t)exponent);
    else
        round_shift(big, (uint32_t)-exponent, lost);
}

/* Whole digits to fixed notation: the last `places` of them stand after the point. */
static size_t put_fixed(const char *digits, size_t count, int places, char *out)
{
    size_t size = 0, after = (size_t)places;

    if (count > after) {
        memcpy(out, digits, count - after);
        size = count - after;
        digits += size;
        count = after;
    } else {
        out[size++] = '0';
    }
    if (after) {
        out[size++] = '.';
        memset(out + size, '0', after - count);
        size += after - count;
        memcpy(out + size, digits, count);
        size += count;
    }
    return size;
}

/* scaled / power, where power is 10^places. */
static size_t put_scaled(uint64_t scaled, int places, uint64_t power, char *out)
{
    uint64_t whole = scaled / power;
    size_t   size = put_digits(whole, out);

    out[size++] = '.';
    put_last_digits(scaled - whole * power, (size_t)places, out + size);
    return size + (size_t)places;
}

size_t number_format_fixed(double number, int places, char *out)
{
    char       digits[NUMBER_ROOM];
    int        exponent;
    uint64_t   mantissa = take_apart(number, &exponent);
    size_t     size = put_word(number, out), count;
    struct big big;

    assert(places >= 0 && places <= 60);
    if (size)
        return size;
    if (places <= 19 && exponent < 0) {
        static const uint64_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
            1000000000,
            10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
            10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000u };
        wide product = (wide)mantissa * powers[places], result = 0;
        int  down = -exponent;
        if (down < 128) {
            wide rest = product & (((wide)1 << down) - 1), half = (wide)1 << (down - 1);
            result = product >> down;
            result += rest > half || (rest == half && (result & 1));
        }
        if (result && result <= UINT64_MAX && places) {     /* the usual case */
            if (number < 0)
                out[size++] = '-';
            return size + put_scaled((uint64_t)result, places, powers[places], out + size);
        }
        count = put_wide(result, digits);
    } else {
        big_scaled(&big, mantissa, exponent, places);
        count = big_digits(&big, digits, sizeof digits);
    }
    /* As everywhere in the language a zero has no sign, also one made by rounding. */
    if (signbit(number) && !(count == 1 && digits[0] == '0'))
        out[size++] = '-';
    return size + put_fixed(digits, count, places, out + size);
}

/* `count` significant digits of a positive number, rounded; returns the decimal exponent of the first. */
static int significant(double number, int count, char *digits)
{
    int        exponent, top;
    uint64_t   mantissa = take_apart(number, &exponent);
    struct big big;
    size_t     size;

    top = (int)floor(log10(number));
    for (;;) {
        char text[NUMBER_ROOM];

        big_scaled(&big, mantissa, exponent, count - 1 - top);
        size = big_digits(&big, text, sizeof text);
        if ((int)size == count) {
            memcpy(digits, text, size);
            return top;
        }
        top += (int)size > count ? 1 : -1;      /* the estimate was off, or rounding carried */
    }
}

static size_t put_scientific(const char *digits, int count, int top, bool point, char letter, char *out)
{
    size_t size = 0;

    out[size++] = digits[0];
    if (count > 1 || point)
        out[size++] = '.';
    memcpy(out + size, digits + 1, (size_t)count - 1);
    size += (size_t)count - 1;
    return size + put_exponent(top, letter, out + size);
}

static size_t put_general(double number, int precision, bool point, char letter, char *out)
{
    char   digits[NUMBER_ROOM];
    int    count = precision ? precision : 1, top = 0;
    size_t size;

    if (number == 0)
        memset(digits, '0', (size_t)count);
    else
        top = significant(number, count, digits);
    if (top < -4 || top >= count) {
        if (!point)
            while (count > 1 && digits[count - 1] == '0')
                count--;
        return put_scientific(digits, count, top, point, letter, out);
    }
    if (top < 0) {
        char padded[NUMBER_ROOM];
        memset(padded, '0', (size_t)-top);
        memcpy(padded - top, digits, (size_t)count);
        size = put_fixed(padded, (size_t)(count - top), count - 1 - top, out);
    } else {
        size = put_fixed(digits, (size_t)count, count - 1 - top, out);
    }
    if (!point && count - 1 - top > 0) {
        while (out[size - 1] == '0')
            size--;
        size -= out[size - 1] == '.';
    } else if (point && count - 1 - top == 0) {
        out[size++] = '.';
    }
    return size;
}

/* 0x1.8p+1; negative precision: all digits. */
static size_t put_hexadecimal(double number, int precision, bool point, bool upper, char *out)
{
    const char *alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    int         exponent, count = 13;
    uint64_t    mantissa = take_apart(number, &exponent), lead;
    size_t      size = 0;

    exponent = mantissa ? exponent + 52 : 0;
    if (mantissa && !(mantissa >> 52))
        exponent = -1022;
    if (precision >= 0 && precision < 13) {
        int      drop = 4 * (13 - precision);
        uint64_t rest = mantissa & ((1ull << drop) - 1), half = 1ull << (drop - 1);
        mantissa >>= drop;
        mantissa += rest > half || (rest == half && (mantissa & 1));
        mantissa <<= drop;
        count = precision;
    } else if (precision < 0) {
        while (count > 0 && !(mantissa >> 4 * (13 - count) & 0xF))
            count--;
    }
    lead = mantissa >> 52;
    out[size++] = '0';
    out[size++] = upper ? 'X' : 'x';
    out[size++] = alphabet[lead];
    if (count || point)
        out[size++] = '.';
    for (int i = 0; i < count; i++)
        out[size++] = alphabet[mantissa >> 4 * (12 - i) & 0xF];
    for (int i = 13; i < precision; i++)
        out[size++] = '0';
    out[size++] = upper ? 'P' : 'p';
    out[size++] = exponent < 0 ? '-' : '+';
    return size + put_digits((uint64_t)(exponent < 0 ? -exponent : exponent), out + size);
}

size_t number_format_c(double number, char conversion, int precision, bool alternate, char *out, size_t room)
{
    char   text[NUMBER_ROOM + 8], digits[NUMBER_ROOM];
    size_t size = 0;
    bool   upper = conversion >= 'A' && conversion <= 'Z';
    char   kind = (char)(conversion | 0x20);

    if (precision > 60)
        precision = 60;
    if (precision < 0 && kind != 'a')
        precision = 6;
    if (signbit(number) && !isnan(number))
        text[size++] = '-';
    number = fabs(number);
    if (!isfinite(number)) {
        size += put_text(isnan(number) ? (upper ? "NAN" : "nan") : upper ? "INF" : "inf", text + size);
    } else if (kind == 'e') {
        int top = 0;
        memset(digits, '0', sizeof digits);
        if (number != 0)
            top = significant(number, precision + 1, digits);
        size += put_scientific(digits, precision + 1, top, alternate, conversion, text + size);
    } else if (kind == 'g') {
        size += put_general(number, precision, alternate, upper ? 'E' : 'e', text + size);
    } else if (kind == 'a') {
        size += put_hexadecimal(number, precision, alternate, upper, text + size);
    } else {
        size += number_format_fixed(number, precision, text + size);
        if (alternate && precision == 0)
            text[size++] = '.';
    }
    if (size > room)
        size = room;
    memcpy(out, text, size);
    return size;
}
