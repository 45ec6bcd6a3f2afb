#include "knowledge/match_index.h"

#include "base/hash.h"
#include "text/fold.h"
#include "text/wildcard.h"

#include <stdlib.h>

/* --- columns ------------------------------------------------------------------------------------------------------- */

static bool has_star(str text) { return text.size && memchr(text.at, '*', text.size); }

status match_column_make(struct match_column *out, struct arena *arena, enum cpu_level cpu, bool any_case,
                         const struct cell *cell, const uint32_t *row)
{
    TRY_NEW(out->text = ARENA_ARRAY(arena, str, out->places));
    if (out->type == MATCH_WILDCARD)
        TRY_NEW(out->pattern = ARENA_ARRAY(arena, struct wildcard *, out->places));
    if (out->type == MATCH_CIDR)
        TRY_NEW(out->block = ARENA_ARRAY(arena, struct cidr, out->places));
    for (uint32_t place = 0; place < out->places; place++) {
        const struct cell *from = &cell[row ? row[place] : place];
        str               *text = &out->text[place];

        if (from->kind == KIND_NULL)
            continue;
        *text = cell_str(from);
        if (any_case && out->type != MATCH_CIDR)
            TRY_NEW((*text = fold_copy(arena, *text)).at);
        if (out->type == MATCH_WILDCARD && has_star(*text))
            TRY(wildcard_compile(arena, cpu, WILDCARD_STAR, false, *text, &out->pattern[place]));
        if (out->type == MATCH_CIDR && !cidr_parse(*text, &out->block[place]))
            out->block[place].base.family = 0;
    }
    return OK;
}

/* --- hashes -------------------------------------------------------------------------------------------------------- */

static uint64_t hash_block(const struct address *base, uint8_t bits)
{
    return hash_u64(base->high ^ hash_u64(base->low ^ hash_u64((uint64_t)base->family << 8 | bits)));
}

static uint32_t gram_at(const char *at)
{
    uint32_t gram;

    memcpy(&gram, at, GRAM);
    return gram;
}

static uint32_t gram_hash(uint32_t gram) { return gram * 0x9e3779b1u >> (32 - GRAM_BITS); }

/* Is match `m` part of the hash of whole texts? */
static bool is_hashed(const struct match_index *index, uint32_t m)
{
    return index->exact ? index->key[m]->type == MATCH_EXACT : m == index->leader;
}

static uint64_t hash_place(const struct match_index *index, uint32_t place)
{
    uint64_t hash = 0;

    for (uint32_t m = 0; m < index->matches; m++)
        if (is_hashed(index, m))
            hash = hash_u64(hash ^ hash_str(index->key[m]->text[place]));
    return hash;
}

/* --- building ------------------------------------------------------------------------------------------------------ */

struct items {
    const struct match_index *index;
    uint32_t                 *place;
    uint64_t                 *hash;
    uint32_t                  count;
};

static bool same_texts(const void *host, uint32_t a, uint32_t b)
{
    const struct items       *items = host;
    const struct match_index *index = items->index;

    for (uint32_t m = 0; m < index->matches; m++)
        if (is_hashed(index, m) &&
            !str_equal(index->key[m]->text[items->place[a]], index->key[m]->text[items->place[b]]))
            return false;
    return true;
}

static bool same_gram(const void *host, uint32_t a, uint32_t b)
{
    const struct items *items = host;

    return items->index->gram[items->place[a]] == items->index->gram[items->place[b]];
}

static bool same_block(const void *host, uint32_t a, uint32_t b)
{
    const struct items *items = host;
    const struct cidr  *block = items->index->key[items->index->leader]->block;
    const struct cidr  *one = &block[items->place[a]], *other = &block[items->place[b]];

    return one->bits == other->bits && one->base.family == other->base.family && one->base.high == other->base.high &&
           one->base.low == other->base.low;
}

