/* predict <field> [AS <name>] ... [algorithm=] [future_timespan=] [holdback=] [period=] [correlate=] [suppress=]
 * [upperNN=<name>] [lowerNN=<name>]: what the values of a time series let expect (reporting 8).
 *
 * Splunk documents the models and not their equations. Here they are those of the literature, with variances of maximum
 * likelihood (command/kalman.h): LL local level, LLT local linear trend, LLP a local level for each phase of the period,
 * LLP5 the average of LLT and LLP, weighted by how small their squared errors were (LLT alone where there is no period),
 * BiLL two local levels with correlated noises, LLB the same, where the other series goes on after this one is held back.
 * Each row's prediction is made from the rows before it; there is none while the model does not know its state yet. The
 * bounds are those of a normal distribution around it, in the midst of which NN percent lie.
 *
 * Rows come out as they are, with the predictions; behind them come those of the future, a step of the series apart. The
 * last `holdback` rows are not used, so the future begins with them. A row without a number is a missing value.
 *
 * Rows are put aside on disk where memory is short. Their times, values and predictions, five numbers a row, are needed
 * from end to end again and again and stay in memory. */
#include "command/predictions.h"

#include "group/feeds.h"
#include "command/kalman.h"
#include "rows/sorted_rows.h"
#include "command/steps.h"

#include <math.h>
#include <stdlib.h>

static const struct param predict_params[] = {
    { "arguments", PARAM_REST, PLACE_LIST, .help = "fields, each with AS and a name, and options behind them" },
    { 0 }
};

enum { PREDICTION, UPPER, LOWER, ADDED };

struct predicted {                          /* a term at work */
    const struct name *field, *correlate;   /* correlate NULL: none */
    const struct name *added[ADDED];
    double            *value, *other;       /* by row; of the field and of `correlate` */
    uint32_t           value_room, other_room;
    struct forecast    forecast;
    bool               done;
};

struct predict {
    struct op                   op;
    const struct predict_bound *bound;
    struct predicted           *term;
    const struct name          *time_name;
    double                     *time;       /* by row */
    uint32_t                    time_room;
    struct sorted_rows          rows;
    uint32_t                    seen, next; /* rows of the input; row that goes out next */
};

/* --- the input ----------------------------------------------------------------------------------------------------- */

static status read_numbers(struct predict *predict, struct batch *in, const struct name *name, double **out, uint32_t *room)
{
    struct column *column = batch_column(in, name);
    const double  *number;

    if (!heap_grow(predict->op.context->heap, out, room, predict->seen + batch_rows(in), sizeof **out))
        return FAIL_MEMORY;
    TRY(batch_decode(in, column));
    TRY(feed_read_numbers(in, column, &predict->op.step, &number));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        double value = number[batch_row(in, i)];
        (*out)[predict->seen + i] = isfinite(value) ? value : NAN;
    }
    return OK;
}

static status predict_push(struct op *op, struct batch *in)
{
    struct predict *predict = container_of(op, struct predict, op);

    if (batch_rows(in) > UINT32_MAX - predict->seen)
        return FAIL_LIMIT;
    TRY(read_numbers(predict, in, predict->time_name, &predict->time, &predict->time_room));
    for (uint32_t i = 0; i < predict->bound->count; i++) {
        struct predicted *term = &predict->term[i];
        TRY(read_numbers(predict, in, term->field, &term->value, &term->value_room));
        if (term->correlate)
            TRY(read_numbers(predict, in, term->correlate, &term->other, &term->other_room));
    }
    predict->seen += batch_rows(in);
    return sorted_rows_add(&predict->rows, in);
}

/* --- predictions --------------------------------------------------------------------------------------------------- */

static uint32_t used_of(const struct predict *predict, const struct predict_term *term)
{
    return predict->seen > term->holdback ? predict->seen - term->holdback : 0;
}

static uint32_t count_points(const double *value, uint32_t used)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < used; i++)
        count += !isnan(value[i]);
    return count;
}

