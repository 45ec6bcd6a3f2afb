#include "text/pairs.h"

static bool is_key_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == ':'
        || c == '-';
}

struct pairs pairs_of(str text, bool escaped)
{
    return (struct pairs){ .at = text.at, .end = text.at + text.size, .from = text.at, .escaped = escaped };
}

/* Behind the quote at `at` to the one that ends it; NULL: none does. */
static const char *past_quotes(const struct pairs *pairs, const char *at)
{
    for (at++; at < pairs->end && *at != '"'; at++)
        if (pairs->escaped && *at == '\\' && at + 1 < pairs->end)
            at++;
    return at < pairs->end ? at + 1 : NULL;
}

/* --- key=value ----------------------------------------------------------------------------------------------------- */

/* The value that begins at `at`; returns where the search for the next key goes on. */
static const char *find_value(struct pairs *pairs, const char *at)
{
    const char *from = at, *end = pairs->end;
    const char *past = at < end && *at == '"' ? past_quotes(pairs, at) : NULL;

    pairs->quoted = past != NULL;
    if (past) {
        pairs->value = str_trim_blanks(str_make(from + 1, (size_t)(past - from) - 2));
        return past;
    }
    while (at < end && !is_blank(*at) && *at != ',' && *at != ';')
        at++;                       /* a quote that nothing closes is in a word like others */
    pairs->value = str_make(from, (size_t)(at - from));
    return at;
}

bool pairs_next(struct pairs *pairs)
{
    while (pairs->at < pairs->end &&
           (pairs->at = memchr(pairs->at, '=', (size_t)(pairs->end - pairs->at))) != NULL) {
        const char *name = pairs->at;

        while (name > pairs->from && is_key_byte(name[-1]))
            name--;
        if (name == pairs->at) {
            pairs->at++;
            continue;
        }
        pairs->name = str_make(name, (size_t)(pairs->at - name));
        pairs->from = pairs->at = find_value(pairs, pairs->at + 1);
        return true;
    }
    pairs->at = pairs->end;
    return false;
}

status pair_unquote(struct arena *arena, str inner, str *out)
{
    char  *text;
    size_t size = 0;

    *out = inner;
    if (!inner.size || !memchr(inner.at, '\\', inner.size))
        return OK;
    TRY_NEW(text = arena_alloc(arena, inner.size));
    for (size_t i = 0; i < inner.size; i++) {
        if (inner.at[i] == '\\' && i + 1 < inner.size && (inner.at[i + 1] == '"' || inner.at[i + 1] == '\\'))
            i++;
        text[size++] = inner.at[i];
    }
    *out = str_make(text, size);
    return OK;
}

size_t pair_name(str name, char *out)
{
    size_t size = 0;

    for (size_t i = 0; i < name.size; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
        if (letter || size)
            out[size++] = letter || digit ? c : '_';
    }
    return size;
}

/* --- separators ---------------------------------------------------------------------------------------------------- */

void separators_read(bool set[256], str text)
{
    memset(set, 0, 256 * sizeof *set);
    for (size_t i = 0; i < text.size; i++) {
        i += text.at[i] == '\\' && i + 1 < text.size;
        set[(unsigned char)text.at[i]] = true;
    }
}

/* What stands up to the next separator of pairs, where its name ends, and whether it is a pair at all. */
struct piece {
    const char *from, *to, *equals;
    uint32_t    values;             /* separators of values outside quotes */
};

static struct piece next_piece(struct pairs *pairs, const struct separators *separators)
{
    struct piece piece = { .from = pairs->at };
    const char  *at = pairs->at, *past;

    while (at < pairs->end && !separators->pair[(unsigned char)*at]) {
        if (*at == '"' && !pairs->unclosed) {
            past = past_quotes(pairs, at);
            pairs->unclosed = !past;
            if (past) {
                at = past;
                continue;
            }
        }
        if (separators->value[(unsigned char)*at]) {
            if (piece.values++ == 0)
                piece.equals = at;
        }
        at++;
    }
    piece.to = at;
    pairs->at = at + (at < pairs->end);
    return piece;
}

bool pairs_next_separated(struct pairs *pairs, const struct separators *separators)
{
    while (pairs->at < pairs->end) {
        struct piece piece = next_piece(pairs, separators);

        if (piece.values != 1)
            continue;
        pairs->name = str_trim_blanks(str_make(piece.from, (size_t)(piece.equals - piece.from)));
        pairs->value = str_trim_blanks(str_make(piece.equals + 1, (size_t)(piece.to - piece.equals - 1)));
        if (pairs->name.size >= 2 && pairs->name.at[0] == '"' && pairs->name.at[pairs->name.size - 1] == '"')
            pairs->name = str_slice(pairs->name, 1, pairs->name.size - 1);
        pairs->quoted = pairs->value.size >= 2 && pairs->value.at[0] == '"' &&
            pairs->value.at[pairs->value.size - 1] == '"';
        if (pairs->quoted)
            pairs->value = str_slice(pairs->value, 1, pairs->value.size - 1);
        if (pairs->name.size)
            return true;
    }
    return false;
}
