#include "read/worker.h"

#include <assert.h>

struct completion {
    struct batch *from;             /* the projected batch */
    struct batch *out;
    uint32_t      done;             /* rows of `from` in earlier parts */
};

/* The cells of the selected rows [done, done + size) as a column of the new batch. */
static status gather(const struct completion *to, const struct column *column, struct batch *batch, struct column **out)
{
    struct batch *from = to->from;

    if (column->encoding == ENCODING_CONSTANT || column->encoding == ENCODING_ABSENT) {
        TRY_NEW(*out = ARENA_NEW(&batch->arena, struct column));
        **out = *column;
        return OK;
    }
    if (column->encoding == ENCODING_NUMBER) {
        TRY_NEW(*out = column_number(&batch->arena, batch->size));
        (*out)->soft = column->soft;
        if (column->null)
            TRY_NEW((*out)->null = arena_alloc(&batch->arena, batch->size));
        if (column->decimals)
            TRY_NEW((*out)->decimals = arena_alloc(&batch->arena, batch->size * sizeof(int16_t)));
        for (uint32_t i = 0; i < batch->size; i++) {
            uint32_t row = batch_row(from, to->done + i);
            (*out)->number[i] = column->number[row];
            if (column->null)
                (*out)->null[i] = column->null[row];
            if (column->decimals)
                (*out)->decimals[i] = column->decimals[row];
        }
        return OK;
    }
    TRY_NEW(*out = column_cells(&batch->arena, batch->size,
                                column->encoding == ENCODING_CELLS ? column->kinds : KINDS_ANY));
    (*out)->escaped = column->escaped;
    for (uint32_t i = 0; i < batch->size; i++)
        (*out)->cell[i] = column_cell(column, batch_row(from, to->done + i));
    return OK;
}

/* What stages made of a field, one after the other. */
static status replace(const struct completion *to, const struct field *field, struct batch *batch)
{
    const struct making *made, *done = NULL;
    struct column       *column;

    if (!field->made.rank) {
        TRY(gather(to, field->column, batch, &column));
        return batch_set(batch, field->name, column, field->rank);
    }
    for (; done != &field->made; done = made) {
        const struct column *left = field->column;

        for (made = &field->made; made->earlier != done; made = made->earlier)
            left = made->before;
        TRY(gather(to, left, batch, &column));
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

    if (to->out) {
        batch_release(batch);
        return FAIL_BUG;                        /* it was given room for all rows */
    }
    to->out = batch;
    for (uint32_t i = 0; i < from->fields; i++)
        TRY(replace(to, &from->field[i], batch));
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
