#include "syntax/build.h"

#include <assert.h>

void *build_reserve(struct builder *builder, size_t size)
{
    size_t from = builder->reserved;

    size = (size + 15) & ~(size_t)15;
    assert(from + size <= BUILDER_RESERVE);
    builder->reserved += size;
    return builder->reserve + from;
}

status build_run(struct builder *builder, scan_fn *scan)
{
    struct heap *heap = builder->arena->heap;
    size_t       size = builder->passage.text.size;
    char        *copy;

    if (size > PASSAGE_MOST)
        return diag_at(builder->diag, FAIL_QUERY, builder->passage.span, "too-long", "the query is too long");
    copy = heap_alloc(heap, size + 2);
    TRY_NEW(copy);
    if (size)
        memcpy(copy, builder->passage.text.at, size);
    copy[size] = copy[size + 1] = 0;
    if (scan(builder, copy, size + 2) != 0 && builder->failure == OK)
        builder->failure = FAIL_BUG;
    heap_free(heap, copy, size + 2);
    return builder->failure;
}

struct span build_place(const struct builder *builder, struct span at)
{
    return passage_place(&builder->passage, at.from, at.to);
}

str build_text(const struct builder *builder, struct span at)
{
    return str_slice(builder->passage.text, at.from, at.to);
}

void *build_lost(struct builder *builder)
{
    builder->failure = FAIL_MEMORY;
    return NULL;
}

void *build_stack(struct builder *builder, size_t size)
{
    void *block = arena_alloc(builder->arena, size);

    return block ? block : build_lost(builder);
}

/* --- errors ---------------------------------------------------------------------------------------------------- */

void build_fail(struct builder *builder, struct span at, const char *code, const char *message)
{
    if (builder->failure != FAIL_MEMORY)
        builder->failure = FAIL_QUERY;
    diag_at(builder->diag, FAIL_QUERY, build_place(builder, at), code, "%s", message);
}

void build_unbalanced(struct builder *builder, struct span at, const char *what)
{
    if (builder->unbalanced || builder->failure == FAIL_MEMORY)
        return;
    builder->unbalanced = true;
    builder->failure = FAIL_QUERY;
    diag_at(builder->diag, FAIL_QUERY, build_place(builder, at), "unbalanced", "Unbalanced %s", what);
}

void build_too_deep(struct builder *builder, struct span at)
{
    if (builder->failure == OK)
        build_fail(builder, at, "nesting", "the query is nested too deeply");
    builder->unbalanced = true;
}

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
    };

    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (str_is_nocase(found, table[i].found))
            return table[i].here;
    return NULL;
}

void build_unexpected(struct builder *builder, struct span at, const char *language, const char **expected, int count)
{
    str         wanted, name, found = build_text(builder, at);
    const char *elsewhere = strcmp(language, "expression") == 0 ? spelled_elsewhere(found) : NULL;

    if (builder->failure != OK)
        return;
    builder->failure = FAIL_QUERY;
    while (found.size == 0 && at.from > 0 && strchr(" \t\r\n", builder->passage.text.at[at.from - 1]))
        at.from = --at.to;
    if (found.size == 0)
        diag_at(builder->diag, FAIL_QUERY, build_place(builder, at), "syntax", "The %s is malformed: it ends too early",
                language);
    else
        diag_at(builder->diag, FAIL_QUERY, build_place(builder, at), "syntax", "The %s is malformed: unexpected '%.*s'",
                language, SHOW(found));
    name = found.size ? broken_name(builder, at) : found;
    wanted = join_words(builder->arena, expected, count);
    if (elsewhere)
        diag_hint(builder->diag, "%s", elsewhere);
    else if (name.size)
        diag_hint(builder->diag, "a field of this name is written '%.*s', in single quotes", SHOW(name));
    else if (wanted.size)
        diag_hint(builder->diag, "expected %.*s", SHOW(wanted));
}
