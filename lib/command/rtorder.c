/* rtorder [discard=] [buffer_span=] [max_buffer_size=]: events that come a little out of order, in ascending order of time
 * (commands 5).
 *
 * An event waits until one has come that is so much younger, or until too many wait. One that is older than what has gone
 * out already goes out at once, or is dropped. Splunk goes by the clock: it is about events as they happen; here the time
 * is that of the youngest event, so that the same events give the same rows. Rows without a time do not wait. */
#include "batch/pick.h"
#include "rows/send.h"
#include "plan/bind.h"
#include "time/span.h"
#include "value/order.h"

#include <math.h>

enum { DISCARD, SPAN, MOST };

static const struct param rtorder_params[] = {
    [DISCARD] = { "discard", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "drop events that come too late" },
    [SPAN] = { "buffer_span", PARAM_SPAN, PLACE_NAMED, .preset = "10s", .help = "how long an event waits for older ones" },
    [MOST] = { "max_buffer_size", PARAM_COUNT, PLACE_NAMED, .preset = "50000", .least = 1, .most = 10000000,
               .help = "most events that wait" },
    { 0 }
};

struct rtorder_bound {
    double span;
};

struct waiting {
    double        time;
    uint64_t      number;               /* how-manieth it was: those of one time go as they came */
    struct batch *batch;                /* retained */
    uint32_t      row;
};

struct rtorder {
    struct op          op;
    const struct name *time;
    double             span;
    uint32_t           most;
    bool               discards;
    struct waiting    *waiting;         /* a heap, the oldest first */
    uint32_t           count, room;
    uint64_t           number, ordinal;
    double             youngest, gone;  /* of those that came; of those that went in order */
    struct batch      *batch;           /* of rows that go out next, */
    uint32_t          *row;             /* which */
    uint32_t           rows, rows_room;
};

static status rtorder_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *span = stage_argument(stage, SPAN);
    struct rtorder_bound  *bound = stage->bound;
    struct time_span       time;

    if (time_span_parse(span->text, &time) != OK)
        return diag_at(binder->diag, FAIL_QUERY, span->span, "bad-span", "'%.*s' is not a span of time", SHOW(span->text));
    bound->span = time_span_seconds(&time);
    return OK;
}

/* --- rows out ------------------------------------------------------------------------------------------------------ */

static status flush(struct rtorder *rtorder)
{
    struct batch *out;
    status        result = OK;

    if (rtorder->rows) {
        result = batch_pick(rtorder->batch, rtorder->row, rtorder->rows, &out);
        if (result == OK) {
            out->ordinal = rtorder->ordinal;
            rtorder->ordinal += rtorder->rows;
            result = op_emit(&rtorder->op, out);
        }
    }
    batch_release(rtorder->batch);
    rtorder->batch = NULL;
    rtorder->rows = 0;
    return result;
}

static status put(struct rtorder *rtorder, struct batch *batch, uint32_t row)
{
    if (rtorder->batch != batch || rtorder->rows == send_most(&rtorder->op)) {
        TRY(flush(rtorder));
        rtorder->batch = batch;
        batch_retain(batch);
    }
    if (!heap_grow(&rtorder->op.run->heap, &rtorder->row, &rtorder->rows_room, rtorder->rows + 1, sizeof *rtorder->row))
        return FAIL_MEMORY;
    rtorder->row[rtorder->rows++] = row;
    return OK;
}

/* --- rows that wait ------------------------------------------------------------------------------------------------ */

static bool before(const struct waiting *a, const struct waiting *b)
{
    return a->time != b->time ? a->time < b->time : a->number < b->number;
}

static status wait(struct rtorder *rtorder, const struct waiting *one)
{
    uint32_t at = rtorder->count;

    if (!heap_grow(&rtorder->op.run->heap, &rtorder->waiting, &rtorder->room, at + 1, sizeof *rtorder->waiting))
        return FAIL_MEMORY;
    for (rtorder->count++; at > 0 && before(one, &rtorder->waiting[(at - 1) / 2]); at = (at - 1) / 2)
        rtorder->waiting[at] = rtorder->waiting[(at - 1) / 2];
    rtorder->waiting[at] = *one;
    batch_retain(one->batch);
    return OK;
}

