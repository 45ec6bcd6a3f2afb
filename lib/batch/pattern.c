#include "batch/pattern.h"

uint32_t pattern_stars(str text)
{
    uint32_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += text.at[i] == '*';
    return count;
}

/* What the star at *star stands for in the text from *at on; both move behind it. */
static bool next_capture(str pattern, size_t *star, str text, size_t *at, str *capture)
{
    size_t next = str_find(pattern, STR("*"), *star + 1), end;
    bool   last = next == SIZE_MAX;
    str    piece = str_slice(pattern, *star + 1, last ? pattern.size : next);

    end = last ? text.size - piece.size : str_find(text, piece, *at);
    if (end == SIZE_MAX || (last && (*at + piece.size > text.size || !str_ends(text, piece))))
        return false;
    *capture = str_slice(text, *at, end);
    *at = end + piece.size;
    *star = last ? pattern.size : next;
    return true;
}

bool pattern_capture(str pattern, str text, str *capture)
{
    size_t star = str_find(pattern, STR("*"), 0), at = star;

    if (!str_starts(text, str_slice(pattern, 0, star)))
        return false;
    while (star < pattern.size)
        if (!next_capture(pattern, &star, text, &at, capture++))
            return false;
    return true;
}

size_t pattern_rewrite(str from, str to, str text, char *out)
{
    size_t at = str_find(from, STR("*"), 0), f = at, t = str_find(to, STR("*"), 0), size = t;

    if (!str_starts(text, str_slice(from, 0, f)))
        return SIZE_MAX;
    memcpy(out, to.at, t);
    while (f < from.size) {
        size_t end = str_find(to, STR("*"), t + 1);
        str    literal, capture;

        if (!next_capture(from, &f, text, &at, &capture))
            return SIZE_MAX;
        literal = str_slice(to, t + 1, end == SIZE_MAX ? to.size : end);
        memcpy(out + size, capture.at, capture.size);
        size += capture.size;
        memcpy(out + size, literal.at, literal.size);
        size += literal.size;
        t = end;
    }
    return size;
}
