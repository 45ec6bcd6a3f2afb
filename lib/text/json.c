#include "text/json.h"

#include "base/compiler.h"
#include "base/utf8.h"

/* ---- strings */

static const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;

/* A word with the top bit set in (at least the first of) the bytes that are special in a string: " \
 * control, not ASCII. */
static uint64_t special(const char *at)
{
    uint64_t word, quote, slash;

    memcpy(&word, at, 8);
    quote = word ^ ones * '"';
    slash = word ^ ones * '\\';
    return ((word - ones * 0x20) | (quote - ones) | (slash - ones) | word) & tops;
}

/* Bytes of [at, end) before a special one; never past it, perhaps a little before. */
static size_t plain_size(const char *at, const char *end)
{
    const char *start = at;

    while (end - at >= 8 && !special(at))
        at += 8;
    while (at < end && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return (size_t)(at - start);
}

static int hex_digit(char c)
{
    if ((unsigned char)(c - '0') < 10)
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits, or -1. */
static int32_t hex_four(const char *at, const char *end)
{
    int32_t code = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        code = code << 4 | digit;
    }
    return code;
}

/* What a backslash and this letter stand for; 0: nothing. */
static char escaped_byte(char letter)
{
    switch (letter) {
    case '"': case '\\': case '/': return letter;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

size_t json_decode(str inner, char *out)
{
    const char *at = inner.at, *end = inner.at + inner.size;
    char       *start = out;

    while (at < end) {
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        size_t      run = slash ? (size_t)(slash - at) : (size_t)(end - at);
        int32_t     code, low;

        memmove(out, at, run);
        out += run;
        at += run;
        if (at == end)
            break;
        if (end - at >= 2 && escaped_byte(at[1])) {
            *out++ = escaped_byte(at[1]);
            at += 2;
            continue;
        }
        if (end - at < 2 || at[1] != 'u' || (code = hex_four(at + 2, end)) < 0) {
            *out++ = *at++;             /* no escape that we know: the backslash is text */
            continue;
        }
        at += 6;
        if (code >= 0xD800 && code < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u'
            && (low = hex_four(at + 2, end)) >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            at += 6;
        } else if (code >= 0xD800 && code < 0xE000) {
            code = UTF8_REPLACEMENT;
        }
        out += utf8_write(out, (uint32_t)code);
    }
    return (size_t)(out - start);
}

static void put_escape(struct buf *buf, char c)
{
    static const char hex[] = "0123456789abcdef";
    char              text[6] = { '\\', 'u', '0', '0', hex[(unsigned char)c >> 4], hex[c & 15] };

    switch (c) {
    case '"': case '\\': text[1] = c; break;
    case '\b': text[1] = 'b'; break;
    case '\f': text[1] = 'f'; break;
    case '\n': text[1] = 'n'; break;
    case '\r': text[1] = 'r'; break;
    case '\t': text[1] = 't'; break;
    default:
        buf_put(buf, str_make(text, 6));
        return;
    }
    buf_put(buf, str_make(text, 2));
}

void json_put_inner(struct buf *buf, str text)
{
    const char *at = text.at, *end = text.at + text.size, *copied = at;

    while (at < end) {
        uint32_t code;
        size_t   size;

        at += plain_size(at, end);
        if (at == end)
            break;
        if ((unsigned char)*at >= 0x80) {
            size = utf8_next_slow(at, end, &code);
            if (code < UTF8_INVALID) {
                at += size;
                continue;
            }
            buf_put(buf, str_make(copied, (size_t)(at - copied)));
            buf_put(buf, STR("\xEF\xBF\xBD"));
        } else {
            buf_put(buf, str_make(copied, (size_t)(at - copied)));
            put_escape(buf, *at);
        }
        copied = ++at;
    }
    buf_put(buf, str_make(copied, (size_t)(end - copied)));
}

void json_put_string(struct buf *buf, str text)
{
    buf_byte(buf, '"');
    json_put_inner(buf, text);
    buf_byte(buf, '"');
}

/* ---- the walker */

enum state { WANT_VALUE, WANT_FIRST_VALUE, WANT_FIRST_KEY, WANT_KEY, WANT_COLON, AFTER_VALUE };

void json_walk_start(struct json_walk *walk, str text)
{
    *walk = (struct json_walk){ .begin = text.at, .at = text.at, .end = text.at + text.size,
        .state = WANT_VALUE };
}

static enum json_token fail(struct json_walk *walk, const char *reason)
{
    if (!walk->reason) {
        walk->reason = reason;
        walk->offset = (size_t)(walk->at - walk->begin);
    }
    return JSON_ERROR;
}

static bool inside_object(const struct json_walk *walk)
{
    uint32_t level = walk->depth - 1;

    return walk->depth && (walk->is_object[level / 64] >> level % 64 & 1);
}

static enum json_token open_container(struct json_walk *walk, bool object)
{
    uint64_t bit = 1ull << walk->depth % 64;

    if (walk->depth == JSON_DEPTH)
        return fail(walk, "nested too deeply");
    if (object)
        walk->is_object[walk->depth / 64] |= bit;
    else
        walk->is_object[walk->depth / 64] &= ~bit;
    walk->depth++;
    walk->at++;
    walk->state = object ? WANT_FIRST_KEY : WANT_FIRST_VALUE;
    return object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_token close_container(struct json_walk *walk)
{
    bool object = inside_object(walk);

    walk->at++;
    walk->depth--;
    walk->state = AFTER_VALUE;
    return object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

/* At the opening quote; leaves walk->text inside the quotes and goes past the closing one. */
static bool take_string(struct json_walk *walk)
{
    const char *start = ++walk->at;

    walk->escaped = false;
    for (;;) {
        walk->at += plain_size(walk->at, walk->end);
        if (walk->at == walk->end) {
            walk->at = start - 1;
            return fail(walk, "a string without an end"), false;
        }
        if (*walk->at == '"')
            break;
        if (*walk->at == '\\') {
            walk->escaped = true;
            if (walk->end - walk->at >= 2 && escaped_byte(walk->at[1]))
                walk->at += 2;
            else if (walk->end - walk->at >= 2 && walk->at[1] == 'u'
                     && hex_four(walk->at + 2, walk->end) >= 0)
                walk->at += 6;
            else
                return fail(walk, "not an escape of JSON"), false;
        } else if ((unsigned char)*walk->at < 0x20) {
            return fail(walk, "a control character in a string"), false;
        } else {
            walk->at++;
        }
    }
    walk->text = str_make(start, (size_t)(walk->at - start));
    walk->at++;
    return true;
}

static size_t digits(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && (unsigned char)(*at - '0') < 10)
        at++;
    return (size_t)(at - start);
}

static enum json_token take_number(struct json_walk *walk)
{
    const char *start = walk->at, *end = walk->end, *at = start;
    size_t      count;

    at += *at == '-';
    count = digits(at, end);
    if (count == 0 || (*at == '0' && count > 1))
        return fail(walk, "not a number of JSON");
    at += count;
    if (at < end && *at == '.') {
        count = digits(++at, end);
        if (count == 0)
            return fail(walk, "a number needs digits after its point");
        at += count;
    }
    if (at < end && (*at | 0x20) == 'e') {
        at++;
        at += at < end && (*at == '-' || *at == '+');
        count = digits(at, end);
        if (count == 0)
            return fail(walk, "a number needs digits in its exponent");
        at += count;
    }
    walk->text = str_make(start, (size_t)(at - start));
    walk->at = at;
    walk->state = AFTER_VALUE;
    return JSON_NUMBER;
}

static enum json_token take_word(struct json_walk *walk)
{
    static const struct { str word; enum json_token token; } words[] = {
        { { "true", 4 }, JSON_TRUE }, { { "false", 5 }, JSON_FALSE }, { { "null", 4 }, JSON_NULL } };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        str rest = str_make(walk->at, (size_t)(walk->end - walk->at));
        if (str_starts(rest, words[i].word)) {
            walk->text = str_slice(rest, 0, words[i].word.size);
            walk->at += walk->text.size;
            walk->state = AFTER_VALUE;
            return words[i].token;
        }
    }
    return fail(walk, "a value was expected here");
}

static enum json_token take_value(struct json_walk *walk)
{
    char c = *walk->at;

    switch (c) {
    case '{': return open_container(walk, true);
    case '[': return open_container(walk, false);
    case '"':
        if (!take_string(walk))
            return JSON_ERROR;
        walk->state = AFTER_VALUE;
        return JSON_STRING;
    default:
        return c == '-' || (unsigned char)(c - '0') < 10 ? take_number(walk) : take_word(walk);
    }
}

enum json_token json_next(struct json_walk *walk)
{
    if (walk->reason)
        return JSON_ERROR;
    for (;;) {
        char c;

        while (walk->at < walk->end && (*walk->at == ' ' || *walk->at == '\n' || *walk->at == '\r'
                                        || *walk->at == '\t'))
            walk->at++;
        if (walk->at == walk->end) {
            if (walk->state == AFTER_VALUE && walk->depth == 0)
                return JSON_END;
            return fail(walk, "the text ends too early");
        }
        c = *walk->at;
        switch (walk->state) {
        case WANT_FIRST_KEY:
            if (c == '}')
                return close_container(walk);
            /* fall through */
        case WANT_KEY:
            if (c != '"')
                return fail(walk, "a key in quotes was expected here");
            if (!take_string(walk))
                return JSON_ERROR;
            walk->state = WANT_COLON;
            return JSON_KEY;
        case WANT_COLON:
            if (c != ':')
                return fail(walk, "a colon was expected here");
            walk->at++;
            walk->state = WANT_VALUE;
            continue;
        case WANT_FIRST_VALUE:
            if (c == ']')
                return close_container(walk);
            /* fall through */
        case WANT_VALUE:
            return take_value(walk);
        default:
            if (walk->depth == 0)
                return fail(walk, "text after the value");
            if (c == ',') {
                walk->at++;
                walk->state = inside_object(walk) ? WANT_KEY : WANT_VALUE;
                continue;
            }
            if (c == (inside_object(walk) ? '}' : ']'))
                return close_container(walk);
            return fail(walk, inside_object(walk) ? "a comma or } was expected here"
                        : "a comma or ] was expected here");
        }
    }
}

bool json_skip(struct json_walk *walk, enum json_token token, str *value)
{
    const char *start;
    uint32_t    outside;

    if (token == JSON_KEY) {
        token = json_next(walk);
        if (token == JSON_ERROR)
            return false;
    }
    if (token == JSON_OBJECT || token == JSON_ARRAY) {
        start = walk->at - 1;
        outside = walk->depth - 1;
        while (walk->depth > outside)
            if (json_next(walk) == JSON_ERROR)
                return false;
        *value = str_make(start, (size_t)(walk->at - start));
        return true;
    }
    *value = token == JSON_STRING ? str_make(walk->text.at - 1, walk->text.size + 2) : walk->text;
    return token != JSON_ERROR;
}

bool json_is_valid(str text)
{
    struct json_walk walk;
    enum json_token  token;

    json_walk_start(&walk, text);
    do
        token = json_next(&walk);
    while (token > JSON_END);
    return token == JSON_END;
}
