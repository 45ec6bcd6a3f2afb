#include "text/terms.h"

#include "base/compiler.h"
#include "base/utf8.h"
#include "text/find.h"
#include "text/fold.h"

#define m BREAK_MINOR
#define M BREAK_MAJOR
const uint8_t term_breaker[256] = {
    ['\t'] = M, ['\n'] = M, ['\v'] = M, ['\f'] = M, ['\r'] = M, [' '] = M,
    ['['] = M, [']'] = M, ['<'] = M, ['>'] = M, ['('] = M, [')'] = M, ['{'] = M, ['}'] = M, ['|'] = M,
        ['!'] = M,
    [';'] = M, [','] = M, ['\''] = M, ['"'] = M, ['*'] = M, ['&'] = M, ['?'] = M, ['+'] = M,
    ['/'] = m, [':'] = m, ['='] = m, ['@'] = m, ['.'] = m, ['-'] = m, ['$'] = m, ['#'] = m, ['%'] = m,
        ['\\'] = m, ['_'] = m,
};
#undef m
#undef M

/* Major breakers of several bytes; all are made of a minor one and what follows it. */
static const str long_breaker[] = {
    { "--", 2 }, { "%21", 3 }, { "%26", 3 }, { "%2526", 5 }, { "%3B", 3 }, { "%7C", 3 }, { "%20", 3 },
    { "%2B", 3 },
    { "%3D", 3 }, { "%2520", 5 }, { "%5D", 3 }, { "%5B", 3 }, { "%3A", 3 }, { "%0A", 3 }, { "%2C", 3 },
    { "%28", 3 },
    { "%29", 3 },
};

struct piece {                  /* literal text between wildcards */
    struct needle needle;
    str           folded;       /* if its letters go beyond ASCII */
};

struct term {
    enum term_kind kind;
    bool           caseless;
    bool           open_start, open_end;        /* a wildcard there: no boundary is asked for */
    bool           easy_start, easy_end;        /* the end character is a breaker itself */
    bool           beyond;                      /* caseless with letters beyond ASCII: folding decides */
    uint32_t       count;
    size_t         size;                        /* bytes of all pieces */
    struct piece   piece[];
};

static bool is_breaker(char c)
{
    return term_breaker[(unsigned char)c] != BREAK_NONE;
}

static status add_piece(struct term *term, struct arena *arena, enum cpu_level level, str text)
{
    struct piece *piece = &term->piece[term->count++];

    term->size += text.size;
    if (term->beyond) {
        piece->folded = fold_copy(arena, text);
        TRY_NEW(piece->folded.at);
    }
    return needle_make(&piece->needle, arena, level, text, term->caseless);
}

status term_compile(struct arena *arena, enum cpu_level level, enum term_kind kind, str text,
                    struct term **out)
{
    struct term *term;
    size_t       most = 1, from = 0;

    text = arena_str(arena, text);
    TRY_NEW(text.at);
    for (size_t i = 0; i < text.size; i++)
        most += text.at[i] == '*';
    term = arena_zero(arena, 1, sizeof *term + most * sizeof *term->piece);
    TRY_NEW(term);
    term->kind = kind;
    term->caseless = kind != TERM_CASE;
    term->beyond = term->caseless && !utf8_is_ascii(text);
    if (text.size) {
        term->open_start = text.at[0] == '*';
        term->open_end = text.at[text.size - 1] == '*';
        /* TERM() asks for major breakers outside, whatever its own ends are. */
        term->easy_start = kind != TERM_EXACT && is_breaker(text.at[0]);
        term->easy_end = kind != TERM_EXACT && is_breaker(text.at[text.size - 1]);
    }
    for (size_t i = 0; i <= text.size; i++) {
        if (i < text.size && text.at[i] != '*')
            continue;
        if (i > from)
            TRY(add_piece(term, arena, level, str_slice(text, from, i)));
        from = i + 1;
    }
    *out = term;
    return OK;
}

/* ---- boundaries */

static bool long_breaker_ends(const char *begin, const char *at)
{
    for (size_t i = 0; i < COUNT_OF(long_breaker); i++)
        if ((size_t)(at - begin) >= long_breaker[i].size
            && memcmp(at - long_breaker[i].size, long_breaker[i].at, long_breaker[i].size) == 0)
            return true;
    return false;
}

