/* A command at work: batches are pushed in, it emits batches to the next.
 *
 * push borrows its batch. op_emit takes the batch, also when it fails, so operators need no clean-up path.
 * ENOUGH from op_emit means that nobody wants more rows: pass it up (TRY does).
 * Emitted batches are never changed; to keep rows, retain the batch.
 * Memory: an operator's struct and state live in op->arena or run->heap until close. */
#pragma once

#include "batch/batch.h"
#include "catalog/context.h"

struct op;
struct run;
struct stage;

struct op_kind {
    const char *name;
    status    (*push)(struct op *op, struct batch *in);
    /* Emit what is held; NULL: nothing is. It may stop after a batch where op_rests says so and return AGAIN: it is called
     * again, which must get it further. */
    status    (*finish)(struct op *op);
    status    (*merge)(struct op *op, struct op *from);     /* absorb another instance's state (TRAIT_MERGEABLE) */
    void      (*stop)(struct op *op);                       /* the run is over, results may still be held; often NULL */
    void      (*close)(struct op *op);                          /* NULL: nothing outside the arena */
    bool        spills;         /* puts its state aside when memory is short: see op_pressed */
};

struct op {
    const struct op_kind *kind;
    struct op            *next;         /* NULL only for the last one of a chain: it keeps or hands over what it gets */
    struct run           *run;
    struct context       *context;      /* of this partition */
    const struct stage   *stage;
    struct arena          arena;        /* run lifetime */
    struct arena          step;         /* reset after every push */
    bool                  last;         /* in merge: no instance comes after this one */
    uint64_t              rows_in, rows_out;
    uint64_t              pushing, finishing;   /* nanoseconds, what follows included; only with options.timing */
    size_t                size;         /* of the allocation, for op_free */
};

/* Allocates a zeroed operator of `size` bytes (struct op first) and its arenas, for the chain that `run` is opening:
 * op->context is right from here on. */
status op_new(const struct op_kind *kind, size_t size, const struct stage *stage, struct run *run, struct op **out);
void   op_free(struct op *op);          /* close, then memory; NULL welcome */

status op_push(struct op *op, struct batch *in);                /* checks, counts, resets the step arena */
status op_emit(struct op *op, struct batch *takes);             /* to op->next; empty batches vanish */
/* The same, if what made the batch went well; otherwise the batch goes and `made` comes back. */
static inline status op_emit_if(struct op *op, status made, struct batch *takes)
{
    if (made == OK)
        return op_emit(op, takes);
    batch_release(takes);
    return made;
}
status op_finish(struct op *op);                                /* this one alone; the driver goes on to the next */

/* Memory is short: is it time to put aside the `rows` (groups, keys ...) that the operator holds? `more`: bytes it will want
 * at most before it asks again, or to put them aside. Never without a folder for them. */
bool   op_pressed(const struct op *op, uint64_t rows, size_t more);

/* In finish: so many results are waiting that the host had better take them first. */
bool   op_rests(const struct op *op);

/* A run-time failure, reported with the span of the operator's stage; returns `failure`. */
status op_fail(struct op *op, status failure, const char *code, const char *format, ...) PRINTF_LIKE(4, 5);
/* Odd data: counted by code, the first `message` kept. */
void   op_note(struct op *op, const char *code, str message);
