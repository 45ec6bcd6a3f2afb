#include "check.h"

#include "value/cell.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

static uint64_t seed = 88172645463325252u;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

static double parse(const char *text)
{
    double number;

    return number_parse(str_of(text), &number, NULL) ? number : -12345.25;
}

static str format(double number, int decimals)
{
    static char out[NUMBER_ROOM];

    return str_make(out, number_format(number, (int16_t)decimals, out));
}

static void check_parse(void)
{
    static const char *const bad[] = { "", "-", ".", "e5", "1e", "1e+", "0x1f", "12ms", "1,024", " 1", "1 ",
        "1.2.3", "--1",
        "+inf", "infinity", "-nan", "1e5x", "1_0" };
    static const char *const same[] = { "0", "1", "-1", "+5", "5.", ".5", "1.50", "1e5", "1E-5",
        "9007199254740993",
        "9007199254740992.999999999999999999999999999999", "9007199254740993.0",
            "9007199254740993.00000000000000000000001",
        "1e308", "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1e309",
            "4.9e-324",
        "2.4703282292062327e-324", "2.4703282292062328e-324", "2.2250738585072014e-308",
            "2.2250738585072011e-308",
        "0.000000000000000000000000000000000000000000001234", "123456789012345678901234567890", "1e-400",
            "0e999999999999",
        "1e22", "1e23", "8.5e15", "123456789012345680000000", "0.1",
            "3.14159265358979323846264338327950288" };

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_NUMBER(parse(bad[i]), -12345.25);
    for (size_t i = 0; i < COUNT_OF(same); i++)
        CHECK_NUMBER(parse(same[i]), strtod(same[i], NULL));
    CHECK(isnan(parse("NaN")));
    CHECK_NUMBER(parse("INF"), INFINITY);
    CHECK_NUMBER(parse("-inf"), -INFINITY);
    for (int i = 0; i < 300000; i++) {
        char     text[64];
        uint64_t bits = next();
        double   number, got;
        memcpy(&number, &bits, 8);
        if (!isfinite(number))
            continue;
        snprintf(text, sizeof text, "%.*g", 10 + (int)(next() % 14), number);
        if (!number_parse(str_of(text), &got, NULL) || got != strtod(text, NULL)) {
            CHECK_NUMBER(got, strtod(text, NULL));
            printf("    %s\n", text);
        }
        snprintf(text, sizeof text, "%llu.%0*llue%d", (unsigned long long)next() >> (next() % 50),
                 (int)(next() % 9 + 1),
                 (unsigned long long)next() % 1000000000, (int)(next() % 60) - 30);
        if (!number_parse(str_of(text), &got, NULL) || got != strtod(text, NULL)) {
            CHECK_NUMBER(got, strtod(text, NULL));
            printf("    %s\n", text);
        }
    }
    /* Exact middles between two doubles, all of whose digits count. */
    for (int i = 0; i < 3000; i++) {
        char     text[1200];
        uint64_t bits = next() & ~(1ull << 63);
        double   number, got;
        memcpy(&number, &bits, 8);
        if (!isfinite(number) || number == 0)
            continue;
        int size = snprintf(text, sizeof text, "%.800e", ldexp(number, 0));
        (void)size;
        number_parse(str_of(text), &got, NULL);
        CHECK_NUMBER(got, number);
        /* long double holds the middle exactly */
        long double middle = ((long double)number + (long double)nextafter(number, INFINITY)) / 2;
        snprintf(text, sizeof text, "%.790Le", middle);
        number_parse(str_of(text), &got, NULL);
        CHECK_NUMBER(got, strtod(text, NULL));
        text[strlen(text) - 8] = '1';
        number_parse(str_of(text), &got, NULL);
        CHECK_NUMBER(got, strtod(text, NULL));
    }
}

