/* NDJSON and JSON text: what comes out of odd input, and that levels, cuts, projections and the prefilter
 * agree. */
#include "reading.h"

#include "text/json.h"

static void check_shapes(void)
{
    CHECK_ROWS("ndjson", "{\"a\":{\"b\":1},\"c\":[1,2],\"d\":[{\"e\":1},{\"e\":2,\"f\":3}],\"g\":[[1,2],[3]]}\n",
               "a.b=1; c{}=1|2; d{}.e=1|2; d{}.f=3; g{}{}=1|2|3; \n", 0);
    CHECK_ROWS("ndjson", "[{\"b\":1},2]\n", "{}.b=1; {}=2; \n", 0);
    CHECK_ROWS("ndjson", "{\"a.b\":1,\"a\":{\"b\":2}}\n", "a.b=1|2; \n", 0);
    CHECK_ROWS("ndjson", "{\"a\":{},\"b\":[],\"c\":null,\"d\":\"\"}\n", "d=; \n", 0);
    CHECK_ROWS("ndjson", "{\"u\":1,\"\\u0075\":2,\"u\":3}\n", "u=1|2|3; \n", 0);
    CHECK_ROWS("ndjson", "{\"a\":\"q\\\"\\\\\\u00e4\\n\"}\n", "a=q\"\\\xc3\xa4\n; \n", 0);
    CHECK_ROWS("ndjson", " { \"a\" : 1 , \"b\" :\t[ 1 , true ] } \r\n\r\n  \n{}\n", "a=1; b{}=1|true; \n\n", 0);
    CHECK_ROWS("ndjson", "{\"a\":1}", "a=1; \n", 0);                         /* no newline at the end */
    CHECK_ROWS("ndjson", "\xef\xbb\xbf{\"a\":1}\n", "a=1; \n", 0);
    CHECK_ROWS("ndjson", "", "", 0);
    CHECK_ROWS("auto", "", "", 0);
    CHECK_ROWS("ndjson", "{\"a\":\"x\0y\"}\n", "a=x\0y; \n", 0);
    CHECK_ROWS("ndjson", "{\"a\":\"\xff\xfe\"}\n", "a=\xff\xfe; \n", 0);
    CHECK_ROWS("ndjson", "{\"a\":1.50,\"b\":-0,\"c\":1E+3,\"d\":12345678901234567890}\n",
               "a=1.50; b=-0; c=1E+3; d=12345678901234567890; \n", 0);
    CHECK_ROWS("ndjson", "{\"_time\":12.50}\n{\"x\":1,\"ts\":7}\n", "_time=12.50; \n_time=7; x=1; ts=7; \n", 0);
    CHECK_ROWS("ndjson", "{\"\":1,\"a\":{\"\":2}}\n", "=1; a.=2; \n", 0);
}

static void check_broken(void)
{
    static const char *const broken[] = {
        "{\"a\":1", "{\"a\":\"x", "{\"a\":\"x\\\"}", "{\"a\"}", "{\"a\":}", "{\"a\":,\"b\":1}", "{,}", "{\"a\":1,}",
        "{\"a\" 1}", "{\"a\":1 2}", "{\"a\":\"b\"\"c\"}", "{\"a\":\"b\" \"c\"}", "{\"a\":x}", "{\"a\":tru}", "{\"a\":01}",
        "{\"a\":1.}", "{\"a\":-}", "{\"a\":1}}", "{\"a\":1} x", "{\"a\":[1,2}", "{\"a\":{\"b\":1]", "{a:1}", "{'a':1}",
        "{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1 2]}", "42", "\"text\"", "null", "text", "{\"a\":\"b\"c}", "{\"a\":1\"b\"}",
        "{\"a\"x:1}", "{\"a\":{}x}", "{\"a\":x{}}", "[1,2", "]", "}", ",", ":", "{\"a\":[}]", "{\"a\":+1}", "{\"a\":\\\"}",
        "{\"a\"::1}", "{1:2}", "{\"a\":{\"b\"}}", "{\"a\":\x01 1}",
    };
    struct heap heap;
    struct buf  text;

    heap_init(&heap, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        buf_init(&text, &heap);
        buf_print(&text, "{\"first\":1}\n%s\n{\"last\":2}\n", broken[i]);
        check_rows("ndjson", buf_str(&text), STR("first=1; \nlast=2; \n"), 1, broken[i], (int)i);
        buf_free(&text);
    }
}

