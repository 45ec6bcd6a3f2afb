#include "base/utf8.h"

#include <utf8proc.h>

static uint64_t load8(const char *at)
{
    uint64_t word;

    memcpy(&word, at, 8);
    return word;
}

static const uint64_t high_bits = 0x8080808080808080u;

/* Bytes before the first one that is not ASCII, in steps that never pass it. */
static size_t ascii_size(str text)
{
    size_t at = 0;

    while (text.size - at >= 32) {
        uint64_t seen = load8(text.at + at) | load8(text.at + at + 8)
                      | load8(text.at + at + 16) | load8(text.at + at + 24);
        if (seen & high_bits)
            break;
        at += 32;
    }
    while (text.size - at >= 8 && !(load8(text.at + at) & high_bits))
        at += 8;
    if (at && text.size - at < 8 && !(load8(text.at + text.size - 8) & high_bits))
        return text.size;
    while (at < text.size && (unsigned char)text.at[at] < 0x80)
        at++;
    return at;
}

bool utf8_is_ascii(str text)
{
    return ascii_size(text) == text.size;
}

size_t utf8_valid_size(str text)
{
    size_t at = 0;

    for (;;) {
        uint32_t code;
        size_t   size;

        at += ascii_size((str){ text.at + at, text.size - at });
        if (at == text.size)
            return at;
        size = utf8_next_slow(text.at + at, text.at + text.size, &code);
        if (code >= UTF8_INVALID)
            return at;
        at += size;
    }
}

bool utf8_is_valid(str text)
{
    return utf8_valid_size(text) == text.size;
}

static bool is_tail(const unsigned char *byte)
{
    return (*byte & 0xC0) == 0x80;
}

size_t utf8_next_slow(const char *at, const char *end, uint32_t *code)
{
    const unsigned char *byte = (const unsigned char *)at;
    size_t               room = (size_t)(end - at);
    uint32_t             lead = byte[0];

    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    if (lead >= 0xC2 && lead < 0xE0 && room >= 2 && is_tail(byte + 1)) {
        *code = (lead & 0x1F) << 6 | (byte[1] & 0x3Fu);
        return 2;
    }
    if ((lead & 0xF0) == 0xE0 && room >= 3 && is_tail(byte + 1) && is_tail(byte + 2)) {
        uint32_t c = (lead & 0x0F) << 12 | (byte[1] & 0x3Fu) << 6 | (byte[2] & 0x3Fu);
        if (c >= 0x800 && (c < 0xD800 || c > 0xDFFF)) {
            *code = c;
            return 3;
        }
    }
    if ((lead & 0xF8) == 0xF0 && room >= 4 && is_tail(byte + 1) && is_tail(byte + 2) && is_tail(byte + 3)) {
        uint32_t c = (lead & 0x07) << 18 | (byte[1] & 0x3Fu) << 12 | (byte[2] & 0x3Fu) << 6 | (byte[3] & 0x3Fu);
        if (c >= 0x10000 && c <= UTF8_MAX) {
            *code = c;
            return 4;
        }
    }
    *code = UTF8_INVALID + lead;
    return 1;
}

size_t utf8_count(str text)
{
    size_t count = 0, at = 0;

    while (at < text.size) {
        uint32_t code;
        size_t   plain = ascii_size((str){ text.at + at, text.size - at });

        count += plain;
        at += plain;
        /* Text in one script comes in runs: stay here until ASCII is back. */
        while (at < text.size && (unsigned char)text.at[at] >= 0x80) {
            at += utf8_next_slow(text.at + at, text.at + text.size, &code);
            count++;
        }
    }
    return count;
}

size_t utf8_offset(str text, size_t count)
{
    size_t at = 0;

    if (count <= text.size && utf8_is_ascii(str_make(text.at, count)))
        return count;
    for (; count && at < text.size; count--) {
        uint32_t code;
        at += utf8_next(text.at + at, text.at + text.size, &code);
    }
    return at;
}

