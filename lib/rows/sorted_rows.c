#include "rows/sorted_rows.h"

enum {
    SORTING = 64,                       /* bytes a row that sorting takes, besides the row */
    SETTLING = 4 << 20                  /* what a store takes now and then to copy rows out of their blocks */
};

void sorted_rows_init(struct sorted_rows *sorted, struct op *op, const struct sort_by *by, uint32_t keys, uint32_t most)
{
    *sorted = (struct sorted_rows){ .op = op, .by = by, .keys = keys, .most = most };
    row_store_init(&sorted->rows, &op->run->heap);
    row_runs_init(&sorted->runs, &op->run->heap, op->run->options.temp_folder, op->context->diag);
}

void sorted_rows_free(struct sorted_rows *sorted)
{
    if (!sorted->op)
        return;
    heap_free(sorted->rows.heap, sorted->order, (size_t)sorted->rows.rows * sizeof *sorted->order);
    row_store_free(&sorted->rows);
    row_merge_free(&sorted->merge);
    row_runs_free(&sorted->runs);
    sorted->op = NULL;
}

static uint32_t wanted(const struct sorted_rows *sorted, uint32_t rows)
{
    return sorted->most && sorted->most < rows ? sorted->most : rows;
}

static status order_rows(struct sorted_rows *sorted, uint32_t **order)
{
    uint32_t rows = sorted->rows.rows;

    TRY(sorter_order(&sorted->rows, sorted->by, sorted->keys, send_check(sorted->op), order));
    for (uint32_t i = 0; sorted->backwards && i < rows / 2; i++) {
        uint32_t row = (*order)[i];
        (*order)[i] = (*order)[rows - 1 - i];
        (*order)[rows - 1 - i] = row;
    }
    return OK;
}

status sorted_rows_flush(struct sorted_rows *sorted)
{
    struct row_store *rows = &sorted->rows;
    uint32_t         *order;
    status            result;

    if (rows->rows == 0)
        return OK;
    TRY(order_rows(sorted, &order));
    result = row_runs_put(&sorted->runs, rows, order, wanted(sorted, rows->rows));
    heap_free(rows->heap, order, (size_t)rows->rows * sizeof *order);
    TRY(result);
    row_store_clear(rows);
    return OK;
}

status sorted_rows_add(struct sorted_rows *sorted, struct batch *batch)
{
    size_t limit = sorted->op->run->options.limit_memory / 16;

    TRY(row_store_add(&sorted->rows, batch));
    limit = limit < SETTLING ? limit : SETTLING;
    return op_pressed(sorted->op, sorted->rows.rows, (size_t)sorted->rows.rows * SORTING + limit)
        ? sorted_rows_flush(sorted) : OK;
}

status sorted_rows_merge(struct sorted_rows *sorted, struct sorted_rows *from)
{
    uint64_t rows = (uint64_t)sorted->rows.rows + from->rows.rows;
    bool     aside = sorted->runs.count > 0 || from->runs.count > 0
        || op_pressed(sorted->op, rows, (size_t)rows * SORTING);

    if (aside) {                        /* each by itself, as long as there is room to sort it */
        TRY(sorted_rows_flush(sorted));
        TRY(sorted_rows_flush(from));
    }
    TRY(row_store_merge(&sorted->rows, &from->rows));
    return aside ? row_runs_merge(&sorted->runs, &from->runs) : OK;
}

static status start(struct sorted_rows *sorted)
{
    struct row_order order = { sorted->by, sorted->keys, sorted->rows.merged };

    sorted->sending = true;
    if (sorted->runs.count == 0) {
        sorted->total = wanted(sorted, sorted->rows.rows);
        if (sorted->passing)
            return row_store_seal(&sorted->rows);
        return order_rows(sorted, &sorted->order);
    }
    TRY(sorted_rows_flush(sorted));
    if (sorted->backwards)
        row_runs_turn(&sorted->runs);
    sorted->total = sorted->most && sorted->most < sorted->runs.rows ? sorted->most : sorted->runs.rows;
    return row_merge_open(&sorted->merge, &sorted->runs, &sorted->rows, order);
}

