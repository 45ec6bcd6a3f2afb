#include "check.h"

#include "text/find.h"

#include <stdlib.h>
#include <time.h>

static uint64_t seed = 88172645463325252u;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

static size_t naive(str text, str needle, bool caseless)
{
    for (size_t i = 0; i + needle.size <= text.size; i++) {
        str here = str_slice(text, i, i + needle.size);
        if (caseless ? str_equal_nocase(here, needle) : str_equal(here, needle))
            return i;
    }
    return SIZE_MAX;
}

static void check_level(enum cpu_level level, struct arena *arena)
{
    for (int i = 0; i < 60000; i++) {
        /* Texts end where their block ends, so that a sanitizer sees a load too far. */
        size_t        size = next() % 200, wanted = next() % 12;
        char         *block = malloc(size + 1), needle_text[16];
        uint64_t      letters = 2 + next() % 4;
        struct needle needle;
        bool          caseless = next() & 1;

        for (size_t k = 0; k < size; k++)
            block[k] = (char)((next() & 8 ? 'A' : 'a') + next() % letters);
        for (size_t k = 0; k < wanted; k++)
            needle_text[k] = (char)((next() & 8 ? 'A' : 'a') + next() % letters);
        if (i % 3 == 0 && wanted <= size && wanted)
            memcpy(needle_text, block + next() % (size - wanted + 1), wanted);
        str    text = { block, size }, want = { needle_text, wanted };
        size_t expected = naive(text, want, caseless), got;
        needle_make(&needle, arena, level, want, caseless);
        const char *hit = needle_find(&needle, text.at, text.at + text.size);
        got = hit ? (size_t)(hit - block) : SIZE_MAX;
        if (got != expected || find_bytes(level, text, 0, want, caseless) != expected)
            CHECK_NUMBER((double)got, (double)expected);
        free(block);
        arena_reset(arena);
    }
    CHECK(cpu_has(level));
}

/* A text that makes every place a candidate must not cost text times needle. */
static void check_hostile(enum cpu_level level, struct arena *arena)
{
    size_t        size = 4 << 20, wanted = 4000;
    char         *text = malloc(size), *want = malloc(wanted);
    struct needle needle;
    clock_t       start = clock();

    memset(text, 'a', size);
    memset(want, 'a', wanted);
    want[wanted / 2] = 'b';
    needle_make(&needle, arena, level, str_make(want, wanted), true);
    CHECK(!needle_in(&needle, str_make(text, size)));
    text[size - wanted / 2] = 'B';
    CHECK(needle_in(&needle, str_make(text, size)));
    CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 2);
    free(text);
    free(want);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void measure(enum cpu_level level, struct arena *arena)
{
    static const char line[] = "C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s Schedule /quiet --user SYSTEM01";
    enum { COUNT = 100000 };
    size_t        size = sizeof line - 1, hits = 0, big = 64 << 20;
    char         *block = malloc(COUNT * size), *text = malloc(big);
    struct needle needle;
    double        start;

    for (int i = 0; i < COUNT; i++) {
        memcpy(block + i * size, line, size);
        block[i * size + next() % size] = (char)('a' + next() % 26);
    }
    needle_make(&needle, arena, level, STR("delete shadows"), true);
    start = seconds();
    for (int k = 0; k < 10; k++)
        for (int i = 0; i < COUNT; i++)
            hits += needle_in(&needle, str_make(block + i * size, size));
    printf("%-8s %zu bytes: %5.1f ns", cpu_name(level), size, (seconds() - start) * 1e9 / (10.0 * COUNT));
    for (size_t at = 0; at < big; at += size)
        memcpy(text + at, line, big - at < size ? big - at : size);
    needle_make(&needle, arena, level, STR("nsenter"), true);
    start = seconds();
    for (int k = 0; k < 4; k++)
        hits += needle_in(&needle, str_make(text, big));
    printf("   long block: %5.2f GB/s (%zu)\n", 4 * (double)big / (seconds() - start) / 1e9, hits);
    free(block);
    free(text);
}

int main(int count, char **word)
{
    struct heap  heap;
    struct arena arena;

    heap_init(&heap, NULL, NULL, 0);
    arena_init(&arena, &heap);
    for (int level = 0; level < CPU_LEVELS; level++) {
        if (!cpu_has((enum cpu_level)level))
            continue;
        check_level((enum cpu_level)level, &arena);
        check_hostile((enum cpu_level)level, &arena);
        if (count > 1 && strcmp(word[1], "--measure") == 0)
            measure((enum cpu_level)level, &arena);
    }
    arena_free(&arena);
    return check_done();
}
