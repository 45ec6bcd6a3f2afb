#include "check.h"

#include "base/thread.h"
#include "text/regex.h"
#include "text/regex_doubt.h"
#include "text/required.h"
#include "text/ways.h"

#include <stdlib.h>
#include <time.h>

static struct heap         heap;
static struct regex_match *match;

static struct regex *compile(const char *pattern, unsigned options)
{
    struct regex      *regex;
    struct regex_error error;

    if (regex_compile(&heap, cpu_best(), str_of(pattern), options, &regex, &error) != OK)
        printf("%s: %s at %zu\n", pattern, error.message, error.offset);
    return regex;
}

/* Group `group` of the first match, "-" without a match, "?" if the search gave up. */
static str find(const char *pattern, const char *text, uint32_t group)
{
    static char   out[200];
    struct regex *regex = compile(pattern, 0);
    status        found = regex_find(regex, match, str_of(text), 0);
    str           got = found == OK ? regex_group(match, str_of(text), group) : found == DONE ? STR("-")
        : STR("?");

    regex_free(regex);
    if (!got.at)
        return STR("unset");
    memcpy(out, got.at, got.size);
    return str_make(out, got.size);
}

static str all(const char *pattern, const char *text)
{
    static char   out[200];
    size_t        size = 0;
    struct regex *regex = compile(pattern, 0);
    status        found = regex_find(regex, match, str_of(text), 0);

    for (; found == OK && size < 100; found = regex_find_next(regex, match, str_of(text))) {
        str got = regex_group(match, str_of(text), 0);
        out[size++] = '<';
        memcpy(out + size, got.at, got.size);
        size += got.size;
        out[size++] = '>';
    }
    regex_free(regex);
    return str_make(out, size);
}

static str required(const char *pattern)
{
    static char out[200];
    bool        caseless = false;
    size_t      size = required_literal(str_of(pattern), &caseless, out);

    if (caseless)
        out[size++] = '~';
    return str_make(out, size);
}

static void check_required(void)
{
    static const struct { const char *pattern, *want; } row[] = {
        { "nsenter", "nsenter" }, { "(?i)nSenter", "enter~" }, { "ab|cd", "" }, { "(ab|cd)efg", "efg" },
        { "user=(?<user>\\w+)", "user=" }, { "colou?r", "colo" }, { "ab+cde", "cde" }, { "abc*de", "ab" },
        { "abc{0,3}d", "ab" },
        { "ab{2}{0}c", "a" }, { "a\\.b\\-c", "a.b-c" }, { "\\x41bc", "" }, { "[abc]def", "def" },
        { "[]x]yz", "yz" },
        { "(foo)?ba", "ba" }, { "(?:foo)bar", "foobar" }, { "x(?=never)y", "x" }, { "a(?i)b", "" },
        { "(?x)a b", "" },
        { "\\Qa|b\\E", "" }, { "a[[:alpha:]]bc", "bc" }, { "foo(bar(?:baz))", "foobarbaz" },
        { "foo(?#x)bar", "" },
        { "gr\xC3\xBC*n", "gr" }, { "(?<*)[>)ab]cd", "" },
        { "x[[:[:]|bc]", "" }, { "[\\c]ab]cd", "" }, { "(?=a\\c)bc)x", "" }, { "(a|b", "" }, { "a{,3}bc", "" } };

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        str got = required(row[i].pattern);
        if (strchr(row[i].want, '~') == NULL && got.size && got.at[got.size - 1] == '~')
            got.size--;
        CHECK_TEXT(got, row[i].want);
    }
}

static struct regex *shared;

static void *work(void *argument)
{
    struct regex_match *mine;
    size_t             *hits = argument;

    regex_match_new(&heap, &mine);
    for (int i = 0; i < 3000; i++)
        *hits += regex_find(shared, mine, STR("worker-a1b2c3 started"), 0) == OK;
    regex_match_free(mine);
    return NULL;
}

