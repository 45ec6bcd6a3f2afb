#include "text/find.h"
#include "text/find_level.h"

/* How common a byte is in logs, roughly; the two rarest of a needle are looked for. Letters count in lower
 * case. */
static uint8_t commonness(unsigned char c)
{
    static const char ranked[] = "\"e ,:0ao1titnrs2-c./d3l5m4_u68p97{}[]fgh\\vykbwx=jqz";
    const char       *place;

    if (c >= 'A' && c <= 'Z')
        return 60;
    if (c == 0)
        return 30;
    place = strchr(ranked, c);
    return place ? (uint8_t)(250 - 3 * (place - ranked)) : c >= 0x80 ? 50 : 40;
}

static void choose(struct needle *needle)
{
    const unsigned char *at = (const unsigned char *)needle->text.at;
    size_t               best = 0, second = 0, size = needle->text.size;

    if (size == 0)
        return;
    if (size > UINT16_MAX)
        size = UINT16_MAX;
    for (size_t i = 1; i < size; i++)
        if (commonness(at[i]) < commonness(at[best]))
            best = i;
    second = best == 0 ? size - 1 : 0;
    for (size_t i = 0; i < size; i++)
        if (i != best && at[i] != at[best] && commonness(at[i]) < commonness(at[second]))
            second = i;
    needle->rare[0] = (uint32_t)(best < second ? best : second);
    needle->rare[1] = (uint32_t)(best < second ? second : best);
    for (int i = 0; i < 2; i++) {
        needle->byte[i] = at[needle->rare[i]];
        needle->fold[i] = needle->caseless ? at[needle->text.size + needle->rare[i]] : 0;
    }
}

static find_fn level_find(enum cpu_level level)
{
    switch (level) {
#if defined(__x86_64__)
    case CPU_AVX512: return find_avx512;
    case CPU_AVX2: return find_avx2;
#endif
#if defined(__aarch64__)
    case CPU_NEON: return find_neon;
#endif
    default: return find_portable;
    }
}

/* Lower-cases `text` into out[0..size) and marks its letters in out[size..2 size). */
static void fold_needle(str text, char *out)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool          letter = (unsigned char)((c | 0x20) - 'a') < 26;
        out[i] = (char)(letter ? c | 0x20 : c);
        out[text.size + i] = letter ? 0x20 : 0;
    }
}

status needle_make(struct needle *needle, struct arena *arena, enum cpu_level level, str text, bool caseless)
{
    *needle = (struct needle){ .find = level_find(level), .text = text, .caseless = caseless };
    if (caseless) {
        char *copy = arena_zero(arena, text.size ? text.size : 1, 2);
        TRY_NEW(copy);
        fold_needle(text, copy);
        needle->text.at = copy;
    }
    choose(needle);
    return OK;
}

size_t find_bytes(enum cpu_level level, str text, size_t from, str wanted, bool caseless)
{
    char          room[256];
    struct needle needle = { .find = level_find(level), .text = wanted, .caseless = caseless };
    str           rest = { wanted.at + wanted.size, 0 };
    const char   *at = text.at + from, *end = text.at + text.size;

    if (from > text.size || wanted.size > text.size - from)
        return SIZE_MAX;
    if (caseless) {
        /* A long needle is searched by its beginning. */
        if (wanted.size > sizeof room / 2) {
            needle.text.size = sizeof room / 2;
            rest = str_slice(wanted, needle.text.size, wanted.size);
        }
        fold_needle(needle.text, room);
        needle.text.at = room;
    }
    choose(&needle);
    end -= rest.size;
    while ((at = needle.find(&needle, at, end)) != NULL) {
        if (str_equal_nocase(str_make(at + needle.text.size, rest.size), rest))
            return (size_t)(at - text.at);
        at++;
    }
    return SIZE_MAX;
}

const char *find_short(const struct needle *needle, const char *at, const char *end)
{
    size_t        size = needle->text.size, place = needle->rare[0];
    unsigned char byte = needle->byte[0], fold = needle->fold[0];

    if (size == 0)
        return at;
    for (; (size_t)(end - at) >= size; at++)
        if (((unsigned char)at[place] | fold) == byte && needle_at(needle, at))
            return at;
    return NULL;
}

static uint64_t hash_byte(const struct needle *needle, char c)
{
    unsigned char byte = (unsigned char)c;

    return needle->caseless && (unsigned char)(byte - 'A') < 26 ? byte | 0x20u : byte;
}

const char *find_hashed(const struct needle *needle, const char *at, const char *end)
{
    const uint64_t factor = 0x9e3779b97f4a7c15u;
    size_t         size = needle->text.size;
    uint64_t       want = 0, have = 0, top = 1;

    if ((size_t)(end - at) < size)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        want = want * factor + (unsigned char)needle->text.at[i];
        have = have * factor + hash_byte(needle, at[i]);
        if (i)
            top *= factor;
    }
    for (;; at++) {
        if (have == want && needle_at(needle, at))
            return at;
        if (at + size == end)
            return NULL;
        have = (have - hash_byte(needle, at[0]) * top) * factor + hash_byte(needle, at[size]);
    }
}
