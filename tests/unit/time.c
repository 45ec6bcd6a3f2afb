#include "check.h"

#include "time/civil.h"
#include "time/iso.h"
#include "time/relative.h"
#include "time/span.h"
#include "time/strftime.h"
#include "time/strptime.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

static struct heap       heap;
static struct arena      arena;
static struct zone_cache *cache;
static struct zone_view  utc, berlin, new_york;
static const double      now = 1700000000;          /* Tue 2023-11-14 22:13:20 UTC */

static struct zone *open_zone(const char *name)
{
    struct zone *zone = NULL;

    if (zone_open(&heap, str_of(name), &zone) != OK)
        printf("no zone %s\n", name);
    return zone;
}

static str print_in(struct zone_view *view, const char *format, double instant)
{
    static struct buf   out;
    struct time_format *compiled;

    if (!out.heap)
        buf_init(&out, &heap);
    buf_clear(&out);
    time_format_compile(&arena, str_of(format), &compiled);
    if (time_print(compiled, view, instant, &out) != OK)
        return STR("NULL");
    return buf_str(&out);
}

static str print(const char *format, double instant)
{
    return print_in(&utc, format, instant);
}

static double parse_in(struct zone_view *view, const char *format, const char *text)
{
    struct time_format *compiled;
    double              instant;

    time_format_compile(&arena, str_of(format), &compiled);
    return time_parse(compiled, view, now, str_of(text), &instant) == OK ? instant : NAN;
}

static double parse(const char *format, const char *text)
{
    return parse_in(&utc, format, text);
}

static double relative(struct zone_view *view, const char *text, double instant)
{
    struct relative parsed;

    return relative_parse(str_of(text), &parsed) == OK ? relative_apply(&parsed, view, instant) : NAN;
}

static double modifier(const char *text)
{
    double instant;

    return time_modifier(str_of(text), &utc, now, &instant) == OK ? instant : NAN;
}

static double start(struct zone_view *view, const char *span, double align, double instant)
{
    struct time_span parsed;

    return time_span_parse(str_of(span), &parsed) == OK ? time_span_start(&parsed, view, align, instant)
        : NAN;
}

static double read_in(struct zone_view *view, const char *text)
{
    double instant;

    return time_read(str_of(text), view, now, &instant) ? instant : NAN;
}

static double sniff(const char *text)
{
    double instant;

    return time_sniff(str_of(text), &utc, now, &instant) ? instant : NAN;
}

static void check_civil(void)
{
    for (int64_t day = -800000; day < 800000; day += 37) {
        struct civil date = civil_of(day);
        if (civil_days(date.year, date.month, date.day) != day)
            CHECK_NUMBER((double)civil_days(date.year, date.month, date.day), (double)day);
    }
    CHECK(civil_days(1970, 1, 1) == 0);
    CHECK(civil_days(2000, 2, 29) == 11016);
    CHECK(civil_weekday(0) == 4 && civil_weekday(-1) == 3);
}

