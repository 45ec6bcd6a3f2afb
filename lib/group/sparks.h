/* sparkline(): an aggregate for each group and bin of time, shown as a multivalue (reporting 9.5). */
#pragma once

#include "group/measures.h"
#include "state/groups.h"

struct batch;
struct sparks;

status sparks_new(const struct measure *measure, str field, struct context *context, struct arena *arena,
                  struct sparks **out);
void   sparks_free(struct sparks *sparks);      /* NULL welcome */

/* No group has a cell any more; the range of times that was seen stays. */
void     sparks_clear(struct sparks *sparks);
uint32_t sparks_cells(const struct sparks *sparks);
uint64_t sparks_width(const struct sparks *sparks);                 /* bins shown of each group, about */
/* See tallies_growth; cells may have to be made once more. */
size_t   sparks_growth(const struct sparks *sparks, uint32_t more);

/* `time`: by row, NaN where there is none. */
status sparks_push(struct sparks *sparks, struct batch *batch, const struct grouping *grouping,
                   const double *time,
                   struct arena *step);
status sparks_merge(struct sparks *into, struct sparks *from, const uint32_t *group);

/* A group's share as cells, and back: first time, last time, starts of bins, for each bin its state as text. `holder`: the
 * ordinal of the row they came in, if they are partial results. */
enum { SPARKS_PARTS = 4 };
status sparks_save(struct sparks *sparks, uint32_t group, struct arena *arena, struct cell *part);
status sparks_load(struct sparks *sparks, uint32_t group, const struct cell *part, uint64_t holder);

/* Has the field of a wildcard had anything to show? */
bool   sparks_show(const struct sparks *sparks);

status sparks_cell(struct sparks *sparks, uint32_t group, struct arena *arena, struct cell *out);
