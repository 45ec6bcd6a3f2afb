/* Places (rows of a table, in an order that counts) by what they have in common: built once, then read by any thread. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

struct buckets {
    uint32_t *slot;                 /* bucket + 1 by hash; 0: free */
    uint32_t  slots;                /* a power of two, or 0: nothing is in there */
    uint32_t  count;
    uint64_t *hash;                 /* by bucket */
    uint32_t *from;                 /* by bucket: its places are at[from[b]] to at[from[b + 1]], ascending */
    uint32_t *at;
};

/* Is what has the hash the same? `a` is a place in there, `b` another one, or the host's business: what is looked for. */
typedef bool buckets_same(const void *host, uint32_t a, uint32_t b);

/* Of `count` items: at[i] is the place of item i (ascending; one place may have several items), hash[i] its hash. `same` is
 * asked about numbers of items. */
status buckets_build(struct buckets *out, struct arena *arena, const uint32_t *at, const uint64_t *hash, uint32_t count,
                     buckets_same *same, const void *host);

/* The bucket with that hash for which same(host, one of its places, 0), or UINT32_MAX. */
uint32_t buckets_find(const struct buckets *buckets, uint64_t hash, buckets_same *same, const void *host);
