#include "syntax/build.h"
#include "syntax/parse.h"

/* What the backslash at raw.at[i] stands for: 2 when it and the next byte are one byte, the next one. */
static size_t pair_at(str raw, size_t i, int how)
{
    char next = i + 1 < raw.size ? raw.at[i + 1] : 0;

    return next == '"' || next == '\\' || (next == '|' && (how & UNESCAPE_PIPE)) ? 2 : 1;
}

str unescape_text(struct arena *arena, str raw, int how)
{
    char  *text;
    size_t size = 0;

    if (raw.size == 0)
        return (str){ "", 0 };
    if (!memchr(raw.at, '\\', raw.size))
        return raw;
    text = arena_alloc(arena, raw.size + 1);
    if (!text)
        return (str){ NULL, 0 };
    for (size_t i = 0; i < raw.size; i++) {
        if (raw.at[i] == '\\' && pair_at(raw, i, how) == 2)
            i++;
        text[size++] = raw.at[i];
    }
    text[size] = 0;
    return (str){ text, size };
}

str unescape_word(struct arena *arena, str raw, int how)
{
    char  *text;
    size_t size = 0;

    if (raw.size == 0 || !memchr(raw.at, '"', raw.size))
        return unescape_text(arena, raw, how);
    text = arena_alloc(arena, raw.size + 1);
    if (!text)
        return (str){ NULL, 0 };
    for (size_t i = 0; i < raw.size; i++) {
        if (raw.at[i] == '"')
            continue;
        if (raw.at[i] == '\\' && pair_at(raw, i, how) == 2)
            i++;
        text[size++] = raw.at[i];
    }
    text[size] = 0;
    return (str){ text, size };
}

bool raw_is_string(str raw)
{
    size_t i = 1;

    if (raw.size < 2 || raw.at[0] != '"')
        return false;
    while (i < raw.size && raw.at[i] != '"')
        i += raw.at[i] == '\\' ? 2 : 1;
    return i == raw.size - 1;
}

