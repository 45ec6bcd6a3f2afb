#include "store/stash.h"

#include "syntax/print.h"

void stash_next(struct buf *out)
{
    if (out->size)
        buf_text(out, ", ");
}

static bool is_plain(str name)
{
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] == '"' || name.at[i] == ',' || name.at[i] == '=')
            return false;
    return name.size > 0;
}

void stash_put(struct buf *out, str name, str value)
{
    stash_next(out);
    if (is_plain(name))
        buf_put(out, name);
    else
        print_quoted(out, name);
    buf_byte(out, '=');
    print_quoted(out, value);
}

/* --- markers ------------------------------------------------------------------------------------------------------- */

/* To the next comma that stands in no quotes. */
static size_t piece_end(str text, size_t from)
{
    bool quoted = false;

    for (size_t i = from; i < text.size; i++) {
        if (text.at[i] == '\\' && quoted)
            i++;
        else if (text.at[i] == '"')
            quoted = !quoted;
        else if (text.at[i] == ',' && !quoted)
            return i;
    }
    return text.size;
}

static status unquote(str text, struct arena *arena, str *out)
{
    char  *copy;
    size_t size = 0;

    *out = text;
    if (text.size < 2 || text.at[0] != '"' || text.at[text.size - 1] != '"')
        return OK;
    TRY_NEW(copy = arena_alloc(arena, text.size));
    for (size_t i = 1; i + 1 < text.size; i++) {
        if (text.at[i] == '\\' && i + 2 < text.size && (text.at[i + 1] == '"' || text.at[i + 1] == '\\'))
            i++;
        copy[size++] = text.at[i];
    }
    *out = str_make(copy, size);
    return OK;
}

status marker_read(str marker, struct arena *arena, struct marker_pair **out, uint32_t *count, const char **odd)
{
    uint32_t most = 1;

    for (size_t i = 0; i < marker.size; i++)
        most += marker.at[i] == ',';
    *odd = NULL;
    *count = 0;
    TRY_NEW(*out = ARENA_ARRAY(arena, struct marker_pair, most));
    for (size_t from = 0, to; from < marker.size; from = to + 1) {
        str    piece;
        size_t equals;

        to = piece_end(marker, from);
        piece = str_trim_blanks(str_slice(marker, from, to));
        equals = str_find(piece, STR("="), 0);
        if (equals == SIZE_MAX || str_trim_blanks(str_slice(piece, 0, equals)).size == 0) {
            if (piece.size && !*odd)
                *odd = piece.at;
            continue;
        }
        (*out)[*count].name = str_trim_blanks(str_slice(piece, 0, equals));
        TRY(unquote(str_trim_blanks(str_slice(piece, equals + 1, piece.size)), arena, &(*out)[(*count)++].value));
    }
    return OK;
}
