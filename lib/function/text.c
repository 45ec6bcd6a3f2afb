/* Text. Positions and lengths count code points, never bytes. */
#include "base/utf8.h"
#include "function/loop.h"

#include <stdlib.h>

static ALWAYS_INLINE status len_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_number((double)utf8_count(cell_str(&arg[0]))));
}

static uint64_t load8(const char *at)
{
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

/* Eight characters, the 26 letters from `first` on in the other case. */
static uint64_t turned8(uint64_t word, unsigned char first)
{
    const uint64_t ones = 0x0101010101010101u, low = word & ones * 0x7F;
    uint64_t       reached = low + ones * (uint64_t)(0x80 - first),
        passed = low + ones * (uint64_t)(0x80 - 26 - first);

    return word ^ (((reached ^ passed) & ~word & ones * 0x80) >> 2);
}

/* A copy of ASCII text with the case turned; false if the text is not ASCII, and then the copy is worth
 * nothing. */
static bool turn_ascii(str text, unsigned char first, char *restrict out)
{
    uint64_t seen = 0, word;

    if (text.size < 8) {
        for (size_t i = 0; i < text.size; i++) {
            unsigned char c = (unsigned char)text.at[i];
            seen |= c;
            out[i] = (char)(c ^ ((unsigned)(c - first) < 26) << 5);
        }
        return !(seen & 0x80);
    }
    for (size_t at = 0;; at += 8) {
        if (at + 8 > text.size)
            at = text.size - 8;                 /* the rest, and some of it again */
        seen |= word = load8(text.at + at);
        word = turned8(word, first);
        memcpy(out + at, &word, 8);
        if (at + 8 == text.size)
            return !(seen & 0x8080808080808080u);
    }
}

static status map_case(struct call *call, str text, struct cell *out, bool upper)
{
    struct buf buf;
    char      *copy;

    TRY_NEW(copy = arena_alloc(call->arena, text.size));
    if (turn_ascii(text, upper ? 'a' : 'A', copy))
        return give(out, cell_text((str){ copy, text.size }));
    take_buf(call, &buf);
    if (upper)
        utf8_put_upper(&buf, text);
    else
        utf8_put_lower(&buf, text);
    return give_buf(call, out, &buf);
}

static ALWAYS_INLINE status lower_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return map_case(call, cell_str(&arg[0]), out, false);
}

static ALWAYS_INLINE status upper_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return map_case(call, cell_str(&arg[0]), out, true);
}

/* --- trim: a set of characters, blanks and tabs unless given; newlines stay ----------------------------- */

/* A set of characters: those of ASCII as bits, others by their code, ascending. */
struct trim_set {
    uint64_t  ascii[2];
    uint32_t *other;
    uint32_t  others;
};

static int by_code(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static status trim_set_make(struct trim_set *set, struct arena *arena, str text)
{
    uint32_t code;

    *set = (struct trim_set){ 0 };
    if (!utf8_is_ascii(text))
        TRY_NEW(set->other = arena_alloc(arena, text.size * sizeof *set->other));
    for (size_t i = 0; i < text.size;) {
        i += utf8_next(text.at + i, text.at + text.size, &code);
        if (code < 0x80)
            set->ascii[code >> 6] |= (uint64_t)1 << (code & 63);
        else
            set->other[set->others++] = code;
    }
    if (set->others > 1)
        qsort(set->other, set->others, sizeof code, by_code);
    return OK;
}

static bool has_other(const struct trim_set *set, const char *at, const char *end)
{
    uint32_t code;

    utf8_next_slow(at, end, &code);
    return set->others && bsearch(&code, set->other, set->others, sizeof code, by_code);
}

static ALWAYS_INLINE bool has_ascii(const struct trim_set *set, unsigned char c)
{
    return set->ascii[c >> 6] >> (c & 63) & 1;
}

static ALWAYS_INLINE str trim_text(const struct trim_set *set, str text, bool left, bool right)
{
    const char *at = text.at, *end = text.at + text.size;
    uint32_t    code;

    while (left && at < end) {
        bool ascii = (unsigned char)*at < 0x80;
        if (!(ascii ? has_ascii(set, (unsigned char)*at) : has_other(set, at, end)))
            break;
        at += ascii ? 1 : utf8_next_slow(at, end, &code);
    }
    while (right && at < end) {
        size_t step = (unsigned char)end[-1] < 0x80 ? 1 : utf8_back(at, end);
        if (!((unsigned char)end[-1] < 0x80 ? has_ascii(set, (unsigned char)end[-1]) : has_other(set, end - step, end)))
            break;
        end -= step;
    }
    return str_make(at, (size_t)(end - at));
}

/* The result is a view into the argument; nothing is copied. */
static ALWAYS_INLINE status trim_cell(struct call *call, const struct cell *arg, struct cell *out, bool left, bool right)
{
    const struct trim_set *set = call->site->prepared;
    struct trim_set        computed;

    if (!set) {
        TRY(trim_set_make(&computed, call->arena, cell_str(&arg[1])));
        set = &computed;
    }
    return give(out, cell_text(trim_text(set, cell_str(&arg[0]), left, right)));
}

static status trim_prepare(struct site *site, struct arena *arena, struct context *context, struct diag *diag)
{
    struct trim_set *set;
    str              text = STR(" \t");

    if (site->count > 1) {
        if (!site_is_literal(site, 1) || site->literal[1].kind != KIND_TEXT)
            return OK;
        text = cell_str(&site->literal[1]);
    }
    TRY_NEW(set = ARENA_NEW(arena, struct trim_set));
    TRY(trim_set_make(set, arena, text));
    site->prepared = set;
    return OK;
}

static ALWAYS_INLINE status trim_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return trim_cell(call, arg, out, true, true);
}

