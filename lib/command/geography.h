/* Grids over the earth at several zoom levels, for geostats: which bins a place is in, and the mean place of each.
 *
 * Level z has bins of binspan / 2^z degrees, counted from the south-west corner of the world. A bin is known by one number,
 * which orders bins by level, then from south to north, then from west to east. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "value/cell.h"

enum { ZOOM_MOST = 30 };

struct grid {
    double   span_lat, span_long;           /* degrees at level 0 */
    uint32_t levels;
    double   rows[ZOOM_MOST + 1], columns[ZOOM_MOST + 1], first[ZOOM_MOST + 1];     /* of each level; number of bin 0, 0 */
};

/* False: so many bins that their numbers would not be exact. */
bool   grid_init(struct grid *grid, double span_lat, double span_long, uint32_t levels);
/* Its bins, one a level. The place must be on the earth. */
void   grid_bins(const struct grid *grid, double latitude, double longitude, double *bin);
/* The bin of a coarser level that a bin of the finest one is in: that of every place in it. */
double grid_coarser(const struct grid *grid, double bin, uint32_t level);
/* bin_id_zl_<level>_y_<row>_x_<column>, in `arena`. */
status grid_label(const struct grid *grid, double bin, struct arena *arena, struct cell *out);

static inline bool is_on_earth(double latitude, double longitude)
{
    return latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180;
}
