#include "function/text_set.h"

static uint32_t tag_of(str text, uint64_t *hash)
{
    *hash = hash_str(text);
    return (uint32_t)(*hash >> 32);
}

static void put(struct text_set *set, str text)
{
    uint64_t hash;
    uint32_t tag = tag_of(text, &hash), i = (uint32_t)hash & (set->slots - 1);

    for (; set->slot[i]; i = (i + 1) & (set->slots - 1))
        if (set->tag[i] == tag && str_equal(set->text[set->slot[i] - 1], text))
            return;
    set->text[set->count++] = text;
    set->slot[i] = set->count;
    set->tag[i] = tag;
    set->sizes |= (uint64_t)1 << (text.size & 63);
}

status text_set_make(struct text_set *set, struct arena *arena, const str *text, uint32_t count)
{
    uint32_t slots = 8;

    *set = (struct text_set){ 0 };
    if (count == 0)
        return OK;
    while (slots / 2 < count && slots < (1u << 30))
        slots *= 2;
    TRY_NEW(set->text = ARENA_ARRAY(arena, str, count));
    TRY_NEW(set->slot = ARENA_ARRAY(arena, uint32_t, slots));
    TRY_NEW(set->tag = ARENA_ARRAY(arena, uint32_t, slots));
    set->slots = slots;
    for (uint32_t i = 0; i < count; i++)
        put(set, text[i]);
    return OK;
}

bool text_set_find(const struct text_set *set, str text)
{
    uint64_t hash;
    uint32_t tag;

    if (set->count <= 4) {              /* a few are compared faster than hashed */
        for (uint32_t i = 0; i < set->count; i++)
            if (str_equal(set->text[i], text))
                return true;
        return false;
    }
    tag = tag_of(text, &hash);
    for (uint32_t i = (uint32_t)hash & (set->slots - 1); set->slot[i]; i = (i + 1) & (set->slots - 1))
        if (set->tag[i] == tag && str_equal(set->text[set->slot[i] - 1], text))
            return true;
    return false;
}