static ALWAYS_INLINE status ltrim_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return trim_cell(call, arg, out, true, false);
}

static ALWAYS_INLINE status rtrim_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return trim_cell(call, arg, out, false, true);
}

static double whole(double number)
{
    return number > 1e15 ? 1e15 : number < -1e15 ? -1e15 : number != number ? 0 : (double)(int64_t)number;
}

/* 1-based; negative from the end; 0 acts as 1; a negative start before the text uses up length there, as in
 * SQLite. Only a start from the end needs to know how long the text is. */
static ALWAYS_INLINE status substr_row(struct call *call, const struct cell *arg, struct cell *out)
{
    str    text = cell_str(&arg[0]);
    double start = whole(arg[1].number), length = call->count > 2 ? whole(arg[2].number) : (double)text.size;
    size_t from;

    if (start < 0) {
        start += (double)utf8_count(text);
        if (start < 0) {
            if (call->count > 2)
                length += start;
            start = 0;
        }
    } else if (start > 0) {
        start -= 1;
    }
    if (length <= 0 || start >= (double)text.size)
        return give(out, cell_text(STR("")));
    from = start > 0 ? utf8_offset(text, (size_t)start) : 0;
    text = str_slice(text, from, text.size);
    if (length < (double)text.size)
        text.size = utf8_offset(text, (size_t)length);
    return give(out, cell_text(text));
}

static status urldecode_row(struct call *call, const struct cell *arg, struct cell *out)
{
    str   text = cell_str(&arg[0]);
    char *copy;

    if (!memchr(text.at, '%', text.size))
        return give(out, cell_text(text));
    TRY_NEW(copy = arena_alloc(call->arena, text.size + 1));
    return give(out, cell_text((str){ copy, str_percent_decode(text, copy) }));
}

COLUMN_BODY(len, 0, LOOP_TEXTS, numbers)
COLUMN_BODY(lower, 0, LOOP_EACH, cells)
COLUMN_BODY(upper, 0, LOOP_EACH, cells)
COLUMN_BODY(trim, 0, LOOP_EACH, cells)
COLUMN_BODY(ltrim, 0, LOOP_EACH, cells)
COLUMN_BODY(rtrim, 0, LOOP_EACH, cells)
COLUMN_BODY(substr, 0, LOOP_EACH, cells)

#define TEXTUAL(word, shown, from, to, kinds, count_of_kinds, type, text, ...)                               \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = shown, .summary = text, .least = from, .most = to, .wants = kinds,           \
        .wanted = count_of_kinds, .gives = type, .nulls = NULL_IN_NULL_OUT, .multi = MULTI_EACH,             \
        .pure = true,                                                                                        \
        .cost = 20, .row = word##_row, __VA_ARGS__                                                           \
    }
#define ONE { WANT_TEXT }
#define PLACES { WANT_TEXT, WANT_NUMBER }

TEXTUAL(len, "len(<text>)", 1, 1, ONE, 1, TYPE_NUMBER, "Number of characters", .aliases = { "length" },
        .vector = len_vector,
        .example = { "eval y=len(x) | table y", "{\"x\":\"naïve\"}", "{\"y\":5}" });
TEXTUAL(lower, "lower(<text>)", 1, 1, ONE, 1, TYPE_TEXT, "Text in lower case",
        .vector = lower_vector,
        .example = { "eval y=lower(x) | table y", "{\"x\":\"ÄbC\"}", "{\"y\":\"äbc\"}" });
TEXTUAL(upper, "upper(<text>)", 1, 1, ONE, 1, TYPE_TEXT, "Text in upper case",
        .vector = upper_vector,
        .example = { "eval y=upper(x) | table y", "{\"x\":\"äbC\"}", "{\"y\":\"ÄBC\"}" });
TEXTUAL(trim, "trim(<text>[,<characters>])", 1, 2, ONE, 1, TYPE_TEXT,
        "Text without blanks, or the given characters, at its ends",
        .prepare = trim_prepare, .vector = trim_vector,
        .example = { "eval y=trim(x,\" Z\") | table y", "{\"x\":\" ZZabcZZ \"}", "{\"y\":\"abc\"}" });
TEXTUAL(ltrim, "ltrim(<text>[,<characters>])", 1, 2, ONE, 1, TYPE_TEXT, "As trim, at the beginning only",
        .prepare = trim_prepare, .vector = ltrim_vector,
        .example = { "eval y=ltrim(x,\"$\") | table y", "{\"x\":\"$$5$\"}", "{\"y\":\"5$\"}" });
TEXTUAL(rtrim, "rtrim(<text>[,<characters>])", 1, 2, ONE, 1, TYPE_TEXT, "As trim, at the end only",
        .prepare = trim_prepare, .vector = rtrim_vector,
        .example = { "eval y=rtrim(x,\"$\") | table y", "{\"x\":\"$$5$\"}", "{\"y\":\"$$5\"}" });
TEXTUAL(substr, "substr(<text>,<start>[,<length>])", 2, 3, PLACES, 2, TYPE_TEXT,
        "A part of the text; starts count from 1, or from the end when negative",
        .vector = substr_vector,
        .example = { "eval a=substr(x,1,3), b=substr(x,-3), c=substr(x,0,2) | table a b c",
                     "{\"x\":\"string\"}",
                     "{\"a\":\"str\",\"b\":\"ing\",\"c\":\"st\"}" });
TEXTUAL(urldecode, "urldecode(<text>)", 1, 1, ONE, 1, TYPE_TEXT, "%XX as the byte it stands for",
        .example = { "eval y=urldecode(x) | table y", "{\"x\":\"a%2Fb%3D%E2%82%AC%\"}",
                     "{\"y\":\"a/b=€%\"}" });
