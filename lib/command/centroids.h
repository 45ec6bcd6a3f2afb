/* Points in groups around centroids, each with the centroid that it is nearest to: Lloyd's algorithm, from several starts.
 *
 * Starts are drawn as k-means++ does, far from each other, from numbers that are the same in every run; the outcome with the
 * smallest distortion counts, of equal ones the first. A centroid that loses all of its points goes to the point that is
 * furthest from its own. Everything happens in the order of the points, so the last digit is the same, too. */
#pragma once

#include "base/heap.h"
#include "base/status.h"
#include "flow/run.h"

enum distance { DISTANCE_SQUARES, DISTANCE_CITYBLOCK, DISTANCE_COSINE };

struct centroids {
    struct run    *run;
    const double  *point;               /* `points` of them, `fields` numbers each */
    uint32_t       points, fields;
    enum distance  distance;
    uint32_t       starts, most;        /* iterations of each */
    double         tolerance;           /* done when the distortion falls by no more */

    /* The outcome. */
    uint32_t       count;               /* fewer than asked for if there are fewer different points */
    uint32_t      *nearest;             /* by point: its centroid; numbered in the order of their first points */
    double        *centroid;            /* `fields` numbers each */
    uint64_t      *size;                /* by centroid: points */
    double         distortion;          /* sum of the distances */
    uint32_t       room;                /* private: centroids that there is room for */
};

/* `centroids` has the public fields, and zeroes or the outcome for another count. */
status centroids_find(struct centroids *centroids, uint32_t count);
void   centroids_free(struct centroids *centroids);
