/* Hashes of bytes and numbers; not secret-keyed, so tables that hostile data fills must survive collisions. */
#pragma once

#include "base/str.h"

uint64_t hash_bytes(const void *at, size_t size);

static inline uint64_t hash_str(str text) { return hash_bytes(text.at, text.size); }

/* Finaliser of splitmix64: every input bit reaches every output bit. */
static inline uint64_t hash_u64(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ x >> 31;
}