static status let_go(struct rtorder *rtorder)
{
    struct waiting first = rtorder->waiting[0], last = rtorder->waiting[--rtorder->count];
    uint32_t       at = 0;
    status         result;

    for (uint32_t kid = 1; kid < rtorder->count; kid = 2 * at + 1) {
        if (kid + 1 < rtorder->count && before(&rtorder->waiting[kid + 1], &rtorder->waiting[kid]))
            kid++;
        if (!before(&rtorder->waiting[kid], &last))
            break;
        rtorder->waiting[at] = rtorder->waiting[kid];
        at = kid;
    }
    rtorder->waiting[at] = last;
    rtorder->gone = first.time;
    result = put(rtorder, first.batch, first.row);
    batch_release(first.batch);
    return result;
}

static status take(struct rtorder *rtorder, struct batch *in, uint32_t row, double time)
{
    struct waiting one = { time, rtorder->number++, in, row };

    if (!isfinite(time))
        return put(rtorder, in, row);
    if (time < rtorder->gone)
        return rtorder->discards ? OK : put(rtorder, in, row);
    TRY(wait(rtorder, &one));
    rtorder->youngest = time > rtorder->youngest ? time : rtorder->youngest;
    while (rtorder->count && (rtorder->count > rtorder->most ||
                              rtorder->youngest - rtorder->waiting[0].time >= rtorder->span))
        TRY(let_go(rtorder));
    return OK;
}

/* --- the operator -------------------------------------------------------------------------------------------------- */

static status rtorder_push(struct op *op, struct batch *in)
{
    struct rtorder *rtorder = container_of(op, struct rtorder, op);
    struct column  *column = batch_column(in, rtorder->time);

    TRY(batch_decode(in, column));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        struct cell cell = column ? column_cell(column, batch_row(in, i)) : cell_null();
        double      time;

        if (!cell_reads_number(&cell, &time))
            time = NAN;
        TRY(take(rtorder, in, batch_row(in, i), time));
    }
    return flush(rtorder);
}

static status rtorder_finish(struct op *op)
{
    struct rtorder *rtorder = container_of(op, struct rtorder, op);

    while (rtorder->count) {
        TRY(let_go(rtorder));
        if (op_rests(op))
            return AGAIN;
    }
    return flush(rtorder);
}

static void rtorder_close(struct op *op)
{
    struct rtorder *rtorder = container_of(op, struct rtorder, op);
    struct heap    *heap = &op->run->heap;

    batch_release(rtorder->batch);
    while (rtorder->count)
        batch_release(rtorder->waiting[--rtorder->count].batch);
    heap_free(heap, rtorder->waiting, rtorder->room * sizeof *rtorder->waiting);
    heap_free(heap, rtorder->row, rtorder->rows_room * sizeof *rtorder->row);
}

static const struct op_kind rtorder_kind = {
    "rtorder", .push = rtorder_push, .finish = rtorder_finish, .close = rtorder_close,
};

static status rtorder_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct rtorder *rtorder;

    TRY(op_new(&rtorder_kind, sizeof *rtorder, stage, run, out));
    rtorder = container_of(*out, struct rtorder, op);
    rtorder->span = ((const struct rtorder_bound *)stage->bound)->span;
    rtorder->most = (uint32_t)stage_argument(stage, MOST)->number;
    rtorder->discards = stage_argument(stage, DISCARD)->truth;
    rtorder->youngest = rtorder->gone = -INFINITY;
    TRY_NEW(rtorder->time = names_intern(run->names, STR("_time")));
    return OK;
}

static status rtorder_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    return wanted_add(wanted, STR("_time"));
}

const struct command command_rtorder = {
    .name = "rtorder", .usage = "rtorder [discard=<bool>] [buffer_span=<span>] [max_buffer_size=<count>]",
    .summary = "Events that come a little out of order, in order of time",
    .keeps = "the events that wait",
    .params = rtorder_params, .bound_size = sizeof(struct rtorder_bound),
    .bind = rtorder_bind, .needs = rtorder_needs, .gives = columns_stay, .open = rtorder_open,
    .example = { "rtorder buffer_span=5s | table n", "{\"_time\":2,\"n\":2}\n{\"_time\":1,\"n\":1}\n{\"_time\":9,\"n\":3}",
                 "{\"n\":1}\n{\"n\":2}\n{\"n\":3}" },
};
