#include "text/fold.h"

bool fold_reaches(str pattern)
{
    for (size_t i = 0; i < pattern.size; i++) {
        unsigned char c = (unsigned char)pattern.at[i];
        if (c >= 0x80 || (c | 0x20) == 'k' || (c | 0x20) == 's')
            return true;
    }
    return false;
}

static bool same_unit(uint32_t have, uint32_t want, unsigned how)
{
    return have == want || ((how & FOLD_GAPS) && want == '_')
        || ((how & FOLD_CASE) && utf8_fold(have) == want);
}

bool fold_starts(str text, str pattern, unsigned how, size_t *covered)
{
    const char *at = text.at, *end = text.at + text.size;
    const char *want = pattern.at, *want_end = pattern.at + pattern.size;

    while (want < want_end) {
        uint32_t have, wish;
        if (at == end)
            return false;
        at += utf8_next(at, end, &have);
        want += utf8_next(want, want_end, &wish);
        if (!same_unit(have, wish, how))
            return false;
    }
    *covered = (size_t)(at - text.at);
    return true;
}

bool fold_ends(str text, str pattern, unsigned how, size_t *covered)
{
    const char *at = text.at + text.size, *want = pattern.at + pattern.size;

    while (want > pattern.at) {
        uint32_t have, wish;
        size_t   size;
        if (at == text.at)
            return false;
        size = utf8_back(text.at, at);
        at -= size;
        utf8_next(at, at + size, &have);
        size = utf8_back(pattern.at, want);
        want -= size;
        utf8_next(want, want + size, &wish);
        if (!same_unit(have, wish, how))
            return false;
    }
    *covered = (size_t)(text.at + text.size - at);
    return true;
}

size_t fold_find(str text, size_t from, str pattern, unsigned how, size_t *covered)
{
    while (from <= text.size) {
        uint32_t code;
        if (fold_starts(str_slice(text, from, text.size), pattern, how, covered))
            return from;
        if (from == text.size)
            break;
        from += utf8_next(text.at + from, text.at + text.size, &code);
    }
    return SIZE_MAX;
}

str fold_copy(struct arena *arena, str text)
{
    struct buf buf;
    str        copy;

    buf_init(&buf, arena->heap);
    utf8_put_fold(&buf, text);
    copy = buf_status(&buf) == OK ? arena_str(arena, buf_str(&buf)) : (str){ NULL, 0 };
    buf_free(&buf);
    return copy;
}
