#include "command/appending.h"

#include "command/sorted_rows.h"
#include "flow/inner.h"

struct append {
    struct op               op;
    const struct subsearch *subsearch;
    struct inner_rows      *rows;       /* append's, while they are read */
    struct run             *inner;      /* appendpipe's, */
    struct sorted_rows      made;       /* and what it has made before it was given the last row */
    bool                    full;       /* it wants no more rows */
    bool                    enough;     /* nobody wants rows of ours; but a command in the brackets writes what it sees */
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

        if (field->made.rank) {
            while (field->made.earlier)
                field->made = *field->made.earlier;
            field->made.rank = rank;
        }
        if (field->rank)
            field->rank = rank;
    }
    return OK;
}

/* Takes the batch. */
static status pass(struct append *append, struct batch *takes)
{
    status s = append->enough ? ENOUGH : op_emit(&append->op, takes);

    if (append->enough)
        batch_release(takes);
    if (s != ENOUGH || !append->inner || !append->subsearch->plan->effects)
        return s;
    append->enough = true;
    return OK;
}

static status append_batch(struct op *op, struct batch *takes)
{
    struct append *append = container_of(op, struct append, op);
    struct batch  *out = batch_derive(takes);
    status         s;

    batch_release(takes);
    TRY_NEW(out);
    out->ordinal = append->ordinal;
    out->segment = append->segment;
    append->ordinal += out->size;
    s = place_fields(append, out);
    if (s == OK)
        return pass(append, out);
    batch_release(out);
    return s;
}

/* --- the operators ------------------------------------------------------------------------------------------------- */

static status append_push(struct op *op, struct batch *in)
{
    struct append *append = container_of(op, struct append, op);

    append->ordinal = in->ordinal + in->size;
    append->segment = in->segment;
    return pass(append, batch_derive(in));
}

/* All columns are known: each has its place from the first row on. */
static status open_rows(struct append *append)
{
    struct inner_rows *rows = inner_rows(append->op.run, append->subsearch);

    TRY(inner_rows_open(rows, append->op.context->diag));
    for (uint32_t i = 0; i < rows->store.layout.count; i++)
        TRY(layout_add(&append->layout, rows->store.layout.column[i].name, rows->store.layout.column[i].rank));
    append->rows = rows;
    return OK;
}

static status append_finish(struct op *op)
{
    struct append *append = container_of(op, struct append, op);
    struct batch  *batch;
    status         s;

    if (!append->rows)
        TRY(open_rows(append));
    while ((s = inner_rows_next(append->rows, send_most(op), &batch)) == OK) {
        TRY(append_batch(op, batch));
        if (op_rests(op))
            return AGAIN;
    }
    return s == DONE ? OK : s;
}

/* What the sub-pipeline has ready goes aside, so that it does not pile up. */
static status keep_made(struct append *append)
{
    struct batch *batch;
    status        s;

    while ((s = run_next(append->inner, &batch)) == OK) {
        s = sorted_rows_add(&append->made, batch);
        batch_release(batch);
        TRY(s);
    }
    return s == HUNGRY || s == DONE ? OK : inner_account(append->op.run, append->inner, s);
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
        TRY(keep_made(append));
    }
    return append_push(op, in);
}

static status appendpipe_finish(struct op *op)
{
    struct append *append = container_of(op, struct append, op);
    struct batch  *batch;
    status         s;

    TRY(sorted_rows_send(&append->made, append_batch));
    if (!append->full)
        TRY(run_end(append->inner));
    append->full = true;
    while ((s = run_next(append->inner, &batch)) == OK) {
        TRY(append_batch(op, batch));
        if (op_rests(op))
            return AGAIN;
    }
    return inner_account(op->run, append->inner, s == DONE ? OK : s);
}

static void append_close(struct op *op)
{
    struct append *append = container_of(op, struct append, op);

    layout_free(&append->layout);
    sorted_rows_free(&append->made);
}

static const struct op_kind append_kind = {
    "append", .push = append_push, .finish = append_finish, .close = append_close, .spills = true,
};
static const struct op_kind appendpipe_kind = {
    "appendpipe", .push = appendpipe_push, .finish = appendpipe_finish, .close = append_close, .spills = true,
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
    sorted_rows_init(&append->made, *out, NULL, 0, 0);
    return fed ? inner_feed(run, bound->subsearch, &append->inner) : OK;
}
