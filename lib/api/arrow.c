#include "api/handles.h"

#include "batch/arrow.h"

#include <errno.h>

/* --- batches out --------------------------------------------------------------------------------------------------- */

static void drop_batch(void *host) { spl_batch_release(host); }
static void drop_run(void *host) { run_release(host); }

static struct arrow_owner batch_owner(const struct spl_batch *batch)
{
    spl_batch_retain((struct spl_batch *)batch);
    return (struct arrow_owner){ &batch->run->query->engine->heap, (void *)batch, drop_batch };
}

static struct arrow_owner run_owner(struct spl_run *run)
{
    return (struct arrow_owner){ &run->query->engine->heap, run_retain(run), drop_run };
}

/* Text that spells a number is text for those who may look at the spelling: groups go by it. */
static unsigned values_of(const struct spl_run *run, const struct batch *batch, const struct column *column)
{
    unsigned values = arrow_values(batch, column);

    if (!settings_truth(&run->query->settings, OPTION_HANDED_ON) || (values & (ARROW_TEXTS | ARROW_LISTS)))
        return values;
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        struct cell cell = column_cell(column, batch_row(batch, i));
        if (cell.kind == KIND_TEXT)
            return values | ARROW_TEXTS;
    }
    return values;
}

static status look(const struct spl_batch *batch, struct arrow_column *column)
{
    for (uint32_t i = 0; i < batch->fields; i++) {
        struct column *values = batch->field[i].column;
        TRY(batch_decode(batch->batch, values));
        column[i] = (struct arrow_column){ batch->field[i].name, values, values_of(batch->run, batch->batch, values) };
    }
    return OK;
}

spl_status spl_batch_to_arrow(const spl_batch *batch, struct ArrowSchema *schema, struct ArrowArray *array, spl_error **err)
{
    struct heap         *heap = &batch->run->query->engine->heap;
    struct arrow_column *column = heap_zero(heap, batch->fields + 1, sizeof *column);
    struct ArrowSchema   made;
    uint64_t             misfits = 0;
    status               result;

    if (!column)
        return error_out_of_memory(err);
    result = look(batch, column);
    if (result == OK)
        result = arrow_put_schema(run_owner(batch->run), column, batch->fields, &made);
    if (result == OK) {
        result = arrow_put_batch(batch_owner(batch), batch->batch, column, batch->fields, &misfits, array);
        if (result == OK)
            *schema = made;
        else
            made.release(&made);
    }
    heap_free(heap, column, (batch->fields + 1) * sizeof *column);
    if (result == OK)
        return OK;
    return result == FAIL_MEMORY ? error_out_of_memory(err)
                                 : error_new(batch->run->query->engine, result, err, "limit-size",
                                             "the batch does not fit Arrow's offsets");
}

/* --- rows in ------------------------------------------------------------------------------------------------------- */

enum { SLICE = 4096 };

static status push_slices(struct run *run, struct arrow_input *input, int64_t rows)
{
    status result = OK;

    for (int64_t from = 0; from < rows && result == OK; from += SLICE) {
        uint32_t      count = rows - from < SLICE ? (uint32_t)(rows - from) : SLICE;
        struct batch *batch;
        result = arrow_read(input, &run->heap, run->names, from, count, &run->diag, &batch);
        if (result == OK)
            result = run_push_batch(run, batch);
    }
    return result;
}

spl_status spl_run_push_arrow(spl_run *run, struct ArrowSchema *schema, struct ArrowArray *array, spl_error **err)
{
    struct spl_engine  *engine = run->query->engine;
    struct arrow_input *input = NULL;
    struct diag         diag;
    status              result;

    TRY(run_enter(run, err));
    diag_init(&diag, &engine->heap);
    result = arrow_open(&engine->heap, schema, array, &diag, &input);
    if (result != OK) {                     /* the run goes on: nothing was pushed */
        error_from(engine, NULL, result, &diag, err);
        arrow_close(input);
        diag_free(&diag);
        run_leave(run);
        return result;
    }
    diag_free(&diag);
    result = push_slices(atomic_load(&run->run), input, array->length);
    arrow_close(input);
    if (result >= 0) {
        array->release(array);
        schema->release(schema);
    }
    result = run_outcome(run, result, err);
    run_leave(run);
    return result;
}

/* --- streams ------------------------------------------------------------------------------------------------------- */

struct stream {
    struct spl_run      *run;
    int32_t              how;
    struct spl_batch   **batch;             /* results not handed out yet */
    uint32_t             batches, room, next;
    struct layout        layout;            /* the schema's columns */
    struct arrow_column *column;            /* by place in it */
    uint32_t             columns;
    bool                 settled, ended;
    char                *message;
};

static struct heap *heap_of(const struct stream *stream) { return &stream->run->query->engine->heap; }

/* One more batch of results into the list; DONE when there is none. */
static status fetch(struct stream *stream, spl_error **err)
{
    struct spl_batch *batch;
    status            result;

    if (stream->ended)
        return DONE;
    TRY(run_enter(stream->run, err));
    result = run_result(stream->run, &batch);
    if (result == HUNGRY)                   /* whoever streams has pushed all there is */
        result = run_end(atomic_load(&stream->run->run)) < 0 ? FAIL_BUG : run_result(stream->run, &batch);
    run_leave(stream->run);
    if (result < 0)
        return run_explain(stream->run, result, err);
    if (result != OK) {
        stream->ended = true;
        return DONE;
    }
    if (!heap_grow(heap_of(stream), &stream->batch, &stream->room, stream->batches + 1, sizeof *stream->batch)) {
        spl_batch_release(batch);
        return error_out_of_memory(err);
    }
    stream->batch[stream->batches++] = batch;
    return OK;
}