static void check_threads(void)
{
    struct thread thread[2];
    size_t        hits[2] = { 0, 0 };

    shared = compile("(?<w>[a-z]+)-[0-9a-f]{6}", 0);
    for (int i = 0; i < 2; i++)
        thread_start(&thread[i], work, &hits[i]);
    for (int i = 0; i < 2; i++)
        thread_join(&thread[i]);
    CHECK(hits[0] == 3000 && hits[1] == 3000);
    regex_free(shared);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void measure(void)
{
    static const char *const texts[] = { "pod worker-a1b2c3 started in namespace default on node-17 after 12 ms",
        "image pulled from registry.example.com/library/nginx:1.25 in 2.3 s by kubelet" };
    struct regex *regex = compile("(?<w>[a-z]+)-[0-9a-f]{6}", 0);
    struct regex *literal = compile("nsenter\\s+(\\S+)", 0);
    double        start = seconds();
    size_t        hits = 0;

    for (int i = 0; i < 1000000; i++)
        hits += regex_find(regex, match, str_of(texts[i & 1]), 0) == OK;
    printf("captures %5.1f ns", (seconds() - start) * 1e3);
    start = seconds();
    for (int i = 0; i < 1000000; i++)
        hits += regex_find(literal, match, str_of(texts[i & 1]), 0) == OK;
    printf("   absent literal %5.1f ns (%zu)\n", (seconds() - start) * 1e3, hits);
    regex_free(regex);
    regex_free(literal);
}

/* What is said to match nothing matches none of all short texts. */
static void check_doubt(void)
{
    static const char letters[] = "ab^$?*+.|()[]\\\n", of_texts[] = "ab\n";
    uint32_t          seed = 12345, doubted = 0;

    for (int i = 0; i < 200000; i++) {
        char          pattern[8];
        size_t        size = 1 + (size_t)i % 7;
        struct regex *regex;

        for (size_t at = 0; at < size; at++)
            pattern[at] = letters[((seed = seed * 1103515245 + 12345) >> 16) % (sizeof letters - 1)];
        if (!regex_doubt(str_make(pattern, size)))
            continue;
        if (regex_compile(&heap, cpu_best(), str_make(pattern, size), 0, &regex, NULL) != OK)
            continue;
        doubted++;
        for (int n = 0; n < 3 * 3 * 3 * 3 * 4; n++) {
            char text[4] = { of_texts[n % 3], of_texts[n / 3 % 3], of_texts[n / 9 % 3], of_texts[n / 27 % 3] };
            if (regex_find(regex, match, str_make(text, (size_t)(1 + n / 81)), 0) == OK) {
                CHECK(!"doubted, and it matches");
                printf("  %.*s\n", (int)size, pattern);
                break;
            }
        }
        regex_free(regex);
    }
    CHECK(doubted > 1000);
}

static uint32_t ways(const char *pattern)
{
    return regex_ways(str_of(pattern), false);
}

/* Alternatives in a row multiply; what machine code would try for ever is left to the interpreter, which gives up. */
static void check_ways(void)
{
    char          pattern[400] = "";
    struct regex *regex;

    CHECK_NUMBER(ways("abc"), 1);
    CHECK_NUMBER(ways("a|b|c"), 3);
    CHECK_NUMBER(ways("(a|b)(?:c|d|e)x"), 6);
    CHECK_NUMBER(ways("((a|b)(c|d)|e)f"), 5);
    CHECK_NUMBER(ways("(a|b)?c"), 3);
    CHECK_NUMBER(ways("(a|b)*c"), 16);
    CHECK_NUMBER(ways("(a|b){6}"), 729);
    CHECK_NUMBER(ways("(ab)+(cd){3}"), 1);
    CHECK_NUMBER(ways("(?|a|b)"), 2);
    CHECK_NUMBER(ways("[(|)]\\(\\|[]|][[:alpha:]|]\\Q(|\\E"), 1);
    CHECK_NUMBER(ways("(a|b)\\1(?=c|d)"), 4);
    CHECK_NUMBER(ways("#(a|b)"), 2);
    CHECK_NUMBER(ways("(?i)(a|b)"), 2);
    CHECK_NUMBER(ways("(?x)(a|b) # )"), WAYS_MOST);
    CHECK_NUMBER(ways("(a|b)(?1)"), WAYS_MOST);
    CHECK_NUMBER(ways("(?<n>a|b)\\g<n>"), WAYS_MOST);
    CHECK_NUMBER(ways("(a|b){20}"), WAYS_MOST);
    for (int i = 0; i < 40; i++)
        strcat(pattern, "(a|a)");
    strcat(pattern, "[xy]");
    CHECK_NUMBER(ways(pattern), WAYS_MOST);
    regex = compile(pattern, 0);
    for (int i = 0; i < 200; i++)
        CHECK(regex_find(regex, match, STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaay"), 0) == FAIL_LIMIT);
    regex_free(regex);
}

int main(int count, char **word)
{
    struct regex       *regex;
    struct regex_cache *cache;
    const struct regex *cached;
    struct regex_error  error;
    uint32_t            names;
    char               *text = malloc(100001);

    heap_init(&heap, NULL, NULL, 0);
    CHECK(regex_match_new(&heap, &match) == OK);
    CHECK_TEXT(find("(\\d+)-(\\d+)", "a 12-345", 2), "345");
    CHECK_TEXT(find("(a)|(b)", "b", 1), "unset");
    CHECK_TEXT(find("x", "abc", 0), "-");
    CHECK_TEXT(find("^.$", "\xC3\xA4", 0), "\xC3\xA4");
    CHECK_TEXT(find("b.d", "a\xFF" "bcd", 0), "bcd");
    CHECK_TEXT(find("(?<=a)b", "ab", 0), "b");
    CHECK_TEXT(find("", "", 0), "");
    CHECK_TEXT(all("\\w+", "ab cd ef"), "<ab><cd><ef>");
    CHECK_TEXT(all("x*", "axb"), "<><x><><>");
    CHECK_TEXT(all("", "ab"), "<><><>");
    CHECK_TEXT(all("", "\xC3\xA4"), "<><>");
    CHECK_TEXT(all("(?=a)", "aa"), "<><>");
    CHECK(regex_compile(&heap, cpu_best(), STR("a(b"), 0, &regex, &error) == FAIL_QUERY && error.offset == 3);
    CHECK(error.message[0] != 0);
    regex = compile("(?<first>a)(b)(?P<third>c)", 0);
    CHECK(regex_names(regex, &names)[1].group == 3 && names == 2 && regex_groups(regex) == 3);
    regex_free(regex);
    /* Patterns that explode end within the limit, interpreted or compiled. */
    memset(text, 'a', 100000);
    text[100000] = 0;
    regex = compile("^(a+)+$", 0);
    text[40] = 0;
    for (int i = 0; i < 300; i++)
        regex_find(regex, match, STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), 0);
    CHECK(regex_find(regex, match, STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), 0) == FAIL_LIMIT);
    regex_free(regex);
    /* A long subject of an innocent pattern is no limit, the first time or later. */
    text[40] = 'a';
    regex = compile("^(?:a|b)*$", 0);
    CHECK(regex_find(regex, match, str_make(text, 20000), 0) == OK);
    for (int i = 0; i < 200; i++)
        regex_find(regex, match, str_make(text, 10), 0);
    CHECK(regex_find(regex, match, str_make(text, 20000), 0) == OK);
    regex_free(regex);
    check_required();
    check_doubt();
    check_ways();
    check_threads();
    CHECK(regex_cache_new(&heap, cpu_best(), &cache) == OK);
    for (int i = 0; i < 1000; i++) {
        char pattern[20];
        snprintf(pattern, sizeof pattern, "a%d", i % 300);
        CHECK(regex_cache_get(cache, str_of(pattern), 0, &cached) == OK
              && str_is(regex_pattern(cached), pattern));
    }
    CHECK(regex_cache_get(cache, STR("("), 0, &cached) == FAIL_QUERY);
    CHECK(regex_cache_get(cache, STR("("), 0, &cached) == FAIL_QUERY);
    regex_cache_free(cache);
    if (count > 1 && strcmp(word[1], "--measure") == 0)
        measure();
    regex_match_free(match);
    CHECK(heap.used == 0);
    free(text);
    return check_done();
}