static void check_decimals(void)
{
    static const struct { const char *text; int decimals; } row[] = {
        { "5", EXACT }, { "5.", 0 }, { "1.50", 2 }, { "1e5", EXACT }, { "1.5e5", EXACT }, { ".125", 3 } };

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        double  number;
        int16_t decimals = -1;
        CHECK(number_parse(str_of(row[i].text), &number, &decimals));
        CHECK_NUMBER(decimals, row[i].decimals);
    }
}

static str product(const char *a, const char *b)
{
    double  x, y;
    int16_t x_decimals, y_decimals;

    number_parse(str_of(a), &x, &x_decimals);
    number_parse(str_of(b), &y, &y_decimals);
    return format(x * y, number_decimals_product(x, x_decimals, y, y_decimals, x * y));
}

static void check_format(void)
{
    CHECK_TEXT(format(0, EXACT), "0");
    CHECK_TEXT(format(-0.0, EXACT), "0");
    CHECK_TEXT(format(-42, EXACT), "-42");
    CHECK_TEXT(format(9007199254740992, EXACT), "9007199254740992");
    CHECK_TEXT(format(99999999999999984.0, EXACT), "99999999999999984");
    CHECK_TEXT(format(1e17, EXACT), "1e+17");
    CHECK_TEXT(format(1e20, EXACT), "1e+20");
    CHECK_TEXT(format(0.00001, EXACT), "1e-05");
    CHECK_TEXT(format(0.0001, EXACT), "0.0001");
    CHECK_TEXT(format(10.0 / 3, EXACT), "3.3333333333333335");
    CHECK_TEXT(format(0.1 + 0.2, EXACT), "0.30000000000000004");
    CHECK_TEXT(format(0.1 + 0.2, 1), "0.3");
    CHECK_TEXT(format(5e-324, EXACT), "5e-324");
    CHECK_TEXT(format(1.7976931348623157e308, EXACT), "1.7976931348623157e+308");
    CHECK_TEXT(format(ldexp(1, -44), EXACT), "5.684341886080802e-14");
    CHECK_TEXT(format(NAN, EXACT), "nan");
    CHECK_TEXT(format(-INFINITY, 3), "-inf");
    CHECK_TEXT(format(1.5, -3), "2");
    CHECK_TEXT(format(1534143600, 6), "1534143600.000000");
    CHECK_TEXT(format(-0.001, 1), "0.0");
    CHECK_TEXT(product("8.250", "0.2"), "2");
    CHECK_TEXT(product("8.250", "0.20"), "1.7");
    CHECK_TEXT(product("8.250", "0.200"), "1.65");
    CHECK_TEXT(product("3", "0.5"), "2");
    CHECK_TEXT(product("2", "0.90"), "1.8");
    CHECK_TEXT(product("1100", "0.9"), "990");
    CHECK_TEXT(product("2.2", "1024"), "2253");
    CHECK_TEXT(product("2.1000", "1024"), "2150.4");
    CHECK_TEXT(product("0.014", "0.23"), "0.0032");
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = next();
        double   number, again;
        char     out[NUMBER_ROOM], text[64];
        size_t   size;
        int      least = 1;
        memcpy(&number, &bits, 8);
        if (i & 1)
            number = (double)(int64_t)(next() % 2000000000000) / pow(10, (double)(next() % 9));
        if (i % 16 == 3)
            number = ldexp(1, (int)(next() % 2000) - 1050);
        if (!isfinite(number) || (fabs(number) < 1e17 && number == trunc(number)))
            continue;
        size = number_format(number, EXACT, out);
        out[size] = 0;
        if (strtod(out, NULL) != number || !number_parse(str_make(out, size), &again, NULL)
            || again != number) {
            CHECK_NUMBER(strtod(out, NULL), number);
            continue;
        }
        for (; least < 17; least++) {
            snprintf(text, sizeof text, "%.*e", least - 1, number);
            if (strtod(text, NULL) == number)
                break;
        }
        size_t digits = 0;
        bool   lead = true;
        for (size_t k = 0; k < size && out[k] != 'e'; k++)
            if (out[k] >= '0' && out[k] <= '9' && !(lead && out[k] == '0')) {
                lead = false;
                digits++;
            }
        if ((int)digits > least)
            CHECK_TEXT(str_make(out, size), text);
    }
}

