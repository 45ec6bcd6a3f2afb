/* What running.c and running_window.c share. Private to them. */
#pragma once

#include "command/running.h"

/* --- running.c ------------------------------------------------------------------------------------------------------- */

/* A fresh state of every aggregate. */
status running_slot(struct running *running, uint32_t *slot);
/* The group of a number; made if it is new. */
status running_group_at(struct running *running, uint32_t number, struct running_group **out);

/* Do the argument's aggregates look at texts, or is it enough to know the numbers and how many values there are? */
bool running_wants_text(const struct argument_values *argument);
/* A finite number, or a text that spells one. */
bool running_number(const struct cell *cell, double *number);

/* Values go to scratch.cell, their times to scratch.time, and from there to a state. `count`: how many there are. */
status running_gather(struct running *running, uint32_t *count, const struct cell *cell, bool unsettled);
status running_gather_row(struct running *running, uint32_t number, uint32_t row, uint32_t *count);
status running_times(struct running *running, uint32_t from, uint32_t to, double time);
status running_feed(struct running *running, struct argument_values *argument, uint32_t count, uint32_t slot,
                    uint64_t ordinal, struct arena *step, struct feed *feed);

/* Results become copies in `arena`: what states tell is dead once they take in more. */
status running_keep(const struct running *running, struct cell *out, struct arena *arena);

/* --- running_extremes.c ---------------------------------------------------------------------------------------------- */

/* The row has become the newest of its group's window, or is about to leave it as the oldest. `wanted`: 1 min, 2 max. */
status running_extremes_enter(struct heap *heap, struct running_slide *slide, unsigned wanted,
                              const struct running_row *row, const struct cell *cell);
void   running_extremes_leave(struct running_slide *slide, const struct running_row *row);
void   running_extremes_free(struct heap *heap, struct running_slide *slide);

/* --- running_window.c ------------------------------------------------------------------------------------------------ */

/* running_next where there is a window and the row has groups. */
status running_window(struct running *running, uint32_t row, const uint32_t *group, uint32_t count,
                      struct arena *arena, struct cell *out);
/* Empties all windows. */
void running_drop_rows(struct running *running);
