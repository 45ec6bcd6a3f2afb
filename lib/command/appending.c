#include "command/appending.h"

#include "command/placing.h"
#include "rows/sorted_rows.h"
#include "flow/inner.h"

struct append {
    struct op                  op;
    const struct append_bound *bound;
    uint32_t                   next;        /* subsearch */
    struct inner_rows         *rows;        /* its rows, while they are read */
    struct run                *inner;       /* appendpipe's, */
    struct sorted_rows         made;        /* and what it has made: with all of it the order of the columns is known */
    struct sort_by             by_time;
    struct sorted_rows         sorted;      /* newest_first: all rows */
    bool                       gathered;    /* they are there */
    bool                       full;        /* it wants no more rows */
    bool                       enough;      /* nobody wants our rows; but a command in the brackets writes what it sees */
    uint64_t                   ordinal;     /* behind the last row */
    uint32_t                   segment;
    struct placing             placing;
};

/* --- compiling ----------------------------------------------------------------------------------------------------- */

status append_bind_one(struct binder *binder, struct stage *stage, enum subsearch_kind kind,
                       const struct argument *argument)
{
    struct append_bound *bound = stage->bound;

    TRY_NEW(bound->subsearch = ARENA_ARRAY(binder->arena, struct subsearch *, 1));
    bound->count = 1;
    TRY(subsearch_bind(binder, stage, kind, argument, &bound->subsearch[0]));
    bound->subsearch[0]->narrows = kind == SUBSEARCH_ROWS;
    return OK;
}

status append_bind_all(struct binder *binder, struct stage *stage, uint64_t most)
{
    static const str     clock = { "_time", 5 };
    struct append_bound *bound = stage->bound;
    status               result = OK;

    TRY_NEW(bound->subsearch = ARENA_ARRAY(binder->arena, struct subsearch *, stage->tokens.count + (size_t)1));
    for (uint32_t i = 0; i < stage->tokens.count; i++) {
        struct subsearch *made;
        status            s;

        if (!token_is_dataset(&stage->tokens.item[i]))
            continue;
        s = subsearch_dataset(binder, stage, &stage->tokens.item[i], &made);
        if (s != OK && s != FAIL_QUERY)
            return s;
        result = s == OK ? result : s;          /* the mistakes of all are told */
        if (s != OK)
            continue;
        made->most = most;
        made->narrows = true;
        made->looked_at = &clock;           /* where rows stand in order of time */
        made->looks = 1;
        bound->subsearch[bound->count++] = made;
    }
    return result;
}

const struct stage *stages_that_hold(const struct stage *first, const struct stage *end)
{
    for (; first && first != end; first = first->next)
        if (!(first->traits & (TRAIT_ROWWISE | TRAIT_STREAMING)) ||
            first->traits & (TRAIT_GENERATES | TRAIT_SOURCE | TRAIT_TRANSFORMS))
            return first;
    return NULL;
}

/* --- rows that are appended ---------------------------------------------------------------------------------------- */

/* Numbered behind the rows before, with columns in their places. */
static status place_batch(struct append *append, struct batch *from, struct batch **out)
{
    status s;

    TRY_NEW(*out = batch_derive(from));
    (*out)->ordinal = append->ordinal;
    (*out)->segment = append->segment;
    append->ordinal += (*out)->size;
    s = placing_apply(&append->placing, *out);
    if (s != OK)
        batch_release(*out);
    return s;
}

/* Takes the batch. */
static status pass(struct append *append, struct batch *takes)
{
    status s = append->enough ? ENOUGH : op_emit(&append->op, takes);

    if (append->enough)
        batch_release(takes);
    if (s != ENOUGH || !append->inner || !append->bound->subsearch[0]->plan->effects)
        return s;
    append->enough = true;
    return OK;
}

static status append_batch(struct op *op, struct batch *takes)
{
    struct append *append = container_of(op, struct append, op);
    struct batch  *out;
    status         s = place_batch(append, takes, &out);

    batch_release(takes);
    return s == OK ? pass(append, out) : s;
}

/* --- the operators ------------------------------------------------------------------------------------------------- */

static status append_push(struct op *op, struct batch *in)
{
    struct append *append = container_of(op, struct append, op);

    append->ordinal = in->ordinal + in->size;
    append->segment = in->segment;
    return pass(append, batch_derive(in));
}

