/* Lines of text, key=value pairs, CSV and TSV. */
#include "reading.h"

static void check_pairs(void)
{
    CHECK_ROWS("kv", "a=1 b=\"two words\", c=x;d=\"q\\\"uo\\\\te\\n\" e= f=\"\"\n", "a=1; b=two words; c=x; d=q\\; \n", 0);
    CHECK_ROWS("kv", "a=1 a=2\n\nnothing here\n", "a=1; \n\n", 0);                       /* the first one wins */
    CHECK_ROWS("kv", "x-y.z:w=1 _9under=2 9=3 index=5 (evt=7)\n", "x_y_z_w=1; under=2; evt=7); \n", 0);
    CHECK_ROWS("kv", "a=\"open b=2\n", "a=\"open; b=2; \n", 0);
    CHECK_ROWS("kv", "a=1\r\n{\"b\":{\"c\":2}}\r\n{\"b\": c=3\n", "a=1; \nb.c=2; \nc=3; \n", 0);
    CHECK_ROWS("kv", "==a== =b c==d", "a==; c==d; \n", 0);
    CHECK_ROWS("kv", "ts=5 a=1\n", "_time=5; ts=5; a=1; \n", 0);
    CHECK_ROWS("kv", "2024-05-14T09:12:31Z a=1\n", "_time=1715677951; a=1; \n", 0);
    CHECK_ROWS("raw", "2024-05-14T09:12:31Z a=1\n\nb=2", "_time=1715677951; \n\n", 0);
    CHECK_ROWS("auto", "time=\"2024-05-14T09:12:31Z\" level=info\nmore\n",
               "_time=1715677951; time=2024-05-14T09:12:31Z; level=info; \n\n", 0);
}

static void check_csv(void)
{
    CHECK_ROWS("auto", "\xef\xbb\xbf" "a,b,\"c d\"\r\n1,2,\"x \"\"q\"\" y\"\r\n4,,\"multi\nline, really\"\n\n",
               "a=1; b=2; c d=x \"q\" y; \na=4; c d=multi\nline, really; \n", 0);
    CHECK_ROWS("csv", "a,b,a,\n1,2,3,4,5\n6\n", "a=1|3; b=2; EXTRA_FIELD_4=4; EXTRA_FIELD_5=5; \na=6; \n", 2);
    CHECK_ROWS("csv", "a,b\n1,5\" disk\n2,\"open\n3,4\n", "a=1; b=5\" disk; \na=2; b=open\n3,4\n; \n", 1);
    CHECK_ROWS("csv", "a,b", "", 0);
    CHECK_ROWS("csv", "", "", 0);
    CHECK_ROWS("tsv", "a\tb c\n1\t2,3\n", "a=1; b c=2,3; \n", 0);
    CHECK_ROWS("auto", "a\tb c\n1\t2,3\n", "a=1; b c=2,3; \n", 0);
    CHECK_ROWS("csv", "_time,host\n5,h\n6,\n", "_time=5; \n_time=6; \n", 0);
    CHECK_ROWS("auto", "Error, disk full\nWarning\n", "\n\n", 0);      /* two names, but then no two values */
}

static void check_syslog(void)
{
    CHECK_ROWS("syslog", "<34>1 2023-11-14T22:13:20Z web-1 app 123 ID47 - k=v\n",
               "_time=1700000000; facility=4; severity=2; process=app; pid=123; k=v; \n", 0);
    CHECK_ROWS("syslog", "2023-11-14T22:13:20Z web-1 dockerd[812]: a=1 process=x\n",
               "_time=1700000000; process=dockerd; pid=812; a=1; \n", 0);
    CHECK_ROWS("syslog", "<13>nothing known\n", "facility=1; severity=5; \n", 0);
}

static void check_envelopes(void)
{
    CHECK_ROWS("hec", "{\"time\":5.5,\"host\":\"h\",\"event\":{\"a\":{\"b\":1},\"host\":\"x\"},\"fields\":{\"f\":[1,2]}}"
               "{\"event\":\"k=v q=\\\"x y\\\"\",\"time\":\"7\"}\n{\"event\":\"{\\\"j\\\":1}\"} {\"time\":1} {\"event\":3}",
               "_time=5.5; a.b=1; f{}=1|2; \n_time=7; k=v; q=x y; \nj=1; \n\n", 1);
}

static void check_derived(void)
{
    struct attempt attempt = { .format = "kv", .cpu = cpu_best(), .fields = { "linecount", "punct", "date_hour", "date_wday",
                                                                                "date_zone", "a" } };
    struct outcome outcome;

    attempt_read(&attempt, STR("2024-05-14T09:12:31.5+02:00 a=1, b\nnothing\nts=1700000000\n"), &outcome);
    CHECK(str_find(buf_str(&outcome.text), STR("linecount=1; punct=--::.+:_=,_; date_hour=9; date_wday=tuesday; date_zone=120; "),
                   0) != SIZE_MAX);
    CHECK(str_find(buf_str(&outcome.text), STR("nothing; linecount=1; punct=; \n"), 0) != SIZE_MAX);
    CHECK(str_find(buf_str(&outcome.text), STR("punct==; date_hour=22; date_wday=tuesday; date_zone=0; "), 0) != SIZE_MAX);
    if (check_failed)
        printf("%.*s", (int)outcome.text.size, outcome.text.at);
    outcome_free(&outcome);
}

static void check_completion(void)
{
    struct attempt some = { .format = "csv", .cpu = cpu_best(), .complete = true, .fields = { "b" } };
    struct outcome outcome;

    attempt_read(&some, STR("a,b\n1,\"x\n\"\"y\"\n"), &outcome);
    CHECK(str_find(buf_str(&outcome.text), STR("a=1; b=x\n\"y; "), 0) == 0);
    outcome_free(&outcome);
    some.format = "kv";
    some.mode = KV_AUTO_ESCAPED;
    attempt_read(&some, STR("a=1 b=\"x\\\"y\" ts=9\n"), &outcome);
    CHECK(str_find(buf_str(&outcome.text), STR("_time=9; a=1; b=x\"y; ts=9; "), 0) == 0);
    outcome_free(&outcome);
}

static void check_prefilter(void)
{
    struct attempt attempt = { .format = "kv", .cpu = cpu_best(), .fields = { "b" }, .literal = "needle" };
    struct outcome outcome;
    struct heap    heap;
    struct buf     text;

    heap_init(&heap, NULL, NULL, 0);
    buf_init(&text, &heap);
    for (int i = 0; i < 2000; i++)
        buf_print(&text, "a=%d b=%s\n", i, i % 500 == 7 ? "NEEDLE" : "other");
    attempt_read(&attempt, buf_str(&text), &outcome);
    CHECK_TEXT(buf_str(&outcome.text), "b=NEEDLE; \nb=NEEDLE; \nb=NEEDLE; \nb=NEEDLE; \n");
    CHECK_NUMBER((double)outcome.result.lines, 2000);
    outcome_free(&outcome);
    buf_free(&text);
}

int main(void)
{
    check_pairs();
    check_csv();
    check_syslog();
    check_envelopes();
    check_derived();
    check_completion();
    check_prefilter();
    return check_done();
}
