#include "batch/pick.h"
#include "read/worker.h"

#include <assert.h>

struct completion {
    struct batch *from;             /* the projected batch */
    struct batch *out;
    uint32_t      done;             /* rows of `from` in earlier parts */
};

/* What stages made of a field, one after the other. */
static status replace(const struct field *field, const uint32_t *row, struct batch *batch)
{
    const struct making *made, *done = NULL;
    struct column       *column;

    if (!field->made.rank) {
        TRY(column_pick(field->column, row, batch->size, &batch->arena, &column));
        return batch_set(batch, field->name, column, field->rank);
    }
    for (; done != &field->made; done = made) {
        const struct column *left = field->column;

        for (made = &field->made; made->earlier != done; made = made->earlier)
            left = made->before;
        TRY(column_pick(left, row, batch->size, &batch->arena, &column));
        if (made == &field->made && !field->some)
            return batch_assign(batch, field->name, column, made->rank);
        TRY(batch_assign_some(batch, field->name, column, made->rank));
    }
    return OK;
}

/* The batch of re-read rows: the fields of the projected one win, for a stage may have replaced them. */
static status take_part(void *host, struct batch *batch)
{
    struct completion *to = host;
    struct batch      *from = to->from;
    uint32_t          *row;

    if (to->out) {
        batch_release(batch);
        return FAIL_BUG;                        /* it was given room for all rows */
    }
    to->out = batch;
    TRY_NEW(row = arena_alloc(&batch->arena, batch->size * sizeof *row));
    for (uint32_t i = 0; i < batch->size; i++)
        row[i] = batch_row(from, to->done + i);
    for (uint32_t i = 0; i < from->fields; i++)
        TRY(replace(&from->field[i], row, batch));
    to->done += batch->size;
    return OK;
}

static status read_again(struct input *input, struct worker *worker, struct batch *in, struct completion *to)
{
    builder_begin(&worker->builder, NULL, take_part, to);
    worker->builder.room = batch_rows(in);
    for (uint32_t i = 0; i < batch_rows(in); i++)
        TRY(input->format->extract(input, worker, cell_str(&in->line->cell[batch_row(in, i)])));
    return builder_end(&worker->builder);
}

status reader_complete(struct origin *origin, struct batch *in, struct batch **out)
{
    struct input     *input = container_of(origin, struct input, origin);
    struct completion to = { .from = in };
    struct worker    *worker;
    status            failure;

    *out = NULL;
    if (batch_rows(in) == 0) {
        TRY_NEW(*out = batch_new(in->heap, 0));
        return OK;
    }
    TRY(worker_take(input, true, &worker));
    failure = read_again(input, worker, in, &to);
    worker_give(input, worker);
    if (failure != OK) {
        batch_release(to.out);
        return failure;
    }
    *out = to.out;
    to.out->ordinal = in->ordinal;
    to.out->segment = in->segment;
    to.out->parent = in;                        /* texts stay where they were read */
    batch_retain(in);
    return OK;
}
