/* Sets of tuples of values: what `dedup` remembers.
 *
 * A tuple is written as bytes, value by value, each with its length, so that ("a","bc") is not ("ab","c") and a list is not
 * its joined text. Values count as their text: a number equals the text that it prints as; 1 and 1.0 differ. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "value/cell.h"

/* Appends a value, decoded; null is a value like others here. */
void key_put(struct buf *key, const struct cell *cell);

struct key_set {
    struct heap  *heap;
    struct arena  arena;                /* bytes of the keys */
    struct known_key { const char *at; uint32_t size; uint64_t hash; } *key;
    uint32_t      count, capacity;
    uint32_t     *slot;                 /* number of a key + 1, 0: free */
    uint32_t      slots;
};

void   key_set_init(struct key_set *set, struct heap *heap);
void   key_set_free(struct key_set *set);

/* The key's number: keys are numbered from 0 in order of first sight; *fresh: it was not there. The bytes are copied. */
status key_set_number(struct key_set *set, str key, uint32_t *number, bool *fresh);