/* Against the C library, through many zones and times. */
static void check_zones(void)
{
    static const char *const names[] = { "Europe/Berlin", "America/New_York", "Asia/Kolkata",
        "Australia/Lord_Howe",
        "America/Sao_Paulo", "Africa/Casablanca", "Europe/Dublin", "Pacific/Apia", "America/Godthab",
            "Asia/Tehran", "UTC",
        "America/Havana", "Antarctica/Troll", "EST5EDT" };
    struct zone *none;

    for (size_t z = 0; z < sizeof names / sizeof *names; z++) {
        struct zone     *zone = open_zone(names[z]);
        struct zone_view view;
        int              wrong = 0;

        if (!zone) {
            CHECK(!"a zone is missing");
            continue;
        }
        zone_view_init(&view, zone, NULL);
        setenv("TZ", names[z], 1);
        tzset();
        for (int64_t at = -3000000000; at < 8000000000 && wrong < 3; at += 86400 * 7 + 3601) {
            time_t    t = (time_t)at;
            struct tm tm, back;
            localtime_r(&t, &tm);
            if (zone_offset(&view, at) != tm.tm_gmtoff || strcmp(view.span.abbreviation, tm.tm_zone) != 0) {
                wrong++;
                printf("%s at %lld: %d %s, not %ld %s\n", names[z], (long long)at, zone_offset(&view, at),
                       view.span.abbreviation, tm.tm_gmtoff, tm.tm_zone);
            }
            back = tm;
            back.tm_isdst = -1;
            if (zone_instant(&view, at + tm.tm_gmtoff) != (int64_t)mktime(&back)
                && zone_offset(&view, zone_instant(&view, at + tm.tm_gmtoff)) + zone_instant(&view, at + tm.tm_gmtoff)
                   != at + tm.tm_gmtoff) {
                wrong++;
                printf("%s: local time of %lld\n", names[z], (long long)at);
            }
        }
        CHECK(wrong == 0);
        zone_free(zone);
    }
    CHECK(zone_open(&heap, STR("No/Where"), &none) == FAIL_DATA);
    CHECK(zone_open(&heap, STR("../../../etc/passwd"), &none) == FAIL_DATA);
    CHECK(zone_open(&heap, STR("/etc/passwd"), &none) == FAIL_DATA);
    CHECK(zone_open(&heap, STR("Europe"), &none) == FAIL_DATA);
    CHECK(zone_open(&heap, STR(""), &none) == FAIL_DATA);
    {
        struct zone *fixed = open_zone("-08:30");
        struct zone_view view;
        zone_view_init(&view, fixed, NULL);
        CHECK(zone_offset(&view, 0) == -30600);
        CHECK(strcmp(view.span.abbreviation, "-0830") == 0);
        zone_free(fixed);
    }
    /* 2023-03-26 02:30 does not exist in Berlin, 2023-10-29 02:30 exists twice. */
    CHECK(zone_instant(&berlin, 1679797800) == 1679794200);
    CHECK(zone_instant(&berlin, 1698546600) == 1698539400);
    CHECK(zone_instant(&berlin, 1698552000) == 1698548400);
}

static void check_print(void)
{
    static const struct { const char *format, *want; } row[] = {
        { "%a %A", "Tue Tuesday" }, { "%b %B %h", "Nov November Nov" }, { "%c", "Tue Nov 14 22:13:20 2023" },
        { "%+", "Tue Nov 14 22:13:20 UTC 2023" }, { "%C", "20" }, { "%d|%e", "14|14" }, { "%D", "11/14/23" },
        { "%F", "2023-11-14" }, { "%f", "123456" }, { "%g %G", "23 2023" }, { "%H %I %k %l", "22 10 22 10" },
        { "%j", "318" },
        { "%m %M", "11 13" }, { "%n%t", "\n\t" }, { "%N", "123456000" },
        { "%3N %6N %9N", "123 123456 123456000" },
        { "%Q %6Q %9Q", "123 123456 123456000" }, { "%p %P", "PM pm" }, { "%r %R", "10:13:20 PM 22:13" },
        { "%s", "1700000000" },
        { "%S %T", "20 22:13:20" }, { "%u %w", "2 2" }, { "%U %V %W", "46 46 46" }, { "%v", "14-Nov-2023" },
        { "%x %X", "11/14/2023 22:13:20" }, { "%y %Y", "23 2023" },
        { "%z %:z %::z %:::z", "+0000 +00:00 +00:00:00 +00" },
        { "%Ez", "+0" }, { "%Z %%", "UTC %" }, { "%i %", "%i %" }, { "%-m/%-d %_H", "11/14 22" }, { "", "" },
        { "%Y-%m-%dT%H:%M:%S.%3N%z", "2023-11-14T22:13:20.123+0000" } };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        CHECK_TEXT(print(row[i].format, 1700000000.123456), row[i].want);
    CHECK_TEXT(print("%s.%Q", 1700000000.5), "1700000000.500");
    CHECK_TEXT(print("%3N", 1700000000.3), "300");
    CHECK_TEXT(print("%F %T.%6N", 0.9999999), "1970-01-01 00:00:00.999999");
    CHECK_TEXT(print("%F %T.%3N", -0.5), "1969-12-31 23:59:59.500");
    CHECK_TEXT(print("%F", 1e300), "NULL");
    CHECK_TEXT(print("%F", NAN), "NULL");
    CHECK_TEXT(print("%F", 253402300799.0 - 100000), "9999-12-30");
    CHECK_TEXT(print("%e|%k", 1698800400), " 1| 1");
    CHECK_TEXT(print_in(&berlin, "%F %T %Z %z %:z", 1700000000), "2023-11-14 23:13:20 CET +0100 +01:00");
    CHECK_TEXT(print_in(&new_york, "%F %T %Z %Ez", 1700000000), "2023-11-14 17:13:20 EST -300");
    CHECK_TEXT(print_in(&berlin, "%Z", 4000000000.0), "CEST");
}

