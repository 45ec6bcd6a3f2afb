/* What a table answers to the rows of one operator: each key is asked for once and its answer kept, as events repeat
 * themselves. What is kept is bounded; past that it begins anew. One thread. */
#pragma once

#include "catalog/lookup.h"
#include "state/interner.h"

/* Answers by code of a key. */
struct known_answers {
    struct interner interner;
    struct cell    *cell;           /* of code c, output o: cell[c * outputs + o] */
    uint32_t        count, room;    /* codes answered; cells there is room for */
};

struct answers {
    const struct lookup_use *use;
    struct context          *context;
    struct known_answers     simple;        /* keys of one value: by its text; */
    struct known_answers     compound;      /* others: by the bytes of all of it */
    struct arena             arena;         /* lists, and texts that do not last */
    struct buf               key;
};

void answers_open(struct answers *answers, const struct lookup_use *use, struct context *context);
void answers_close(struct answers *answers);

/* For each row of `rows` the answer: as many cells as there are outputs, or NULL where a key is null (then nothing is looked
 * up). key[m] is the decoded column of match m, NULL: there is none; `time` of _time, likewise. Pointers and lists live
 * until the next call, `out` in `step`. */
status answers_find(struct answers *answers, const struct rows *rows, struct column *const *key,
                    const struct column *time, struct arena *step, const struct cell ***out);
