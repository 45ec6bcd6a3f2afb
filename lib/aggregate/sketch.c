#include "aggregate/sketch.h"

#include "base/compiler.h"

enum {
    RUN = 16,
    SLICE = 250                 /* numbers that are put into buckets at a time */
};

/* Runs of sixteen by insertion, then merges; returns where the result is. */
static double *sort(double *from, double *to, uint32_t count)
{
    for (uint32_t start = 0; start < count; start += RUN)
        for (uint32_t i = start + 1; i < count && i < start + RUN; i++) {
            double   number = from[i];
            uint32_t at = i;
            for (; at > start && from[at - 1] > number; at--)
                from[at] = from[at - 1];
            from[at] = number;
        }
    for (uint64_t run = RUN; run < count; run *= 2) {
        double *swap = from;
        for (uint64_t start = 0; start < count; start += 2 * run) {
            uint64_t middle = start + run < count ? start + run : count;
            uint64_t end = middle + run < count ? middle + run : count;
            uint64_t a = start, b = middle;
            for (uint64_t at = start; at < end; at++)
                to[at] = a < middle && (b == end || from[a] <= from[b]) ? from[a++] : from[b++];
        }
        from = to;
        to = swap;
    }
    return from;
}

static status sort_numbers(struct sketch *sketch, struct arena *arena)
{
    double *spare, *sorted;

    TRY_NEW(spare = arena_alloc(arena, (sketch->numbers + (size_t)1) * sizeof *spare));
    sorted = sort(sketch->number, spare, sketch->numbers);
    if (sorted != sketch->number)
        memcpy(sketch->number, sorted, sketch->numbers * sizeof *sorted);
    return OK;
}

