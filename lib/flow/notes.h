/* Odd data: things that are no failure but that somebody should know, counted by code. Private to flow/.
 *
 * Of each code the message is kept that came first in input order, so that it does not depend on threads. */
#pragma once

#include "base/arena.h"
#include "base/map.h"
#include "flow/run.h"

enum { NOTES_MOST = 64 };           /* codes; more are dropped */

struct notes {
    struct arena arena;
    struct note  note[NOTES_MOST];
    uint64_t     order[NOTES_MOST];
    uint32_t     count;
};

void notes_init(struct notes *notes, struct heap *heap);
void notes_free(struct notes *notes);
void notes_add(struct notes *notes, const char *code, str message, uint64_t count, uint64_t order);
void notes_merge(struct notes *into, const struct notes *from);

/* Of the same input two runs tell the same: the larger count counts. */
bool note_is_of_input(const struct note *note);
void notes_raise(struct notes *notes, const struct note *note);