static status settle(struct stream *stream, spl_error **err)
{
    const struct layout *layout = &stream->run->layout;
    uint32_t             wanted = stream->how == SPL_WIDEN ? UINT32_MAX : 1;
    status               result = OK;

    if (stream->settled)
        return OK;
    while (result == OK && stream->batches < wanted)
        result = fetch(stream, err);
    if (result < 0)
        return result;
    stream->columns = layout->count;
    stream->column = heap_zero(heap_of(stream), stream->columns + 1, sizeof *stream->column);
    if (!stream->column)
        return error_out_of_memory(err);
    for (uint32_t i = 0; i < stream->columns; i++) {
        stream->column[i].name = layout->column[i].name;
        if (layout_add(&stream->layout, layout->column[i].name, 0) != OK)
            return error_out_of_memory(err);
    }
    for (uint32_t b = 0; b < stream->batches; b++)
        for (uint32_t f = 0; f < stream->batch[b]->fields; f++) {
            const struct field *field = &stream->batch[b]->field[f];
            if (batch_decode(stream->batch[b]->batch, field->column) != OK)
                return error_out_of_memory(err);
            stream->column[layout_find(layout, field->name)].values |=
                values_of(stream->run, stream->batch[b]->batch, field->column);
        }
    stream->settled = true;
    return OK;
}

static void free_stream(struct stream *stream)
{
    struct spl_run *run = stream->run;
    struct heap    *heap = heap_of(stream);

    for (uint32_t i = stream->next; i < stream->batches; i++)
        spl_batch_release(stream->batch[i]);
    heap_free(heap, stream->batch, stream->room * sizeof *stream->batch);
    if (stream->column)
        heap_free(heap, stream->column, (stream->columns + 1) * sizeof *stream->column);
    layout_free(&stream->layout);
    spl_free(stream->message);
    heap_free(heap, stream, sizeof *stream);
    run_give_up(run);
}

static int to_errno(struct stream *stream, status failure, struct spl_error *err)
{
    spl_free(stream->message);
    stream->message = spl_error_render(err, 0);
    spl_error_free(err);
    switch (failure) {
    case FAIL_MEMORY:    return ENOMEM;
    case FAIL_IO:        return EIO;
    case FAIL_CANCELLED: return ECANCELED;
    default:             return EINVAL;
    }
}

static int get_schema(struct ArrowArrayStream *out, struct ArrowSchema *schema)
{
    struct stream    *stream = out->private_data;
    struct spl_error *err = NULL;
    status            result = settle(stream, &err);

    if (result >= 0)
        result = arrow_put_schema(run_owner(stream->run), stream->column, stream->columns, schema);
    return result < 0 ? to_errno(stream, result, err) : 0;
}

/* The batch's columns under the names of the schema; the rest is dropped and counted. */
static void line_up(struct stream *stream, const struct spl_batch *batch)
{
    for (uint32_t i = 0; i < stream->columns; i++)
        stream->column[i].column = NULL;
    for (uint32_t f = 0; f < batch->fields; f++) {
        int64_t place = layout_find(&stream->layout, batch->field[f].name);
        if (place >= 0)
            stream->column[place].column = batch->field[f].column;
        else
            stream->run->late_columns++;
    }
}

static int get_next(struct ArrowArrayStream *out, struct ArrowArray *array)
{
    struct stream    *stream = out->private_data;
    struct spl_error *err = NULL;
    struct spl_batch *batch;
    uint64_t          misfits = 0;
    status            result = settle(stream, &err);

    array->release = NULL;
    if (result >= 0 && stream->next == stream->batches) {
        stream->next = stream->batches = 0;
        result = fetch(stream, &err);
        if (result == DONE)
            return 0;
    }
    if (result < 0)
        return to_errno(stream, result, err);
    batch = stream->batch[stream->next++];
    line_up(stream, batch);
    result = arrow_put_batch((struct arrow_owner){ heap_of(stream), batch, drop_batch }, batch->batch, stream->column,
                             stream->columns, &misfits, array);
    stream->run->misfits += misfits;
    if (result < 0)
        error_new(stream->run->query->engine, result, &err, "limit-size", "the batch does not fit Arrow's offsets");
    return result < 0 ? to_errno(stream, result, err) : 0;
}

static const char *get_last_error(struct ArrowArrayStream *out)
{
    return ((struct stream *)out->private_data)->message;
}

static void release_stream(struct ArrowArrayStream *out)
{
    free_stream(out->private_data);
    out->release = NULL;
}

spl_status spl_run_stream(spl_run *run, int32_t how, struct ArrowArrayStream *out, spl_error **err)
{
    struct spl_engine *engine = run->query->engine;
    struct stream     *stream;

    if (how != SPL_CLOSED && how != SPL_WIDEN && how != SPL_FIRST)
        return error_new(engine, FAIL_MISUSE, err, "misuse",
                         "a stream's schema is made by SPL_CLOSED, SPL_WIDEN or SPL_FIRST");
    if (run->streaming || run->deliver)
        return error_new(engine, FAIL_MISUSE, err, "misuse", "the results of this run go elsewhere already");
    if (how == SPL_CLOSED && !run->query->plan->closed)
        return error_new(engine, FAIL_MISUSE, err, "open-columns", "the query does not say which columns it will have");
    TRY(run_begin(run, err));
    stream = heap_zero(&engine->heap, 1, sizeof *stream);
    if (!stream)
        return error_out_of_memory(err);
    stream->run = run_retain(run);
    stream->how = how;
    layout_init(&stream->layout, &engine->heap);
    run->streaming = true;
    run->users++;
    *out = (struct ArrowArrayStream){ get_schema, get_next, get_last_error, release_stream, stream };
    return OK;
}
