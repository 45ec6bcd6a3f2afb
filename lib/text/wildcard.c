#include "text/wildcard.h"

#include "base/compiler.h"
#include "base/utf8.h"
#include "text/find.h"
#include "text/fold.h"

struct segment {
    str           text;         /* folded if caseless */
    bool          gaps;         /* holds `_` */
    struct needle needle;       /* without gaps only */
};

struct wildcard {
    bool           caseless;
    /* caseless, and text that is not ASCII may match where bytes do not: fold.h */
    bool           reaches;
    bool           ascii;       /* all of the pattern is */
    struct needle  kelvin, long_s;      /* the two characters beyond ASCII that fold into it: to k and s */
    bool           start, end;  /* anchored there: no wildcard at that end */
    bool           gaps;        /* some segment has them */
    bool           empty;       /* the pattern is the empty text */
    uint32_t       count;
    struct segment segment[];
};

static char any_run(enum wildcard_kind kind)
{
    return kind == WILDCARD_STAR ? '*' : '%';
}

static status add_segment(struct wildcard *wildcard, struct arena *arena, enum cpu_level level,
                          enum wildcard_kind kind, str text)
{
    struct segment *segment = &wildcard->segment[wildcard->count++];

    segment->text = text;
    segment->gaps = kind == WILDCARD_LIKE && memchr(text.at, '_', text.size);
    wildcard->gaps |= segment->gaps;
    return segment->gaps ? OK : needle_make(&segment->needle, arena, level, text, wildcard->caseless);
}

status wildcard_compile(struct arena *arena, enum cpu_level level, enum wildcard_kind kind, bool caseless,
                        str pattern, struct wildcard **out)
{
    struct wildcard *wildcard;
    char             run = any_run(kind);
    size_t           most = 1, from = 0;

    pattern = caseless ? fold_copy(arena, pattern) : arena_str(arena, pattern);
    TRY_NEW(pattern.at);
    for (size_t i = 0; i < pattern.size; i++)
        most += pattern.at[i] == run;
    wildcard = arena_zero(arena, 1, sizeof *wildcard + most * sizeof *wildcard->segment);
    TRY_NEW(wildcard);
    wildcard->caseless = caseless;
    wildcard->reaches = caseless && fold_reaches(pattern);
    wildcard->ascii = utf8_is_ascii(pattern);
    TRY(needle_make(&wildcard->kelvin, arena, level, STR("\xE2\x84\xAA"), false));
    TRY(needle_make(&wildcard->long_s, arena, level, STR("\xC5\xBF"), false));
    wildcard->empty = pattern.size == 0;
    wildcard->start = pattern.size == 0 || pattern.at[0] != run;
    wildcard->end = pattern.size == 0 || pattern.at[pattern.size - 1] != run;
    for (size_t i = 0; i <= pattern.size; i++) {
        if (i < pattern.size && pattern.at[i] != run)
            continue;
        if (i > from)
            TRY(add_segment(wildcard, arena, level, kind, str_slice(pattern, from, i)));
        from = i + 1;
    }
    *out = wildcard;
    return OK;
}

/* ---- segments with `_`, or with letters beyond ASCII: unit by unit */

static bool match_slow(const struct wildcard *wildcard, str text)
{
    const struct segment *segment = wildcard->segment;
    uint32_t              i = 0, count = wildcard->count;
    unsigned              how = (wildcard->caseless ? FOLD_CASE : 0) | (wildcard->gaps ? FOLD_GAPS : 0);
    size_t                covered, place;

    if (wildcard->start) {
        if (!fold_starts(text, segment[i++].text, how, &covered))
            return false;
        text = str_slice(text, covered, text.size);
        if (i == count && wildcard->end)
            return text.size == 0;
    }
    if (wildcard->end) {
        if (!fold_ends(text, segment[--count].text, how, &covered))
            return false;
        text.size -= covered;
    }
    for (; i < count; i++) {
        place = fold_find(text, 0, segment[i].text, how, &covered);
        if (place == SIZE_MAX)
            return false;
        text = str_slice(text, place + covered, text.size);
    }
    return true;
}

/* ---- plain segments: bytes, ASCII letters in either case if caseless */

static bool match_bytes(const struct wildcard *wildcard, str text)
{
    const struct segment *segment = wildcard->segment;
    uint32_t              i = 0, count = wildcard->count;
    const char           *at = text.at, *end = text.at + text.size;

    if (wildcard->start) {
        size_t size = segment[0].text.size;
        if ((size_t)(end - at) < size || !needle_at(&segment[0].needle, at))
            return false;
        at += size;
        if (++i == count && wildcard->end)
            return at == end;
    }
    if (wildcard->end) {
        size_t size = segment[count - 1].text.size;
        if ((size_t)(end - at) < size || !needle_at(&segment[--count].needle, end - size))
            return false;
        end -= size;
    }
    for (; i < count; i++) {
        at = needle_find(&segment[i].needle, at, end);
        if (!at)
            return false;
        at += segment[i].text.size;
    }
    return true;
}

bool wildcard_match(const struct wildcard *wildcard, str text)
{
    if (wildcard->count == 0)
        return !wildcard->empty || text.size == 0;
    if (UNLIKELY(wildcard->gaps))
        return match_slow(wildcard, text);
    if (match_bytes(wildcard, text))
        return true;
    if (!wildcard->reaches || utf8_is_ascii(text))
        return false;
    if (wildcard->ascii && !needle_in(&wildcard->kelvin, text) && !needle_in(&wildcard->long_s, text))
        return false;
    return match_slow(wildcard, text);
}