/* Printing one after another says what printing each says. */
static void check_printer(void)
{
    static const char *const formats[] = {
        "%Y-%m-%dT%H:%M:%S.%3N%z", "%c %p %P %I|%l|%k", "%_H:%-M:%0S %^p %4H", "%s.%Q", "%f %N %9Q %1N",
        "%a %j %Z %Ez %%", "",
        "%H%H%H%H%H%H%H%H%H%H%H%H%H%H%H%H", "%^k %#p %0k %0l %_M", "%10p|%300S" };
    static const double steps[] = { 0.000001, 0.7, 1, 59.5, 3600, 40000, 86400, 2600000.25 };
    struct zone_view   *view[] = { &utc, &berlin, &new_york };
    struct time_printer printer;
    struct time_format *format;
    str                 text;

    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++)
        for (size_t v = 0; v < 3; v++) {
            double instant = 1711846800 - 30;           /* half a minute before a clock is put forward */
            bool   same = true;
            CHECK(time_format_compile(&arena, str_of(formats[f]), &format) == OK);
            time_printer_init(&printer, &heap, format, view[v]);
            for (size_t i = 0; i < 4000; i++) {
                same &= time_printer_print(&printer, instant, &text) == OK
                     && str_equal(text, print_in(view[v], formats[f], instant));
                instant += i % 7 == 6 ? -steps[i / 7 % 8] : steps[i / 500];
            }
            CHECK(same);
            CHECK(time_printer_print(&printer, 1e15, &text) == FAIL_DATA);
            CHECK(time_printer_print(&printer, NAN, &text) == FAIL_DATA);
            time_printer_free(&printer);
        }
}

static void check_parse(void)
{
    CHECK_NUMBER(parse("%Y-%m-%dT%H:%M:%S.%N%Z", "2023-11-14T22:13:20.89Z"), 1700000000.89);
    CHECK_NUMBER(parse("%m/%d/%Y", "14/13/2023"), NAN);
    CHECK_NUMBER(parse("%Y-%m-%d", "2023-11-14"), 1699920000);
    CHECK_NUMBER(parse("%Y-%m-%d", "2023-11-14 and more"), 1699920000);
    CHECK_NUMBER(parse("%Y-%m-%d", "2023-02-29"), NAN);
    CHECK_NUMBER(parse("%Y-%m", "2023-11"), NAN);
    CHECK_NUMBER(parse("%Y-%m-%d", "1970-06-01"), NAN);
    CHECK_NUMBER(parse("%H:%M", "10:30"), 1699957800);
    CHECK_NUMBER(parse("%b %d %H:%M:%S", "May  4 09:12:31"), 1683191551);
    CHECK_NUMBER(parse("%d/%b/%Y:%H:%M:%S %z", "14/Nov/2023:23:13:20 +0100"), 1700000000);
    CHECK_NUMBER(parse("%A, %d %B %Y %I:%M:%S %p", "tuesday, 14 NOVEMBER 2023 10:13:20 pm"), 1700000000);
    CHECK_NUMBER(parse("%s", "1700000000"), 1700000000);
    CHECK_NUMBER(parse("%s", "1700000000.25"), 1700000000.25);
    CHECK_NUMBER(parse("%s.%Q", "1700000000.123"), 1700000000.123);
    CHECK_NUMBER(parse("%s%3N", "1700000000123"), 1700000000.123);
    CHECK_NUMBER(parse("%s", "x"), NAN);
    CHECK_NUMBER(parse("%Y%m%d%H%M%S", "20231114221320"), 1700000000);
    CHECK_NUMBER(parse("%y-%j", "23-318"), 1699920000);
    CHECK_NUMBER(parse("%F %T %Z", "2023-11-14 17:13:20 EST"), 1700000000);
    CHECK_NUMBER(parse("%F %T %Z", "2023-11-14 23:13:20 Europe/Berlin"), 1700000000);
    CHECK_NUMBER(parse("%F %T %Z", "2023-11-14 23:13:20 Nowhere"), NAN);
    CHECK_NUMBER(parse("%F %T %:z", "2023-11-14 23:13:20 +01"), 1700000000);
    CHECK_NUMBER(parse("%FT%T%z", "2023-11-14T22:13:20Z"), 1700000000);
    CHECK_NUMBER(parse_in(&berlin, "%F %T", "2023-11-14 23:13:20"), 1700000000);
    CHECK_NUMBER(parse("%F %T", "2023-11-14 23:61:20"), NAN);
    CHECK_NUMBER(parse("%F %T", "2023-11-14 23:"), NAN);
    CHECK_NUMBER(parse("%+", "Tue Nov 14 22:13:20 UTC 2023"), 1700000000);
    CHECK_NUMBER(parse("%d", "14"), 1699920000);
}