static uint64_t ordered(double number)
{
    uint64_t bits;

    number += 0.0;
    memcpy(&bits, &number, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static inline bool together(const struct sketch *sketch, double a, double b)
{
    return sketch->dropped >= 64 || (ordered(a) >> sketch->dropped) == (ordered(b) >> sketch->dropped);
}

/* Neighbours that agree become one bucket. */
static void join_neighbours(struct sketch *sketch)
{
    struct sketch_bucket *bucket = sketch->bucket;
    uint32_t              kept = 0;

    for (uint32_t i = 1; i < sketch->buckets; i++) {
        if (together(sketch, bucket[kept].low, bucket[i].low)) {
            if (bucket[i].high > bucket[kept].high)
                bucket[kept].high = bucket[i].high;
            bucket[kept].count += bucket[i].count;
        } else {
            bucket[++kept] = bucket[i];
        }
    }
    if (sketch->buckets)
        sketch->buckets = kept + 1;
}

static void shrink(struct sketch *sketch)
{
    join_neighbours(sketch);
    while (sketch->buckets > SKETCH_BUCKETS) {
        sketch->dropped++;
        join_neighbours(sketch);
    }
}

static status bucket_room(struct sketch *sketch, uint32_t wanted, struct arena *arena)
{
    uint32_t              room = sketch->bucket_room * 2;
    struct sketch_bucket *moved;

    if (wanted <= sketch->bucket_room)
        return OK;
    if (room > SKETCH_BUCKETS + SLICE)
        room = SKETCH_BUCKETS + SLICE;
    room = room < wanted ? wanted : room;
    TRY_NEW(moved = arena_alloc(arena, room * sizeof *moved));
    if (sketch->buckets)
        memcpy(moved, sketch->bucket, sketch->buckets * sizeof *moved);
    sketch->bucket = moved;
    sketch->bucket_room = room;
    return OK;
}

/* Merges ascending buckets in from the back. */
static status take_in(struct sketch *sketch, const struct sketch_bucket *more, uint32_t count,
                      struct arena *arena)
{
    struct sketch_bucket *bucket;
    uint32_t              a = sketch->buckets, b = count;

    TRY(bucket_room(sketch, a + b, arena));
    bucket = sketch->bucket;
    for (uint32_t at = a + b; at-- > 0 && b > 0;)
        bucket[at] = a > 0 && bucket[a - 1].low > more[b - 1].low ? bucket[--a] : more[--b];
    sketch->buckets += count;
    shrink(sketch);
    return OK;
}

/* The numbers not sorted in yet go into buckets. */
static status flush(struct sketch *sketch, struct arena *arena)
{
    struct sketch_bucket more[SLICE];

    TRY(sort_numbers(sketch, arena));
    for (uint32_t from = 0; from < sketch->numbers;) {
        uint32_t size = 0;
        for (; from < sketch->numbers && size < COUNT_OF(more); from++, size++)
            more[size] = (struct sketch_bucket){ sketch->number[from], sketch->number[from], 1 };
        TRY(take_in(sketch, more, size, arena));
    }
    sketch->numbers = 0;
    return OK;
}

static status number_room(struct sketch *sketch, struct arena *arena)
{
    uint64_t room = sketch->room ? (uint64_t)sketch->room * 2 : 4;
    double  *moved;

    if (!sketch->unbounded && room > sketch->exact)
        room = sketch->exact;
    if (room > UINT32_MAX)
        return FAIL_LIMIT;
    TRY_NEW(moved = arena_alloc(arena, room * sizeof *moved));
    if (sketch->numbers)
        memcpy(moved, sketch->number, sketch->numbers * sizeof *moved);
    sketch->number = moved;
    sketch->room = (uint32_t)room;
    return OK;
}

status sketch_add(struct sketch *sketch, double number, struct arena *arena)
{
    if (sketch->numbers == sketch->room) {
        if (sketch->room >= sketch->exact && !sketch->unbounded)
            TRY(flush(sketch, arena));
        else
            TRY(number_room(sketch, arena));
    }
    sketch->number[sketch->numbers++] = number;
    sketch->count++;
    return OK;
}

status sketch_add_buckets(struct sketch *sketch, const struct sketch_bucket *bucket, uint32_t count,
                          uint32_t dropped, struct arena *arena)
{
    if (count == 0)
        return OK;
    if (dropped > sketch->dropped)
        sketch->dropped = dropped;
    for (uint32_t i = 0; i < count; i++)
        sketch->count += bucket[i].count;
    return take_in(sketch, bucket, count, arena);
}

status sketch_merge(struct sketch *into, const struct sketch *from, struct arena *arena)
{
    for (uint32_t i = 0; i < from->numbers; i++)
        TRY(sketch_add(into, from->number[i], arena));
    return sketch_add_buckets(into, from->bucket, from->buckets, from->dropped, arena);
}

/* The number of rank `rank` (0: the smallest). */
static double at_rank(const struct sketch *sketch, uint64_t rank, bool upper)
{
    const struct sketch_bucket *bucket = sketch->bucket;

    for (; rank >= bucket->count; bucket++)
        rank -= bucket->count;
    if (upper)
        return bucket->high;
    return bucket->count == 1 ? bucket->low
        : bucket->low + (bucket->high - bucket->low) * ((double)rank / (double)(bucket->count - 1));
}

status sketch_percentile(struct sketch *sketch, double percent, bool nearest, bool upper, struct arena *arena,
                         double *out)
{
    double   place = percent * (double)(nearest ? sketch->count : sketch->count - 1) / 100, low, high;
    uint64_t rank = (uint64_t)place;

    if (nearest)
        place = (double)(rank = rank < sketch->count ? rank : sketch->count - 1);
    if (sketch->unbounded || sketch->count <= sketch->exact) {
        TRY(sort_numbers(sketch, arena));
        low = sketch->number[rank];
        high = sketch->number[rank + 1 < sketch->count ? rank + 1 : rank];
    } else {
        TRY(flush(sketch, arena));
        low = at_rank(sketch, rank, upper);
        high = at_rank(sketch, rank + 1 < sketch->count ? rank + 1 : rank, upper);
        if (upper)
            low = high;
    }
    *out = low + (place - (double)rank) * (high - low);
    return OK;
}