static void check_c_forms(void)
{
    static const char kinds[] = "eEgGaAf";

    for (int i = 0; i < 60000; i++) {
        uint64_t bits = next();
        double   number;
        char     out[600], want[600], spec[16];
        char     kind = kinds[next() % 7];
        bool     alternate = next() % 4 == 0;
        int      precision = (int)(next() % 30);
        memcpy(&number, &bits, 8);
        if (i % 3 == 0)
            number = (double)(next() % 100000) / 8;
        if (i % 7 == 0)
            number = (double)(next() % 1000);
        if (i % 11 == 0)
            number = ldexp((double)(next() % 64), -(int)(next() % 60));
        if (!isfinite(number) || number == 0)
            continue;
        if (kind == 'f')
            number = fmod(number, 1e300);
        snprintf(spec, sizeof spec, "%%%s.%d%c", alternate ? "#" : "", precision, kind);
        snprintf(want, sizeof want, spec, number);
        size_t size = number_format_c(number, kind, precision, alternate, out, sizeof out);
        if (kind == 'f' && want[0] == '-' && strtod(want, NULL) == 0)
            continue;
        if (size != strlen(want) || memcmp(out, want, size) != 0) {
            CHECK_TEXT(str_make(out, size), want);
            printf("    %s of %.17g\n", spec, number);
        }
    }
}

static void check_order(void)
{
    struct cell ten = cell_field_text(STR("10")), nine = cell_field_text(STR("9")), hard = cell_text(STR("10"));
    struct cell not_number = cell_number(NAN);
    bool        unordered;

    CHECK(order_eval(&ten, &nine, &unordered) > 0);
    CHECK(order_eval(&hard, &nine, &unordered) > 0);
    CHECK(order_eval(&not_number, &nine, &unordered) == 0 && unordered);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void measure(void)
{
    enum { COUNT = 100000 };
    static char text[COUNT][24];
    static str  item[COUNT];
    double      sum = 0, start;
    char        out[NUMBER_ROOM];

    for (int shape = 0; shape < 4; shape++) {
        for (int i = 0; i < COUNT; i++) {
            uint64_t r = next();
            if (shape == 0)
                snprintf(text[i], 24, "%d", (int)(r % 100000));
            else if (shape == 1)
                snprintf(text[i], 24, "%d.%03d", (int)(r % 10000), (int)(r >> 40) % 1000);
            else if (shape == 2)
                snprintf(text[i], 24, "%llu.%06d", 1700000000 + (unsigned long long)(r % 100000),
                         (int)(r >> 40) % 1000000);
            else
                snprintf(text[i], 24, "%.17g", (double)(r >> 11) * 0x1p-53);
            item[i] = str_of(text[i]);
        }
        start = seconds();
        for (int k = 0; k < 20; k++)
            for (int i = 0; i < COUNT; i++) {
                double number;
                number_parse(item[i], &number, NULL);
                sum += number;
            }
        printf("parse %-20s %5.1f ns\n", text[0], (seconds() - start) * 1e9 / (20.0 * COUNT));
    }
    start = seconds();
    for (int i = 0; i < COUNT; i++)
        sum += (double)number_format((double)(next() >> 11) * 0x1p-53, EXACT, out);
    printf("format shortest %5.1f ns\n", (seconds() - start) * 1e9 / COUNT);
    start = seconds();
    for (int i = 0; i < COUNT; i++)
        sum += (double)number_format_fixed((double)(next() % 100000000) / 1000, 2, out);
    printf("format fixed %5.1f ns (%g)\n", (seconds() - start) * 1e9 / COUNT, sum);
}

int main(int count, char **word)
{
    check_parse();
    check_decimals();
    check_format();
    check_c_forms();
    check_order();
    if (count > 1 && strcmp(word[1], "--measure") == 0)
        measure();
    return check_done();
}