static void check_relative(void)
{
    static const struct { const char *text; double want; } row[] = {
        { "-24h@h", 1699912800 }, { "-15m@m", 1699999080 }, { "@w0", 1699747200 }, { "@w7", 1699747200 },
        { "@w", 1699747200 },
        { "@w1", 1699833600 }, { "@w3", 1699401600 }, { "-7d@w1", 1699228800 }, { "+1d@d", 1700006400 },
        { "@mon", 1698796800 },
        { "-1mon@mon", 1696118400 }, { "-mon", 1697321600 }, { "@q", 1696118400 }, { "-1q@q", 1688169600 },
        { "@y", 1672531200 },
        { "-1d@d+6h", 1699855200 }, { "@h+1h+2m", 1700002920 }, { "-5", 1699999995 }, { "", 1700000000 },
        { "+2hours", 1700007200 },
        { "-1qtr@quarter", 1688169600 }, { "-1yr", 1668464000 }, { "now", NAN }, { "-1x", NAN }, { "-", NAN },
        { "@", NAN },
        { "@w8", NAN }, { "-1D", NAN }, { "1d", NAN }, { "-99999999999d", NAN } };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        CHECK_NUMBER(relative(&utc, row[i].text, now), row[i].want);
    CHECK_NUMBER(relative(&utc, "-1s", 1.5), 0.5);
    CHECK_NUMBER(relative(&utc, "@s", 1.5), 1);
    CHECK_NUMBER(relative(&utc, "-1mon", 1680220800), 1677542400);              /* 31 March: 28 February */
    /* across the end of summer time */
    CHECK_NUMBER(relative(&new_york, "-24h", 1699203600), 1699203600 - 86400);
    CHECK_NUMBER(relative(&new_york, "-1d", 1699203600), 1699203600 - 90000);
    CHECK_NUMBER(relative(&utc, "+9999999999y", now) > 1e15, 1);
    CHECK_NUMBER(modifier("now"), now);
    CHECK_NUMBER(modifier("now()"), now);
    CHECK_NUMBER(modifier("0"), 0);
    CHECK_NUMBER(modifier("1700000000.5"), 1700000000.5);
    CHECK_NUMBER(modifier("10/19/2018:0:0:0"), 1539907200);
    CHECK_NUMBER(modifier("2023-11-14T22:13:20.5+01:00"), 1699996400.5);
    CHECK_NUMBER(modifier("-1h"), now - 3600);
    CHECK_NUMBER(modifier("@d"), 1699920000);
    CHECK_NUMBER(modifier("rt-5m"), NAN);
    CHECK_NUMBER(modifier("yesterday"), NAN);
    CHECK_NUMBER(modifier("13/19/2018:0:0:0"), NAN);
}

static str chosen(double length, const char *least)
{
    static const char units[][4] = { "us", "ms", "cs", "ds", "s", "m", "h", "d", "w", "mon", "q", "y" };
    static char       out[24];
    struct time_span  span, shortest;

    if (least)
        time_span_parse(str_of(least), &shortest);
    time_span_choose(0, length, 100, least ? &shortest : NULL, &span);
    snprintf(out, sizeof out, "%u%s", (unsigned)span.count, units[span.unit]);
    return str_of(out);
}

