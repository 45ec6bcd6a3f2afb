#include "command/last.h"

#include "rows/sorted_rows.h"
#include "plan/stage.h"

struct last {
    struct op          op;
    struct sorted_rows rows;
    bool               none;            /* no row is wanted */
};

static status last_push(struct op *op, struct batch *in)
{
    struct last        *last = container_of(op, struct last, op);
    struct sorted_rows *rows = &last->rows;

    if (last->none)
        return OK;
    TRY(sorted_rows_add(rows, in));
    if (rows->most)
        row_store_trim(&rows->rows, rows->most);
    return OK;
}

static status last_finish(struct op *op)
{
    return sorted_rows_send(&container_of(op, struct last, op)->rows, op_emit);
}

static void last_close(struct op *op)
{
    sorted_rows_free(&container_of(op, struct last, op)->rows);
}

static const struct op_kind last_kind = {
    "last", .push = last_push, .finish = last_finish, .close = last_close, .spills = true,
};

status last_open(const struct stage *stage, struct run *run, double most, struct op **out)
{
    struct last *last;

    TRY(op_new(&last_kind, sizeof *last, stage, run, out));
    last = container_of(*out, struct last, op);
    sorted_rows_init(&last->rows, *out, NULL, 0, most < LAST_ALL ? (uint32_t)most : 0);
    last->rows.backwards = true;
    last->none = most == 0;
    return OK;
}
