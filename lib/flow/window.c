#include "flow/chain.h"

/* earliest <= _time < latest. Rows without a time are in no window, unless they are partial results: these are then of
 * events that were in it. Those of a summary index have a time, and are found by it. */
struct window {
    struct op          op;
    const struct name *time, *partial;
};

static status window_push(struct op *op, struct batch *in)
{
    struct window       *window = container_of(op, struct window, op);
    struct column       *time = batch_column(in, window->time);
    struct column       *partial = op->context->takes_partials ? batch_column(in, window->partial) : NULL;
    struct batch        *out = batch_derive(in);
    double               earliest = op->context->earliest, latest = op->context->latest;
    uint32_t            *row, count = 0;

    TRY_NEW(out);
    if (batch_decode(in, time) != OK) {
        batch_release(out);
        return FAIL_MEMORY;
    }
    row = arena_alloc(&out->arena, (in->rows.count + 1) * sizeof *row);
    if (!row) {
        batch_release(out);
        return FAIL_MEMORY;
    }
    for (uint32_t i = 0; (time || partial) && i < in->rows.count; i++) {
        uint32_t    at = batch_row(in, i);
        struct cell cell = time ? column_cell(time, at) : cell_null();
        double      instant;

        row[count] = at;
        if (cell_spells_number(&cell, &instant))
            count += instant >= earliest && instant < latest;
        else
            count += partial && !column_is_null(partial, at);
    }
    out->rows = (struct rows){ count, row };
    return op_emit(op, out);
}

static const struct op_kind window_kind = { .name = "window", .push = window_push };

status op_open_window(struct run *run, struct op **out)
{
    TRY(op_new(&window_kind, sizeof(struct window), NULL, run, out));
    container_of(*out, struct window, op)->time = names_intern(run->names, STR("_time"));
    container_of(*out, struct window, op)->partial = names_intern(run->names, STR("psrsvd_v"));
    return container_of(*out, struct window, op)->time && container_of(*out, struct window, op)->partial
        ? OK : FAIL_MEMORY;
}
