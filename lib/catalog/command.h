/* What a command IS: how it is written, what it does to rows, how it is run.
 *
 * One file a command in lib/command/, one row like this in it. */
#pragma once

#include "base/buf.h"
#include "catalog/param.h"

struct binder;              /* plan/bind.h: compile-time services */
struct stage;               /* plan/stage.h: one bound command of a query */
struct wanted;              /* plan/wanted.h: a set of field names */
struct op;                  /* flow/op.h: a command at work */
struct run;                 /* flow/run.h */

enum {
    TRAIT_ROWWISE    = 1,   /* each output row depends on one input row; may run on any partition (S in reporting 2) */
    TRAIT_MERGEABLE  = 2,   /* instances absorb each other with op_kind.merge; runs per partition, then finishes once (M) */
    TRAIT_GENERATES  = 4,   /* first in its pipeline, takes no input */
    TRAIT_FILTER     = 8,   /* drops rows, changes no field: may run before the rest of the fields is read */
    TRAIT_TRANSFORMS = 16,  /* output columns are not the input's */
    TRAIT_COMPLETES  = 64,  /* keeps few rows and reads the rest of their fields itself (batch->origin) */
    TRAIT_STREAMING  = 128, /* not row-wise, but rows go on as they come, in their order: foreach takes it, too */
    TRAIT_MERGES_ROWS = 256, /* merges partial results (group/states.h) that come as rows, however they came about */
    TRAIT_SOURCE     = 2048, /* first in its pipeline, and reads the input itself */
    TRAIT_SPLITS     = 512, /* `map` may be used: bind takes it away where arguments forbid */
    TRAIT_DISPLAY    = 1024, /* changes what results show, not what commands see: runs behind them (plan/formats.c) */
    TRAIT_BINS       = 4096, /* values become labels of bins, 10-20, which others sort; labels stay as they are */
    TRAIT_SORTS_BINS = 8192, /* it does: commands with TRAIT_BINS before it must be known to it */
    TRAIT_SEARCHES   = 16384, /* makes up searches while it works, and runs them: on the host's thread */
    TRAIT_SEARCHES_INPUT = 32768, /* and they may read the input */
    TRAIT_EFFECT     = 32   /* does something to the outside: never stop it early */
};

struct command {
    const char         *name;
    const char         *aliases[3];
    const char         *usage, *summary;
    const char         *keeps;          /* what stays in memory however short that is, if it grows with the input; or NULL */
    const struct param *params;
    uint32_t            traits;
    uint32_t            bound_size;     /* bytes of stage->bound, zeroed */

    /* Of a query divided among parts of the input: the command that does this one's work on a part, written with the
     * same arguments; what the parts give, in their order, goes through this one again. `then`: it puts the rows of
     * a part back in order. NULL: it cannot be divided so. */
    const char         *map, *then;

    /* Of a command that is nothing but another pipeline, for the arguments in `stage`: the text of that, in the binder's
     * arena, which takes its place before the query is parsed (plan/unfold.c). NULL as text: not yet. Nothing else is
     * called. */
    status (*stands_for)(struct binder *binder, struct stage *stage, str *text);

    /* Check the arguments, compile programs, fill stage->bound. Reports to the binder's diag. */
    status (*bind)(struct binder *binder, struct stage *stage);
    void   (*drop)(struct stage *stage);            /* frees what `bound` holds outside the query's arena; optional */

    /* From the fields wanted behind this stage to those wanted before it. NULL: everything passes unchanged. */
    status (*needs)(const struct stage *stage, struct wanted *wanted);

    /* From the fields there can be before this stage to those there can be behind it, so that misspelt names are told.
     * NULL: nobody knows. */
    status (*gives)(const struct stage *stage, struct wanted *columns);

    /* An operator for one run (and one partition); its memory is the run's. */
    status (*open)(const struct stage *stage, struct run *run, struct op **out);

    /* More for --explain: programs, derived settings; whole lines. NULL: nothing to add. */
    void   (*print)(const struct stage *stage, struct buf *out);

    struct { const char *query, *input, *output; } example;
};
