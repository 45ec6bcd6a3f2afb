#include "command/transactions.h"

#include "base/hash.h"
#include "state/keep.h"
#include "state/keys.h"
#include "value/order.h"

enum { OVERS_MOST = 256, OVER_EVENTS_MOST = 4096 };     /* are made rows of together */

/* --- rows in ------------------------------------------------------------------------------------------------------- */

static double time_of(const struct column *column, uint32_t row)
{
    struct cell cell = column ? column_cell(column, row) : cell_null();
    double      time;

    return cell_reads_number(&cell, &time) && isfinite(time) ? time : NAN;
}

/* In which order do they come? */
static status transactions_push(struct op *op, struct batch *in)
{
    struct transactions *transactions = container_of(op, struct transactions, op);
    struct column       *column = batch_column(in, transactions->time);

    TRY(batch_decode(in, column));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        double time = time_of(column, batch_row(in, i));

        if (isnan(time))
            continue;
        transactions->rises += time > transactions->last;
        transactions->falls += time < transactions->last;
        transactions->last = time;
    }
    return sorted_rows_add(&transactions->all, in);
}

/* --- before the first event ---------------------------------------------------------------------------------------- */

/* Of a file that is written as things happen the last of several events of one time is the newest. */
static status sort(struct transactions *transactions)
{
    struct batch *batch;
    double        number = 0;
    status        s;

    transactions->by[0] = (struct sort_by){ .name = transactions->time, .kind = SORT_NUMBER, .descending = true };
    transactions->by[1] = (struct sort_by){ .name = transactions->number, .kind = SORT_NUMBER,
                                            .descending = transactions->rises > transactions->falls };
    sorted_rows_init(&transactions->sorted, &transactions->op, transactions->by, 2, 0);
    while ((s = sorted_rows_next(&transactions->all, 0, &batch)) == OK) {
        struct column *column = column_number(&batch->arena, batch->size);

        for (uint32_t i = 0; column && i < batch->size; i++)
            column->number[i] = number++;
        s = column ? batch_append(batch, transactions->number, column, 0) : FAIL_MEMORY;
        if (s == OK)
            s = sorted_rows_add(&transactions->sorted, batch);
        batch_release(batch);
        TRY(s);
    }
    sorted_rows_free(&transactions->all);
    return s == DONE ? OK : s;
}

static int64_t find(struct transactions *transactions, str name)
{
    const struct name *interned = names_intern(transactions->op.run->names, name);

    return interned ? layout_find(&transactions->layout, interned) : -1;
}

static status prepare(struct transactions *transactions)
{
    const struct transaction_bound *bound = transactions->bound;
    struct row_store               *rows = &transactions->all.rows;
    struct arena                   *arena = &transactions->op.arena;

    TRY(row_store_seal(rows));
    for (uint32_t c = 0; c < rows->layout.count; c++)
        TRY(layout_add(&transactions->layout, rows->layout.column[c].name, rows->layout.column[c].rank));
    transactions->time_column = find(transactions, STR("_time"));
    transactions->raw_column = find(transactions, STR("_raw"));
    transactions->lines_column = find(transactions, STR("linecount"));
    TRY_NEW(transactions->listed = ARENA_ARRAY(arena, bool, transactions->layout.count + (size_t)1));
    for (uint32_t c = 0; c < transactions->layout.count; c++)
        transactions->listed[c] = bound->lists;
    for (uint32_t i = 0; i < bound->listeds; i++)
        if (find(transactions, bound->listed[i]) >= 0)
            transactions->listed[find(transactions, bound->listed[i])] = true;
    TRY_NEW(transactions->key_column = ARENA_ARRAY(arena, int64_t, bound->fields + (size_t)1));
    TRY_NEW(transactions->event.key = ARENA_ARRAY(arena, str, bound->fields + (size_t)1));
    TRY_NEW(transactions->event.hash = ARENA_ARRAY(arena, uint64_t, bound->fields + (size_t)1));
    for (uint32_t f = 0; f < bound->fields; f++)
        transactions->key_column[f] = find(transactions, bound->field[f]);
    transactions->prepared = true;
    if (!transactions->rises)
        return OK;
    TRY(sorted_rows_yield(&transactions->all));
    return sort(transactions);
}

/* --- one event ----------------------------------------------------------------------------------------------------- */

static status end(struct transactions *transactions, struct open_transaction *transaction)
{
    if (!heap_grow(&transactions->op.run->heap, &transactions->over, &transactions->over_room, transactions->overs + 1,
                   sizeof *transactions->over)) {
        open_transaction_free(&transactions->open, transaction);
        return FAIL_MEMORY;
    }
    transactions->over[transactions->overs++] = transaction;
    transactions->over_events += transaction->count;
    return transactions->overs >= OVERS_MOST || transactions->over_events >= OVER_EVENTS_MOST
        ? transactions_flush(transactions) : OK;
}

