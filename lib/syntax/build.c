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
    builder->failed_at = at.from;
    diag_at(builder->diag, FAIL_QUERY, build_place(builder, at), code, "%s", message);
}

void build_unbalanced(struct builder *builder, struct span at, const char *what)
{
    if (builder->unbalanced || builder->failure == FAIL_MEMORY)
        return;
    builder->unbalanced = true;
    builder->failure = FAIL_QUERY;
    builder->failed_at = (uint32_t)builder->passage.text.size;
    diag_at(builder->diag, FAIL_QUERY, build_place(builder, at), "unbalanced", "Unbalanced %s", what);
}

void build_unclosed_name(struct builder *builder, struct span at)
{
    bool first = !builder->unbalanced && builder->failure != FAIL_MEMORY;

    build_unbalanced(builder, at, "quotes");
    if (first)
        diag_hint(builder->diag, "single quotes hold the name of a field, which may have no pipe in it");
}

void build_nameless(struct builder *builder, struct span at)
{
    build_fail(builder, at, "bad-field", "two single quotes hold no name of a field");
    diag_hint(builder->diag, "empty text is written \"\"");
}

void build_too_deep(struct builder *builder, struct span at)
{
    if (builder->failure == OK)
        build_fail(builder, at, "nesting", "the query is nested too deeply");
    builder->unbalanced = true;
}