static void check_depth(void)
{
    struct heap heap;
    struct buf  text;

    heap_init(&heap, NULL, NULL, 0);
    for (int depth = 512; depth <= 513; depth++) {
        struct attempt attempt = { .format = "ndjson", .cpu = cpu_best() };
        struct outcome outcome;

        buf_init(&text, &heap);
        buf_text(&text, "{\"a\":");
        buf_repeat(&text, '[', (size_t)depth - 1);
        buf_text(&text, "7");
        buf_repeat(&text, ']', (size_t)depth - 1);
        buf_text(&text, "}\n");
        for (int all = 0; all < 2; all++) {
            attempt.fields[0] = all ? NULL : "x";
            attempt_read(&attempt, buf_str(&text), &outcome);
            CHECK_NUMBER((double)outcome.result.bad.count, depth > 512);
            outcome_free(&outcome);
        }
        buf_free(&text);
    }
}

/* Quotes, backslashes and newlines at every place of a word of the index. */
static void check_borders(void)
{
    struct heap heap;
    struct buf  text, want;

    heap_init(&heap, NULL, NULL, 0);
    for (size_t shift = 0; shift < 130; shift++) {
        buf_init(&text, &heap);
        buf_init(&want, &heap);
        buf_text(&text, "{\"pad\":\"");
        buf_repeat(&text, 'x', shift);
        buf_text(&text, "\",\"a\":\"\\\\\\\\\\\\\",\"b\":\"\\\\\\\"{[,:\",\"c\" :  [1 , \"2\"]}\n{\"d\":\"");
        buf_repeat(&text, '\\', 2 * shift);
        buf_text(&text, "\"}\n");
        buf_text(&want, "pad=");
        buf_repeat(&want, 'x', shift);
        buf_text(&want, "; a=\\\\\\; b=\\\"{[,:; c{}=1|2; \nd=");
        buf_repeat(&want, '\\', shift);
        buf_text(&want, "; \n");
        check_rows("ndjson", buf_str(&text), buf_str(&want), 0, "shift", (int)shift);
        buf_free(&text);
        buf_free(&want);
    }
}

struct random { uint64_t state; };

static uint32_t random_below(struct random *random, uint32_t bound)
{
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random->state >> 33) % bound);
}

static void put_value(struct buf *buf, struct random *random, int depth)
{
    static const char *const scalars[] = {
        "1", "-2.5e3", "true", "null", "\"x\"", "\"\"", "\"a\\\"b\"", "\"\\\\\"", "\"{[,:]}\"", "\"\\u0041\"", "\"long text of words\"",
    };
    static const char *const keys[] = { "a", "b", "user", "container_name", "c.d", "\\u0061" };
    static const char *const blanks[] = { "", "", "", " ", "  ", "   " };
    uint32_t kind = random_below(random, depth > 3 ? 3 : 6), count = random_below(random, 4);

    if (kind < 3) {
        buf_text(buf, scalars[random_below(random, COUNT_OF(scalars))]);
        return;
    }
    buf_byte(buf, kind == 5 ? '[' : '{');
    for (uint32_t i = 0; i < count; i++) {
        buf_text(buf, i ? "," : "");
        buf_text(buf, blanks[random_below(random, COUNT_OF(blanks))]);
        if (kind != 5) {
            buf_print(buf, "\"%s\"", keys[random_below(random, COUNT_OF(keys))]);
            buf_text(buf, blanks[random_below(random, COUNT_OF(blanks))]);
            buf_byte(buf, ':');
            buf_text(buf, blanks[random_below(random, COUNT_OF(blanks))]);
        }
        put_value(buf, random, depth + 1);
        buf_text(buf, blanks[random_below(random, COUNT_OF(blanks))]);
    }
    buf_byte(buf, kind == 5 ? ']' : '}');
}

static void put_line(struct buf *buf, struct random *random)
{
    static const char noise[] = "{}[],:\" \nx1-";
    size_t from = buf->size;

    buf_text(buf, "{\"k\":");
    put_value(buf, random, 0);
    buf_text(buf, ",\"user\":");
    put_value(buf, random, 1);
    buf_text(buf, "}");
    while (random_below(random, 3) == 0) {
        size_t at = from + random_below(random, (uint32_t)(buf->size - from));
        if (at > from && buf->at[at - 1] != '\\' && strchr("{}[],:\" \n", buf->at[at]))  /* escapes that do not exist pass here */
            buf->at[at] = noise[random_below(random, sizeof noise - 1)];
    }
    buf_text(buf, "\n");
}