static status close(struct transactions *transactions, struct open_transaction *transaction)
{
    open_set_remove(&transactions->open, transaction, transactions->bound->fields);
    transaction->closed = true;
    return end(transactions, transaction);
}

/* Nothing said that it is whole. If it could have been said, it is evicted. */
static status give_up(struct transactions *transactions, struct open_transaction *transaction)
{
    open_set_remove(&transactions->open, transaction, transactions->bound->fields);
    if (!transactions->bound->starts || transactions->bound->keeps_evicted)
        return end(transactions, transaction);
    open_transaction_free(&transactions->open, transaction);
    return OK;
}

static status copy_cells(const struct transactions *transactions, struct column *const *column, uint32_t row,
                         struct arena *arena, struct cell *cell)
{
    for (uint32_t c = 0; c < transactions->layout.count; c++) {
        struct kept_cell kept = { .cell = column[c] ? column_settled(column[c], row) : cell_null() };

        TRY(kept_cell_copy(&kept, arena, &cell[c]));
    }
    return OK;
}

static status add(struct transactions *transactions, struct open_transaction *transaction, struct column *const *column,
                  uint32_t row)
{
    struct member *member;

    TRY(open_set_add(&transactions->open, transaction, &transactions->event, transactions->bound->fields,
                     transactions->layout.count, &member));
    return copy_cells(transactions, column, row, &transaction->arena, member->cell);
}

static status begin(struct transactions *transactions, struct column *const *column, uint32_t row,
                    struct open_transaction **out)
{
    status s;

    TRY(open_set_new(&transactions->open, transactions->bound->fields, out));
    s = add(transactions, *out, column, row);
    if (s != OK && !(*out)->count)
        open_transaction_free(&transactions->open, *out);
    return s;
}

static status leave_alone(struct transactions *transactions, struct column *const *column, uint32_t row)
{
    struct open_transaction *orphan;

    if (!transactions->bound->keeps_orphans)
        return OK;
    TRY(begin(transactions, column, row, &orphan));
    open_set_remove(&transactions->open, orphan, transactions->bound->fields);
    orphan->orphan = true;
    return end(transactions, orphan);
}

static bool is_full(const struct transactions *transactions, const struct open_transaction *transaction)
{
    const struct transaction_bound *bound = transactions->bound;
    double                          time = transactions->event.time;

    return transaction->newest - time > bound->span || transaction->oldest - time > bound->pause ||
        transaction->count + 1 > bound->most;
}

/* Time runs backwards: an event at which transactions end opens one, and one at which they start closes it. */
static status place(struct transactions *transactions, struct open_transaction *found, struct column *const *column,
                    uint32_t row)
{
    const struct event *event = &transactions->event;

    if (event->ends) {
        if (found)
            TRY(give_up(transactions, found));
        TRY(begin(transactions, column, row, &found));
        return event->starts ? close(transactions, found) : OK;
    }
    if (found && is_full(transactions, found)) {
        TRY(close(transactions, found));
        found = NULL;
    }
    if (found)
        TRY(add(transactions, found, column, row));
    else if (event->starts || !transactions->ends)
        TRY(begin(transactions, column, row, &found));
    else
        return leave_alone(transactions, column, row);
    if (!event->starts)
        return OK;
    return transactions->ends && found->count == 1 ? give_up(transactions, found) : close(transactions, found);
}

static status read_keys(struct transactions *transactions, struct column *const *column, uint32_t row)
{
    struct event *event = &transactions->event;
    uint32_t      fields = transactions->bound->fields;
    size_t       *from = ARENA_ARRAY(&transactions->op.step, size_t, fields + (size_t)1);

    TRY_NEW(from);
    event->present = 0;
    buf_clear(&transactions->text);
    for (uint32_t f = 0; f < fields; f++) {
        int64_t     c = transactions->key_column[f];
        struct cell cell = c >= 0 && column[c] ? column_settled(column[c], row) : cell_null();

        from[f] = transactions->text.size;
        if (cell.kind != KIND_NULL)
            key_put(&transactions->text, &cell);
    }
    from[fields] = transactions->text.size;
    for (uint32_t f = 0; f < fields; f++) {
        bool present = from[f + 1] > from[f];

        event->key[f] = present ? str_slice(buf_str(&transactions->text), from[f], from[f + 1]) : (str){ NULL, 0 };
        event->hash[f] = present ? hash_u64(hash_str(event->key[f]) + f) : 0;
        event->present += present;
    }
    return buf_status(&transactions->text);
}

