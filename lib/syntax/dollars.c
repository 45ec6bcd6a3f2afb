#include "syntax/dollars.h"

#include <string.h>

enum { NAME_MOST = 250, BRACKETS = 100 };

enum command { COMMAND_UNREAD, COMMAND_SEARCH, COMMAND_MAP, COMMAND_OTHER };

struct clause_at {
    size_t       from;                  /* behind its pipe or bracket */
    enum command command;               /* its first word */
    bool         named;                 /* single quotes are open */
    bool         escaped;               /* there was a quote behind a backslash */
};

struct reader {
    struct arena  *arena;
    struct buf     literal;
    struct dollar *item;                /* of the heap */
    uint32_t       count, room;
};

/* Where a text is read: the one of the search, or that of a map inside. */
struct place {
    str              text;
    uint32_t         level;
    struct clause_at clause, outer[BRACKETS];
    uint32_t         brackets;
    bool             quoted, quoted_named;      /* in double quotes; which begin in single ones */
};

static status read_text(struct reader *reader, str text, uint32_t level);

/* --- escaping ------------------------------------------------------------------------------------------------------ */

/* A text `quotes` times in quotes: each time a quote and a backslash get a backslash before them. */
static void put_escaped(struct buf *out, str text, uint32_t quotes, uint32_t dollars)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];

        if (c == '"' || c == '\\')
            buf_repeat(out, '\\', ((size_t)1 << quotes) - 1);
        if (c == '$')
            buf_repeat(out, '$', ((size_t)1 << dollars) - 1);
        buf_byte(out, c);
    }
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_plain(str value)
{
    static const char *const operators[] = { "and", "or", "not", "xor" };

    for (size_t i = 0; i < value.size; i++)
        if (!is_letter(value.at[i]) && !strchr(".:/*@-", value.at[i]))
            return false;
    for (size_t i = 0; i < COUNT_OF(operators); i++)
        if (str_is_nocase(value, operators[i]))
            return false;
    return value.size > 0 && !memchr(value.at, 0, value.size);
}

