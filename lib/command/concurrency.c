/* concurrency duration=<field> [start=<field>] [output=<field>]: in how many rows' time, its own included, each row
 * began (reporting 8).
 *
 * Both ends of the time [start, start + duration] belong to it; a negative duration counts as 0. A row without a number in
 * either field takes no part and keeps what the new field had before. Of a multivalue the first value counts.
 *
 * Beginnings and ends are sorted, each by themselves. Rows come by in the order of their beginnings: at each of them so many
 * rows go on as have begun till then and have not ended before. Then they are put back in their order. */
#include "group/feeds.h"
#include "rows/late_rows.h"
#include "plan/bind.h"

#include <math.h>

enum { DURATION, START, OUTPUT };

static const struct param concurrency_params[] = {
    [DURATION] = { "duration", PARAM_FIELD, PLACE_NAMED, .required = true,
                   .help = "how long each row lasts, in the units of `start`" },
    [START] = { "start", PARAM_FIELD, PLACE_NAMED, .preset = "_time", .help = "when it begins" },
    [OUTPUT] = { "output", PARAM_FIELD, PLACE_NAMED, .preset = "concurrency", .help = "the new field" },
    { 0 }
};

struct moments {                            /* numbers in ascending order */
    struct sorted_rows rows;
    struct row_cursor  cursor;              /* at the next one */
    bool               over;                /* there is none */
    double             passed;              /* so many came before it */
};

struct concurrency {
    struct op          op;
    const struct name *duration, *start, *output;
    const struct name *moment, *open;       /* columns for the time being, of names that no field has */
    struct sort_by     by_moment;
    struct late_rows   late;
    struct moments     begins, ends;
};

/* --- rows come in -------------------------------------------------------------------------------------------------- */

static status add_moments(struct concurrency *concurrency, struct moments *moments, const double *number,
                          const struct rows *rows)
{
    struct batch  *batch = batch_new(concurrency->op.context->heap, rows->count);
    struct column *column = batch ? column_number(&batch->arena, rows->count) : NULL;
    status         result = column ? OK : FAIL_MEMORY;

    for (uint32_t i = 0; i < rows->count && result == OK; i++)
        column->number[i] = number[rows_at(rows, i)];
    if (result == OK)
        result = batch_append(batch, concurrency->moment, column, concurrency->op.stage->rank);
    if (result == OK)
        result = sorted_rows_add(&moments->rows, batch);
    batch_release(batch);
    return result;
}

/* Rows that take part wait until all beginnings and ends are known. */
static status wait(struct concurrency *concurrency, struct batch *out, const double *begins, const double *lasts)
{
    struct column *key = column_number(&out->arena, out->size);
    double        *ends = ARENA_ARRAY(&concurrency->op.step, double, out->size + (size_t)1);

    if (!key || !ends)
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t row = batch_row(out, i);
        key->number[row] = begins[row];
        ends[row] = begins[row] + (lasts[row] > 0 ? lasts[row] : 0);
    }
    TRY(add_moments(concurrency, &concurrency->begins, begins, &out->rows));
    TRY(add_moments(concurrency, &concurrency->ends, ends, &out->rows));
    return late_rows_wait(&concurrency->late, out, key);
}

static status put_rows(struct concurrency *concurrency, struct batch *in, const double *begins, const double *lasts,
                       bool waiting)
{
    struct batch *out = batch_derive(in);
    uint32_t     *row = out ? ARENA_ARRAY(&out->arena, uint32_t, batch_rows(in) + (size_t)1) : NULL, count = 0;
    status        result = row ? OK : FAIL_MEMORY;

    for (uint32_t i = 0; i < batch_rows(in) && result == OK; i++) {
        row[count] = batch_row(in, i);
        count += (isfinite(begins[row[count]]) && isfinite(lasts[row[count]])) == waiting;
    }
    if (result == OK)
        out->rows = (struct rows){ count, row };
    if (count)
        result = waiting ? wait(concurrency, out, begins, lasts) : late_rows_decide(&concurrency->late, out);
    batch_release(out);
    return result;
}

static status concurrency_push(struct op *op, struct batch *in)
{
    struct concurrency *concurrency = container_of(op, struct concurrency, op);
    struct column      *start = batch_column(in, concurrency->start), *duration = batch_column(in, concurrency->duration);
    const double       *begins, *lasts;

    TRY(batch_decode(in, start));
    TRY(batch_decode(in, duration));
    TRY(feed_read_numbers(in, start, &op->step, &begins));
    TRY(feed_read_numbers(in, duration, &op->step, &lasts));
    late_rows_begin(&concurrency->late, in);
    TRY(put_rows(concurrency, in, begins, lasts, false));
    return put_rows(concurrency, in, begins, lasts, true);
}

/* --- rows go out --------------------------------------------------------------------------------------------------- */

static status step(struct moments *moments)
{
    status result = row_cursor_step(&moments->cursor);

    moments->over = result == DONE;
    return result == DONE ? OK : result;
}

