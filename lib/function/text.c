/* Text. Positions and lengths count code points, never bytes. */
#include "base/utf8.h"
#include "function/family.h"

static status len_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_number((double)utf8_count(cell_str(&arg[0]))));
}

static status map_case(struct call *call, str text, struct cell *out, bool upper)
{
    struct buf buf;
    char      *copy;

    if (!utf8_is_ascii(text)) {
        buf_init(&buf, call->context->heap);
        if (upper)
            utf8_put_upper(&buf, text);
        else
            utf8_put_lower(&buf, text);
        return give_buf(call, out, &buf);
    }
    TRY_NEW(copy = arena_alloc(call->arena, text.size + 1));
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        unsigned char flip = upper ? (unsigned)(c - 'a') < 26 : (unsigned)(c - 'A') < 26;
        copy[i] = (char)(c ^ (flip << 5));
    }
    return give(out, cell_text((str){ copy, text.size }));
}

static status lower_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return map_case(call, cell_str(&arg[0]), out, false);
}

static status upper_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return map_case(call, cell_str(&arg[0]), out, true);
}

/* --- trim: a set of characters, blanks and tabs unless given; newlines stay ------------------------------------------ */

static bool in_set(str set, const char *at, size_t size)
{
    for (size_t i = 0; i < set.size;) {
        uint32_t code;
        size_t   step = utf8_next(set.at + i, set.at + set.size, &code);
        if (step == size && memcmp(set.at + i, at, size) == 0)
            return true;
        i += step;
    }
    return false;
}

static status trimmed(struct call *call, const struct cell *arg, struct cell *out, bool left, bool right)
{
    str      text = cell_str(&arg[0]), set = call->count > 1 ? cell_str(&arg[1]) : STR(" \t");
    uint32_t code;

    while (left && text.size) {
        size_t step = utf8_next(text.at, text.at + text.size, &code);
        if (!in_set(set, text.at, step))
            break;
        text = str_slice(text, step, text.size);
    }
    while (right && text.size) {
        size_t step = utf8_back(text.at, text.at + text.size);
        if (!in_set(set, text.at + text.size - step, step))
            break;
        text.size -= step;
    }
    return give(out, cell_text(text));          /* a view into the argument; nothing is copied */
}

static status trim_row(struct call *call, const struct cell *arg, struct cell *out) { return trimmed(call, arg, out, true, true); }
static status ltrim_row(struct call *call, const struct cell *arg, struct cell *out) { return trimmed(call, arg, out, true, false); }
static status rtrim_row(struct call *call, const struct cell *arg, struct cell *out) { return trimmed(call, arg, out, false, true); }

/* 1-based; negative from the end; 0 acts as 1; a negative start before the text uses up length there, as in SQLite. */
static status substr_row(struct call *call, const struct cell *arg, struct cell *out)
{
    str    text;
    double start, length;
    size_t count, from, to;

    if (arg[0].kind == KIND_NULL || arg[1].kind == KIND_NULL || (call->count > 2 && arg[2].kind == KIND_NULL))
        return give(out, cell_null());
    text = cell_str(&arg[0]);
    count = utf8_count(text);
    start = (double)(int64_t)(arg[1].number > 1e15 ? 1e15 : arg[1].number < -1e15 ? -1e15 : arg[1].number);
    length = call->count > 2 ? arg[2].number : (double)count;
    length = length > 1e15 ? 1e15 : length < 0 || length != length ? 0 : (double)(int64_t)length;
    if (start < 0) {
        start += (double)count;
        if (start < 0) {
            if (call->count > 2)
                length += start;
            start = 0;
        }
    } else if (start > 0) {
        start -= 1;
    }
    if (length <= 0 || start >= (double)count)
        return give(out, cell_text(STR("")));
    from = utf8_offset(text, (size_t)start);
    to = start + length >= (double)count ? text.size : utf8_offset(text, (size_t)(start + length));
    return give(out, cell_text(str_slice(text, from, to)));
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static status urldecode_row(struct call *call, const struct cell *arg, struct cell *out)
{
    str    text = cell_str(&arg[0]);
    char  *copy;
    size_t size = 0;

    if (!memchr(text.at, '%', text.size))
        return give(out, cell_text(text));
    TRY_NEW(copy = arena_alloc(call->arena, text.size + 1));
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '%' && i + 2 < text.size && hex(text.at[i + 1]) >= 0 && hex(text.at[i + 2]) >= 0) {
            copy[size++] = (char)(hex(text.at[i + 1]) * 16 + hex(text.at[i + 2]));
            i += 2;
        } else {
            copy[size++] = text.at[i];
        }
    }
    return give(out, cell_text((str){ copy, size }));
}