bool dollar_put(struct buf *out, const struct dollar *dollar, str value)
{
    bool plain = is_plain(value);

    buf_put(out, dollar->before);
    if (plain) {
        buf_put(out, value);
        return true;
    }
    if (dollar->plain || (dollar->named && value.size && memchr(value.at, '\'', value.size)))
        return false;
    if (!dollar->quoted)
        put_escaped(out, STR("\""), dollar->level, 0);
    put_escaped(out, value, dollar->level + 1, dollar->level);
    if (!dollar->quoted)
        put_escaped(out, STR("\""), dollar->level, 0);
    return true;
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

static bool may_stand_in_name(char c)
{
    return is_letter(c) || (unsigned char)c >= 0x80 || strchr(" .:-{}@/#()*%", c);
}

/* Behind the dollar sign that ends the field whose name begins at `at`; 0: no such name does. */
static size_t name_end(str text, size_t at)
{
    size_t end = at;

    while (end < text.size && end - at <= NAME_MOST && text.at[end] && may_stand_in_name(text.at[end]))
        end++;
    if (end == at || end >= text.size || text.at[end] != '$' || text.at[end - 1] == ' ')
        return 0;
    return is_letter(text.at[at]) || (unsigned char)text.at[at] >= 0x80 || strchr("{@", text.at[at]) ? end + 1 : 0;
}

static status add(struct reader *reader, struct dollar made)
{
    struct heap *heap = reader->arena->heap;

    TRY(buf_status(&reader->literal));
    TRY_NEW((made.before = arena_str(reader->arena, buf_str(&reader->literal))).at);
    TRY_NEW((made.field = arena_str(reader->arena, made.field)).at);
    if (!heap_grow(heap, &reader->item, &reader->room, reader->count + 1, sizeof *reader->item))
        return FAIL_MEMORY;
    reader->item[reader->count++] = made;
    buf_clear(&reader->literal);
    return OK;
}

static void copy(struct reader *reader, const struct place *place, size_t from, size_t to)
{
    put_escaped(&reader->literal, str_slice(place->text, from, to), place->level, 0);
}

/* The first word of the clause at hand, which goes on to `end` at least. */
static enum command command_of(struct place *place, size_t end)
{
    struct clause_at *clause = &place->clause;
    str               rest = str_trim_blanks(str_slice(place->text, clause->from, end));
    size_t            size = 0;

    if (clause->command != COMMAND_UNREAD)
        return clause->command;
    while (size < rest.size && is_letter(rest.at[size]))
        size++;
    rest = str_slice(rest, 0, size);
    clause->command = str_is_nocase(rest, "search") ? COMMAND_SEARCH : str_is_nocase(rest, "map") ? COMMAND_MAP
                                                                                                  : COMMAND_OTHER;
    return clause->command;
}

/* $$ or $field$ at *at, or neither. */
static status read_dollar(struct reader *reader, struct place *place, size_t *at)
{
    bool   quoted = place->quoted, other = command_of(place, *at) == COMMAND_MAP || (quoted && place->quoted_named);
    size_t from = *at + 1, end = name_end(place->text, from);

    if (from < place->text.size && place->text.at[from] == '$')
        *at = from + 1;
    else
        *at = end ? end : from;
    if (!end || *at != end) {
        copy(reader, place, from - 1, from);
        return OK;
    }
    return add(reader, (struct dollar){ .field = str_slice(place->text, from, end - 1), .level = (uint8_t)place->level,
                                        .quoted = quoted, .named = !quoted && place->clause.named,
                                        .plain = other || place->clause.escaped });
}

static size_t trimmed_end(const struct place *place, size_t end)
{
    while (end > place->clause.from && strchr(" \t\n\r", place->text.at[end - 1]))
        end--;
    return end;
}

/* Does the string that begins at `at` hold the search of a map? */
static bool begins_search(struct place *place, size_t at)
{
    size_t from = place->clause.from, end = trimmed_end(place, at);

    if (command_of(place, at) != COMMAND_MAP || end == from || place->text.at[end - 1] != '=')
        return false;
    end = trimmed_end(place, end - 1);
    return end > from + 6 && str_is_nocase(str_slice(place->text, end - 6, end), "search") &&
           !is_letter(place->text.at[end - 7]);
}

static size_t string_end(str text, size_t at)
{
    while (at < text.size && text.at[at] != '"')
        at += text.at[at] == '\\' ? 2 : 1;
    return at < text.size ? at : text.size;
}

/* The search of a map inside: from behind its quote to the one that closes it. */
static status read_search(struct reader *reader, const struct place *place, size_t *at)
{
    size_t     end = string_end(place->text, *at);
    struct buf text;
    status     s;

    if (place->level + 1 >= DOLLARS_DEEP)
        return FAIL_LIMIT;
    buf_init(&text, reader->arena->heap);
    for (size_t i = *at; i < end; i++) {
        char next = i + 1 < end ? place->text.at[i + 1] : 0;

        i += place->text.at[i] == '\\' && (next == '"' || next == '\\');
        buf_byte(&text, place->text.at[i]);
    }
    s = buf_status(&text);
    if (s == OK)
        s = read_text(reader, buf_str(&text), place->level + 1);    /* DOLLARS_DEEP at most */
    buf_free(&text);
    *at = end;
    return s;
}

/* The quotes, pipes and brackets by which the text is cut. */
static void see_mark(struct place *place, size_t at)
{
    char c = place->text.at[at];

    if (c == '[' && place->brackets < BRACKETS)
        place->outer[place->brackets++] = place->clause;
    if (c == '|' || c == '[')
        place->clause = (struct clause_at){ .from = at + 1 };
    else if (c == ']' && place->brackets)
        place->clause = place->outer[--place->brackets];
    else if (c == '\'' && command_of(place, at) != COMMAND_SEARCH)      /* there it is a letter like others */
        place->clause.named = !place->clause.named;
}

/* Escaped bytes are no marks. A backslash right before a value stays one. */
static status read_backslash(struct reader *reader, struct place *place, size_t *at)
{
    size_t next = *at + 1;

    place->clause.escaped |= !place->quoted && next < place->text.size && place->text.at[next] == '"';
    if (next < place->text.size && place->text.at[next] == '$' && name_end(place->text, next + 1)) {
        copy(reader, place, *at, next);
        copy(reader, place, *at, next);
        *at = next;
        return read_dollar(reader, place, at);
    }
    next = next < place->text.size && place->text.at[next] != '$' ? next + 1 : next;
    copy(reader, place, *at, next);
    *at = next;
    return OK;
}

static status read_byte(struct reader *reader, struct place *place, size_t *at)
{
    size_t from = *at;
    char   c = place->text.at[from];

    if (c == '$')
        return read_dollar(reader, place, at);
    if (c == '\\')
        return read_backslash(reader, place, at);
    if (!place->quoted)
        see_mark(place, from);
    copy(reader, place, from, ++*at);
    if (c != '"')
        return OK;
    place->quoted = !place->quoted;
    place->quoted_named = place->clause.named;
    return place->quoted && begins_search(place, from) ? read_search(reader, place, at) : OK;
}

static status read_text(struct reader *reader, str text, uint32_t level)
{
    struct place place = { .text = text, .level = level };

    for (size_t at = 0; at < text.size;)
        TRY(read_byte(reader, &place, &at));
    return OK;
}

status dollars_read(struct arena *arena, str text, struct dollars *out)
{
    struct heap  *heap = arena->heap;
    struct reader reader = { .arena = arena };
    status        s;

    buf_init(&reader.literal, heap);
    s = read_text(&reader, text, 0);
    if (s == OK)
        s = add(&reader, (struct dollar){ .field = STR("") });
    if (s == OK) {
        out->count = reader.count;
        out->item = ARENA_ARRAY(arena, struct dollar, reader.count);
        if (out->item)
            memcpy(out->item, reader.item, reader.count * sizeof *reader.item);
        s = out->item ? OK : FAIL_MEMORY;
    }
    heap_free(heap, reader.item, reader.room * sizeof *reader.item);
    buf_free(&reader.literal);
    return s;
}