static status items_make(struct items *items, const struct match_index *index, struct arena *arena)
{
    uint32_t places = index->key[0]->places;

    *items = (struct items){ .index = index };
    TRY_NEW(items->place = arena_alloc(arena, places * sizeof *items->place));
    TRY_NEW(items->hash = arena_alloc(arena, places * sizeof *items->hash));
    return OK;
}

static void items_add(struct items *items, uint32_t place, uint64_t hash)
{
    items->place[items->count] = place;
    items->hash[items->count++] = hash;
}

static status build_exact(struct match_index *index, struct arena *arena)
{
    struct items items;

    TRY(items_make(&items, index, arena));
    for (uint32_t place = 0; place < index->key[0]->places; place++) {
        bool whole = true;

        for (uint32_t m = 0; m < index->matches; m++)
            whole &= index->key[m]->text[place].at != NULL;
        if (whole)
            items_add(&items, place, hash_place(index, place));
    }
    return buckets_build(&index->whole, arena, items.place, items.hash, items.count, same_texts, &items);
}

static status build_blocks(struct match_index *index, struct arena *arena)
{
    const struct match_column *key = index->key[index->leader];
    struct items               items;

    TRY(items_make(&items, index, arena));
    for (uint32_t place = 0; place < key->places; place++) {
        const struct cidr *block = &key->block[place];

        if (!block->base.family)
            continue;
        index->bits[block->base.family == 6][block->bits] = true;
        items_add(&items, place, hash_block(&block->base, block->bits));
    }
    return buckets_build(&index->blocks, arena, items.place, items.hash, items.count, same_block, &items);
}

/* Calls for each run of four bytes of a pattern without a star in it. False: it has none. */
static bool each_gram(str text, void (*found)(void *host, uint32_t gram), void *host)
{
    bool any = false;

    for (size_t i = 0; i + GRAM <= text.size; i++) {
        if (memchr(text.at + i, '*', GRAM))
            continue;
        found(host, gram_at(text.at + i));
        any = true;
    }
    return any;
}

struct rare {
    uint32_t *count;                    /* by hash */
    uint32_t  best;
    bool      any;
};

static void count_gram(void *host, uint32_t gram)
{
    ((struct rare *)host)->count[gram_hash(gram)]++;
}

static void choose_gram(void *host, uint32_t gram)
{
    struct rare *rare = host;

    if (!rare->any || rare->count[gram_hash(gram)] < rare->count[gram_hash(rare->best)])
        rare->best = gram;
    rare->any = true;
}

static status build_patterns(struct match_index *index, struct arena *arena)
{
    const struct match_column *key = index->key[index->leader];
    struct items               whole, grams;
    struct rare                rare = { 0 };

    TRY(items_make(&whole, index, arena));
    TRY(items_make(&grams, index, arena));
    TRY_NEW(rare.count = ARENA_ARRAY(arena, uint32_t, 1 << GRAM_BITS));
    TRY_NEW(index->gram = ARENA_ARRAY(arena, uint32_t, key->places));
    TRY_NEW(index->gram_bits = ARENA_ARRAY(arena, uint64_t, (1 << GRAM_BITS) / 64));
    TRY_NEW(index->rest = arena_alloc(arena, key->places * sizeof *index->rest));
    for (uint32_t place = 0; place < key->places; place++)
        if (key->pattern[place])
            each_gram(key->text[place], count_gram, &rare);
    for (uint32_t place = 0; place < key->places; place++) {
        rare.any = false;
        if (!key->text[place].at)
            continue;
        if (!key->pattern[place]) {
            items_add(&whole, place, hash_place(index, place));
        } else if (each_gram(key->text[place], choose_gram, &rare)) {
            uint32_t hash = gram_hash(rare.best);

            index->gram[place] = rare.best;
            index->gram_bits[hash / 64] |= 1ull << hash % 64;
            items_add(&grams, place, hash_u64(rare.best));
        } else {
            index->rest[index->rests++] = place;
        }
    }
    TRY(buckets_build(&index->whole, arena, whole.place, whole.hash, whole.count, same_texts, &whole));
    return buckets_build(&index->grams, arena, grams.place, grams.hash, grams.count, same_gram, &grams);
}

