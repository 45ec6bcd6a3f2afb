/* How many decimals of a result can be trusted: the fewest significant digits of what it was made of (language 7.3). */
#include "value/number.h"

#include "value/cell.h"

#include <math.h>

/* floor(log10 |number|), from the binary exponent and one comparison where numbers are of everyday size. */
static int decimal_exponent(double number)
{
    static const double power[] = { 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4,
                                    1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    double              size = fabs(number);
    uint64_t            bits;
    int                 top;

    if (!(size >= 1e-10 && size < 1e15))
        return (int)floor(log10(size));
    memcpy(&bits, &size, sizeof bits);
    top = (((int)(bits >> 52) - 1023) * 1233 + (1 << 20)) / 4096 - 256;     /* rounded down: at most one too small */
    return top + (size >= power[top + 11]);
}

static int significant_count(double number, int16_t decimals)
{
    int count;

    if (decimals == EXACT)
        return EXACT;
    count = number == 0 ? decimals : decimals + 1 + decimal_exponent(number);
    return count < 1 ? 1 : count;
}

int16_t number_decimals_product(double a, int16_t decimals_a, double b, int16_t decimals_b, double result)
{
    int count_a, count_b, count, decimals;

    if ((decimals_a == EXACT && decimals_b == EXACT) || !isfinite(result) || !isfinite(a) || !isfinite(b))
        return EXACT;
    count_a = significant_count(a, decimals_a);
    count_b = significant_count(b, decimals_b);
    count = count_a < count_b ? count_a : count_b;
    decimals = result == 0 ? 0 : count - 1 - decimal_exponent(result);
    return (int16_t)(decimals > EXACT - 1 ? EXACT - 1 : decimals < -INT16_MAX ? -INT16_MAX : decimals);
}
