/* A program at work in one thread: registers, names, call sites, scratch. Seen only inside vm/. */
#pragma once

#include "vm/code.h"
#include "vm/lift.h"

/* The rows of the batch, or the values that a flatten laid out in rows of their own. */
struct space {
    uint32_t        size;
    const uint32_t *parent;             /* of an inner space: the outer row of each value */
    struct column  *element;
};

struct selection {
    struct rows         rows;
    const struct space *space;
};

struct machine {
    const struct program *program;
    struct context       *context;
    struct heap          *heap;
    struct arena          lasting;      /* as long as the machine */
    struct arena          scratch;      /* until the next run */
    struct column        *absent;
    struct column       **reg;
    struct column       **fresh;        /* registers before a run: constants, and null everywhere */
    struct selection     *rows;
    struct call          *call;         /* by site */
    struct lift_memo     *memo;         /* by site */
    struct matched       *matched;      /* searches that rows brought; NULL: none yet */
    const struct name   **name;         /* by field */
    struct column       **argument;     /* room for the longest list */
    /* by register: number of the instruction that makes it, + 1; 0: a constant */
    uint32_t             *maker;
    uint32_t             *uses;         /* by register: how often it is read */

    /* Of this run. */
    struct batch         *batch;
    struct space          space;
    struct arena         *results;
    uint32_t              rank;         /* of the stage whose program assigns */
    uint32_t              place;        /* of the next assignment in it: new fields stand in written order */
    const struct selection *filtered;
    struct column        *returned;
};

/* Where the result of this instruction is made. */
static inline struct arena *machine_arena(struct machine *machine, const struct instruction *at)
{
    return at->kept ? machine->results : &machine->scratch;
}

/* One function an opcode, in files by kind; all return OK or a failure. A result register that is left alone
 * is null in every row. */


#define OPCODE(name, word, into, a, b, list, under, meaning) \
    status execute_##name(struct machine *machine, const struct instruction *at, \
                          const struct selection *under);
#include "vm/opcodes.def"
#undef OPCODE

/* matched.c; NULL welcome. */
void   matched_free(struct matched *matched);

/* loop.c: runs the whole program on the batch. */
status machine_run(struct machine *machine, struct batch *batch, struct arena *results);

/* A column as a field holds it: text and numbers soft, numbers as their text reads. `own`: the arrays may be
 * changed. */
status store_column(const struct context *context, struct column *column, const struct rows *rows,
                    uint32_t size, bool own,
                    struct arena *arena, struct column **out);
struct cell store_cell(const struct context *context, struct cell cell);