/* The size of the long breaker that starts at `at`, or 0. */
static size_t long_breaker_starts(const char *at, const char *end)
{
    if (*at != '-' && *at != '%')
        return 0;
    for (size_t i = 0; i < COUNT_OF(long_breaker); i++)
        if (str_starts(str_make(at, (size_t)(end - at)), long_breaker[i]))
            return long_breaker[i].size;
    return 0;
}

/* May a match start at `at`? */
static bool starts_token(const struct term *term, str raw, const char *at)
{
    uint8_t breaker;

    if (term->open_start || term->easy_start || at == raw.at)
        return true;
    breaker = term_breaker[(unsigned char)at[-1]];
    if (breaker == BREAK_MAJOR || (breaker == BREAK_MINOR && term->kind != TERM_EXACT))
        return true;
    /* `%20x`: the token starts behind the code, whose last character is none. */
    return ((unsigned char)(at[-1] - '0') < 10 || (unsigned char)(at[-1] - 'A') < 26 || at[-1] == '-')
        && long_breaker_ends(raw.at, at);
}

static bool ends_token(const struct term *term, str raw, const char *at)
{
    const char *end = raw.at + raw.size;
    uint8_t     breaker;

    if (term->open_end || term->easy_end || at == end)
        return true;
    breaker = term_breaker[(unsigned char)*at];
    if (breaker == BREAK_MAJOR || (breaker == BREAK_MINOR && term->kind != TERM_EXACT))
        return true;
    return breaker == BREAK_MINOR && long_breaker_starts(at, end);
}

/* First major breaker in [at, end), or NULL. */
static const char *major_breaker(const char *at, const char *end, const char *text_end)
{
    for (; at < end; at++) {
        uint8_t breaker = term_breaker[(unsigned char)*at];
        if (breaker == BREAK_MAJOR)
            return at;
        if (breaker == BREAK_MINOR && long_breaker_starts(at, text_end))
            return at;
    }
    return NULL;
}

/* ---- searching */

/* The next place of a piece in [at, end of raw); *past is where it ends. */
static const char *find_piece(const struct term *term, uint32_t i, str raw, const char *at, const char **past)
{
    const struct piece *piece = &term->piece[i];
    const char         *hit;

    if (UNLIKELY(term->beyond)) {
        size_t covered, place = fold_find(raw, (size_t)(at - raw.at), piece->folded, FOLD_CASE, &covered);
        if (place == SIZE_MAX)
            return NULL;
        *past = raw.at + place + covered;
        return raw.at + place;
    }
    hit = needle_find(&piece->needle, at, raw.at + raw.size);
    if (hit)
        *past = hit + piece->needle.text.size;
    return hit;
}

/* The pieces after the first, given where that one ends. True: a match. Otherwise *retry says from where a
 * match may still start, at NULL nowhere. */
static bool match_rest(const struct term *term, str raw, const char *past, const char **retry)
{
    bool bounded = term->kind != TERM_PHRASE;           /* a wildcard spans no major breaker */

    for (uint32_t i = 1; i < term->count; i++) {
        /* no major breaker since the piece before until here */
        const char *clear = past;

        for (;;) {
            const char *hit = find_piece(term, i, raw, past, &past), *breaker;
            if (!hit) {
                *retry = NULL;
                return false;
            }
            breaker = bounded && hit > clear ? major_breaker(clear, hit, raw.at + raw.size) : NULL;
            if (breaker) {
                /* Every match that starts earlier would run into the same breaker. */
                *retry = (size_t)(breaker - raw.at) > term->size ? breaker - term->size : raw.at;
                return false;
            }
            if (i + 1 < term->count || ends_token(term, raw, past))
                break;
            clear = hit > clear ? hit : clear;
            past = hit + 1;
        }
    }
    return true;
}

size_t term_find(const struct term *term, str raw, size_t from)
{
    const char *at = raw.at + from, *past, *hit;

    if (from > raw.size)
        return SIZE_MAX;
    if (term->count == 0)
        return from;
    while ((hit = find_piece(term, 0, raw, at, &past)) != NULL) {
        const char *retry = hit + 1;

        at = hit + 1;
        if (!starts_token(term, raw, hit))
            continue;
        if (term->count == 1) {
            if (ends_token(term, raw, past))
                return (size_t)(hit - raw.at);
            continue;
        }
        if (match_rest(term, raw, past, &retry))
            return (size_t)(hit - raw.at);
        if (!retry)
            return SIZE_MAX;
        if (retry > at)
            at = retry;
    }
    return SIZE_MAX;
}

bool term_match(const struct term *term, str raw)
{
    return term_find(term, raw, 0) != SIZE_MAX;
}
