#include "base/str.h"

int str_compare(str a, str b)
{
    size_t least = a.size < b.size ? a.size : b.size;
    int    order = least ? memcmp(a.at, b.at, least) : 0;

    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_equal_nocase(str a, str b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

bool str_is(str a, const char *word)
{
    return str_equal(a, str_of(word));
}

bool str_is_nocase(str a, const char *word)
{
    return str_equal_nocase(a, str_of(word));
}

bool str_starts(str text, str prefix)
{
    return text.size >= prefix.size && str_equal(str_slice(text, 0, prefix.size), prefix);
}

bool str_ends(str text, str suffix)
{
    return text.size >= suffix.size
        && str_equal(str_slice(text, text.size - suffix.size, text.size), suffix);
}

size_t str_find(str text, str needle, size_t from)
{
    if (needle.size == 0)
        return from <= text.size ? from : SIZE_MAX;
    while (from + needle.size <= text.size) {
        const char *hit = memchr(text.at + from, needle.at[0], text.size - needle.size + 1 - from);
        if (!hit)
            return SIZE_MAX;
        if (memcmp(hit, needle.at, needle.size) == 0)
            return (size_t)(hit - text.at);
        from = (size_t)(hit - text.at) + 1;
    }
    return SIZE_MAX;
}

str str_trim(str text, str set)
{
    while (text.size && memchr(set.at, text.at[0], set.size)) {
        text.at++;
        text.size--;
    }
    while (text.size && memchr(set.at, text.at[text.size - 1], set.size))
        text.size--;
    return text;
}

str str_trim_blanks(str text)
{
    return str_trim(text, STR(" \t\r\n\v\f"));
}

size_t str_percent_decode(str text, char *out)
{
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        int high = text.at[i] == '%' && i + 2 < text.size ? hex_digit(text.at[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text.at[i + 2]) : -1;

        out[size++] = low >= 0 ? (char)(high * 16 + low) : text.at[i];
        i += low >= 0 ? 2 : 0;
    }
    return size;
}

bool str_count(str text, uint32_t most, uint32_t *out)
{
    uint64_t count = 0;

    for (size_t i = 0; i < text.size && count <= most; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        count = count * 10 + (uint64_t)(text.at[i] - '0');
    }
    if (text.size == 0 || count > most)
        return false;
    *out = (uint32_t)count;
    return true;
}

bool str_truth(str text, bool *out)
{
    static const char *const words[] = { "t", "true", "1", "yes", "f", "false", "0", "no" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_is_nocase(text, words[i])) {
            *out = i < 4;
            return true;
        }
    }
    return false;
}
