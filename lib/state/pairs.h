/* Numbers for pairs of 32-bit numbers: (a, b) -> 0, 1, 2 ... in order of first sight.
 *
 * A group of several keys is a chain of pairs of codes; a distinct value of a group is a pair of group and
 * code. While the area of all possible pairs is small it is a flat array and nothing is hashed; else open
 * addressing with 32-bit slots that point into the dense array of keys, looked up a few dozen at a time so
 * that cache misses overlap. */
#pragma once

#include "base/heap.h"
#include "base/status.h"

#include <stdbool.h>

struct pairs {
    struct heap *heap;
    uint64_t    *key;                   /* by number: a << 32 | b */
    uint32_t     count, room;
    uint32_t    *slot;                  /* number + 1, 0: free; flat: index is a * width + b */
    uint32_t     slots;                 /* hashed: a power of two */
    uint32_t     width, height;         /* flat; width a power of two; 0: hashed */
    bool         hashed;
    uint64_t     seed;                  /* an address: data cannot be made to collide */
};

void     pairs_init(struct pairs *pairs, struct heap *heap);
void     pairs_free(struct pairs *pairs);

/* The numbers of `count` pairs, made where they are new. `a` NULL: 0 everywhere. Every a is below a_bound and
 * every b below b_bound; the bounds may grow from call to call. number may be a or b itself. */
status   pairs_number(struct pairs *pairs, const uint32_t *a, const uint32_t *b, uint32_t count,
                      uint32_t a_bound, uint32_t b_bound, uint32_t *number);

/* The number of a pair, or UINT32_MAX; nothing is made. */
uint32_t pairs_find(const struct pairs *pairs, uint32_t a, uint32_t b);

/* 1 where a pair is not there; nothing is made. */
void     pairs_missing(const struct pairs *pairs, const uint32_t *a, const uint32_t *b, uint32_t count, uint8_t *missing);

/* Bytes that `more` pairs may ask for at once, when the tables grow. */
size_t   pairs_growth(const struct pairs *pairs, uint32_t more);

static inline uint32_t pairs_first(const struct pairs *pairs, uint32_t number)
{
    return (uint32_t)(pairs->key[number] >> 32);
}

static inline uint32_t pairs_second(const struct pairs *pairs, uint32_t number)
{
    return (uint32_t)pairs->key[number];
}
