/* sparkline(): an aggregate for each group and bin of time, shown as a multivalue (reporting 9.5). */
#pragma once

#include "command/measures.h"
#include "state/groups.h"

struct batch;
struct sparks;

status sparks_new(const struct measure *measure, str field, struct context *context, struct arena *arena,
                  struct sparks **out);
void   sparks_free(struct sparks *sparks);      /* NULL welcome */

/* `time`: by row, NaN where there is none. */
status sparks_push(struct sparks *sparks, struct batch *batch, const struct grouping *grouping,
                   const double *time,
                   struct arena *step);
status sparks_merge(struct sparks *into, struct sparks *from, const uint32_t *group);
status sparks_cell(struct sparks *sparks, uint32_t group, struct arena *arena, struct cell *out);