/* Passes those below `bound`, or not above it. */
static status pass(struct concurrency *concurrency, struct moments *moments, double bound, bool or_equal)
{
    if (!moments->cursor.batch)
        TRY(step(moments));
    while (!moments->over) {
        double moment = row_cursor_cell(&moments->cursor, concurrency->moment).number;

        if (!(moment < bound || (or_equal && moment == bound)))
            return OK;
        moments->passed++;
        TRY(step(moments));
    }
    return OK;
}

static status count_open(struct concurrency *concurrency, struct batch *takes)
{
    const struct column *begin = batch_column(takes, concurrency->late.key);
    struct column       *open = column_number(&takes->arena, takes->size);
    double               most = (double)context_limit(concurrency->op.context, LIMIT_CONCURRENCY);

    TRY_NEW(open);
    for (uint32_t row = 0; row < takes->size; row++) {
        double began = column_cell(begin, row).number;

        TRY(pass(concurrency, &concurrency->begins, began, true));
        TRY(pass(concurrency, &concurrency->ends, began, false));
        open->number[row] = concurrency->begins.passed - concurrency->ends.passed;
        if (open->number[row] <= most)
            continue;
        open->number[row] = most;
        op_note(&concurrency->op, "concurrency", STR("rows began while more others than limit.concurrency were not over: "
                                                     "counted as so many"));
    }
    TRY(batch_append(takes, concurrency->open, open, concurrency->op.stage->rank));
    return late_rows_decided(&concurrency->late, takes);
}

/* In the order of their beginnings. */
static status count_rows(struct op *op, struct batch *takes)
{
    status result = count_open(container_of(op, struct concurrency, op), takes);

    batch_release(takes);
    return result;
}

static status set_output(struct concurrency *concurrency, struct batch *takes)
{
    const struct column *open = batch_column(takes, concurrency->open);
    struct column       *before = batch_column(takes, concurrency->output), *column;

    TRY(batch_decode(takes, before));
    TRY(column_to_cells(before, &takes->rows, takes->size, &takes->arena, &column));
    for (uint32_t row = 0; open && row < takes->size; row++)
        if (!column_is_null(open, row))
            column->cell[row] = cell_number(column_cell(open, row).number);
    batch_remove(takes, concurrency->open);
    return send_column(&concurrency->op, takes, concurrency->output, column, 0);
}

static status emit_counted(struct op *op, struct batch *takes)
{
    struct concurrency *concurrency = container_of(op, struct concurrency, op);
    status              result = set_output(concurrency, takes);

    if (result != OK) {
        batch_release(takes);
        return result;
    }
    return late_rows_emit(&concurrency->late, takes);
}

static status concurrency_finish(struct op *op)
{
    return late_rows_finish(&container_of(op, struct concurrency, op)->late, count_rows, emit_counted);
}

static void concurrency_close(struct op *op)
{
    struct concurrency *concurrency = container_of(op, struct concurrency, op);

    late_rows_close(&concurrency->late);
    row_cursor_close(&concurrency->begins.cursor);
    row_cursor_close(&concurrency->ends.cursor);
    sorted_rows_free(&concurrency->begins.rows);
    sorted_rows_free(&concurrency->ends.rows);
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
    TRY_NEW(concurrency->moment = names_intern(run->names, STR("\xff" "moment")));
    TRY_NEW(concurrency->open = names_intern(run->names, STR("\xff" "open")));
    concurrency->by_moment = (struct sort_by){ .name = concurrency->moment, .kind = SORT_NUMBER };
    sorted_rows_init(&concurrency->begins.rows, *out, &concurrency->by_moment, 1, 0);
    sorted_rows_init(&concurrency->ends.rows, *out, &concurrency->by_moment, 1, 0);
    concurrency->begins.cursor.rows = &concurrency->begins.rows;
    concurrency->ends.cursor.rows = &concurrency->ends.rows;
    TRY(late_rows_open(&concurrency->late, *out));
    late_rows_by_number(&concurrency->late);
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

static status concurrency_gives(const struct stage *stage, struct wanted *columns)
{
    return wanted_add(columns, stage_argument(stage, OUTPUT)->text);
}

const struct command command_concurrency = {
    .name = "concurrency", .usage = "concurrency duration=<field> [start=<field>] [output=<field>]",
    .summary = "How many rows were going on when each row began",
    .params = concurrency_params, .needs = concurrency_needs, .gives = concurrency_gives,
    .open = concurrency_open,
    .example = { "concurrency duration=d start=t", "{\"t\":0,\"d\":10}\n{\"t\":5,\"d\":1}\n{\"t\":10,\"d\":5}",
                 "{\"t\":0,\"d\":10,\"concurrency\":1}\n{\"t\":5,\"d\":1,\"concurrency\":2}\n"
                 "{\"t\":10,\"d\":5,\"concurrency\":2}" },
};
