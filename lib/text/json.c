/* Strings of JSON, in and out. */
#include "text/json.h"

#include "base/utf8.h"
#include "text/json_escape.h"

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
