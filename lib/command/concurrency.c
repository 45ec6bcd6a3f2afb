/* concurrency duration=<field> [start=<field>] [output=<field>]: in how many rows' time, its own included, each row
 * began (reporting 8).
 *
 * Both ends of the time [start, start + duration] belong to it; a negative duration counts as 0. A row without a number in
 * either field takes no part and keeps what the new field had before. Of a multivalue the first value counts. */
#include "command/feeds.h"
#include "command/sorted_rows.h"
#include "plan/bind.h"

#include <math.h>
#include <stdlib.h>

enum { DURATION, START, OUTPUT };

static const struct param concurrency_params[] = {
    [DURATION] = { "duration", PARAM_FIELD, PLACE_NAMED, .required = true,
                   .help = "how long each row lasts, in the units of `start`" },
    [START] = { "start", PARAM_FIELD, PLACE_NAMED, .preset = "_time", .help = "when it begins" },
    [OUTPUT] = { "output", PARAM_FIELD, PLACE_NAMED, .preset = "concurrency", .help = "the new field" },
    { 0 }
};

struct concurrency {
    struct op          op;
    const struct name *duration, *start, *output;
    struct sorted_rows rows;
    double            *began;               /* by row; NaN: takes no part */
    double            *first, *last;        /* of all that take part: beginnings and ends, later sorted */
    uint32_t           began_room, first_room, last_room, count;
    uint32_t           next;                /* row that goes out next */
};

static status reserve(struct concurrency *concurrency, uint32_t more)
{
    struct heap *heap = concurrency->op.context->heap;
    uint64_t     all = sorted_rows_count(&concurrency->rows) + more;
    uint32_t     rows = (uint32_t)all;

    if (all > UINT32_MAX)
        return FAIL_LIMIT;
    if (!heap_grow(heap, &concurrency->began, &concurrency->began_room, rows, sizeof(double))
        || !heap_grow(heap, &concurrency->first, &concurrency->first_room, rows, sizeof(double))
        || !heap_grow(heap, &concurrency->last, &concurrency->last_room, rows, sizeof(double)))
        return FAIL_MEMORY;
    return OK;
}

static status concurrency_push(struct op *op, struct batch *in)
{
    struct concurrency *concurrency = container_of(op, struct concurrency, op);
    struct column      *start = batch_column(in, concurrency->start), *duration = batch_column(in, concurrency->duration);
    double             *begins, *lasts;

    TRY(batch_decode(in, start));
    TRY(batch_decode(in, duration));
    TRY(feed_read_numbers(in, start, &op->step, &begins));
    TRY(feed_read_numbers(in, duration, &op->step, &lasts));
    TRY(reserve(concurrency, batch_rows(in)));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t row = batch_row(in, i);
        bool     counts = isfinite(begins[row]) && isfinite(lasts[row]);
        concurrency->began[sorted_rows_count(&concurrency->rows) + i] = counts ? begins[row] : NAN;
        if (!counts)
            continue;
        concurrency->first[concurrency->count] = begins[row];
        concurrency->last[concurrency->count++] = begins[row] + (lasts[row] > 0 ? lasts[row] : 0);
    }
    return sorted_rows_add(&concurrency->rows, in);
}

static int compare_numbers(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return *a < *b ? -1 : *a > *b;
}

/* How many of the sorted numbers are below `bound`, or not above it. */
static uint32_t count_below(const double *number, uint32_t count, double bound, bool or_equal)
{
    uint32_t low = 0, high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (number[middle] < bound || (or_equal && number[middle] == bound))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static status emit_counted(struct op *op, struct batch *takes)
{
    struct concurrency *concurrency = container_of(op, struct concurrency, op);
    struct column      *before = batch_column(takes, concurrency->output), *column;
    uint64_t            most = context_limit(op->context, LIMIT_CONCURRENCY);
    status              result = batch_decode(takes, before);

    if (result == OK)
        result = column_to_cells(before, &takes->rows, takes->size, &takes->arena, &column);
    for (uint32_t i = 0; i < takes->size && result == OK; i++) {
        double   began = concurrency->began[concurrency->next + i];
        uint64_t open;
        if (isnan(began))
            continue;
        open = count_below(concurrency->first, concurrency->count, began, true)
            - count_below(concurrency->last, concurrency->count, began, false);
        if (open > most) {
            op_note(op, "concurrency", STR("rows began while more others than limit.concurrency were not over: counted as "
                                           "so many"));
            open = most;
        }
        column->cell[i] = cell_number((double)open);
    }
    concurrency->next += takes->size;
    if (result == OK)
        result = send_column(op, takes, concurrency->output, column, 0);
    if (result != OK) {
        batch_release(takes);
        return result;
    }
    return op_emit(op, takes);
}

static status concurrency_finish(struct op *op)
{
    struct concurrency *concurrency = container_of(op, struct concurrency, op);

    if (concurrency->count && !sorted_rows_sending(&concurrency->rows)) {
        qsort(concurrency->first, concurrency->count, sizeof(double), compare_numbers);
        qsort(concurrency->last, concurrency->count, sizeof(double), compare_numbers);
    }
    return sorted_rows_send(&concurrency->rows, emit_counted);
}

static void concurrency_close(struct op *op)
{
    struct concurrency *concurrency = container_of(op, struct concurrency, op);
    struct heap        *heap = op->context->heap;

    sorted_rows_free(&concurrency->rows);
    heap_free(heap, concurrency->began, concurrency->began_room * sizeof(double));
    heap_free(heap, concurrency->first, concurrency->first_room * sizeof(double));
    heap_free(heap, concurrency->last, concurrency->last_room * sizeof(double));
}

static const struct op_kind concurrency_kind = {
    .name = "concurrency", .push = concurrency_push, .finish = concurrency_finish, .close = concurrency_close,
    .spills = true,
};

static status concurrency_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct concurrency *concurrency;

    TRY(op_new(&concurrency_kind, sizeof *concurrency, stage, run, out));
    concurrency = container_of(*out, struct concurrency, op);
    sorted_rows_init(&concurrency->rows, *out, NULL, 0, 0);
    TRY_NEW(concurrency->duration = names_intern(run->names, stage_argument(stage, DURATION)->text));
    TRY_NEW(concurrency->start = names_intern(run->names, stage_argument(stage, START)->text));
    TRY_NEW(concurrency->output = names_intern(run->names, stage_argument(stage, OUTPUT)->text));
    return OK;
}

static status concurrency_needs(const struct stage *stage, struct wanted *wanted)
{
    TRY(wanted_add(wanted, stage_argument(stage, DURATION)->text));
    return wanted_add(wanted, stage_argument(stage, START)->text);
}

const struct command command_concurrency = {
    .name = "concurrency", .usage = "concurrency duration=<field> [start=<field>] [output=<field>]",
    .summary = "How many rows were going on when each row began",
    .params = concurrency_params, .needs = concurrency_needs, .open = concurrency_open,
    .example = { "concurrency duration=d start=t", "{\"t\":0,\"d\":10}\n{\"t\":5,\"d\":1}\n{\"t\":10,\"d\":5}",
                 "{\"t\":0,\"d\":10,\"concurrency\":1}\n{\"t\":5,\"d\":1,\"concurrency\":2}\n"
                 "{\"t\":10,\"d\":5,\"concurrency\":2}" },
};
