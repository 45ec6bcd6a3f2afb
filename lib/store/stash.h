/* Texts of events that collect makes of rows without a text of their own, as summary indexes have them:
 *
 *     04/20/2017 19:00:00 -0400, info_min_time=1492660800.000, info_search_time=1494272376.009, count="2", u="a \"b\"",
 *     report=x
 *
 * a time, what is known about the search, the fields by name, and the marker, with a comma and a blank between. Quotes and
 * backslashes in values have a backslash before them; a name that holds one of `",=` stands in quotes, too. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

struct marker_pair {
    str name, value;
};

void stash_next(struct buf *out);                       /* what stands between two pieces, if there is one before */
void stash_put(struct buf *out, str name, str value);

/* The pairs of a marker, "a=b, c=\"d e\"", in `arena`; what is no pair is left out, and *odd is where the first such
 * begins. */
status marker_read(str marker, struct arena *arena, struct marker_pair **out, uint32_t *count, const char **odd);
