/* Quantiles of any number of numbers in bounded space: exact up to a number of numbers, beyond that buckets.
 *
 * A bucket holds the numbers that agree in the upper bits of their ordered 64-bit form, and knows its lowest,
 * its highest and their count. When there are more than SKETCH_BUCKETS of them, all drop one bit more. So the
 * buckets depend on the numbers alone, not on their order nor on how they were divided among threads: merging
 * gives the same bytes whatever the partition, which a digest of centroids cannot. Up to SKETCH_BUCKETS
 * distinct numbers nothing is lost at all; beyond, numbers inside a bucket count as evenly spread. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

enum { SKETCH_BUCKETS = 2048 };

struct sketch_bucket {
    double   low, high;
    uint64_t count;
};

struct sketch {
    double               *number;       /* not sorted in yet; all there are while `buckets` is 0 */
    uint32_t              numbers, room;
    struct sketch_bucket *bucket;       /* ascending */
    uint32_t              buckets, bucket_room;
    uint32_t              dropped;      /* lower bits that do not count */
    uint64_t              count;
    uint32_t              exact;        /* so many numbers are kept one by one; set it before the first */
    bool                  unbounded;    /* keep every number (exactperc) */
};

status sketch_add(struct sketch *sketch, double number, struct arena *arena);
/* Ascending buckets of a sketch that has dropped so many bits. */
status sketch_add_buckets(struct sketch *sketch, const struct sketch_bucket *bucket, uint32_t count,
                          uint32_t dropped, struct arena *arena);
status sketch_merge(struct sketch *into, const struct sketch *from, struct arena *arena);

/* The value at `percent` by linear interpolation between ranks (reporting 9.3) or, `nearest`, at rank percent / 100 * n,
 * rounded down; `upper`: beyond the exact range the upper bound of the rank's bucket instead. There must be numbers. */
status sketch_percentile(struct sketch *sketch, double percent, bool nearest, bool upper, struct arena *arena,
                         double *out);
