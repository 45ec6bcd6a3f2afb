/* What to say about a word that cannot stand where it does: what was expected, or what its author rather meant. */
#include "syntax/build.h"

static bool is_name_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* "a, b or c"; each word once, in the order given. */
static str join_words(struct arena *arena, const char **word, int count)
{
    int    kept = 0;
    size_t size = 0;
    char  *text;

    for (int i = 0; i < count; i++) {
        int same = 0;
        while (same < kept && strcmp(word[same], word[i]) != 0)
            same++;
        if (same < kept)
            continue;
        word[kept++] = word[i];
        size += strlen(word[i]) + 4;
    }
    text = arena_alloc(arena, size + 1);
    if (!text || kept == 0)
        return (str){ "", 0 };
    size = 0;
    for (int i = 0; i < kept; i++) {
        const char *comma = i == 0 ? "" : i == kept - 1 ? " or " : ", ";
        memcpy(text + size, comma, strlen(comma));
        size += strlen(comma);
        memcpy(text + size, word[i], strlen(word[i]));
        size += strlen(word[i]);
    }
    return (str){ text, size };
}

/* 5minutes, 2xx.count: a name that only quotes can make a field; empty when `at` does not stand inside
 * one. */
static str broken_name(const struct builder *builder, struct span at)
{
    str      text = builder->passage.text;
    uint32_t from = at.from, to = at.to;

    while (from > 0 && is_name_byte(text.at[from - 1]))
        from--;
    while (to < text.size && is_name_byte(text.at[to]))
        to++;
    if (from == at.from || !is_name_byte(text.at[at.from]))
        return (str){ "", 0 };
    return str_slice(text, from, to);
}

/* 5m, 24h: a span of time, as search and commands take it. */
static bool is_span(str name)
{
    static const char *const units[] = { "s", "sec", "m", "min", "h", "hr", "d", "day", "w", "mon", "y" };
    size_t                   digits = 0;

    while (digits < name.size && name.at[digits] >= '0' && name.at[digits] <= '9')
        digits++;
    for (size_t i = 0; digits && i < COUNT_OF(units); i++)
        if (str_is(str_slice(name, digits, name.size), units[i]))
            return true;
    return false;
}

/* What other languages write here. */
static const char *spelled_elsewhere(str found)
{
    static const struct { const char *found, *here; } table[] = {
        { "&", "and is written AND" }, { "&&", "and is written AND" }, { "is", "null is asked for with isnull(field)" },
        { "between", "a range is written x>=a AND x<=b" }, { "contains", "write like(field, \"%text%\")" },
        { "has", "write like(field, \"%text%\")" }, { "startswith", "write like(field, \"text%\")" },
        { "endswith", "write like(field, \"%text\")" }, { "matches", "write match(field, \"regex\")" },
        { "~", "write match(field, \"regex\")" }, { "=~", "write match(field, \"regex\")" },
        { "regexp", "write match(field, \"regex\")" }, { "rlike", "write match(field, \"regex\")" },
        { "ilike", "write like(lower(field), \"%text%\")" }, { ":", "a field with a colon in its name needs single quotes" },
        { "?", "write if(condition, value, value)" }, { "then", "write if(condition, value, value)" },
        { "else", "write if(condition, value, value)" }, { "when", "write case(condition, value, ...)" },
        { "as", "the name comes first: name=expression" }, { "^", "a power is written pow(x, y)" },
        { "{", "an object is made by json_object(key, value, ...), a field with braces in its name needs single quotes" },
        { "[", "an element of a multivalue is mvindex(field, 0); a subsearch stands where a value can" },
        { "}", "a field with braces in its name needs single quotes" }, { "$", "a $token$ must be filled in before" },
        { "not", "conditions are joined with AND or OR" }, { ";", "commands are joined with |" },
        { "#", "a comment is written ```like this```" }, { "%", "text, such as a time format, needs double quotes" },
    };

    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (str_is_nocase(found, table[i].found))
            return table[i].here;
    return NULL;
}

