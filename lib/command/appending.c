#include "command/appending.h"

#include "command/placing.h"
#include "rows/sorted_rows.h"
#include "flow/inner.h"

struct fed {                                /* a sub-pipeline */
    struct run        *run;
    struct sorted_rows made;                /* what it has made: with all of it the order of the columns is known */
    bool               full;                /* it wants no more rows */
    bool               placed;
};

struct append {
    struct op                  op;
    const struct append_bound *bound;
    uint32_t                   next;        /* subsearch */
    struct inner_rows         *rows;        /* its rows, while they are read */
    struct fed                *fed;         /* `bound->count` of them; NULL: the subsearches have run before */
    struct sort_by             by_time;
    struct sorted_rows         sorted;      /* newest_first: all rows */
    bool                       gathered;    /* they are there */
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

status append_bind_fed(struct binder *binder, struct stage *stage)
{
    struct append_bound *bound = stage->bound;
    status               result = OK;

    TRY_NEW(bound->subsearch = ARENA_ARRAY(binder->arena, struct subsearch *, stage->tokens.count + (size_t)1));
    for (uint32_t i = 0; i < stage->tokens.count; i++) {
        const struct token *token = &stage->tokens.item[i];
        struct span         span = { token->value_span.from - 1, token->value_span.to + 1 };
        struct subsearch   *made;
        status              s;

        if (token->kind != TOKEN_BRACKET)
            continue;
        s = subsearch_add(binder, stage, SUBSEARCH_FED, token_passage(&stage->tokens, token), span, &made);
        if (s != OK && s != FAIL_QUERY)
            return s;
        result = s == OK ? result : s;          /* the mistakes of all are told */
        if (s == OK)
            bound->subsearch[bound->count++] = made;
    }
    return result;
}

status append_needs_fed(const struct stage *stage, struct wanted *wanted)
{
    const struct append_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->count; i++) {
        const struct wanted *read = &bound->subsearch[i]->plan->read;

        if (read->all)
            return wanted_everything(wanted);
        for (uint32_t n = 0; n < read->names; n++)
            TRY(wanted_add(wanted, read->name[n]));
        for (uint32_t p = 0; p < read->patterns; p++)
            TRY(wanted_add_pattern(wanted, read->pattern[p]));
    }
    return OK;
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
    if (s != ENOUGH || !append->fed || !append->bound->subsearch[0]->plan->effects)
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

    append->ordinal = batch_end(in);
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

    append->ordinal = batch_end(in);
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

/* --- sub-pipelines ------------------------------------------------------------------------------------------------- */

/* What it has ready goes aside. */
static status keep_made(struct append *append, struct fed *fed)
{
    struct batch *batch;
    status        s;

    while ((s = run_next(fed->run, &batch)) == OK) {
        s = sorted_rows_add(&fed->made, batch);
        batch_release(batch);
        TRY(s);
    }
    return s == HUNGRY || s == DONE ? OK : inner_account(append->op.run, fed->run, s);
}

static status feed(struct append *append, struct fed *fed, struct batch *in)
{
    struct batch *copy = batch_derive(in);
    status        s;

    TRY_NEW(copy);
    s = run_push_batch(fed->run, copy);
    if (s < 0)
        return inner_account(append->op.run, fed->run, s);
    fed->full = s == ENOUGH;
    return keep_made(append, fed);
}

static status fed_push(struct op *op, struct batch *in)
{
    struct append *append = container_of(op, struct append, op);
    bool           full = true;

    for (uint32_t i = 0; i < append->bound->count; i++) {
        if (!append->fed[i].full)
            TRY(feed(append, &append->fed[i], in));
        full &= append->fed[i].full;
    }
    if (!append->bound->replaces)
        return append_push(op, in);
    return full ? ENOUGH : OK;
}

static status gather_made(struct append *append, struct fed *fed)
{
    if (!fed->full)
        TRY(run_end(fed->run));
    fed->full = true;
    TRY(keep_made(append, fed));
    return inner_account(append->op.run, fed->run, OK);
}

static status fed_finish(struct op *op)
{
    struct append *append = container_of(op, struct append, op);

    for (uint32_t i = 0; !append->gathered && i < append->bound->count; i++) {
        for (uint32_t j = 0; j < append->bound->count; j++)
            TRY(sorted_rows_yield(&append->fed[j].made));       /* what comes out next needs room as well */
        TRY(gather_made(append, &append->fed[i]));
    }
    append->gathered = true;
    for (; append->next < append->bound->count; append->next++) {
        struct fed *fed = &append->fed[append->next];

        if (!fed->placed) {
            TRY(row_store_seal(&fed->made.rows));
            TRY(placing_begin(&append->placing, &fed->made.rows.layout));
        }
        fed->placed = true;
        TRY(sorted_rows_send(&fed->made, append_batch));
        sorted_rows_free(&fed->made);
    }
    return OK;
}

static status open_fed(struct append *append, struct run *run)
{
    const struct append_bound *bound = append->bound;

    TRY_NEW(append->fed = ARENA_ARRAY(&append->op.arena, struct fed, bound->count + (size_t)1));
    for (uint32_t i = 0; i < bound->count; i++)
        sorted_rows_init(&append->fed[i].made, &append->op, NULL, 0, 0);
    for (uint32_t i = 0; i < bound->count; i++)
        TRY(inner_feed(run, bound->subsearch[i], &append->fed[i].run));
    return OK;
}

static void append_close(struct op *op)
{
    struct append *append = container_of(op, struct append, op);

    placing_free(&append->placing);
    for (uint32_t i = 0; append->fed && i < append->bound->count; i++)
        sorted_rows_free(&append->fed[i].made);
    sorted_rows_free(&append->sorted);
}

static const struct op_kind append_kind = {
    "append", .push = append_push, .finish = append_finish, .close = append_close, .spills = true,
};
static const struct op_kind fed_kind = {
    "appendpipe", .push = fed_push, .finish = fed_finish, .close = append_close, .spills = true,
};

static const struct op_kind merge_kind = {
    "union", .push = merge_push, .finish = merge_finish, .close = append_close, .spills = true,
};

status append_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct append_bound *bound = stage->bound;
    bool                       fed = bound->subsearch[0]->kind == SUBSEARCH_FED;
    const struct op_kind      *kind = fed ? &fed_kind : bound->newest_first ? &merge_kind : &append_kind;
    struct append             *append;

    TRY(op_new(kind, sizeof *append, stage, run, out));
    append = container_of(*out, struct append, op);
    append->bound = bound;
    placing_init(&append->placing, *out);
    TRY_NEW(append->by_time.name = names_intern(run->names, STR("_time")));
    append->by_time.kind = SORT_NUMBER;
    append->by_time.descending = true;
    if (bound->newest_first)
        sorted_rows_init(&append->sorted, *out, &append->by_time, 1, 0);
    return fed ? open_fed(append, run) : OK;
}
