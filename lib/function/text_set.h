/* A set of texts, made once and then only asked: the literals of IN. Exact bytes; who wants case ignored
 * folds before.
 *
 * Most askers are not in it, and most of those are found out by their size alone. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "base/status.h"

struct text_set {
    str      *text;
    uint32_t  count, slots;         /* slots: a power of two, or 0 */
    uint32_t *slot;                 /* number of a text + 1 */
    uint32_t *tag;                  /* of its hash */
    uint64_t  sizes;                /* bit (size mod 64) for each text */
};

/* The texts are borrowed. */
status text_set_make(struct text_set *set, struct arena *arena, const str *text, uint32_t count);

bool   text_set_find(const struct text_set *set, str text);

static inline bool text_set_has(const struct text_set *set, str text)
{
    return (set->sizes >> (text.size & 63) & 1) && text_set_find(set, text);
}
