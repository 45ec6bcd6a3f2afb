#include "state/pairs.h"

#include "base/compiler.h"
#include "base/hash.h"

#include <string.h>

enum {
    FLAT_MOST = 1 << 19,                /* slots of a flat table: 2 MiB */
    SLOTS_LEAST = 1 << 10,
    CACHED = 1 << 15,                   /* slots that stay in the second-level cache: no prefetching below */
    CHUNK = 64
};

void pairs_init(struct pairs *pairs, struct heap *heap)
{
    *pairs = (struct pairs){ .heap = heap, .seed = hash_u64((uintptr_t)pairs) };
}

static void free_slots(struct pairs *pairs)
{
    size_t slots = pairs->hashed ? pairs->slots : (size_t)pairs->width * pairs->height;

    heap_free(pairs->heap, pairs->slot, slots * sizeof *pairs->slot);
    pairs->slot = NULL;
}

void pairs_free(struct pairs *pairs)
{
    free_slots(pairs);
    heap_free(pairs->heap, pairs->key, pairs->room * sizeof *pairs->key);
    pairs_init(pairs, pairs->heap);
}

static inline uint64_t spread(const struct pairs *pairs, uint64_t key)
{
    return hash_u64(key ^ pairs->seed);
}

static status rehash(struct pairs *pairs, uint32_t slots)
{
    uint32_t *restrict slot = heap_zero(pairs->heap, slots, sizeof *slot);
    uint32_t           mask = slots - 1;

    TRY_NEW(slot);
    for (uint32_t i = 0; i < pairs->count;) {
        uint32_t place[CHUNK], size = pairs->count - i < CHUNK ? pairs->count - i : CHUNK;

        for (uint32_t j = 0; j < size; j++) {
            place[j] = (uint32_t)spread(pairs, pairs->key[i + j]) & mask;
            PREFETCH(&slot[place[j]]);
        }
        for (uint32_t j = 0; j < size; j++, i++) {
            uint32_t at = place[j];
            while (slot[at])
                at = (at + 1) & mask;
            slot[at] = i + 1;
        }
    }
    free_slots(pairs);
    pairs->slot = slot;
    pairs->slots = slots;
    pairs->hashed = true;
    pairs->width = pairs->height = 0;
    return OK;
}

/* Room for `more` new keys at a load of at most one half. */
static status reserve_hashed(struct pairs *pairs, uint32_t more)
{
    uint64_t wanted = 2 * ((uint64_t)pairs->count + more), slots = pairs->hashed ? pairs->slots : SLOTS_LEAST;

    while (slots < wanted)
        slots *= 2;
    if (slots > UINT32_MAX)
        return FAIL_LIMIT;
    return pairs->hashed && slots == pairs->slots ? OK : rehash(pairs, (uint32_t)slots);
}

static status reflow(struct pairs *pairs, uint32_t width, uint32_t height)
{
    uint32_t *slot = heap_zero(pairs->heap, (size_t)width * height, sizeof *slot);

    TRY_NEW(slot);
    for (uint32_t i = 0; i < pairs->count; i++)
        slot[(size_t)pairs_first(pairs, i) * width + pairs_second(pairs, i)] = i + 1;
    free_slots(pairs);
    pairs->slot = slot;
    pairs->width = width;
    pairs->height = height;
    return OK;
}

/* A flat table that covers the bounds, or none (then the table is hashed from now on). */
static status reserve_flat(struct pairs *pairs, uint32_t a_bound, uint32_t b_bound)
{
    uint64_t width = pairs->width ? pairs->width : 16, height = pairs->height ? pairs->height : 1;

    if (a_bound <= pairs->height && b_bound <= pairs->width)
        return OK;
    while (width < b_bound)
        width *= 2;
    while (height < a_bound)
        height *= 2;
    if (width * height > FLAT_MOST)
        return reserve_hashed(pairs, 0);
    return reflow(pairs, (uint32_t)width, (uint32_t)height);
}

static status grow_keys(struct pairs *pairs, uint32_t more)
{
    uint64_t wanted = (uint64_t)pairs->count + more, room = pairs->room + (uint64_t)pairs->room / 2;
    uint64_t *key;

    if (wanted <= pairs->room)
        return OK;
    if (wanted >= UINT32_MAX)
        return FAIL_LIMIT;
    if (room < wanted)
        room = wanted;
    key = heap_resize(pairs->heap, pairs->key, pairs->room * sizeof *key, room * sizeof *key);
    TRY_NEW(key);
    pairs->key = key;
    pairs->room = (uint32_t)room;
    return OK;
}

size_t pairs_growth(const struct pairs *pairs, uint32_t more)
{
    uint64_t count = (uint64_t)pairs->count + more;
    size_t   bytes = 0, flat = 2 * (size_t)pairs->width * pairs->height;

    if (count > pairs->room)
        bytes += (pairs->room / 2 + (size_t)more) * sizeof *pairs->key;
    if (!pairs->hashed)
        bytes += (flat < FLAT_MOST ? flat : FLAT_MOST) * sizeof *pairs->slot;
    else if (2 * count > pairs->slots)
        bytes += 2 * (pairs->slots + (size_t)more) * sizeof *pairs->slot;
    return bytes;
}