/* The rows of the next subsearch. DONE: there is none. */
static status open_rows(struct append *append)
{
    struct inner_rows *rows;

    if (append->rows)
        return OK;
    if (append->next == append->bound->count)
        return DONE;
    rows = inner_rows(append->op.run, append->bound->subsearch[append->next++]);
    TRY(inner_rows_open(rows, append->op.context->diag));
    TRY(placing_begin(&append->placing, &rows->store.layout));
    append->rows = rows;
    return OK;
}

/* The next rows of all the subsearches. */
static status next_rows(struct append *append, struct batch **out)
{
    status s;

    while ((s = open_rows(append)) == OK) {
        s = inner_rows_next(append->rows, send_most(&append->op), out);
        if (s != DONE)
            return s;
        append->rows = NULL;
    }
    return s;
}

static status append_finish(struct op *op)
{
    struct append *append = container_of(op, struct append, op);
    struct batch  *batch;
    status         s;

    while ((s = next_rows(append, &batch)) == OK) {
        TRY(append_batch(op, batch));
        if (op_rests(op))
            return AGAIN;
    }
    return s == DONE ? OK : s;
}

/* --- in order of time ---------------------------------------------------------------------------------------------- */

static status merge_push(struct op *op, struct batch *in)
{
    struct append *append = container_of(op, struct append, op);

    append->ordinal = in->ordinal + in->size;
    append->segment = in->segment;
    return sorted_rows_add(&append->sorted, in);
}

static status merge_batch(struct append *append, struct batch *takes)
{
    struct batch *out;
    status        s = place_batch(append, takes, &out);

    batch_release(takes);
    TRY(s);
    s = sorted_rows_add(&append->sorted, out);
    batch_release(out);
    return s;
}

static status merge_finish(struct op *op)
{
    struct append *append = container_of(op, struct append, op);
    struct batch  *batch;
    status         s = OK;

    while (!append->gathered && (s = next_rows(append, &batch)) == OK)
        TRY(merge_batch(append, batch));
    if (s != OK && s != DONE)
        return s;
    append->gathered = true;
    return sorted_rows_send(&append->sorted, op_emit);
}

/* --- appendpipe ---------------------------------------------------------------------------------------------------- */

/* What the sub-pipeline has ready goes aside. */
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

static status gather_made(struct append *append)
{
    if (!append->full)
        TRY(run_end(append->inner));
    append->full = append->gathered = true;
    TRY(keep_made(append));
    TRY(inner_account(append->op.run, append->inner, OK));
    TRY(row_store_seal(&append->made.rows));
    return placing_begin(&append->placing, &append->made.rows.layout);
}

static status appendpipe_finish(struct op *op)
{
    struct append *append = container_of(op, struct append, op);

    if (!append->gathered)
        TRY(gather_made(append));
    return sorted_rows_send(&append->made, append_batch);
}

static void append_close(struct op *op)
{
    struct append *append = container_of(op, struct append, op);

    placing_free(&append->placing);
    sorted_rows_free(&append->made);
    sorted_rows_free(&append->sorted);
}

static const struct op_kind append_kind = {
    "append", .push = append_push, .finish = append_finish, .close = append_close, .spills = true,
};
static const struct op_kind appendpipe_kind = {
    "appendpipe", .push = appendpipe_push, .finish = appendpipe_finish, .close = append_close, .spills = true,
};

static const struct op_kind merge_kind = {
    "union", .push = merge_push, .finish = merge_finish, .close = append_close, .spills = true,
};

status append_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct append_bound *bound = stage->bound;
    bool                       fed = bound->subsearch[0]->kind == SUBSEARCH_FED;
    const struct op_kind      *kind = fed ? &appendpipe_kind : bound->newest_first ? &merge_kind : &append_kind;
    struct append             *append;

    TRY(op_new(kind, sizeof *append, stage, run, out));
    append = container_of(*out, struct append, op);
    append->bound = bound;
    placing_init(&append->placing, *out);
    sorted_rows_init(&append->made, *out, NULL, 0, 0);
    TRY_NEW(append->by_time.name = names_intern(run->names, STR("_time")));
    append->by_time.kind = SORT_NUMBER;
    append->by_time.descending = true;
    if (bound->newest_first)
        sorted_rows_init(&append->sorted, *out, &append->by_time, 1, 0);
    return fed ? inner_feed(run, bound->subsearch[0], &append->inner) : OK;
}
