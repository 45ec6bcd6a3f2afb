/* Paths that become the folders they are in, until few are left: folderize, bucketdir.
 *
 * Rows that have the same path become one first: their sizes are added up. Rows without a path are passed over, of a
 * multivalue the first value counts. A folder is named after the pieces that its paths have in common; that of all paths
 * that begin with a separator is the separator. Rows stand in the order in which their first path was met. Folders that are
 * deeper than PATHS_DEPTH are not told apart. */
#pragma once

#include "plan/bind.h"
#include "rows/results.h"
#include "state/interner.h"

enum { PATHS_SIZES = 2, PATHS_DEPTH = 256 };

struct path {                           /* or a folder */
    str      text;                      /* as it is shown */
    str      place;                     /* where it is: it, or a folder in which it is alone */
    uint32_t pieces, number;            /* of `place`; in order of first sight */
    uint64_t files;                     /* distinct paths in it */
    double   size[PATHS_SIZES];         /* NaN: there are no numbers */
};

struct paths_bound {
    str      path, size[PATHS_SIZES];   /* fields */
    uint32_t sizes;
    str      separator;
    bool     members;                   /* with a column memberCount */
    uint32_t least, most;               /* rows */
    status (*choose)(struct op *op, const struct paths_bound *bound, struct path *path, uint32_t *count);
};

status paths_needs(const struct stage *stage, struct wanted *wanted);
status paths_open(const struct stage *stage, struct run *run, struct op **out);

/* bound->choose: as many pieces of each path as leave few enough folders (folderize); */
status paths_cut(struct op *op, const struct paths_bound *bound, struct path *path, uint32_t *count);
/* or folder by folder, the deepest first, of these the ones with many files and small sizes (bucketdir). */
status paths_roll_up(struct op *op, const struct paths_bound *bound, struct path *path, uint32_t *count);