static void check_span(void)
{
    struct time_span span;

    CHECK_NUMBER(start(&utc, "5m", 0, now), 1699999800);
    CHECK_NUMBER(start(&utc, "1d", 0, now), 1699920000);
    CHECK_NUMBER(start(&utc, "12h", 1699930800, now), 1699974000);
    CHECK_NUMBER(start(&utc, "1mon", 0, now), 1698796800);
    CHECK_NUMBER(start(&utc, "q", 0, now), 1696118400);
    CHECK_NUMBER(start(&utc, "1y", 0, now), 1672531200);
    CHECK_NUMBER(start(&utc, "1w", 0, now), 1699488000);            /* a Thursday */
    CHECK_NUMBER(start(&utc, "1w@w1", 0, now), 1699833600);         /* a Monday */
    CHECK_NUMBER(start(&utc, "10ms", 0, 1700000000.127), 1700000000.12);
    CHECK_NUMBER(start(&utc, "100us", 0, 1700000000.1234), 1700000000.1234);
    CHECK_NUMBER(start(&utc, "10", 0, -1), -10);
    CHECK_NUMBER(start(&berlin, "1d", 0, now), 1699916400);
    CHECK_NUMBER(start(&utc, "3ms", 0, now), NAN);
    CHECK_NUMBER(start(&utc, "5mon", 0, now), NAN);
    CHECK_NUMBER(start(&utc, "0s", 0, now), NAN);
    CHECK_NUMBER(start(&utc, "1x", 0, now), NAN);
    CHECK_NUMBER(start(&utc, "1d@w1", 0, now), NAN);
    CHECK(time_span_has_unit(STR("5m")) && !time_span_has_unit(STR("5")) && !time_span_has_unit(STR("log2")));
    time_span_parse(STR("1d"), &span);
    /* 29 October 2023 has 25 hours */
    CHECK_NUMBER(time_span_next(&span, &berlin, 0, 1698530400), 1698530400 + 90000);
    time_span_parse(STR("1mon"), &span);
    CHECK_NUMBER(time_span_next(&span, &utc, 0, 1698796800), 1701388800);
    CHECK_TEXT(chosen(15 * 60, NULL), "10s");
    CHECK_TEXT(chosen(3600, NULL), "1m");
    CHECK_TEXT(chosen(4 * 3600, NULL), "5m");
    CHECK_TEXT(chosen(24 * 3600, NULL), "30m");
    CHECK_TEXT(chosen(7 * 86400, NULL), "1d");
    CHECK_TEXT(chosen(30 * 86400, NULL), "1d");
    CHECK_TEXT(chosen(365 * 86400, NULL), "1mon");
    CHECK_TEXT(chosen(3650.0 * 86400, NULL), "1mon");
    CHECK_TEXT(chosen(240, NULL), "5s");
    CHECK_TEXT(chosen(240, "15m"), "30m");
}

