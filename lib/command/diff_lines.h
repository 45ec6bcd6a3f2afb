/* Which lines of two texts are the same: a shortest list of lines to delete and to insert (Myers' algorithm).
 *
 * Time and memory grow with the square of the number of differences: beyond DIFF_MOST of them, everything between the lines
 * that both texts begin and end with counts as replaced, which is true as well, and longer. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

enum { DIFF_MOST = 2000 };

struct diff_step {                      /* lines that are the same, or lines of the one against lines of the other */
    bool     same;
    uint32_t from[2], to[2];            /* lines of either text; same: as many */
};

struct diff_lines {
    const str              *line[2];
    uint32_t                lines[2];
    const struct diff_step *step;       /* same and different take turns */
    uint32_t                steps;
};

/* All in `arena`. */
status diff_lines(str left, str right, struct arena *arena, struct diff_lines *out);
