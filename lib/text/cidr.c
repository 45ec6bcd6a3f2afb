#include "text/cidr.h"

#include "base/compiler.h"

static ALWAYS_INLINE bool is_digit(const char *at, const char *end)
{
    return at < end && (unsigned char)(*at - '0') < 10;
}

/* One to three digits, 255 at most; NULL: something else. */
static ALWAYS_INLINE const char *take_octet(const char *at, const char *end, uint32_t *out)
{
    uint32_t number;

    if (!is_digit(at, end))
        return NULL;
    number = (uint32_t)(*at++ - '0');
    if (is_digit(at, end)) {
        number = number * 10 + (uint32_t)(*at++ - '0');
        if (is_digit(at, end))
            number = number * 10 + (uint32_t)(*at++ - '0');
    }
    *out = number;
    return number < 256 ? at : NULL;
}

/* A dotted quad that is `base` where `mask` has bits; one that is not is given up where that shows. */
static ALWAYS_INLINE bool take_four(const char *at, const char *end, uint32_t base, uint32_t mask, uint32_t *out)
{
    uint32_t value = 0, number;

    for (int part = 0; part < 4; part++) {
        if (part && (at == end || *at++ != '.'))
            return false;
        at = take_octet(at, end, &number);
        if (!at || ((number ^ base >> (24 - 8 * part)) & mask >> (24 - 8 * part) & 255))
            return false;
        value = value << 8 | number;
    }
    *out = value;
    return at == end;
}

static bool parse_four(const char *at, const char *end, uint32_t *out)
{
    return take_four(at, end, 0, 0, out);
}

/* Groups of four hexadecimal digits; `gap` is the place of "::" among them, or -1. */
static bool parse_six(const char *at, const char *end, struct address *out)
{
    uint16_t group[8] = { 0 }, filled[8] = { 0 };
    int      count = 0, gap = -1;

    if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
        gap = 0;
        at += 2;
    }
    while (at < end) {
        const char *start = at;
        uint32_t    value = 0, four;

        if (count == 8)
            return false;
        while (at < end && at - start < 4 && hex_digit(*at) >= 0)
            value = value << 4 | (uint32_t)hex_digit(*at++);
        if (at < end && *at == '.') {                   /* the last 32 bits as a dotted quad */
            if (count > 6 || !parse_four(start, end, &four))
                return false;
            group[count++] = (uint16_t)(four >> 16);
            group[count++] = (uint16_t)four;
            break;
        }
        if (at == start)
            return false;
        group[count++] = (uint16_t)value;
        if (at == end)
            break;
        if (*at++ != ':' || at == end)
            return false;
        if (*at == ':') {
            if (gap >= 0)
                return false;
            gap = count;
            at++;
        }
    }
    if (gap < 0 ? count != 8 : count > 7)
        return false;
    for (int i = 0; i < count; i++)
        filled[gap < 0 || i < gap ? i : i + 8 - count] = group[i];
    *out = (struct address){ .family = 6 };
    for (int i = 0; i < 4; i++) {
        out->high = out->high << 16 | filled[i];
        out->low = out->low << 16 | filled[4 + i];
    }
    return true;
}

bool address_parse(str text, struct address *out)
{
    uint32_t four;

    if (text.size < 2 || text.size > 45)
        return false;
    if (!parse_four(text.at, text.at + text.size, &four))
        return parse_six(text.at, text.at + text.size, out);
    *out = (struct address){ .low = four, .family = 4 };
    return true;
}

static bool parse_bits(str text, unsigned most, unsigned *bits)
{
    *bits = 0;
    if (text.size == 0 || text.size > 3)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)(text.at[i] - '0') >= 10)
            return false;
        *bits = *bits * 10 + (unsigned)(text.at[i] - '0');
    }
    return *bits <= most;
}

/* The `bits` upper bits of 64. */
static uint64_t upper(unsigned bits)
{
    return bits == 0 ? 0 : bits >= 64 ? ~0ull : ~0ull << (64 - bits);
}

struct cidr cidr_around(const struct address *address, uint8_t bits)
{
    struct cidr out = { .base = *address, .bits = bits };
    unsigned    all = address->family == 4 ? bits + 96u : bits;     /* IPv4: the end of 128 bits; the others are 0 on both
                                                                     * sides */
    out.mask_high = upper(all > 64 ? 64 : all);
    out.mask_low = upper(all > 64 ? all - 64 : 0);
    out.base.high &= out.mask_high;
    out.base.low &= out.mask_low;
    return out;
}

bool cidr_parse(str text, struct cidr *out)
{
    const char *slash = text.size ? memchr(text.at, '/', text.size) : NULL;
    size_t      size = slash ? (size_t)(slash - text.at) : text.size;
    unsigned    most, bits;

    if (!address_parse(str_make(text.at, size), &out->base))
        return false;
    bits = most = out->base.family == 4 ? 32 : 128;
    if (slash && !parse_bits(str_slice(text, size + 1, text.size), most, &bits))
        return false;
    *out = cidr_around(&out->base, (uint8_t)bits);
    return true;
}

bool cidr_parse_block(str text, struct cidr *out)
{
    return text.size && memchr(text.at, '/', text.size) && cidr_parse(text, out);
}

bool cidr_contains(const struct cidr *block, const struct address *address)
{
    return address->family == block->base.family && (address->high & block->mask_high) == block->base.high
        && (address->low & block->mask_low) == block->base.low;
}

bool cidr_contains_text(const struct cidr *block, str text)
{
    struct address address;
    uint32_t       four;

    if (block->base.family == 4)
        return take_four(text.at, text.at + text.size, (uint32_t)block->base.low, (uint32_t)block->mask_low, &four);
    return text.size && memchr(text.at, ':', text.size < 5 ? text.size : 5) && address_parse(text, &address)
        && cidr_contains(block, &address);
}

static size_t put_number(uint32_t value, unsigned base, char *out)
{
    char   text[10];
    size_t at = sizeof text;

    do {
        text[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    memcpy(out, text + at, sizeof text - at);
    return sizeof text - at;
}

size_t address_format(const struct address *address, char *out)
{
    uint16_t group[8];
    int      gap = -1, gap_size = 1;    /* the longest run of two or more zero groups */
    size_t   size = 0;

    if (address->family == 4) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            size += put_number(address->low >> shift & 255, 10, out + size);
            if (shift)
                out[size++] = '.';
        }
        return size;
    }
    for (int i = 0; i < 8; i++)
        group[i] = (uint16_t)((i < 4 ? address->high : address->low) >> 16 * (3 - i % 4));
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && group[i + run] == 0)
            run++;
        if (run > gap_size) {
            gap = i;
            gap_size = run;
        }
    }
    for (int i = 0; i < 8; i++) {
        if (i == gap) {
            out[size++] = ':';
            out[size++] = ':';
            i += gap_size - 1;
            continue;
        }
        if (i && out[size - 1] != ':')
            out[size++] = ':';
        size += put_number(group[i], 16, out + size);
    }
    return size;
}
