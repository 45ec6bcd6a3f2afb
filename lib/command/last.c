#include "command/last.h"

#include "command/sorted_rows.h"
#include "plan/stage.h"

struct last {
    struct op          op;
    struct row_store   store;           /* tail */
    struct sorted_rows all;             /* reverse */
    uint32_t           most;
};

static status last_push(struct op *op, struct batch *in)
{
    struct last *last = container_of(op, struct last, op);

    if (last->most == LAST_ALL)
        return sorted_rows_add(&last->all, in);
    TRY(row_store_add(&last->store, in));
    row_store_trim(&last->store, last->most);
    return OK;
}

static status last_finish(struct op *op)
{
    struct last *last = container_of(op, struct last, op);
    uint32_t     rows = last->store.rows, count = last->most < rows ? last->most : rows, *order;
    uint64_t     ordinal = 0;

    if (last->most == LAST_ALL)
        return sorted_rows_send(&last->all, op_emit);
    TRY_NEW(order = arena_alloc(&op->arena, (size_t)(count + 1) * sizeof *order));
    for (uint32_t i = 0; i < count; i++)
        order[i] = rows - 1 - i;
    return send_rows(op, &last->store, order, count, &ordinal);
}

static void last_close(struct op *op)
{
    struct last *last = container_of(op, struct last, op);

    if (last->store.heap)
        row_store_free(&last->store);
    sorted_rows_free(&last->all);
}

static const struct op_kind last_kind = {
    "last", .push = last_push, .finish = last_finish, .close = last_close, .spills = true,
};

status last_open(const struct stage *stage, struct run *run, double most, struct op **out)
{
    struct last *last;

    TRY(op_new(&last_kind, sizeof *last, stage, run, out));
    last = container_of(*out, struct last, op);
    last->most = most < LAST_ALL ? (uint32_t)most : LAST_ALL;
    row_store_init(&last->store, &run->heap);
    sorted_rows_init(&last->all, *out, NULL, 0, 0);
    last->all.backwards = true;
    return OK;
}
