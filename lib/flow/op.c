#include "flow/op.h"

#include "base/clock.h"
#include "flow/chain.h"
#include "flow/run.h"
#include "plan/stage.h"

#include <stdarg.h>
#include <stdio.h>

status op_new(const struct op_kind *kind, size_t size, const struct stage *stage, struct run *run, struct op **out)
{
    struct op *op = heap_zero(&run->heap, 1, size);

    *out = op;
    TRY_NEW(op);
    op->kind = kind;
    op->size = size;
    op->run = run;
    op->context = run->context;
    op->stage = stage;
    arena_init(&op->arena, &run->heap);
    arena_init(&op->step, &run->heap);
    return OK;
}

void op_free(struct op *op)
{
    struct heap *heap;

    if (!op)
        return;
    if (op->kind->close)
        op->kind->close(op);
    heap = &op->run->heap;
    arena_free(&op->step);
    arena_free(&op->arena);
    heap_free(heap, op, op->size);
}

status op_push(struct op *op, struct batch *in)
{
    uint64_t start = op->run->options.timing ? clock_steady() : 0;
    status   s;

#ifndef NDEBUG
    batch_check(in);
#endif
    op->rows_in += in->rows.count;
    s = op->kind->push(op, in);
    op_ended(op, s);
    arena_reset(&op->step);
    if (start)
        op->pushing += clock_steady() - start;
    return s;
}

status op_emit(struct op *op, struct batch *takes)
{
    status s = OK;

    if (!takes)
        return FAIL_MEMORY;             /* so that op_emit(op, batch_derive(...)) needs no check in between */
    if (takes->rows.count) {
        op->rows_out += takes->rows.count;
        s = run_is_cancelled(op->run) ? FAIL_CANCELLED : op_push(op->next, takes);
    }
    batch_release(takes);
    return s;
}

status op_finish(struct op *op)
{
    uint64_t start = op->run->options.timing ? clock_steady() : 0;
    status   s = op->kind->finish ? op->kind->finish(op) : OK;

    op_ended(op, s);
    arena_reset(&op->step);
    if (start)
        op->finishing += clock_steady() - start;
    return s == ENOUGH ? OK : s;
}

/* Putting a few rows aside frees nothing worth it, whoever holds the memory. */
enum { WORTH_SPILLING = 4096 };

bool run_pressed(const struct run *run, uint64_t rows, size_t more)
{
    size_t limit = run->options.limit_memory;

    if (!run_spills(run) || rows == 0)
        return false;
    if (run->options.spill_rows)
        return rows >= run->options.spill_rows;
    if (run->exchange)                  /* the others may ask for as much before they look again */
        more *= run->fronts;
    while (run->outer)                  /* its heap counts for all */
        run = run->outer;
    return rows >= WORTH_SPILLING && atomic_load_explicit(&run->heap.used, memory_order_relaxed) + more > limit / 8 * 7;
}

bool op_pressed(const struct op *op, uint64_t rows, size_t more)
{
    return run_pressed(op->run, rows, more);
}

enum { READY_MOST = 8 };                /* batches */

bool op_rests(const struct op *op)
{
    const struct run *run = op->run;

    return !run->finisher && run->ready_count > 0 && (run->ready_count >= READY_MOST || run_is_full(run));
}

status op_fail(struct op *op, status failure, const char *code, const char *format, ...)
{
    struct span span = op->stage ? op->stage->span : (struct span){ 0, 0 };
    char        message[500];
    va_list     arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return diag_at(op->context->diag, failure, span, code, "%s", message);
}

void op_note(struct op *op, const char *code, str message)
{
    if (op->context->note)
        op->context->note(op->context->host, code, message);
}