status match_index_build(struct match_index *index, struct arena *arena)
{
    for (uint32_t m = 0; m < index->matches; m++)
        index->exact |= index->key[m]->type == MATCH_EXACT;
    if (index->exact)
        return build_exact(index, arena);
    return index->key[index->leader]->type == MATCH_CIDR ? build_blocks(index, arena) : build_patterns(index, arena);
}

/* --- searching ----------------------------------------------------------------------------------------------------- */

/* As same_texts: places against what is looked for. */
static bool is_sought_text(const void *host, uint32_t place, uint32_t unused)
{
    const struct match_search *search = host;
    const struct match_index  *index = search->index;

    (void)unused;
    for (uint32_t m = 0; m < index->matches; m++)
        if (is_hashed(index, m) && !str_equal(index->key[m]->text[place], search->text[m]))
            return false;
    return true;
}

struct sought_gram {
    const struct match_index *index;
    uint32_t                  gram;
};

static bool is_sought_gram(const void *host, uint32_t place, uint32_t unused)
{
    const struct sought_gram *sought = host;

    (void)unused;
    return sought->index->gram[place] == sought->gram;
}

struct sought_block {
    const struct cidr *block;           /* by place */
    struct address     base;
    uint8_t            bits;
};

static bool is_sought_block(const void *host, uint32_t place, uint32_t unused)
{
    const struct sought_block *sought = host;
    const struct cidr         *block = &sought->block[place];

    (void)unused;
    return block->bits == sought->bits && block->base.family == sought->base.family &&
           block->base.high == sought->base.high && block->base.low == sought->base.low;
}

/* Room for one more in an array of the arena. */
static status push(struct arena *arena, uint32_t **array, uint32_t *count, uint32_t *room, uint32_t value)
{
    uint32_t *grown;

    if (*count == *room) {
        if (*room > UINT32_MAX / 4)
            return FAIL_MEMORY;
        TRY_NEW(grown = arena_alloc(arena, (*room ? *room * 2 : 64) * sizeof *grown));
        if (*count)
            memcpy(grown, *array, *count * sizeof *grown);
        *array = grown;
        *room = *room ? *room * 2 : 64;
    }
    (*array)[(*count)++] = value;
    return OK;
}

/* Every match that the leaders have not settled. */
static bool place_matches(const struct match_search *search, uint32_t place, bool led)
{
    const struct match_index *index = search->index;

    for (uint32_t m = 0; m < index->matches; m++) {
        const struct match_column *key = index->key[m];

        if (led && is_hashed(index, m))
            continue;
        if (!key->text[place].at)
            return false;
        if (key->type == MATCH_CIDR) {
            if (!key->block[place].base.family || !search->address[m].family ||
                !cidr_contains(&key->block[place], &search->address[m]))
                return false;
        } else if (key->type == MATCH_WILDCARD && key->pattern[place]) {
            if (!wildcard_match(key->pattern[place], search->text[m]))
                return false;
        } else if (!str_equal(key->text[place], search->text[m])) {
            return false;
        }
    }
    return true;
}

/* The first of ascending places that is not below `first`. */
static uint32_t lower_bound(const uint32_t *place, uint32_t count, uint32_t first)
{
    uint32_t from = 0;

    while (from < count) {
        uint32_t middle = from + (count - from) / 2;

        if (place[middle] < first)
            from = middle + 1;
        else
            count = middle;
    }
    return from;
}