static status too_few(struct predict *predict, const struct predict_term *term, uint32_t points, uint32_t least)
{
    return op_fail(&predict->op, FAIL_DATA, "too-few-points", "'%.*s' has %u values to predict from; %s needs %u",
                   SHOW(term->field), points, predict_names[term->algorithm], least);
}

static status predict_seasons(struct predict *predict, uint32_t number, uint32_t used, uint32_t points)
{
    const struct predict_term *term = &predict->bound->term[number];
    struct predicted          *into = &predict->term[number];
    struct arena              *arena = &predict->op.arena;
    uint32_t                   period = term->period;
    uint32_t                   longest = (uint32_t)context_limit(predict->op.context, LIMIT_PREDICT_PERIOD);
    struct forecast            trend;

    if (period == 0)
        TRY(find_period(into->value, used, longest, predict->op.run, &predict->op.step, &period));
    if (period == 0 && term->algorithm == PREDICT_LLP)
        return op_fail(&predict->op, FAIL_DATA, "no-period", "the values of '%.*s' have no period that LLP could find",
                       SHOW(term->field));
    if (period > 0 && points / 2 < period)
        return too_few(predict, term, points, 2 * period);
    if (period > 0)
        TRY(forecast_levels(into->value, used, period, predict->op.run, arena, &into->forecast));
    if (term->algorithm == PREDICT_LLP)
        return OK;
    if (period == 0)
        return forecast_trend(into->value, used, predict->op.run, &into->forecast);
    TRY(forecast_new(&trend, into->forecast.count, arena));
    TRY(forecast_trend(into->value, used, predict->op.run, &trend));
    forecast_blend(into->value, used, &trend, &into->forecast);
    return OK;
}

/* BiLL predicts both terms, LLB one with the help of a field that has all its values. */
static status predict_two(struct predict *predict, uint32_t number, uint32_t used)
{
    const struct predict_term *term = &predict->bound->term[number];
    struct predicted          *first = &predict->term[number], *second = &predict->term[term->partner];
    bool                       helps = term->algorithm == PREDICT_LLB;
    const double              *value[2] = { first->value, helps ? first->other : second->value };
    uint32_t                   count[2] = { used, helps ? predict->seen
                                                        : used_of(predict, &predict->bound->term[term->partner]) };
    struct forecast            out[2] = { first->forecast };
    uint32_t                   points = count_points(value[1], count[1]);

    if (points < 2)
        return op_fail(&predict->op, FAIL_DATA, "too-few-points", "'%.*s' has %u values to predict from; %s needs 2",
                       SHOW(helps ? term->correlate : predict->bound->term[term->partner].field), points,
                       predict_names[term->algorithm]);
    out[1] = second->forecast;
    if (helps)
        TRY(forecast_new(&out[1], first->forecast.count, &predict->op.arena));
    second->done = true;
    return forecast_pair(value, count, predict->op.run, &predict->op.arena, out);
}

static status predict_term(struct predict *predict, uint32_t number)
{
    static const uint8_t       least[] = { [PREDICT_LL] = 2, [PREDICT_LLT] = 3, [PREDICT_LLP] = 4, [PREDICT_LLP5] = 3,
                                           [PREDICT_LLB] = 2, [PREDICT_BILL] = 2 };
    const struct predict_term *term = &predict->bound->term[number];
    struct predicted          *into = &predict->term[number];
    uint32_t                   used = used_of(predict, term), points = count_points(into->value, used);

    if (into->done)
        return OK;
    into->done = true;
    if (points < least[term->algorithm])
        return too_few(predict, term, points, least[term->algorithm]);
    switch (term->algorithm) {
    case PREDICT_LL:   return forecast_levels(into->value, used, 1, predict->op.run, &predict->op.arena, &into->forecast);
    case PREDICT_LLT:  return forecast_trend(into->value, used, predict->op.run, &into->forecast);
    case PREDICT_LLP:
    case PREDICT_LLP5: return predict_seasons(predict, number, used, points);
    default:           return predict_two(predict, number, used);
    }
}