size_t utf8_back(const char *begin, const char *at)
{
    for (size_t size = 2; size <= 4 && (size_t)(at - begin) >= size; size++) {
        uint32_t code;
        if (((unsigned char)at[-(ptrdiff_t)size] & 0xC0) == 0x80)
            continue;
        return utf8_next(at - size, at, &code) == size ? size : 1;
    }
    return 1;
}

size_t utf8_write(char *out, uint32_t code)
{
    if (code >= UTF8_INVALID) {
        out[0] = (char)(code - UTF8_INVALID);
        return 1;
    }
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

void utf8_put(struct buf *buf, uint32_t code)
{
    if (buf_reserve(buf, 4) == OK)
        buf->size += utf8_write(buf->at + buf->size, code);
}

uint32_t utf8_lower(uint32_t code)
{
    if (code < 0x80)
        return code - 'A' < 26u ? code + 32 : code;
    return code < UTF8_INVALID ? (uint32_t)utf8proc_tolower((utf8proc_int32_t)code) : code;
}

uint32_t utf8_upper(uint32_t code)
{
    if (code < 0x80)
        return code - 'a' < 26u ? code - 32 : code;
    /* Sharp s has no single upper-case letter in Unicode's simple mapping; utf8proc offers the capital
     * form. */
    if (code >= UTF8_INVALID || code == 0xDF)
        return code;
    return (uint32_t)utf8proc_toupper((utf8proc_int32_t)code);
}

uint32_t utf8_fold(uint32_t code)
{
    if (code < 0x80)
        return code - 'A' < 26u ? code + 32 : code;
    /* The dotted and dotless i of Turkish fold to nothing else; everything else folds as its upper case's
     * lower case. */
    if (code == 0x130 || code == 0x131 || code >= UTF8_INVALID)
        return code;
    return utf8_lower(utf8_upper(code));
}

/* `from`: 'A' or 'a', the first of the 26 ASCII letters that change case. */
static void put_mapped(struct buf *buf, str text, unsigned char from, uint32_t (*map)(uint32_t))
{
    const char *at = text.at, *end = text.at + text.size;

    while (at < end && !buf->failed) {
        size_t plain = ascii_size((str){ at, (size_t)(end - at) });

        if (plain && buf_reserve(buf, plain) == OK) {
            char *restrict       out = buf->at + buf->size;
            const char *restrict in = at;
            for (size_t i = 0; i < plain; i++)
                out[i] = (char)(in[i] ^ ((unsigned char)(in[i] - from) < 26 ? 0x20 : 0));
            buf->size += plain;
        }
        at += plain;
        while (at < end && (unsigned char)*at >= 0x80) {
            uint32_t code;
            at += utf8_next_slow(at, end, &code);
            utf8_put(buf, map(code));
        }
    }
}

void utf8_put_fold(struct buf *buf, str text)
{
    put_mapped(buf, text, 'A', utf8_fold);
}

void utf8_put_lower(struct buf *buf, str text)
{
    put_mapped(buf, text, 'A', utf8_lower);
}

void utf8_put_upper(struct buf *buf, str text)
{
    put_mapped(buf, text, 'a', utf8_upper);
}

bool utf8_equal_fold(str a, str b)
{
    const char *at = a.at, *a_end = a.at + a.size, *other = b.at, *b_end = b.at + b.size;

    while (at < a_end && other < b_end) {
        uint32_t x, y;
        at += utf8_next(at, a_end, &x);
        other += utf8_next(other, b_end, &y);
        if (x != y && utf8_fold(x) != utf8_fold(y))
            return false;
    }
    return at == a_end && other == b_end;
}

unsigned utf8_columns(uint32_t code)
{
    int width;

    if (code >= 0x20 && code < 0x7f)
        return 1;
    width = code < UTF8_INVALID ? utf8proc_charwidth((utf8proc_int32_t)code) : 1;
    return width > 0 ? (unsigned)width : 0;
}
