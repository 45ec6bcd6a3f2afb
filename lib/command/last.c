#include "command/last.h"

#include "command/send.h"
#include "plan/stage.h"

struct last {
    struct op        op;
    struct row_store store;
    uint32_t         most;
};

static status last_push(struct op *op, struct batch *in)
{
    struct last *last = container_of(op, struct last, op);

    TRY(row_store_add(&last->store, in));
    row_store_trim(&last->store, last->most);
    return OK;
}

static status last_finish(struct op *op)
{
    struct last *last = container_of(op, struct last, op);
    uint32_t     rows = last->store.rows, count = last->most < rows ? last->most : rows;
    uint32_t    *order = arena_alloc(&op->arena, (size_t)(count + 1) * sizeof *order);
    uint64_t     ordinal = 0;

    TRY_NEW(order);
    for (uint32_t i = 0; i < count; i++)
        order[i] = rows - 1 - i;
    return send_rows(op, &last->store, order, count, &ordinal);
}

static void last_close(struct op *op)
{
    struct last *last = container_of(op, struct last, op);

    if (last->store.heap)
        row_store_free(&last->store);
}

static const struct op_kind last_kind = { "last", .push = last_push, .finish = last_finish, .close = last_close };

status last_open(const struct stage *stage, struct run *run, double most, struct op **out)
{
    struct last *last;

    TRY(op_new(&last_kind, sizeof *last, stage, run, out));
    last = container_of(*out, struct last, op);
    last->most = most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
    row_store_init(&last->store, &run->heap);
    return OK;
}