/* Valid lines are events, and no others. */
static void check_validity(str text)
{
    struct attempt attempt = { .format = "ndjson", .cpu = cpu_best() };
    uint64_t       valid = 0, events;
    struct outcome outcome;

    for (size_t at = 0; at < text.size;) {
        size_t end = str_find(text, STR("\n"), at);
        str    line = str_slice(text, at, end);
        str    bare = str_trim_blanks(line);
        valid += json_is_valid(line) && bare.size && (bare.at[0] == '{' || bare.at[0] == '[');
        at = end + 1;
    }
    attempt_read(&attempt, text, &outcome);
    events = outcome.result.events;
    CHECK_NUMBER((double)events, (double)valid);
    if (events != valid)
        printf("%.*s", (int)text.size, text.at);
    outcome_free(&outcome);
}

static void check_same(str text, const struct attempt *a, const struct attempt *b)
{
    struct outcome one, two;
    bool           same;

    attempt_read(a, text, &one);
    attempt_read(b, text, &two);
    same = str_equal(buf_str(&one.text), buf_str(&two.text)) && (b->literal || b->complete || b->fields[0]
        || (one.result.bad.count == two.result.bad.count && one.result.lines == two.result.lines));
    CHECK(same);
    if (!same)
        printf("%.*s--- %s\n%.*s--- %s\n%.*s", (int)text.size, text.at, cpu_name(a->cpu), (int)one.text.size,
               one.text.at, cpu_name(b->cpu), (int)two.text.size, two.text.at);
    outcome_free(&one);
    outcome_free(&two);
}

static void check_random(uint64_t seed, int rounds)
{
    struct random random = { seed };
    struct heap   heap;
    struct buf    text;

    heap_init(&heap, NULL, NULL, 0);
    for (int round = 0; round < rounds && !check_failed; round++) {
        struct attempt plain = { .format = "ndjson", .cpu = CPU_PORTABLE }, other = plain;
        struct attempt one = { .format = "ndjson", .cpu = cpu_best(), .fields = { "user", "k.a", "k{}.b" } }, two = one;

        buf_init(&text, &heap);
        for (uint32_t line = random_below(&random, 6) + 1; line; line--)
            put_line(&text, &random);
        check_validity(buf_str(&text));
        for (int cpu = 1; cpu < CPU_LEVELS; cpu++)
            if (cpu_has((enum cpu_level)cpu)) {
                other.cpu = (enum cpu_level)cpu;
                check_same(buf_str(&text), &plain, &other);
            }
        other.chunk = random_below(&random, 100) + 1;
        other.drain = random_below(&random, 2);
        other.rows = random_below(&random, 4);
        check_same(buf_str(&text), &plain, &other);
        two.chunk = other.chunk;
        two.rows = other.rows;
        check_same(buf_str(&text), &one, &two);
        buf_free(&text);
    }
}

/* Rows completed after a projection are the rows that all fields give. */
static void check_completion(void)
{
    struct attempt all = { .format = "ndjson", .cpu = cpu_best() };
    struct attempt some = { .format = "ndjson", .cpu = cpu_best(), .complete = true, .fields = { "b" } };
    struct outcome one, two;
    str            text = STR("{\"a\":1,\"b\":\"x\\ty\",\"time\":5}\n{\"b\":[1,{\"c\":2}]}\r\n{\"d\":{\"b\":3},\"b\":2}\n");

    attempt_read(&all, text, &one);
    attempt_read(&some, text, &two);
    CHECK_NUMBER((double)one.result.events, 3);
    CHECK(str_find(buf_str(&two.text), STR("_time=5; a=1; b=x\ty; time=5; "), 0) == 0);
    CHECK(str_find(buf_str(&two.text), STR("b{}=1; b{}.c=2; "), 0) != SIZE_MAX);
    CHECK(str_find(buf_str(&two.text), STR("d.b=3; "), 0) != SIZE_MAX);
    outcome_free(&one);
    outcome_free(&two);
}

/* A line with very many keys, and bad lines behind it. */
static void check_many_keys(void)
{
    struct attempt attempt = { .format = "ndjson", .cpu = cpu_best() };
    struct outcome outcome;
    struct heap    heap;
    struct buf     text;

    heap_init(&heap, NULL, NULL, 0);
    buf_init(&text, &heap);
    buf_text(&text, "{\"x\":1}\n");
    for (int line = 0; line < 3; line++) {
        buf_byte(&text, '{');
        for (int key = 0; key < 20000; key++)
            buf_print(&text, "%s\"key%d\":%d", key ? "," : "", key * (line + 1), key);
        buf_text(&text, "}\n{\"x\":1,\"y\"\n");
    }
    attempt_read(&attempt, buf_str(&text), &outcome);
    CHECK_NUMBER((double)outcome.result.events, 4);
    CHECK_NUMBER((double)outcome.result.bad.count, 3);
    CHECK(outcome.heap.peak < 100u << 20);
    outcome_free(&outcome);
    buf_free(&text);
}

