#include "command/centroids.h"

#include "base/hash.h"

#include <math.h>

struct start {                          /* one at work */
    const struct centroids *of;
    uint32_t                count;
    uint32_t               *nearest;
    double                 *away, *centroid;    /* by point: how far from it */
    uint64_t               *size;
    double                  distortion;
    uint64_t                random, work;
};

static double next_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    return (double)(hash_u64(*state) >> 11) / 9007199254740992.0;
}

static double distance_between(const struct centroids *of, const double *a, const double *b)
{
    double sum = 0, a_squares = 0, b_squares = 0;

    for (uint32_t f = 0; f < of->fields; f++) {
        switch (of->distance) {
        case DISTANCE_SQUARES:
            sum += (a[f] - b[f]) * (a[f] - b[f]);
            break;
        case DISTANCE_CITYBLOCK:
            sum += fabs(a[f] - b[f]);
            break;
        default:
            sum += a[f] * b[f];
            a_squares += a[f] * a[f];
            b_squares += b[f] * b[f];
        }
    }
    if (of->distance != DISTANCE_COSINE)
        return sum;
    if (a_squares == 0 || b_squares == 0)
        return a_squares != b_squares;
    return fmax(0, 1 - sum / (sqrt(a_squares) * sqrt(b_squares)));
}

static status count_work(struct start *start, uint64_t work)
{
    start->work += work * start->of->fields;
    if (start->work < 1 << 20)
        return OK;
    start->work = 0;
    return run_check(start->of->run);
}

static void place_centroid(struct start *start, uint32_t number, uint32_t point)
{
    uint32_t fields = start->of->fields;

    memcpy(start->centroid + (size_t)number * fields, start->of->point + (size_t)point * fields, fields * sizeof(double));
}

/* Each point is drawn with a chance that grows with its distance from those drawn before. */
static status draw_start(struct start *start, uint32_t wanted)
{
    const struct centroids *of = start->of;
    uint32_t                drawn = (uint32_t)(next_random(&start->random) * of->points);

    for (uint32_t i = 0; i < of->points; i++)
        start->away[i] = INFINITY;
    for (start->count = 0; start->count < wanted; ) {
        double sum = 0, at;

        place_centroid(start, start->count++, drawn);
        TRY(count_work(start, of->points));
        for (uint32_t i = 0; i < of->points; i++) {
            const double *centroid = start->centroid + (size_t)(start->count - 1) * of->fields;
            start->away[i] = fmin(start->away[i], distance_between(of, of->point + (size_t)i * of->fields, centroid));
            sum += start->away[i];
        }
        if (!(sum > 0))
            return OK;                  /* there are no other points */
        at = next_random(&start->random) * sum;
        for (uint32_t i = 0; i < of->points; i++) {
            if (start->away[i] > 0)
                drawn = i;
            at -= start->away[i];
            if (at < 0)
                break;
        }
    }
    return OK;
}

static status assign(struct start *start)
{
    const struct centroids *of = start->of;

    memset(start->size, 0, start->count * sizeof *start->size);
    start->distortion = 0;
    for (uint32_t i = 0; i < of->points; i++) {
        uint32_t best = 0;
        double   away = INFINITY;

        TRY(count_work(start, start->count));
        for (uint32_t c = 0; c < start->count; c++) {
            double next = distance_between(of, of->point + (size_t)i * of->fields, start->centroid + (size_t)c * of->fields);
            if (next >= away)
                continue;
            best = c;
            away = next;
        }
        start->nearest[i] = best;
        start->away[i] = away;
        start->size[best]++;
        start->distortion += away;
    }
    return OK;
}

/* To the means of their points. */
static void move_centroids(struct start *start)
{
    const struct centroids *of = start->of;
    uint32_t                fields = of->fields;

    for (uint32_t c = 0; c < start->count; c++)
        if (start->size[c])
            memset(start->centroid + (size_t)c * fields, 0, fields * sizeof(double));
    for (uint32_t i = 0; i < of->points; i++)
        for (uint32_t f = 0; f < fields; f++)
            start->centroid[(size_t)start->nearest[i] * fields + f] += of->point[(size_t)i * fields + f];
    for (uint32_t c = 0; c < start->count; c++) {
        uint32_t furthest = 0;

        for (uint32_t f = 0; f < fields && start->size[c]; f++)
            start->centroid[(size_t)c * fields + f] /= (double)start->size[c];
        if (start->size[c])
            continue;
        for (uint32_t i = 1; i < of->points; i++)
            furthest = start->away[i] > start->away[furthest] ? i : furthest;
        place_centroid(start, c, furthest);
        start->away[furthest] = 0;
    }
}

