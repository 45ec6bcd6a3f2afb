#include "command/appending.h"

#include "batch/layout.h"
#include "flow/inner.h"

struct append {
    struct op               op;
    const struct subsearch *subsearch;
    struct run             *inner;      /* appendpipe's */
    bool                    full;       /* it wants no more rows */
    uint64_t                ordinal;    /* behind the last row */
    uint32_t                segment;
    struct layout           layout;     /* columns that are appended, in their order */
};

/* --- rows that are appended ---------------------------------------------------------------------------------------- */

/* Fields that stages have made are this stage's here: they stand behind all that were there before. */
static status place_fields(struct append *append, struct batch *out)
{
    TRY(layout_show(&append->layout, out));
    for (uint32_t i = 0; i < out->fields; i++) {
        struct field *field = &out->field[i];
        int64_t       place = layout_find(&append->layout, field->name);
        uint32_t      rank = rank_at(append->op.stage->rank, place < 0 ? 0 : (uint32_t)place);

        if (field->made)
            field->made = rank;
        if (field->rank)
            field->rank = rank;
    }
    return OK;
}

static status append_batch(struct append *append, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        s;

    TRY_NEW(out);
    out->ordinal = append->ordinal;
    out->segment = append->segment;
    append->ordinal += out->size;
    s = place_fields(append, out);
    if (s == OK)
        return op_emit(&append->op, out);
    batch_release(out);
    return s;
}

/* --- the operators ------------------------------------------------------------------------------------------------- */

static status append_push(struct op *op, struct batch *in)
{
    struct append *append = container_of(op, struct append, op);

    append->ordinal = in->ordinal + in->size;
    append->segment = in->segment;
    return op_emit(op, batch_derive(in));
}

static status append_finish(struct op *op)
{
    struct append           *append = container_of(op, struct append, op);
    const struct inner_rows *rows = inner_rows(op->run, append->subsearch);

    for (uint32_t i = 0; i < rows->batches; i++)
        TRY(append_batch(append, rows->batch[i]));
    return OK;
}

static status appendpipe_push(struct op *op, struct batch *in)
{
    struct append *append = container_of(op, struct append, op);
    struct batch  *copy;

    if (!append->full) {
        status s;

        TRY_NEW(copy = batch_derive(in));
        s = run_push_batch(append->inner, copy);
        if (s < 0)
            return inner_account(op->run, append->inner, s);
        append->full = s == ENOUGH;
    }
    return append_push(op, in);
}

static status appendpipe_finish(struct op *op)
{
    struct append *append = container_of(op, struct append, op);
    struct batch  *batch;
    status         s, sent = OK;

    TRY(run_end(append->inner));
    while ((s = run_next(append->inner, &batch)) == OK && sent == OK) {
        sent = append_batch(append, batch);
        batch_release(batch);
    }
    if (s == OK)
        batch_release(batch);
    if (s < 0)
        return inner_account(op->run, append->inner, s);
    TRY(sent);
    return inner_account(op->run, append->inner, OK);
}

static void append_close(struct op *op)
{
    layout_free(&container_of(op, struct append, op)->layout);
}

static const struct op_kind append_kind = {
    "append", .push = append_push, .finish = append_finish, .close = append_close,
};
static const struct op_kind appendpipe_kind = {
    "appendpipe", .push = appendpipe_push, .finish = appendpipe_finish, .close = append_close,
};

status append_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct append_bound *bound = stage->bound;
    bool                       fed = bound->subsearch->kind == SUBSEARCH_FED;
    struct append             *append;

    TRY(op_new(fed ? &appendpipe_kind : &append_kind, sizeof *append, stage, run, out));
    append = container_of(*out, struct append, op);
    append->subsearch = bound->subsearch;
    layout_init(&append->layout, &run->heap);
    return fed ? inner_feed(run, bound->subsearch, &append->inner) : OK;
}