#define TEXTUAL(word, shown, from, to, kinds, count_of_kinds, type, text, ...)                                       \
    const struct function function_##word = {                                                                        \
        .name = #word, .usage = shown, .summary = text, .least = from, .most = to, .wants = kinds,                    \
        .wanted = count_of_kinds, .gives = type, .nulls = NULL_IN_NULL_OUT, .multi = MULTI_EACH, .pure = true,        \
        .cost = 20, .row = word##_row, __VA_ARGS__                                                                    \
    }
#define ONE { WANT_TEXT }
#define PLACES { WANT_TEXT, WANT_NUMBER }

TEXTUAL(len, "len(<text>)", 1, 1, ONE, 1, TYPE_NUMBER, "Number of characters", .aliases = { "length" },
        .example = { "eval y=len(x) | table y", "{\"x\":\"naïve\"}", "{\"y\":5}" });
TEXTUAL(lower, "lower(<text>)", 1, 1, ONE, 1, TYPE_TEXT, "Text in lower case",
        .example = { "eval y=lower(x) | table y", "{\"x\":\"ÄbC\"}", "{\"y\":\"äbc\"}" });
TEXTUAL(upper, "upper(<text>)", 1, 1, ONE, 1, TYPE_TEXT, "Text in upper case",
        .example = { "eval y=upper(x) | table y", "{\"x\":\"äbC\"}", "{\"y\":\"ÄBC\"}" });
TEXTUAL(trim, "trim(<text>[,<characters>])", 1, 2, ONE, 1, TYPE_TEXT, "Text without blanks, or the given characters, at its ends",
        .example = { "eval y=trim(x,\" Z\") | table y", "{\"x\":\" ZZabcZZ \"}", "{\"y\":\"abc\"}" });
TEXTUAL(ltrim, "ltrim(<text>[,<characters>])", 1, 2, ONE, 1, TYPE_TEXT, "As trim, at the beginning only",
        .example = { "eval y=ltrim(x,\"$\") | table y", "{\"x\":\"$$5$\"}", "{\"y\":\"5$\"}" });
TEXTUAL(rtrim, "rtrim(<text>[,<characters>])", 1, 2, ONE, 1, TYPE_TEXT, "As trim, at the end only",
        .example = { "eval y=rtrim(x,\"$\") | table y", "{\"x\":\"$$5$\"}", "{\"y\":\"$$5\"}" });
TEXTUAL(substr, "substr(<text>,<start>[,<length>])", 2, 3, PLACES, 2, TYPE_TEXT,
        "A part of the text; starts count from 1, or from the end when negative",
        .example = { "eval a=substr(x,1,3), b=substr(x,-3), c=substr(x,0,2) | table a b c", "{\"x\":\"string\"}",
                     "{\"a\":\"str\",\"b\":\"ing\",\"c\":\"st\"}" });
TEXTUAL(urldecode, "urldecode(<text>)", 1, 1, ONE, 1, TYPE_TEXT, "%XX as the byte it stands for",
        .example = { "eval y=urldecode(x) | table y", "{\"x\":\"a%2Fb%3D%E2%82%AC%\"}", "{\"y\":\"a/b=€%\"}" });
