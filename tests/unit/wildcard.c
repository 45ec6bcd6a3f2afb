#include "check.h"

#include "base/cpu.h"
#include "text/wildcard.h"

#include <stdlib.h>
#include <time.h>

static struct heap  heap;
static struct arena arena;

static struct wildcard *compile(const char *pattern, enum wildcard_kind kind, bool caseless)
{
    struct wildcard *wildcard = NULL;

    wildcard_compile(&arena, cpu_best(), kind, caseless, str_of(pattern), &wildcard);
    return wildcard;
}

static bool star(const char *pattern, const char *text)
{
    return wildcard_match(compile(pattern, WILDCARD_STAR, true), str_of(text));
}

static bool star_exact(const char *pattern, const char *text)
{
    return wildcard_match(compile(pattern, WILDCARD_STAR, false), str_of(text));
}

static bool like(const char *pattern, const char *text)
{
    return wildcard_match(compile(pattern, WILDCARD_LIKE, false), str_of(text));
}

/* The plainest matcher there is, to compare with. */
static bool naive(const char *pattern, const char *text, char run, char one)
{
    if (!*pattern)
        return !*text;
    if (*pattern == run)
        return naive(pattern + 1, text, run, one) || (*text && naive(pattern, text + 1, run, one));
    return *text && (*pattern == one || *pattern == *text) && naive(pattern + 1, text + 1, run, one);
}

static void check_random(void)
{
    srand(7);
    for (int i = 0; i < 200000; i++) {
        char pattern[10], text[16];
        int  size = rand() % 9, length = rand() % 15;
        for (int k = 0; k < size; k++)
            pattern[k] = "ab*_%"[rand() % 5];
        for (int k = 0; k < length; k++)
            text[k] = "ab"[rand() % 2];
        pattern[size] = text[length] = 0;
        if (star_exact(pattern, text) != naive(pattern, text, '*', 1)
            || like(pattern, text) != naive(pattern, text, '%', '_')) {
            CHECK(!"wildcard and naive differ");
            printf("    %s %s\n", pattern, text);
        }
        arena_reset(&arena);
    }
}

static void check_hostile(void)
{
    char    pattern[200], *text = malloc(200001);
    clock_t start = clock();

    for (int i = 0; i < 198; i += 2) {
        pattern[i] = '*';
        pattern[i + 1] = 'a';
    }
    strcpy(pattern + 196, "b");
    memset(text, 'a', 200000);
    text[200000] = 0;
    CHECK(!star(pattern, text));
    CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 1);
    free(text);
}

int main(void)
{
    heap_init(&heap, NULL, NULL, 0);
    arena_init(&arena, &heap);
    CHECK(star("*adm*", "the ADMIN"));
    CHECK(star("adm*", "Administrator"));
    CHECK(!star("adm*", "the admin"));
    CHECK(star("*.exe", "C:\\X.EXE"));
    CHECK(star("abc", "ABC"));
    CHECK(!star("abc", "abcd"));
    CHECK(star("*", ""));
    CHECK(star("**", "x\ny"));
    CHECK(star("", ""));
    CHECK(!star("", "x"));
    CHECK(star("a*b*c", "a-B-b-c"));
    CHECK(!star("a*a", "a"));
    CHECK(!star("a?c", "abc"));
    CHECK(star("*mask*", "in\xE2\x84\xAA ma\xC5\xBF\xE2\x84\xAA x"));
    CHECK(star("\xC3\x84pfel*", "\xC3\xA4PFELmus"));
    CHECK(star("*\xC3\x84", "x\xC3\xA4"));
    CHECK(star("\xE2\x84\xAA" "elvin", "kelvin"));
    CHECK(!star_exact("abc", "ABC"));
    CHECK(like("10.9.%", "10.9.165.7"));
    CHECK(!like("b%", "abc"));
    CHECK(like("C:\\%.exe", "C:\\a.exe"));
    CHECK(like("a_c", "a\xC3\xA4" "c"));
    CHECK(!like("a_c", "a\xC3\xA4\xC3\xA4" "c"));
    CHECK(like("%_", "\xFF"));
    CHECK(!like("%_", ""));
    CHECK(like("%x_z%", "aaxyzbb"));
    check_random();
    check_hostile();
    arena_free(&arena);
    return check_done();
}
