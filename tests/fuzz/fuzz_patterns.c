/* First line a pattern, the rest a text: wildcards against a simple matcher, needles and terms at every processor level
 * against the portable ones, addresses and blocks printed and read again. */
#include "inside.h"

#include "text/cidr.h"
#include "text/find.h"
#include "text/terms.h"
#include "text/wildcard.h"

/* Greedy matching with one place to go back to; bytes only. */
static bool simple_match(str pattern, str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, back = 0;

    while (t < text.size) {
        if (p < pattern.size && pattern.at[p] == '*') {
            star = p++;
            back = t;
        } else if (p < pattern.size && pattern.at[p] == text.at[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++back;
        } else {
            return false;
        }
    }
    while (p < pattern.size && pattern.at[p] == '*')
        p++;
    return p == pattern.size;
}

static void check_wildcards(struct bench *bench, enum cpu_level level, str pattern, str text)
{
    struct wildcard *star, *like;

    MUST(wildcard_compile(&bench->arena, level, WILDCARD_STAR, false, pattern, &star) == OK);
    MUST(wildcard_match(star, text) == simple_match(pattern, text));
    MUST(wildcard_compile(&bench->arena, level, WILDCARD_STAR, true, pattern, &star) == OK);
    wildcard_match(star, text);
    MUST(wildcard_compile(&bench->arena, level, WILDCARD_LIKE, false, pattern, &like) == OK);
    wildcard_match(like, text);
}

static void check_terms(struct bench *bench, enum cpu_level level, str pattern, str text)
{
    static const enum term_kind kinds[] = { TERM_WORD, TERM_PHRASE, TERM_EXACT, TERM_CASE };

    for (unsigned i = 0; i < COUNT_OF(kinds); i++) {
        struct term *term, *portable;

        MUST(term_compile(&bench->arena, level, kinds[i], pattern, &term) == OK);
        MUST(term_compile(&bench->arena, CPU_PORTABLE, kinds[i], pattern, &portable) == OK);
        MUST(term_match(term, text) == term_match(portable, text));
        MUST(term_find(term, text, 0) == term_find(portable, text, 0));
    }
}

static void check_needles(struct bench *bench, enum cpu_level level, str pattern, str text)
{
    for (int caseless = 0; caseless < 2; caseless++) {
        struct needle fast, slow;
        MUST(needle_make(&fast, &bench->arena, level, pattern, caseless) == OK);
        MUST(needle_make(&slow, &bench->arena, CPU_PORTABLE, pattern, caseless) == OK);
        MUST(needle_find(&fast, text.at, text.at + text.size) == needle_find(&slow, text.at, text.at + text.size));
        if (!caseless)
            MUST((pattern.size == 0 || str_find(text, pattern, 0) != SIZE_MAX) ==
                 (needle_find(&slow, text.at, text.at + text.size) != NULL));
    }
}

static void check_addresses(str pattern, str text)
{
    struct address address, again;
    struct cidr    block;
    char           shown[ADDRESS_ROOM];

    if (address_parse(pattern, &address)) {
        size_t size = address_format(&address, shown);
        MUST(size < ADDRESS_ROOM && address_parse(str_make(shown, size), &again));
        MUST(address.family == again.family && address.high == again.high && address.low == again.low);
    }
    if (cidr_parse(pattern, &block)) {
        cidr_contains_text(&block, text);
        MUST(cidr_contains(&block, &block.base));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    str          copy = exact_copy(bytes, size), text = copy, pattern = take_line(&text);
    struct bench bench;

    bench_open(&bench);
    for (int level = 0; level < CPU_LEVELS; level++)
        if (cpu_has(level)) {
            check_wildcards(&bench, level, pattern, text);
            check_terms(&bench, level, pattern, text);
            check_needles(&bench, level, pattern, text);
        }
    check_addresses(pattern, text);
    bench_close(&bench);
    free((char *)copy.at);
    return 0;
}