static void number_flat(struct pairs *pairs, const uint32_t *a, const uint32_t *b, uint32_t count,
                        uint32_t *number)
{
    uint32_t *restrict slot = pairs->slot;
    uint64_t *restrict key = pairs->key;
    size_t             width = pairs->width;
    uint32_t           known = pairs->count;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = a ? a[i] : 0, second = b[i], *at = &slot[first * width + second];
        if (UNLIKELY(!*at)) {
            key[known] = (uint64_t)first << 32 | second;
            *at = ++known;
        }
        number[i] = *at - 1;
    }
    pairs->count = known;
}

static inline uint32_t find_or_add(struct pairs *pairs, uint64_t wanted, uint32_t at)
{
    uint32_t *restrict slot = pairs->slot;
    uint64_t *restrict key = pairs->key;
    uint32_t           mask = pairs->slots - 1;

    for (;; at = (at + 1) & mask) {
        uint32_t found = slot[at];
        if (!found)
            break;
        if (key[found - 1] == wanted)
            return found - 1;
    }
    key[pairs->count] = wanted;
    slot[at] = ++pairs->count;
    return pairs->count - 1;
}

static void number_hashed(struct pairs *pairs, const uint32_t *a, const uint32_t *b, uint32_t count,
                          uint32_t *number)
{
    uint64_t wanted[CHUNK];
    uint32_t place[CHUNK], mask = pairs->slots - 1;
    bool     far = pairs->slots > CACHED;

    for (uint32_t from = 0; from < count; from += CHUNK) {
        uint32_t size = count - from < CHUNK ? count - from : CHUNK;
        for (uint32_t i = 0; i < size; i++) {
            wanted[i] = (uint64_t)(a ? a[from + i] : 0) << 32 | b[from + i];
            place[i] = (uint32_t)spread(pairs, wanted[i]) & mask;
            if (far)
                PREFETCH(&pairs->slot[place[i]]);
        }
        for (uint32_t i = 0; far && i < size; i++)
            if (pairs->slot[place[i]])
                PREFETCH(&pairs->key[pairs->slot[place[i]] - 1]);
        for (uint32_t i = 0; i < size; i++)
            number[from + i] = find_or_add(pairs, wanted[i], place[i]);
    }
}

status pairs_number(struct pairs *pairs, const uint32_t *a, const uint32_t *b, uint32_t count,
                    uint32_t a_bound, uint32_t b_bound, uint32_t *number)
{
    TRY(grow_keys(pairs, count));
    if (!pairs->hashed)
        TRY(reserve_flat(pairs, a_bound, b_bound));
    if (!pairs->hashed) {
        number_flat(pairs, a, b, count, number);
        return OK;
    }
    TRY(reserve_hashed(pairs, count));
    number_hashed(pairs, a, b, count, number);
    return OK;
}

uint32_t pairs_find(const struct pairs *pairs, uint32_t a, uint32_t b)
{
    uint64_t wanted = (uint64_t)a << 32 | b;
    uint32_t mask = pairs->slots - 1, found;

    if (!pairs->hashed)
        return a < pairs->height && b < pairs->width ? pairs->slot[(size_t)a * pairs->width + b] - 1 : UINT32_MAX;
    for (uint32_t at = (uint32_t)spread(pairs, wanted) & mask; (found = pairs->slot[at]); at = (at + 1) & mask)
        if (pairs->key[found - 1] == wanted)
            return found - 1;
    return UINT32_MAX;
}

static uint8_t is_missing(const struct pairs *pairs, uint64_t wanted, uint32_t at)
{
    uint32_t mask = pairs->slots - 1, found;

    for (; (found = pairs->slot[at]); at = (at + 1) & mask)
        if (pairs->key[found - 1] == wanted)
            return 0;
    return 1;
}

void pairs_missing(const struct pairs *pairs, const uint32_t *a, const uint32_t *b, uint32_t count, uint8_t *missing)
{
    for (uint32_t i = 0; i < count && !pairs->hashed; i++)
        missing[i] = a[i] >= pairs->height || b[i] >= pairs->width || !pairs->slot[(size_t)a[i] * pairs->width + b[i]];
    for (uint32_t i = 0; i < count && pairs->hashed; i += CHUNK) {
        uint32_t place[CHUNK], size = count - i < CHUNK ? count - i : CHUNK, mask = pairs->slots - 1;

        for (uint32_t j = 0; j < size; j++) {
            place[j] = (uint32_t)spread(pairs, (uint64_t)a[i + j] << 32 | b[i + j]) & mask;
            PREFETCH(&pairs->slot[place[j]]);
        }
        for (uint32_t j = 0; j < size; j++)
            if (pairs->slot[place[j]])
                PREFETCH(&pairs->key[pairs->slot[place[j]] - 1]);
        for (uint32_t j = 0; j < size; j++)
            missing[i + j] = is_missing(pairs, (uint64_t)a[i + j] << 32 | b[i + j], place[j]);
    }
}