static str before(const struct builder *builder, uint32_t at)
{
    str text = str_slice(builder->passage.text, 0, at);

    while (text.size && strchr(" \t\r\n", text.at[text.size - 1]))
        text.size--;
    return text;
}

static bool comparison_follows(const struct builder *builder, uint32_t at)
{
    str text = builder->passage.text;

    while (at < text.size && strchr(" \t\r\n", text.at[at]))
        at++;
    return at < text.size && strchr("=<>!", text.at[at]);
}

/* The habits of search, and of other languages, in an expression. NULL: none of these. */
static const char *habit(const struct builder *builder, struct span at, str found, bool target)
{
    str left = before(builder, at.from);

    if (str_find(found, STR("\xE2\x80\x9D"), 0) != SIZE_MAX || str_find(found, STR("\xE2\x80\x99"), 0) != SIZE_MAX)
        return "curly quotes are letters: text is quoted with \"";
    if (left.size > 1 && left.at[left.size - 1] == '*' && is_name_byte(left.at[left.size - 2]))
        return "'*' is no wildcard here: use search, like() with % or match()";
    if ((str_is(found, "*") || str_is(found, "/")) && str_ends(left, STR("/")))
        return "a comment is written ```like this```";
    if (left.size > 2 && str_equal_nocase(str_slice(left, left.size - 2, left.size), STR("in"))
        && !is_name_byte(left.at[left.size - 3]))
        return "IN wants its values in parentheses";
    if (left.size > 3 && str_equal_nocase(str_slice(left, left.size - 2, left.size), STR("if"))
        && !is_name_byte(left.at[left.size - 3]))
        return "write if(condition, value, value)";
    if (!target && found.size && is_name_byte(found.at[0]) && !str_is_nocase(found, "not")
        && comparison_follows(builder, at.to) && broken_name(builder, at).size == 0)
        return builder->assigning ? "assignments are separated by commas" : "conditions are joined with AND or OR";
    return spelled_elsewhere(found);
}

static void advise(struct builder *builder, struct span at, str found, bool expression, const char **expected,
                   int count)
{
    bool        target = count == 1 && strcmp(expected[0], "'='") == 0;
    const char *meant = expression ? habit(builder, at, found, target) : NULL;
    str         name = found.size ? broken_name(builder, at) : found;
    str         wanted = join_words(builder->arena, expected, count);

    if (meant)
        diag_hint(builder->diag, "%s", meant);
    else if (name.size && is_span(name))
        diag_hint(builder->diag, "a time is computed: relative_time(now(), \"-%.*s\")", SHOW(name));
    else if (name.size)
        diag_hint(builder->diag, "a field of this name is written '%.*s', in single quotes", SHOW(name));
    else if (wanted.size)
        diag_hint(builder->diag, "expected %.*s", SHOW(wanted));
}

void build_unexpected(struct builder *builder, struct span at, const char *language, const char **expected, int count)
{
    str found = build_text(builder, at);

    if (builder->failure != OK)
        return;
    if (found.size == 0 && builder->opened) {
        build_unbalanced(builder, (struct span){ builder->opened_at[0], builder->opened_at[0] + 1 }, "parentheses");
        return;
    }
    builder->failure = FAIL_QUERY;
    builder->failed_at = at.from;
    if (build_is_loose(builder, at)) {
        builder->loose = true;
        return;
    }
    while (found.size == 0 && at.from > 0 && strchr(" \t\r\n", builder->passage.text.at[at.from - 1]))
        at.from = --at.to;
    if (found.size == 0)
        diag_at(builder->diag, FAIL_QUERY, build_place(builder, at), "syntax", "The %s is malformed: it ends too early",
                language);
    else
        diag_at(builder->diag, FAIL_QUERY, build_place(builder, at), "syntax", "The %s is malformed: unexpected '%.*s'",
                language, SHOW(found));
    advise(builder, at, found, strcmp(language, "expression") == 0, expected, count);
}