static status run_start(struct start *start, uint32_t wanted)
{
    const struct centroids *of = start->of;
    double                  before = INFINITY;

    TRY(draw_start(start, wanted));
    TRY(assign(start));
    for (uint32_t i = 0; i < of->most && before - start->distortion > of->tolerance; i++) {
        before = start->distortion;
        move_centroids(start);
        TRY(assign(start));
    }
    return OK;
}

/* The centroids as their first points come. */
static void keep_outcome(struct centroids *into, const struct start *start)
{
    uint32_t fields = into->fields;

    into->count = 0;
    into->distortion = start->distortion;
    for (uint32_t c = 0; c < start->count; c++)
        start->size[c] = UINT64_MAX;
    memset(into->size, 0, start->count * sizeof *into->size);
    for (uint32_t i = 0; i < into->points; i++) {
        uint32_t old = start->nearest[i];

        if (start->size[old] == UINT64_MAX) {
            memcpy(into->centroid + (size_t)into->count * fields, start->centroid + (size_t)old * fields,
                   fields * sizeof(double));
            start->size[old] = into->count++;
        }
        into->nearest[i] = (uint32_t)start->size[old];
        into->size[into->nearest[i]]++;
    }
}

static status prepare(struct centroids *centroids, uint32_t count)
{
    struct heap *heap = &centroids->run->heap;

    if (count <= centroids->room)
        return OK;
    centroids_free(centroids);
    centroids->room = count;
    centroids->nearest = heap_alloc(heap, centroids->points * sizeof *centroids->nearest);
    centroids->centroid = heap_zero(heap, (size_t)count * centroids->fields, sizeof(double));
    centroids->size = heap_alloc(heap, count * sizeof *centroids->size);
    return centroids->nearest && centroids->centroid && centroids->size ? OK : FAIL_MEMORY;
}

status centroids_find(struct centroids *centroids, uint32_t count)
{
    struct heap *heap = &centroids->run->heap;
    size_t       points = centroids->points, numbers = (size_t)count * centroids->fields;
    struct start start = { .of = centroids, .random = count,
                           .nearest = heap_alloc(heap, points * sizeof(uint32_t)),
                           .away = heap_alloc(heap, points * sizeof(double)),
                           .centroid = heap_zero(heap, numbers, sizeof(double)),
                           .size = heap_alloc(heap, count * sizeof(uint64_t)) };
    status       result = start.nearest && start.away && start.centroid && start.size ? OK : FAIL_MEMORY;

    centroids->distortion = INFINITY;
    if (result == OK)
        result = prepare(centroids, count);
    for (uint32_t i = 0; i < centroids->starts && result == OK; i++) {
        result = run_start(&start, count);
        if (result == OK && (i == 0 || start.distortion < centroids->distortion))
            keep_outcome(centroids, &start);
    }
    heap_free(heap, start.nearest, points * sizeof(uint32_t));
    heap_free(heap, start.away, points * sizeof(double));
    heap_free(heap, start.centroid, numbers * sizeof(double));
    heap_free(heap, start.size, count * sizeof(uint64_t));
    return result;
}

void centroids_free(struct centroids *centroids)
{
    struct heap *heap = centroids->run ? &centroids->run->heap : NULL;

    if (!heap)
        return;
    heap_free(heap, centroids->nearest, centroids->points * sizeof *centroids->nearest);
    heap_free(heap, centroids->centroid, (size_t)centroids->room * centroids->fields * sizeof(double));
    heap_free(heap, centroids->size, centroids->room * sizeof *centroids->size);
    centroids->nearest = NULL;
    centroids->centroid = NULL;
    centroids->size = NULL;
    centroids->room = 0;
}
