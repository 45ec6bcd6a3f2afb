/* Partial results of commands that count texts: how often each value of a field occurs (fieldsummary), which fields are met
 * with which others (correlate), which values of one field with which of another (contingency).
 *
 * They are rows like those of group/states.h, with one state: its name is what is counted under, "host"; its parts are
 * texts met with it, and how often each of them was: {"host":[["web1","web2"],[3,1]]}. psrsvd_gc: how often it was itself. A
 * name may have any number of such rows, in any order: all of them count. Such commands put them out with prestats=t, which
 * is no option of Splunk's; it is how spl_query_split divides them. */
#pragma once

#include "rows/results.h"
#include "group/states.h"

struct partial_map {
    str                name;
    uint64_t           rows;            /* psrsvd_gc */
    uint32_t           count;
    const struct cell *value;           /* texts */
    const uint64_t    *times;           /* by value */
};

struct partial_maps {
    struct partial_fields fields;
    bool                  emits, meets;
    struct results        results;          /* on their way out: its rows are those that `get` can be asked for */
    const struct name    *name[3];
    status              (*get)(void *host, uint64_t row, struct arena *arena, struct partial_map *out);
    void                 *host;
};

/* For the operator of a stage that takes such rows where they come, if it `meets` them, and puts them out, if it `emits`. */
status partial_maps_init(struct partial_maps *maps, struct context *context, bool emits, bool meets);

/* Gives the partial rows of a batch to `add`; *plain are the others. Rows that make no sense are noted and left out. */
status partial_maps_take(struct partial_maps *maps, struct batch *in, struct op *op, struct rows *plain,
                         status (*add)(void *host, const struct partial_map *map), void *host);

/* `count` rows; `get` fills in one, in `arena`. */
status partial_maps_emit(struct partial_maps *maps, struct op *op, uint64_t count,
                         status (*get)(void *host, uint64_t row, struct arena *arena, struct partial_map *out), void *host);
/* The same where `more` makes some rows after others, as results_emit_pieces has it. AGAIN: to be called again. */
status partial_maps_emit_pieces(struct partial_maps *maps, struct op *op, status (*more)(struct op *op),
                                status (*get)(void *host, uint64_t row, struct arena *arena, struct partial_map *out),
                                void *host);
