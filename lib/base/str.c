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
