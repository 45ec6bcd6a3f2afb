#include "knowledge/buckets.h"

struct building {
    uint32_t *first;                    /* by bucket: an item of it */
    uint32_t *bucket;                   /* by item */
};

static uint32_t bucket_of(struct buckets *out, const struct building *building, uint64_t hash, uint32_t item,
                          buckets_same *same, const void *host)
{
    for (uint32_t i = (uint32_t)hash & (out->slots - 1);; i = (i + 1) & (out->slots - 1)) {
        uint32_t bucket = out->slot[i] - 1;

        if (out->slot[i] == 0) {
            out->slot[i] = ++out->count;
            out->hash[out->count - 1] = hash;
            building->first[out->count - 1] = item;
            return out->count - 1;
        }
        if (out->hash[bucket] == hash && same(host, building->first[bucket], item))
            return bucket;
    }
}

status buckets_build(struct buckets *out, struct arena *arena, const uint32_t *at, const uint64_t *hash, uint32_t count,
                     buckets_same *same, const void *host)
{
    struct building building;

    *out = (struct buckets){ .slots = 8 };
    if (count > UINT32_MAX / 4)
        return FAIL_MEMORY;
    while (out->slots < count * 2)
        out->slots *= 2;
    TRY_NEW(out->slot = ARENA_ARRAY(arena, uint32_t, out->slots));
    TRY_NEW(out->hash = arena_alloc(arena, count * sizeof *out->hash));
    TRY_NEW(out->from = ARENA_ARRAY(arena, uint32_t, count + (size_t)2));
    TRY_NEW(out->at = arena_alloc(arena, count * sizeof *out->at));
    TRY_NEW(building.first = arena_alloc(arena, count * sizeof(uint32_t)));
    TRY_NEW(building.bucket = arena_alloc(arena, count * sizeof(uint32_t)));
    for (uint32_t i = 0; i < count; i++) {
        building.bucket[i] = bucket_of(out, &building, hash[i], i, same, host);
        out->from[building.bucket[i] + 2]++;
    }
    for (uint32_t b = 2; b <= out->count; b++)
        out->from[b] += out->from[b - 1];
    for (uint32_t i = 0; i < count; i++)
        out->at[out->from[building.bucket[i] + 1]++] = at[i];
    return OK;
}

uint32_t buckets_find(const struct buckets *buckets, uint64_t hash, buckets_same *same, const void *host)
{
    if (!buckets->slots)
        return UINT32_MAX;
    for (uint32_t i = (uint32_t)hash & (buckets->slots - 1);; i = (i + 1) & (buckets->slots - 1)) {
        uint32_t bucket = buckets->slot[i] - 1;

        if (buckets->slot[i] == 0)
            return UINT32_MAX;
        if (buckets->hash[bucket] == hash && same(host, buckets->at[buckets->from[bucket]], 0))
            return bucket;
    }
}