/* Splunk stops somewhere; here every field is found, however far behind it stands (language 11.2). */
static void check_no_end(void)
{
    struct attempt attempt = { .format = "ndjson", .cpu = cpu_best(), .fields = { "z", "p999" } };
    struct outcome outcome;
    struct heap    heap;
    struct buf     text;

    heap_init(&heap, NULL, NULL, 0);
    buf_init(&text, &heap);
    buf_byte(&text, '{');
    for (int i = 0; i < 1000; i++)
        buf_print(&text, "\"p%d\":\"twenty bytes or more of it\",", i);
    buf_text(&text, "\"z\":1}\n");
    CHECK(buf_str(&text).size > 30000);
    attempt_read(&attempt, buf_str(&text), &outcome);
    CHECK_TEXT(buf_str(&outcome.text), "p999=twenty bytes or more of it; z=1; \n");
    outcome_free(&outcome);
    buf_free(&text);
}

static void check_text_json(void)
{
    CHECK_ROWS("auto", " [ {\"a\":1,\n \"b\":[1,2]} , {\"a\":2}\n,{\"a\":\"x\\n]\"},[5] ]\n",
               "a=1; b{}=1|2; \na=2; \na=x\n]; \n{}=5; \n", 0);
    CHECK_ROWS("auto", "{\n \"a\":1}{\"a\":2}\n{\"a\":\"x]\"} 42 {\"q\":tru} {\"z\":{\"y\":1}}\n", "a=1; \na=2; \na=x]; \nz.y=1; \n", 2);
    CHECK_ROWS("json", "[]", "", 0);
    CHECK_ROWS("json", "[{\"a\":1}", "a=1; \n", 0);
    CHECK_ROWS("json", "{\"a\":1},\n{\"a\":", "a=1; \n", 1);
    CHECK_ROWS("json", "[{\"a\":1},null,{\"b\":2}]", "a=1; \nb=2; \n", 1);
    CHECK_ROWS("json", "{\"a\":1}\n \"x {\"b\":2}\n{\"c\":3}", "a=1; \nc=3; \n", 1);
}

static void check_prefilter(void)
{
    struct attempt plain = { .format = "ndjson", .cpu = cpu_best(), .fields = { "b" } }, filtered = plain;
    struct outcome outcome;
    struct heap    heap;
    struct buf     text;

    heap_init(&heap, NULL, NULL, 0);
    buf_init(&text, &heap);
    for (int i = 0; i < 2000; i++)
        buf_print(&text, "{\"a\":%d,\"b\":\"%s\"}\n", i, i == 100 ? "xNeedLEx" : i == 200 ? "\\u006eeedle" : i == 1999 ? "needle" : "other");
    filtered.literal = "needle";
    for (int cpu = 0; cpu < CPU_LEVELS; cpu++) {
        if (!cpu_has((enum cpu_level)cpu))
            continue;
        filtered.cpu = (enum cpu_level)cpu;
        attempt_read(&filtered, buf_str(&text), &outcome);
        CHECK_TEXT(buf_str(&outcome.text), "b=xNeedLEx; \nb=needle; \nb=needle; \n");
        CHECK_NUMBER((double)outcome.result.lines, 2000);
        outcome_free(&outcome);
    }
    filtered.literal = "disk";              /* k and s have other spellings: the Kelvin sign and the long s */
    buf_text(&text, "{\"b\":\"di\xc5\xbf\xe2\x84\xaa\"}\n");
    attempt_read(&filtered, buf_str(&text), &outcome);
    CHECK_TEXT(buf_str(&outcome.text), "b=needle; \nb=di\xc5\xbf\xe2\x84\xaa; \n");
    outcome_free(&outcome);
    buf_free(&text);
}

int main(void)
{
    check_shapes();
    check_broken();
    check_depth();
    check_borders();
    check_completion();
    check_many_keys();
    check_no_end();
    check_text_json();
    check_prefilter();
    check_random(1, 3000);
    return check_done();
}
