#include "check.h"

#include "base/cpu.h"
#include "text/terms.h"

#include <stdlib.h>
#include <time.h>

static struct heap  heap;
static struct arena arena;

static struct term *compile(enum term_kind kind, const char *text)
{
    struct term *term = NULL;

    term_compile(&arena, cpu_best(), kind, str_of(text), &term);
    return term;
}

static bool in(enum term_kind kind, const char *text, const char *raw)
{
    return term_match(compile(kind, text), str_of(raw));
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void measure(void)
{
    static const char line[] = "{\"time\":\"2023-11-14T22:13:20Z\",\"user\":\"admin\",\"image\":\"registry/app:1\",\"msg\":\"x\"}";
    struct term *term = compile(TERM_WORD, "nsenter");
    struct term *hit = compile(TERM_WORD, "admin");
    double       start = seconds();
    size_t       hits = 0;

    for (int i = 0; i < 2000000; i++)
        hits += term_match(term, str_make(line, sizeof line - 1 - (i & 3)));
    printf("term absent, 80 bytes: %4.1f ns", (seconds() - start) * 500);
    start = seconds();
    for (int i = 0; i < 2000000; i++)
        hits += term_match(hit, str_make(line, sizeof line - 1 - (i & 3)));
    printf("   present: %4.1f ns (%zu)\n", (seconds() - start) * 500, hits);
}

static void check_hostile(void)
{
    size_t       size = 4 << 20;
    char        *text = malloc(size);
    clock_t      start = clock();
    struct term *term = compile(TERM_WORD, "a*a*a*b"), *phrase = compile(TERM_PHRASE, "a*a*b"),
        *word = compile(TERM_WORD, "aa");

    for (size_t i = 0; i < size; i++)
        text[i] = i % 2 ? '.' : 'a';
    CHECK(!term_match(term, str_make(text, size)));
    CHECK(!term_match(phrase, str_make(text, size)));
    memset(text, 'a', size);
    CHECK(!term_match(word, str_make(text, size)));
    for (size_t i = 0; i < size; i += 100)
        text[i] = ' ';
    CHECK(!term_match(term, str_make(text, size)));
    CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 2);
    free(text);
}

int main(int count, char **word)
{
    heap_init(&heap, NULL, NULL, 0);
    arena_init(&arena, &heap);
    CHECK(!in(TERM_WORD, "err", "an error"));
    CHECK(in(TERM_WORD, "err*", "an ERROR"));
    CHECK(in(TERM_WORD, "admin", "user=admin,"));
    CHECK(in(TERM_WORD, "10.0.0.1", "src=10.0.0.1:80"));
    CHECK(!in(TERM_WORD, "10.0.0.1", "src=10.0.0.11"));
    CHECK(in(TERM_WORD, "foo=", "x foo=bar"));
    CHECK(!in(TERM_WORD, "foo=", "xfoo=bar"));
    CHECK(in(TERM_WORD, "x", "a%20x"));
    CHECK(in(TERM_WORD, "x", "x%20a"));
    CHECK(!in(TERM_WORD, "x", "a%99x"));
    CHECK(in(TERM_WORD, "*ror", "an error."));
    CHECK(!in(TERM_WORD, "*rro", "an error."));
    CHECK(in(TERM_WORD, "user*name", "user.full-name=x"));
    CHECK(!in(TERM_WORD, "user*name", "user full name"));
    CHECK(!in(TERM_WORD, "user*name", "user--name"));
    CHECK(in(TERM_WORD, "user*name", "user x user_name"));
    CHECK(in(TERM_WORD, "a*b", "a.bc a.bc.b"));
    CHECK(in(TERM_WORD, "*", ""));
    CHECK(in(TERM_PHRASE, "failed login", "a FAILED login."));
    CHECK(!in(TERM_PHRASE, "failed login", "failed  login"));
    CHECK(!in(TERM_PHRASE, "failed login", "failed logins"));
    CHECK(in(TERM_PHRASE, "failed*login", "failed the login"));
    CHECK(!in(TERM_EXACT, "10.0.0.1", "ip=10.0.0.1"));
    CHECK(in(TERM_EXACT, "ip=10.0.0.1", "a ip=10.0.0.1"));
    CHECK(in(TERM_EXACT, "10.0.0.1", "a,10.0.0.1;b"));
    CHECK(in(TERM_EXACT, "x", "a--x--b"));
    CHECK(in(TERM_EXACT, "x", "a%20x%20b"));
    CHECK(!in(TERM_EXACT, "x", "a-x"));
    CHECK(!in(TERM_EXACT, "x", "x-a"));
    CHECK(in(TERM_EXACT, "10.0.*", "a 10.0.0.1"));
    CHECK(in(TERM_CASE, "Admin", "x Admin"));
    CHECK(!in(TERM_CASE, "Admin", "x admin"));
    CHECK(in(TERM_WORD, "\xC3\x84pfel", "zwei \xC3\xA4PFEL."));
    CHECK(!in(TERM_WORD, "pfel", "zwei \xC3\xA4pfel."));
    check_hostile();
    if (count > 1 && strcmp(word[1], "--measure") == 0)
        measure();
    arena_free(&arena);
    return check_done();
}