/* --- rows of the future -------------------------------------------------------------------------------------------- */

static int compare_numbers(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return *a < *b ? -1 : *a > *b;
}

static status find_step(struct predict *predict, struct zone_view *view, struct series_step *step)
{
    double             *time = ARENA_ARRAY(&predict->op.step, double, predict->seen + (size_t)1);
    struct series_steps steps;
    uint32_t            count = 0;

    TRY_NEW(time);
    for (uint32_t i = 0; i < predict->seen; i++)
        if (!isnan(predict->time[i]))
            time[count++] = predict->time[i];
    qsort(time, count, sizeof *time, compare_numbers);
    series_steps_begin(&steps, view);
    for (uint32_t i = 0; i < count; i++)
        series_steps_add(&steps, time[i]);
    series_steps_end(&steps, step);
    return OK;
}

/* Rows with nothing but a time, and not even that where the last row has none. */
static status add_future(struct predict *predict, uint32_t count)
{
    double             last = predict->time[predict->seen - 1];
    struct batch      *batch = batch_new(predict->op.context->heap, count);
    struct column     *column = batch ? column_number(&batch->arena, count) : NULL;
    struct zone_view   view;
    struct series_step step;
    status             result = column ? OK : FAIL_MEMORY;

    zone_view_init(&view, predict->op.context->zone, NULL);
    if (result == OK)
        result = find_step(predict, &view, &step);
    if (result == OK && !isnan(last)) {
        column->soft = 1;
        for (uint32_t i = 0; i < count; i++)
            column->number[i] = series_step_add(&step, &view, last, (int64_t)i + 1);
        result = batch_append(batch, predict->time_name, column, 0);
    }
    if (result == OK)
        result = sorted_rows_add(&predict->rows, batch);
    batch_release(batch);
    return result;
}

/* --- the output ---------------------------------------------------------------------------------------------------- */

static status add_columns(struct predict *predict, struct batch *batch, uint32_t number)
{
    const struct predict_term *term = &predict->bound->term[number];
    const struct predicted    *from = &predict->term[number];
    struct column             *column[ADDED];

    for (uint32_t c = 0; c < ADDED; c++)
        TRY(column_to_cells(NULL, &batch->rows, batch->size, &batch->arena, &column[c]));
    for (uint32_t i = 0; i < batch->size; i++) {
        uint32_t row = predict->next + i;
        double   mean, spread;
        if (row >= from->forecast.count || isnan(from->forecast.mean[row]))
            continue;
        mean = from->forecast.mean[row];
        spread = sqrt(from->forecast.variance[row] > 0 ? from->forecast.variance[row] : 0);
        column[PREDICTION]->cell[i] = cell_number(mean);
        column[UPPER]->cell[i] = cell_number(mean + term->upper * spread);
        column[LOWER]->cell[i] = cell_number(mean - term->lower * spread);
    }
    for (uint32_t c = 0; c < ADDED; c++)
        TRY(send_column(&predict->op, batch, from->added[c], column[c], ADDED * number + c));
    return OK;
}

static status emit_predicted(struct op *op, struct batch *takes)
{
    struct predict *predict = container_of(op, struct predict, op);
    status          result = OK;

    for (uint32_t i = 0; i < predict->bound->count && result == OK; i++)
        if (!str_equal(predict->bound->term[i].suppress, predict->bound->term[i].field))
            result = add_columns(predict, takes, i);
    predict->next += takes->size;
    return op_emit_if(op, result, takes);
}

static status predict_all(struct predict *predict)
{
    struct op *op = &predict->op;
    uint32_t   rows = predict->seen;

    for (uint32_t i = 0; i < predict->bound->count; i++) {
        const struct predict_term *term = &predict->bound->term[i];
        uint32_t                   end = used_of(predict, term);
        if (term->algorithm == PREDICT_LLB)         /* what is held back, and no more */
            end = predict->seen;
        else if (term->future > UINT32_MAX - end)
            return FAIL_LIMIT;
        else
            end += term->future;
        TRY(forecast_new(&predict->term[i].forecast, end, &op->arena));
        rows = end > rows ? end : rows;
    }
    for (uint32_t i = 0; i < predict->bound->count; i++) {
        arena_reset(&op->step);
        TRY(predict_term(predict, i));
    }
    return rows > predict->seen ? add_future(predict, rows - predict->seen) : OK;
}