static status take_event(struct transactions *transactions, struct column *const *column, uint32_t row)
{
    const struct transaction_bound *bound = transactions->bound;
    struct open_set                *open = &transactions->open;
    struct event                   *event = &transactions->event;
    bool any = bound->fields == 0 || !bound->connected || ((event->starts || event->ends) && !bound->unifies_ends);

    TRY(read_keys(transactions, column, row));
    event->time = transactions->time_column < 0 ? NAN : time_of(column[transactions->time_column], row);
    if (isnan(event->time) || (!any && event->present == 0))
        return leave_alone(transactions, column, row);
    TRY(place(transactions, open_set_find(open, event, bound->fields, any), column, row));
    while (open->count > bound->most_open || open->events > bound->most_events)
        TRY(give_up(transactions, open->oldest));
    return OK;
}

/* --- all events ---------------------------------------------------------------------------------------------------- */

static status mark(struct transactions *transactions, struct machine *machine, struct batch *batch, bool **out)
{
    struct rows rows = { 0 };
    bool       *marked = ARENA_ARRAY(&transactions->op.step, bool, batch->size + (size_t)1);

    TRY_NEW(*out = marked);
    if (machine)
        TRY(machine_filter(machine, batch, &transactions->op.step, &rows));
    for (uint32_t i = 0; i < rows.count; i++)
        marked[rows_at(&rows, i)] = true;
    return OK;
}

static status take_batch(struct transactions *transactions, struct batch *batch)
{
    struct column **column = ARENA_ARRAY(&transactions->op.step, struct column *, transactions->layout.count + (size_t)1);
    bool           *starts, *ends;

    TRY_NEW(column);
    for (uint32_t c = 0; c < transactions->layout.count; c++) {
        column[c] = batch_column(batch, transactions->layout.column[c].name);
        TRY(batch_decode(batch, column[c]));
    }
    TRY(mark(transactions, transactions->starts, batch, &starts));
    TRY(mark(transactions, transactions->ends, batch, &ends));
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        uint32_t row = batch_row(batch, i);

        transactions->event.starts = starts[row];
        transactions->event.ends = ends[row];
        TRY(take_event(transactions, column, row));
    }
    return OK;
}

static status read_all(struct transactions *transactions)
{
    struct sorted_rows *rows = transactions->rises ? &transactions->sorted : &transactions->all;
    struct batch       *batch;
    status              s;

    while ((s = sorted_rows_next(rows, 0, &batch)) == OK) {
        s = take_batch(transactions, batch);
        batch_release(batch);
        arena_reset(&transactions->op.step);
        TRY(s);
    }
    if (s != DONE)
        return s;
    sorted_rows_free(rows);
    while (transactions->open.oldest)
        TRY(give_up(transactions, transactions->open.oldest));
    TRY(transactions_flush(transactions));
    transactions->read = true;
    return OK;
}

static status transactions_finish(struct op *op)
{
    struct transactions *transactions = container_of(op, struct transactions, op);

    if (!transactions->prepared)
        TRY(prepare(transactions));
    if (!transactions->read)
        TRY(read_all(transactions));
    return sorted_rows_send(&transactions->made, op_emit);
}

static void transactions_close(struct op *op)
{
    struct transactions *transactions = container_of(op, struct transactions, op);

    while (transactions->overs)
        open_transaction_free(&transactions->open, transactions->over[--transactions->overs]);
    heap_free(&op->run->heap, transactions->over, transactions->over_room * sizeof *transactions->over);
    open_set_free(&transactions->open);
    machine_free(transactions->starts);
    machine_free(transactions->ends);
    sorted_rows_free(&transactions->all);
    sorted_rows_free(&transactions->sorted);
    sorted_rows_free(&transactions->made);
    buf_free(&transactions->text);
    if (transactions->layout.heap)
        layout_free(&transactions->layout);
}

static const struct op_kind transactions_kind = {
    "transaction", .push = transactions_push, .finish = transactions_finish, .close = transactions_close, .spills = true,
};

status transactions_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct transactions *transactions;

    TRY(op_new(&transactions_kind, sizeof *transactions, stage, run, out));
    transactions = container_of(*out, struct transactions, op);
    transactions->bound = stage->bound;
    transactions->last = NAN;
    transactions->open.heap = &run->heap;
    buf_init(&transactions->text, &run->heap);
    layout_init(&transactions->layout, &run->heap);
    TRY_NEW(transactions->time = names_intern(run->names, STR("_time")));
    TRY_NEW(transactions->number = names_intern(run->names, STR("\xff" "number")));
    transactions->by_time = (struct sort_by){ .name = transactions->time, .kind = SORT_NUMBER, .descending = true };
    sorted_rows_init(&transactions->all, *out, NULL, 0, 0);
    sorted_rows_init(&transactions->made, *out, &transactions->by_time, 1, 0);
    if (transactions->bound->starts)
        TRY(machine_new(transactions->bound->starts, (*out)->context, &transactions->starts));
    return transactions->bound->ends ? machine_new(transactions->bound->ends, (*out)->context, &transactions->ends) : OK;
}
