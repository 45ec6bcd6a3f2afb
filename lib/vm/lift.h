/* Runs a function over columns: the vector body where there is one and it takes the case, else the row body,
 * row by row.
 *
 * Applies what the row says about its arguments: wants, nulls, multivalues. A pure function of one column
 * that is a dictionary is run once for each code; with a memo the answers are kept from batch to batch. */
#pragma once

#include "catalog/function.h"

/* Answers by code of one dictionary; for one call site in one thread. */
struct lift_memo {
    struct arena  arena;
    uint32_t      stamp;
    struct cell  *answer;
    uint8_t      *known;
    uint32_t      room;
    bool          open;         /* arena is set up */
};
void lift_memo_free(struct lift_memo *memo, struct heap *heap);

/* `out`: a fresh absent column. */
status lift_call(struct call *call, const struct rows *rows, uint32_t size, struct column *const *arg,
                 struct column *out,
                 struct lift_memo *memo);

/* A cell as an argument of that kind: OK and *out, which is null when it does not read so. */
status lift_convert(uint8_t want, const struct context *context, const struct cell *cell, struct arena *arena,
                    struct cell *out);