/* A batch as it came, or what of it is in the segment at hand. */
static status pass_on(struct sorted_rows *sorted, struct batch **out)
{
    struct batch *batch = sorted->rows.kept[sorted->kept].batch;
    uint32_t      count = segment_room(sorted->sent, batch_rows(batch) - sorted->row);

    TRY_NEW(*out = batch_slice(batch, sorted->row, count));
    batch_number(*out, sorted->sent);
    (*out)->ordinal = sorted->ordinal;
    sorted->sent += count;
    sorted->row += count;
    if (sorted->row == batch_rows(batch)) {
        sorted->ordinal += batch->size;
        sorted->kept++;
        sorted->row = 0;
    }
    return OK;
}

/* One batch; there are rows left. */
static status read_some(struct sorted_rows *sorted, uint32_t most, struct batch **out)
{
    status result;

    TRY(run_check(sorted->op->run));
    if (sorted->runs.count == 0 && sorted->passing)
        return pass_on(sorted, out);
    if (!sorted->order)
        result = row_merge_next(&sorted->merge, most, out);
    else if ((result = row_store_seal(&sorted->rows)) == OK)
        result = row_store_gather(&sorted->rows, sorted->order + sorted->sent, 0, most, out);
    if (result != OK)
        return result == DONE ? FAIL_BUG : result;
    batch_number(*out, sorted->sent);
    sorted->sent += (*out)->size;
    return OK;
}

status sorted_rows_next(struct sorted_rows *sorted, uint32_t most, struct batch **out)
{
    uint64_t left;

    if (!sorted->sending)
        TRY(start(sorted));
    left = sorted->total - sorted->sent;
    most = most ? most : send_most(sorted->op);
    return left ? read_some(sorted, segment_room(sorted->sent, left < most ? (uint32_t)left : most), out) : DONE;
}

status sorted_rows_send(struct sorted_rows *sorted, status (*receive)(struct op *op, struct batch *takes))
{
    struct batch *batch;
    status        result;

    while ((result = sorted_rows_next(sorted, 0, &batch)) == OK) {
        TRY(receive(sorted->op, batch));
        if (op_rests(sorted->op) && sorted->sent < sorted->total)
            return AGAIN;
    }
    return result == DONE ? OK : result;
}

status sorted_rows_rewind(struct sorted_rows *sorted)
{
    struct row_order order = { sorted->by, sorted->keys, sorted->rows.merged };

    if (!sorted->sending)
        return OK;
    sorted->sent = sorted->ordinal = 0;
    sorted->kept = sorted->row = 0;
    if (sorted->runs.count == 0)
        return OK;
    row_merge_free(&sorted->merge);
    return row_merge_open(&sorted->merge, &sorted->runs, &sorted->rows, order);
}

status sorted_rows_yield(struct sorted_rows *sorted)
{
    struct op *op = sorted->op;

    return sorted->runs.count > 0 || (op_pressed(op, sorted->rows.rows, 0) || (run_spills(op->run) && run_is_full(op->run)))
        ? sorted_rows_flush(sorted) : OK;
}

void row_cursor_close(struct row_cursor *cursor)
{
    batch_release(cursor->batch);
    cursor->batch = NULL;
}

status row_cursor_step(struct row_cursor *cursor)
{
    struct batch *batch;

    if (cursor->batch && cursor->row + 1 < cursor->batch->size) {
        cursor->row++;
        return OK;
    }
    TRY(sorted_rows_next(cursor->rows, 0, &batch));
    batch_release(cursor->batch);
    cursor->batch = batch;
    cursor->row = 0;
    for (uint32_t f = 0; f < batch->fields; f++)
        TRY(batch_decode(batch, batch->field[f].column));
    return OK;
}
