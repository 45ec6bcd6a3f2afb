#include "command/keywords.h"

#include "plan/plan.h"

static enum term_kind kind_of(const struct node *node)
{
    return node->flags & NODE_WHOLE ? TERM_EXACT : node->flags & NODE_CASED ? TERM_CASE
        : node->flags & NODE_QUOTED ? TERM_PHRASE : TERM_WORD;
}

static status add_keyword(struct keywords *keywords, struct arena *arena, const struct node *node)
{
    struct keyword  keyword = { node->text, kind_of(node) };
    struct keyword *wider;

    if (keyword.text.size == 0 || str_is(keyword.text, "*"))
        return OK;
    for (uint32_t i = 0; i < keywords->count; i++)
        if (keywords->item[i].kind == keyword.kind && str_equal(keywords->item[i].text, keyword.text))
            return OK;
    if (keywords->count == keywords->room) {
        keywords->room = keywords->room ? 2 * keywords->room : 8;
        TRY_NEW(wider = ARENA_ARRAY(arena, struct keyword, keywords->room));
        if (keywords->count)
            memcpy(wider, keywords->item, keywords->count * sizeof *wider);
        keywords->item = wider;
    }
    keywords->item[keywords->count++] = keyword;
    return OK;
}

/* As deep as the parser lets expressions be. */
static status add_words(struct keywords *keywords, struct arena *arena, const struct node *node)
{
    if (node->kind == NODE_TERM)
        return add_keyword(keywords, arena, node);
    if (node->kind != NODE_BINARY)
        return OK;
    for (uint32_t i = 0; i < node->count; i++)
        TRY(add_words(keywords, arena, node->kid[i]));
    return OK;
}

status keywords_find(struct binder *binder, const struct stage *stage, struct keywords *out)
{
    *out = (struct keywords){ 0 };
    for (const struct stage *at = binder->plan ? binder->plan->first : NULL; at && at != stage; at = at->next)
        if (str_is(str_of(at->command->name), "search") && !at->failed && stage_argument(at, 0)->node)
            TRY(add_words(out, binder->arena, stage_argument(at, 0)->node));
    return OK;
}

status keywords_compile(const struct keywords *keywords, uint32_t most, enum cpu_level cpu, struct arena *arena,
                        struct term ***out, uint32_t *count)
{
    *count = keywords->count < most ? keywords->count : most;
    TRY_NEW(*out = ARENA_ARRAY(arena, struct term *, *count + (size_t)1));
    for (uint32_t i = 0; i < *count; i++)
        TRY(term_compile(arena, cpu, keywords->item[i].kind, keywords->item[i].text, &(*out)[i]));
    return OK;
}
