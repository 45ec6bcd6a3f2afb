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

/* An attempt of one mode on every level, whole and in pieces. */
static void check_mode(enum kv_mode mode, const char *format, str bytes, const char *want)
{
    for (size_t chunk = 0; chunk < 3; chunk++) {
        struct attempt attempt = { .format = format, .cpu = chunk ? CPU_PORTABLE : cpu_best(), .chunk = chunk, .drain = chunk,
                                   .rows = (uint32_t)chunk, .mode = mode };
        struct outcome outcome;

        attempt_read(&attempt, bytes, &outcome);
        check_same_text(buf_str(&outcome.text), str_of(want), format, __FILE__, __LINE__);
        CHECK(outcome.end == DONE && outcome.result.bad.count == 0);
        outcome_free(&outcome);
    }
}

static void check_modes(void)
{
    static char deep[1 << 16];
    struct heap heap;
    struct buf  text;

    check_mode(KV_XML, "kv", STR("<a><b>1</b>\n<c d='&lt;'/>\nx=1\n"), "a.b=1; \nc{@d}=<; \n\n");
    check_mode(KV_XML, "ndjson", STR("{\"_raw\":\"<a>\\n<b>\\u0031</b></a>\",\"c\":1}\n{\"d\":2}\n"), "a.b=1; \n\n");
    check_mode(KV_NONE, "ndjson", STR("{\"a\":1,\"ts\":5,\"b\":{\"c\":2}}\n"), "_time=5; \n");
    check_mode(KV_JSON, "kv", STR("a=1\n{\"b\":2}\n"), "\nb=2; \n");
    check_mode(KV_AUTO_ESCAPED, "kv", STR("d=\"q\\\"uo\\\\te\\n\" e=\"\\\"\n"), "d=q\"uo\\te\\n; e=\"\\\"; \n");
    check_mode(KV_MULTI, "kv", STR("A B\n1 2\n3 4\n \n\nC D\n5 6"), "A=1; B=2; \nA=3; B=4; \nC=5; D=6; \n");
    check_mode(KV_MULTI, "auto", STR("A B\n1 2\n\n"), "A=1; B=2; \n");
    check_mode(KV_MULTI, "hec", STR("{\"event\":\"A B\\n1 2\\n3 4\",\"fields\":{\"f\":[1,2]},\"time\":5}{\"event\":7}"),
               "_time=5; f{}=1|2; A=1; B=2; \n_time=5; f{}=1|2; A=3; B=4; \n\n");

    /* Deeper than is walked: what stood before stays. */
    heap_init(&heap, NULL, NULL, 0);
    buf_init(&text, &heap);
    buf_text(&text, "<r><a>1</a>");
    for (int i = 0; i < 5000; i++)
        buf_text(&text, "<x>");
    buf_byte(&text, '\n');
    check_mode(KV_XML, "kv", buf_str(&text), "r.a=1; \n");
    /* Names that are long together are passed over. */
    buf_clear(&text);
    memset(deep, 'n', sizeof deep);
    buf_print(&text, "<r><a>1</a><%.*s><b>2</b></%.*s><c>3</c></r>\n", 40000, deep, 40000, deep);
    check_mode(KV_XML, "kv", buf_str(&text), "r.a=1; r.c=3; \n");
    buf_free(&text);
}

static void check_derived(void)
{
    struct attempt attempt = { .format = "kv", .cpu = cpu_best(), .fields = { "linecount", "punct", "date_hour", "date_wday",
                                                                                "date_zone", "a" } };
    struct outcome outcome;

    attempt_read(&attempt, STR("2024-05-14T09:12:31.5+02:00 a=1, b\nnothing\nts=1700000000\n"), &outcome);
    CHECK(str_find(buf_str(&outcome.text), STR("date_hour=9; date_wday=tuesday; date_zone=120; linecount=1; punct=--::.+:_=,_; "),
                   0) != SIZE_MAX);
    CHECK(str_find(buf_str(&outcome.text), STR("nothing; linecount=1; punct=; \n"), 0) != SIZE_MAX);
    CHECK(str_find(buf_str(&outcome.text), STR("date_hour=22; date_wday=tuesday; date_zone=0; linecount=1; punct==; "), 0) != SIZE_MAX);
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
    check_modes();
    check_csv();
    check_syslog();
    check_envelopes();
    check_derived();
    check_completion();
    check_prefilter();
    return check_done();
}
