/* The terms of texts, and those of the latest of them: anomalies.
 *
 * A term is known by its hash alone. A text has each once, in ascending order. */
#pragma once

#include "base/buf.h"
#include "value/cell.h"

struct term_set {
    uint64_t *term;
    uint32_t  count, room;
};

/* Runs of letters, digits, _ and bytes beyond ASCII in the members of a value. `plain`: numbers in them are the same. */
status term_set_read(struct term_set *set, struct heap *heap, const struct cell *value, bool plain);
void   term_set_free(struct term_set *set, struct heap *heap);
uint32_t term_set_shared(const struct term_set *a, const struct term_set *b);

struct term_window {
    struct heap     *heap;
    uint32_t         most;              /* texts */
    struct term_set *text;              /* a ring; the oldest is text[next % most] once it is full */
    uint32_t         room;
    uint64_t         next;
    struct term_slot { uint64_t term; uint32_t texts; } *slot;     /* texts 0: free */
    uint32_t         slots, terms;      /* distinct ones */
};

void     term_window_free(struct term_window *window);
uint32_t term_window_missing(const struct term_window *window, const struct term_set *set);     /* how many it lacks */
/* Takes what is in `set`, which is empty then; the oldest text goes. */
status   term_window_add(struct term_window *window, struct term_set *set);