static status predict_finish(struct op *op)
{
    struct predict *predict = container_of(op, struct predict, op);

    if (predict->seen && !sorted_rows_sending(&predict->rows))
        TRY(predict_all(predict));
    return sorted_rows_send(&predict->rows, emit_predicted);
}

static void predict_close(struct op *op)
{
    struct predict *predict = container_of(op, struct predict, op);
    struct heap    *heap = op->context->heap;

    for (uint32_t i = 0; predict->term && i < predict->bound->count; i++) {
        heap_free(heap, predict->term[i].value, predict->term[i].value_room * sizeof(double));
        heap_free(heap, predict->term[i].other, predict->term[i].other_room * sizeof(double));
    }
    heap_free(heap, predict->time, predict->time_room * sizeof(double));
    sorted_rows_free(&predict->rows);
}

static const struct op_kind predict_kind = {
    .name = "predict", .push = predict_push, .finish = predict_finish, .close = predict_close,
    .spills = true,
};

static status name_term(const struct predict_term *term, struct names *names, struct predicted *out)
{
    TRY_NEW(out->field = names_intern(names, term->field));
    if (term->algorithm == PREDICT_LLB)
        TRY_NEW(out->correlate = names_intern(names, term->correlate));
    TRY_NEW(out->added[PREDICTION] = names_intern(names, term->name));
    TRY_NEW(out->added[UPPER] = names_intern(names, term->upper_name));
    TRY_NEW(out->added[LOWER] = names_intern(names, term->lower_name));
    return OK;
}

static status predict_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct predict *predict;

    TRY(op_new(&predict_kind, sizeof *predict, stage, run, out));
    predict = container_of(*out, struct predict, op);
    predict->bound = stage->bound;
    sorted_rows_init(&predict->rows, *out, NULL, 0, 0);
    TRY_NEW(predict->term = ARENA_ARRAY(&(*out)->arena, struct predicted, predict->bound->count));
    TRY_NEW(predict->time_name = names_intern(run->names, STR("_time")));
    for (uint32_t i = 0; i < predict->bound->count; i++)
        TRY(name_term(&predict->bound->term[i], run->names, &predict->term[i]));
    return OK;
}

static status predict_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct predict_bound *bound = stage->bound;

    TRY(wanted_add(wanted, STR("_time")));
    for (uint32_t i = 0; i < bound->count; i++) {
        TRY(wanted_add(wanted, bound->term[i].field));
        if (bound->term[i].algorithm == PREDICT_LLB)
            TRY(wanted_add(wanted, bound->term[i].correlate));
    }
    return OK;
}

const struct command command_predict = {
    .name = "predict",
    .usage = "predict <field> [AS <name>] ... [algorithm=LL|LLT|LLP|LLP5|LLB|BiLL] [future_timespan=<count>] "
             "[holdback=<count>] [period=<count>] [correlate=<field>] [suppress=<field>] [upperNN=<name>] [lowerNN=<name>]",
    .summary = "What the values of a time series let expect, also of the future",
    .keeps = "five numbers of a row for each field that is predicted",
    .params = predict_params, .bound_size = sizeof(struct predict_bound),
    .bind = predict_bind, .needs = predict_needs, .open = predict_open,
    .example = { "table _time x | predict x AS p algorithm=LLT future_timespan=1 | fields _time x p",
                 "{\"_time\":60,\"x\":1}\n{\"_time\":120,\"x\":3}\n{\"_time\":180,\"x\":5}",
                 "{\"_time\":60,\"x\":1}\n{\"_time\":120,\"x\":3}\n{\"_time\":180,\"x\":5,\"p\":5}\n"
                 "{\"_time\":240,\"p\":7}" },
};