static void check_stamps(void)
{
    CHECK_NUMBER(read_in(&utc, "2023-11-14T22:13:20Z"), 1700000000);
    CHECK_NUMBER(read_in(&utc, "2023-11-14T22:13:20.123456Z"), 1700000000.123456);
    CHECK_NUMBER(read_in(&utc, "2023-11-14T22:13:20.123456789Z"), 1700000000.123456);
    CHECK_NUMBER(read_in(&utc, " 2023-11-14 22:13:20 "), 1700000000);
    CHECK_NUMBER(read_in(&utc, "2023-11-14T23:13:20+01:00"), 1700000000);
    CHECK_NUMBER(read_in(&utc, "2023-11-14T23:13:20,5+0100"), 1700000000.5);
    CHECK_NUMBER(read_in(&berlin, "2023-11-14 23:13:20"), 1700000000);
    CHECK_NUMBER(read_in(&utc, "2023-11-14 22:13:20 UTC"), 1700000000);
    CHECK_NUMBER(read_in(&utc, "2023/11/14 22:13:20"), 1700000000);
    CHECK_NUMBER(read_in(&utc, "2023-11-14"), 1699920000);
    CHECK_NUMBER(read_in(&utc, "20231114T221320Z"), 1700000000);
    CHECK_NUMBER(read_in(&utc, "1700000000"), 1700000000);
    CHECK_NUMBER(read_in(&utc, "1700000000.123456"), 1700000000.123456);
    CHECK_NUMBER(read_in(&utc, "1700000000123"), 1700000000.123);
    CHECK_NUMBER(read_in(&utc, "1700000000123456"), 1700000000.123456);
    CHECK_NUMBER(read_in(&utc, "1700000000123456789"), 1700000000.123456);
    CHECK_NUMBER(read_in(&utc, "99999999999999999999"), NAN);
    CHECK_NUMBER(read_in(&utc, "May 14 09:12:31"), 1684055551);
    CHECK_NUMBER(read_in(&utc, "Dec 31 23:59:59"), 1672531199);
    CHECK_NUMBER(read_in(&utc, "Tue, 14 Nov 2023 22:13:20 GMT"), 1700000000);
    CHECK_NUMBER(read_in(&utc, "Tue Nov 14 22:13:20 2023"), 1700000000);
    CHECK_NUMBER(read_in(&utc, "11/14/2023 10:13:20 PM"), 1700000000);
    CHECK_NUMBER(read_in(&utc, "14/Nov/2023:23:13:20 +0100"), 1700000000);
    CHECK_NUMBER(read_in(&utc, "2024-02-29T00:00:00Z"), 1709164800);
    CHECK_NUMBER(read_in(&utc, "2023-02-29T00:00:00Z"), NAN);
    CHECK_NUMBER(read_in(&utc, "2023-13-01T00:00:00Z"), NAN);
    CHECK_NUMBER(read_in(&utc, "hello"), NAN);
    CHECK_NUMBER(read_in(&utc, ""), NAN);
    CHECK_NUMBER(read_in(&utc, "2023-11-14T22:13:20Zulu"), NAN);
    CHECK_NUMBER(sniff("2023-11-14 22:13:20,123 INFO started"), 1700000000.123);
    CHECK_NUMBER(sniff("<34>1 2023-11-14T22:13:20.003Z host app"), 1700000000.003);
    CHECK_NUMBER(sniff("<34>May 14 09:12:31 host app: x"), 1684055551);
    CHECK_NUMBER(sniff("[2023-11-14T22:13:20Z] x"), 1700000000);
    CHECK_NUMBER(sniff("127.0.0.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /\""), 1700000000);
    CHECK_NUMBER(sniff("time=\"2023-11-14T22:13:20.5Z\" level=info msg=x"), 1700000000.5);
    CHECK_NUMBER(sniff("level=info ts=1700000000.25 msg=x"), 1700000000.25);
    CHECK_NUMBER(sniff("1700000000 x"), 1700000000);
    CHECK_NUMBER(sniff("404 not found"), NAN);
    CHECK_NUMBER(sniff("no time here"), NAN);
    CHECK_NUMBER(sniff(""), NAN);
}

static double seconds(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static void measure(void)
{
    static const char *const texts[] = { "2023-11-14T22:13:20.123456Z", "2023-11-14T23:13:20+01:00",
        "1700000000.123", "May 14 09:12:31" };
    struct time_format *format;
    struct buf          out;
    double              begin, sum = 0, instant;

    buf_init(&out, &heap);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        begin = seconds();
        for (int k = 0; k < 1000000; k++) {
            time_read(str_of(texts[i]), &berlin, now, &instant);
            sum += instant;
        }
        printf("read %-28s %5.1f ns\n", texts[i], (seconds() - begin) * 1e3);
    }
    time_format_compile(&arena, STR("%Y-%m-%dT%H:%M:%S.%3N%z"), &format);
    begin = seconds();
    for (int k = 0; k < 1000000; k++) {
        buf_clear(&out);
        time_print(format, &berlin, now + k, &out);
    }
    printf("print %5.1f ns", (seconds() - begin) * 1e3);
    begin = seconds();
    for (int k = 0; k < 1000000; k++)
        time_parse(format, &berlin, now, STR("2023-11-14T22:13:20.123+0000"), &instant);
    printf("   parse %5.1f ns (%g)\n", (seconds() - begin) * 1e3, sum);
    buf_free(&out);
}

int main(int count, char **word)
{
    struct zone *europe, *america;

    heap_init(&heap, NULL, NULL, 0);
    arena_init(&arena, &heap);
    zone_cache_new(&heap, &cache);
    europe = open_zone("Europe/Berlin");
    america = open_zone("America/New_York");
    zone_view_init(&utc, &zone_utc, cache);
    zone_view_init(&berlin, europe, cache);
    zone_view_init(&new_york, america, cache);
    check_civil();
    check_zones();
    check_print();
    check_printer();
    check_parse();
    check_relative();
    check_span();
    check_stamps();
    if (count > 1 && strcmp(word[1], "--measure") == 0)
        measure();
    zone_free(europe);
    zone_free(america);
    zone_cache_free(cache);
    arena_free(&arena);
    return check_done();
}
