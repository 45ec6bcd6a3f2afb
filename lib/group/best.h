/* The best few of any number of candidates that come one by one, each with its place in that order: memory for the few. */
#pragma once

#include "base/heap.h"
#include "base/status.h"

#include <stdbool.h>

struct best_item {
    double   score;                         /* NaN: none, comes last either way */
    uint64_t place;
    uint32_t rank;                          /* once settled: 0 is the best */
};

struct best {
    struct heap      *heap;
    struct best_item *item;                 /* once settled: `count` of them, best first; of equal ones the first to come */
    uint32_t          count, room, most;
    bool              top;                  /* the largest score is best, or the smallest */
    bool              full;                 /* private: there are as many as are wanted, */
    double            bar;                  /* and what comes now must be better than this */
};

void   best_init(struct best *best, struct heap *heap, double most, bool top);
void   best_free(struct best *best);
void   best_clear(struct best *best);       /* no candidates yet */
status best_add(struct best *best, double score, uint64_t place);
void   best_settle(struct best *best);
void   best_by_place(struct best *best);    /* settled ones in the order in which they came */