/* From ascending places, which may occur twice. */
static status take(struct match_search *search, const uint32_t *place, uint32_t count, bool led)
{
    uint32_t taken = 0;

    for (uint32_t i = lower_bound(place, count, search->first); i < count && place[i] < search->end; i++) {
        if (taken == search->most)
            break;
        if ((i && place[i] == place[i - 1]) || !place_matches(search, place[i], led))
            continue;
        TRY(push(search->arena, &search->found, &search->count, &search->room, place[i]));
        taken++;
    }
    return OK;
}

static status add_candidates(struct match_search *search, const struct buckets *buckets, uint32_t bucket)
{
    if (bucket == UINT32_MAX)
        return OK;
    for (uint32_t i = buckets->from[bucket]; i < buckets->from[bucket + 1]; i++)
        TRY(push(search->arena, &search->candidate, &search->candidates, &search->candidate_room, buckets->at[i]));
    return OK;
}

static uint64_t sought_hash(const struct match_search *search)
{
    uint64_t hash = 0;

    for (uint32_t m = 0; m < search->index->matches; m++)
        if (is_hashed(search->index, m))
            hash = hash_u64(hash ^ hash_str(search->text[m]));
    return hash;
}

static status find_patterns(struct match_search *search)
{
    const struct match_index *index = search->index;
    str                       text = search->text[index->leader];
    struct sought_gram        sought = { index, 0 };

    TRY(add_candidates(search, &index->whole, buckets_find(&index->whole, sought_hash(search), is_sought_text, search)));
    for (size_t i = 0; i + GRAM <= text.size && index->grams.count; i++) {
        uint32_t hash, bucket;

        sought.gram = gram_at(text.at + i);
        hash = gram_hash(sought.gram);
        if (!(index->gram_bits[hash / 64] >> hash % 64 & 1))
            continue;
        bucket = buckets_find(&index->grams, hash_u64(sought.gram), is_sought_gram, &sought);
        if (bucket == UINT32_MAX || search->seen[bucket] == search->number)
            continue;
        search->seen[bucket] = search->number;
        TRY(add_candidates(search, &index->grams, bucket));
    }
    for (uint32_t i = 0; i < index->rests; i++)
        TRY(push(search->arena, &search->candidate, &search->candidates, &search->candidate_room, index->rest[i]));
    return OK;
}

static status find_blocks(struct match_search *search)
{
    const struct match_index *index = search->index;
    const struct address     *address = &search->address[index->leader];
    struct sought_block       sought = { .block = index->key[index->leader]->block };
    uint8_t                   most = address->family == 6 ? 128 : 32;

    for (uint8_t bits = 0; address->family && bits <= most; bits++) {
        struct cidr block;

        if (!index->bits[address->family == 6][bits])
            continue;
        block = cidr_around(address, bits);
        sought.base = block.base;
        sought.bits = bits;
        TRY(add_candidates(search, &index->blocks,
                           buckets_find(&index->blocks, hash_block(&block.base, bits), is_sought_block, &sought)));
    }
    return OK;
}

static int ascending(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

    return one < other ? -1 : one > other;
}

status match_search_run(struct match_search *search)
{
    const struct match_index *index = search->index;

    for (uint32_t m = 0; m < index->matches; m++)
        if (index->key[m]->type == MATCH_CIDR && !address_parse(search->text[m], &search->address[m]))
            search->address[m].family = 0;
    if (index->exact) {
        uint32_t bucket = buckets_find(&index->whole, sought_hash(search), is_sought_text, search);

        if (bucket == UINT32_MAX)
            return OK;
        return take(search, index->whole.at + index->whole.from[bucket],
                    index->whole.from[bucket + 1] - index->whole.from[bucket], true);
    }
    search->candidates = 0;
    TRY(index->key[index->leader]->type == MATCH_CIDR ? find_blocks(search) : find_patterns(search));
    if (search->candidates > 1)
        qsort(search->candidate, search->candidates, sizeof *search->candidate, ascending);
    return take(search, search->candidate, search->candidates, false);
}
