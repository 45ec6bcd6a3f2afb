#include "command/series.h"

#include "group/feeds.h"
#include "flow/op.h"
#include "flow/run.h"

#include <math.h>

struct series_op {
    struct op           op;
    struct series      *series;             /* by term */
    const struct name **from, **into;
};

/* The number takes the place of the oldest. */
static status remember(struct series *series, double number, struct heap *heap)
{
    uint32_t place;

    if (series->period == 0) {
        series->count++;
        return OK;
    }
    place = (uint32_t)(series->count % series->period);
    if (!heap_grow(heap, &series->ring, &series->room, place + 1, sizeof *series->ring))
        return FAIL_MEMORY;
    series->weighted -= series->count < series->period ? 0 : series->sum;
    if (series->count >= series->period) {
        if (series_is_exact(series->ring[place]))
            series->sum -= series->ring[place];
        else
            series->inexact--;
    }
    if (series_is_exact(number)) {
        double weight = series->count < series->period ? (double)(series->count + 1) : (double)series->period;
        series->sum += number;
        series->weighted += weight * number;
    } else {
        series->inexact++;
    }
    series->ring[place] = number;
    series->count++;
    return OK;
}

/* By row: the results, and where there are none. */
static status make(struct series_op *op, uint32_t term, struct batch *in, double **number, uint8_t **null)
{
    const struct series_bound *bound = op->op.stage->bound;
    struct series             *series = &op->series[term];
    struct column             *column = batch_column(in, op->from[term]);
    struct arena              *step = &op->op.step;
    const double              *from;

    TRY(batch_decode(in, column));
    TRY(feed_read_numbers(in, column, step, &from));
    TRY_NEW(*number = ARENA_ARRAY(step, double, in->size + (size_t)1));
    TRY_NEW(*null = ARENA_ARRAY(step, uint8_t, in->size + (size_t)1));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t row = batch_row(in, i);
        if (i % 64 == 0)
            TRY(run_check(op->op.run));
        (*null)[row] = 1;
        if (!isfinite(from[row]))
            continue;
        (*null)[row] = !bound->term[term].next(series, from[row], &(*number)[row]);
        TRY(remember(series, from[row], op->op.context->heap));
    }
    return OK;
}

static status set_cells(struct series_op *op, struct batch *out, const struct column *before, const double *number,
                        const uint8_t *null, struct column **made)
{
    TRY(column_to_cells(before, &out->rows, out->size, &out->arena, made));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t    row = batch_row(out, i);
        struct cell cell = cell_number(number[row]);
        if (null[row])
            continue;
        cell.flags |= CELL_SOFT;
        (*made)->cell[row] = cell;
    }
    (*made)->kinds |= (uint8_t)KINDS(KIND_NUMBER);
    return OK;
}

static status set_numbers(struct series_op *op, struct batch *out, const double *number, const uint8_t *null,
                          struct column **made)
{
    TRY_NEW(*made = column_number(&out->arena, out->size));
    TRY_NEW((*made)->null = arena_alloc(&out->arena, out->size + (size_t)1));
    memcpy((*made)->number, number, out->size * sizeof *number);
    memcpy((*made)->null, null, out->size);
    (*made)->soft = 1;
    return OK;
}

static status run_term(struct series_op *op, uint32_t term, struct batch *out)
{
    struct column *before = batch_column(out, op->into[term]), *made;
    double        *number;
    uint8_t       *null;

    TRY(make(op, term, out, &number, &null));
    TRY(batch_decode(out, before));
    if (before && before->encoding != ENCODING_ABSENT)
        TRY(set_cells(op, out, before, number, null, &made));
    else
        TRY(set_numbers(op, out, number, null, &made));
    return batch_assign(out, op->into[term], made, rank_at(op->op.stage->rank, term));
}

static status series_push(struct op *op, struct batch *in)
{
    const struct series_bound *bound = op->stage->bound;
    struct batch              *out = batch_derive(in);

    TRY_NEW(out);
    for (uint32_t i = 0; i < bound->count; i++) {
        status s = run_term(container_of(op, struct series_op, op), i, out);
        if (s != OK) {
            batch_release(out);
            return s;
        }
    }
    return op_emit(op, out);
}

static void series_close(struct op *op)
{
    struct series_op          *series = container_of(op, struct series_op, op);
    const struct series_bound *bound = op->stage->bound;

    for (uint32_t i = 0; series->series && i < bound->count; i++)
        heap_free(op->context->heap, series->series[i].ring, series->series[i].room * sizeof(double));
}

static const struct op_kind series_kind = { .name = "series", .push = series_push, .close = series_close };

status series_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct series_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->count; i++)
        TRY(wanted_add(wanted, bound->term[i].field));
    return OK;
}

status series_gives(const struct stage *stage, struct wanted *columns)
{
    const struct series_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->count; i++)
        if (!str_equal(bound->term[i].name, bound->term[i].field))
            TRY(wanted_add(columns, bound->term[i].name));
    return OK;
}

status series_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct series_bound *bound = stage->bound;
    struct series_op          *op;

    TRY(op_new(&series_kind, sizeof *op, stage, run, out));
    op = container_of(*out, struct series_op, op);
    TRY_NEW(op->from = ARENA_ARRAY(&op->op.arena, const struct name *, bound->count));
    TRY_NEW(op->into = ARENA_ARRAY(&op->op.arena, const struct name *, bound->count));
    TRY_NEW(op->series = ARENA_ARRAY(&op->op.arena, struct series, bound->count));
    for (uint32_t i = 0; i < bound->count; i++) {
        op->series[i].period = bound->term[i].period;
        TRY_NEW(op->from[i] = names_intern(op->op.context->names, bound->term[i].field));
        TRY_NEW(op->into[i] = names_intern(op->op.context->names, bound->term[i].name));
    }
    return OK;
}
