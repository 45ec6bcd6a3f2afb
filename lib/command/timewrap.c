/* timewrap <span> [align=now|end] [series=relative|exact|short] [time_format=<format>]: the rows of timechart are cut
 * into periods that stand side by side, on the times of the latest one (commands 6).
 *
 * Periods are counted back from the end of the search or, where it is open, of the last row; align=now: from now. The
 * latest one is the latest with rows in it. Days and longer go by the local calendar: a row keeps its distance from the
 * beginning of its period on the clock. A month is `m` here and a minute `min`, as in Splunk.
 *
 * Columns: those of the input in turn, each with its periods, the latest first. One column is named after the periods
 * alone (latest_day, 1day_before; s0, s1), of several each as <column>_<period>. Splunk's reference shows both forms but
 * not what a period of two weeks is called: latest_2weeks, 2weeks_before, 4weeks_before here. Rows without a time are
 * dropped; of two rows with one place the last counts. There are limit.timewrap periods at most. */
#include "base/search.h"
#include "command/series_label.h"
#include "command/steps.h"
#include "rows/wide_rows.h"
#include "plan/bind.h"
#include "time/civil.h"
#include "time/strftime.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>

enum { SPAN, ALIGN, SERIES, TIME_FORMAT };
static const double TIME_MOST = 1e12;

static const struct param timewrap_params[] = {
    [SPAN] = { "span", PARAM_SPAN, PLACE_FIRST, .required = true, .help = "length of a period: 1w, day, 2h; m: months" },
    [ALIGN] = { "align", PARAM_WORD, PLACE_NAMED, .preset = "end", .choices = "now|end",
                .help = "what periods are counted back from" },
    [SERIES] = { "series", PARAM_WORD, PLACE_NAMED, .preset = "relative", .choices = "relative|exact|short",
                 .help = "names: latest_week, by time_format, or s0 s1 ..." },
    [TIME_FORMAT] = { "time_format", PARAM_TEXT, PLACE_NAMED, .preset = "%Y-%m-%d %H:%M:%S",
                      .help = "series=exact: of a period's beginning" },
    { 0 }
};

struct timewrap_bound {
    enum time_unit      unit;
    uint32_t            count;
    struct time_format *format;             /* NULL: not series=exact */
};

struct timewrap {
    struct op           op;
    const struct name  *time;
    struct zone_view    view;
    struct layout       layout;             /* of the fields that rows have */
    struct sorted_rows  rows;               /* those with a time, as they came */
    struct sorted_rows  times;              /* theirs, ascending */
    double              end;
    int64_t            *period;             /* that have rows, 0 is the latest; they ascend: by column */
    uint32_t            periods, period_room;
    const struct name **series;             /* fields that become columns */
    uint32_t            serieses;
    /* Columns for the time being, of names that no field has: the time in the latest period; the period's column. */
    const struct name  *shown, *column;
    struct sort_by      by_time, by_shown;
    struct sorted_rows  wrapped;            /* rows by the time that is shown */
    struct wide_rows    wide;
    bool                ready;
};

static const struct {
    enum time_unit unit;
    const char    *name;
    double         seconds;                 /* nominal */
} UNITS[] = {
    { UNIT_SECOND, "second", 1 }, { UNIT_MINUTE, "minute", 60 }, { UNIT_HOUR, "hour", 3600 }, { UNIT_DAY, "day", 86400 },
    { UNIT_WEEK, "week", 604800 }, { UNIT_MONTH, "month", 2629746 }, { UNIT_QUARTER, "quarter", 7889238 },
    { UNIT_YEAR, "year", 31556952 },
};

static uint32_t unit_place(enum time_unit unit)
{
    uint32_t i = 0;

    while (UNITS[i].unit != unit)
        i++;
    return i;
}

static status timewrap_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *span = stage_argument(stage, SPAN);
    struct timewrap_bound *bound = stage->bound;
    str                    word = span->text;
    uint64_t               count = 0;
    size_t                 digits = 0;

    for (; digits < word.size && word.at[digits] >= '0' && word.at[digits] <= '9' && count < 1000000; digits++)
        count = count * 10 + (uint64_t)(word.at[digits] - '0');
    word = str_slice(word, digits, word.size);
    bound->unit = str_is_nocase(word, "m") ? UNIT_MONTH : time_unit_named(word);
    bound->count = digits ? (uint32_t)count : 1;
    if (bound->unit == UNIT_NONE || count >= 1000000 || bound->count == 0)
        return diag_at(binder->diag, FAIL_QUERY, span->span, "bad-span",
                       "'%.*s' is no length of a period, such as 1w, day or 2h", SHOW(span->text));
    if (str_is_nocase(stage_argument(stage, SERIES)->text, "exact"))
        return time_format_compile(binder->arena, stage_argument(stage, TIME_FORMAT)->text, &bound->format);
    return OK;
}

/* A row's time; NaN: none. */
static double time_at(const struct column *column, uint32_t row)
{
    struct cell cell = column ? column_cell(column, row) : cell_null();
    double      time;

    return cell_reads_number(&cell, &time) && fabs(time) <= TIME_MOST ? time : NAN;
}

/* The rows that have a time, and their times. */
static status keep_rows(struct timewrap *timewrap, struct batch *kept)
{
    const struct column *column = batch_column(kept, timewrap->time);
    uint32_t            *row = ARENA_ARRAY(&kept->arena, uint32_t, batch_rows(kept) + (size_t)1), count = 0;
    struct batch        *times;
    struct column       *time;
    status               result;

    TRY_NEW(row);
    for (uint32_t i = 0; i < batch_rows(kept); i++) {
        row[count] = batch_row(kept, i);
        count += !isnan(time_at(column, row[count]));
    }
    kept->rows = (struct rows){ count, row };
    TRY_NEW(times = batch_new(timewrap->op.context->heap, count));
    time = column_number(&times->arena, count);
    for (uint32_t i = 0; time && i < count; i++)
        time->number[i] = time_at(column, row[i]);
    result = time ? batch_append(times, timewrap->time, time, timewrap->op.stage->rank) : FAIL_MEMORY;
    if (result == OK)
        result = sorted_rows_add(&timewrap->times, times);
    batch_release(times);
    return result == OK ? sorted_rows_add(&timewrap->rows, kept) : result;
}

static status timewrap_push(struct op *op, struct batch *in)
{
    struct timewrap *timewrap = container_of(op, struct timewrap, op);
    struct batch    *kept;
    status           result;

    TRY(layout_show(&timewrap->layout, in));
    TRY(batch_decode(in, batch_column(in, timewrap->time)));
    TRY_NEW(kept = batch_derive(in));
    result = keep_rows(timewrap, kept);
    batch_release(kept);
    return result;
}

/* --- periods ------------------------------------------------------------------------------------------------------- */

/* Where period `number` ends, counted back from the end. */
static double period_end(struct timewrap *timewrap, int64_t number)
{
    const struct timewrap_bound *bound = timewrap->op.stage->bound;

    return calendar_add(bound->unit, -number * (int64_t)bound->count, &timewrap->view, timewrap->end);
}

static int64_t period_of(struct timewrap *timewrap, double time)
{
    const struct timewrap_bound *bound = timewrap->op.stage->bound;
    double                       length = UNITS[unit_place(bound->unit)].seconds * bound->count;
    int64_t                      number = (int64_t)floor((timewrap->end - time) / length);

    while (time >= period_end(timewrap, number))
        number--;
    while (time < period_end(timewrap, number + 1))
        number++;
    return number;
}

/* The same distance from the beginning of its period in the latest one. */
static double shift(struct timewrap *timewrap, double time, int64_t period)
{
    const struct timewrap_bound *bound = timewrap->op.stage->bound;
    double                       from = period_end(timewrap, period + 1), to = period_end(timewrap, 1), whole = floor(time);
    int64_t                      distance;

    if (bound->unit < UNIT_DAY)
        return time + (to - from);
    distance = zone_local(&timewrap->view, (int64_t)whole) - zone_local(&timewrap->view, (int64_t)floor(from));
    return (double)zone_instant(&timewrap->view, zone_local(&timewrap->view, (int64_t)floor(to)) + distance) + time - whole;
}

static status each_time(struct timewrap *timewrap, status (*see)(struct timewrap *timewrap, void *host, double time),
                        void *host)
{
    struct batch *batch;
    status        result;

    TRY(sorted_rows_rewind(&timewrap->times));
    while ((result = sorted_rows_next(&timewrap->times, 0, &batch)) == OK) {
        const struct column *time = batch_column(batch, timewrap->time);
        for (uint32_t row = 0; row < batch->size && result == OK; row++)
            result = see(timewrap, host, column_cell(time, row).number);
        batch_release(batch);
        TRY(result);
    }
    return result == DONE ? OK : result;
}

static status see_step(struct timewrap *timewrap, void *host, double time)
{
    (void)timewrap;
    series_steps_add(host, time);
    return OK;
}

/* The end from which periods are counted back. */
static status find_end(struct timewrap *timewrap, double *last)
{
    const struct context *context = timewrap->op.context;
    struct series_steps   steps;
    struct series_step    step;

    series_steps_begin(&steps, &timewrap->view);
    TRY(each_time(timewrap, see_step, &steps));
    *last = steps.time;
    timewrap->end = context->latest;
    if (str_is_nocase(stage_argument(timewrap->op.stage, ALIGN)->text, "now"))
        timewrap->end = context->now;
    if (fabs(timewrap->end) <= TIME_MOST)
        return OK;
    series_steps_end(&steps, &step);
    timewrap->end = series_step_add(&step, &timewrap->view, *last, 1);
    return OK;
}

/* Periods with rows, the earliest first. */
static status see_period(struct timewrap *timewrap, void *host, double time)
{
    double  most = (double)context_limit(timewrap->op.context, LIMIT_TIMEWRAP);
    int64_t period = period_of(timewrap, time);

    (void)host;
    if (timewrap->periods && timewrap->period[timewrap->periods - 1] == period)
        return OK;
    if (timewrap->periods == most)
        return op_fail(&timewrap->op, FAIL_LIMIT, "limit-table", "'timewrap' would make more than %.0f periods", most);
    if (!heap_grow(timewrap->op.context->heap, &timewrap->period, &timewrap->period_room, timewrap->periods + 1,
                   sizeof *timewrap->period))
        return FAIL_MEMORY;
    timewrap->period[timewrap->periods++] = period;
    return OK;
}

/* Every row gets its place in the latest period and the number of its own. */
static status wrap_rows(struct timewrap *timewrap, struct batch *batch)
{
    const struct column *time = batch_column(batch, timewrap->time);
    struct column       *shown = column_number(&batch->arena, batch->size);
    struct column       *number = column_number(&batch->arena, batch->size);
    uint32_t             rank = timewrap->op.stage->rank;

    TRY_NEW(shown && number ? shown : NULL);
    TRY(batch_decode(batch, batch_column(batch, timewrap->time)));
    for (uint32_t row = 0; row < batch->size; row++) {
        double  at = time_at(time, row);
        int64_t period = period_of(timewrap, at);

        shown->number[row] = shift(timewrap, at, period);
        number->number[row] = search_last_i64(timewrap->period, sizeof *timewrap->period, timewrap->periods, period);
    }
    TRY(batch_append(batch, timewrap->shown, shown, rank));
    TRY(batch_append(batch, timewrap->column, number, rank));
    return sorted_rows_add(&timewrap->wrapped, batch);
}

static status wrap(struct timewrap *timewrap)
{
    struct batch *batch;
    double        last;
    status        result;

    TRY(find_end(timewrap, &last));
    timewrap->end = period_end(timewrap, period_of(timewrap, last));
    TRY(each_time(timewrap, see_period, NULL));
    for (uint32_t i = 0; i < timewrap->periods / 2; i++) {
        int64_t period = timewrap->period[i];
        timewrap->period[i] = timewrap->period[timewrap->periods - 1 - i];
        timewrap->period[timewrap->periods - 1 - i] = period;
    }
    sorted_rows_free(&timewrap->times);
    TRY(sorted_rows_yield(&timewrap->rows));
    while ((result = sorted_rows_next(&timewrap->rows, 0, &batch)) == OK) {
        result = wrap_rows(timewrap, batch);
        batch_release(batch);
        TRY(result);
    }
    sorted_rows_free(&timewrap->rows);
    return result == DONE ? OK : result;
}

/* --- the result ---------------------------------------------------------------------------------------------------- */

static void put_number(struct buf *out, int64_t number)
{
    char room[NUMBER_ROOM];

    buf_put(out, str_make(room, number_format((double)number, EXACT, room)));
}

static status put_period(struct timewrap *timewrap, int64_t period, struct buf *out)
{
    const struct timewrap_bound *bound = timewrap->op.stage->bound;
    const char                  *unit = UNITS[unit_place(bound->unit)].name;

    if (bound->format) {
        double begin = period_end(timewrap, period + 1);
        status result = time_print(bound->format, &timewrap->view, begin, out);
        if (result == FAIL_DATA)            /* no year of four digits */
            put_number(out, (int64_t)begin);
        return result == FAIL_DATA ? OK : result;
    }
    if (str_is_nocase(stage_argument(timewrap->op.stage, SERIES)->text, "short")) {
        buf_byte(out, 's');
        put_number(out, period);
        return OK;
    }
    if (period > 0)
        put_number(out, period * bound->count);
    else
        buf_text(out, "latest_");
    if (period == 0 && bound->count > 1)
        put_number(out, bound->count);
    buf_text(out, unit);
    if ((period ? period : 1) * bound->count > 1)
        buf_byte(out, 's');
    buf_text(out, period ? "_before" : "");
    return OK;
}

static status name_column(struct timewrap *timewrap, str series, int64_t period, const struct name **out)
{
    struct heap *heap = timewrap->op.context->heap;
    struct buf   name;
    status       result;

    buf_init(&name, heap);
    if (timewrap->serieses > 1) {
        buf_put(&name, series);
        buf_byte(&name, '_');
    }
    result = put_period(timewrap, period, &name);
    if (result == OK)
        result = buf_status(&name);
    if (result == OK)
        result = series_label(heap, timewrap->op.context->names, STR(""), STR(""), STR(""), buf_str(&name), NULL, out);
    buf_free(&name);
    return result;
}

/* Of two columns of one name the last is shown: it should be known. */
static status note_clashes(struct timewrap *timewrap, const struct name *const *name, uint32_t columns)
{
    uint32_t most = 0;
    uint8_t *seen;

    for (uint32_t i = 0; i < columns; i++)
        most = name[i]->number > most ? name[i]->number : most;
    TRY_NEW(seen = ARENA_ARRAY(&timewrap->op.step, uint8_t, most + (size_t)1));
    for (uint32_t i = 0; i < columns; i++)
        if (seen[name[i]->number])
            op_note(&timewrap->op, "timewrap", STR("columns of 'timewrap' had the name of another: of each name the "
                                                   "earliest period is shown"));
        else
            seen[name[i]->number] = 1;
    return OK;
}

/* The series and the names of the columns. */
static status name_columns(struct timewrap *timewrap, const struct name ***out, uint32_t *columns)
{
    const struct layout *layout = &timewrap->layout;
    double               most = (double)context_limit(timewrap->op.context, LIMIT_COLUMNS);
    uint64_t             count;
    const struct name  **name;

    TRY_NEW(timewrap->series = ARENA_ARRAY(&timewrap->op.arena, const struct name *, layout->count + (size_t)1));
    for (uint32_t i = 0; i < layout->count; i++)
        if (!name_is_internal(layout->column[i].name))
            timewrap->series[timewrap->serieses++] = layout->column[i].name;
    count = 1 + (uint64_t)timewrap->serieses * timewrap->periods;
    if ((double)count > most)
        return op_fail(&timewrap->op, FAIL_LIMIT, "limit-table", "'timewrap' would make more than %.0f columns", most);
    TRY_NEW(*out = name = ARENA_ARRAY(&timewrap->op.arena, const struct name *, count));
    name[0] = timewrap->time;
    for (uint32_t s = 0; s < timewrap->serieses; s++)
        for (uint32_t p = 0; p < timewrap->periods; p++)
            TRY(name_column(timewrap, name_str(timewrap->series[s]), timewrap->period[p],
                            &name[1 + s * timewrap->periods + p]));
    *columns = (uint32_t)count;
    return note_clashes(timewrap, name, *columns);
}

static status fill_row(struct op *op, const struct batch *narrow, uint32_t row, bool begins)
{
    struct timewrap *timewrap = container_of(op, struct timewrap, op);
    uint32_t         number = (uint32_t)column_cell(batch_column(narrow, timewrap->column), row).number;

    if (begins)
        TRY(wide_rows_put(&timewrap->wide, 0, column_cell(batch_column(narrow, timewrap->shown), row)));
    for (uint32_t s = 0; s < timewrap->serieses; s++) {
        const struct column *column = batch_column(narrow, timewrap->series[s]);
        TRY(wide_rows_put(&timewrap->wide, 1 + s * timewrap->periods + number,
                          column ? column_settled(column, row) : cell_null()));
    }
    return OK;
}

static status open_table(struct timewrap *timewrap)
{
    const struct name **name;
    uint32_t            columns;

    TRY(wrap(timewrap));
    TRY(name_columns(timewrap, &name, &columns));
    timewrap->wide = (struct wide_rows){ .op = &timewrap->op, .from = &timewrap->wrapped, .by = timewrap->shown,
                                         .columns = columns, .fill = fill_row };
    TRY(wide_rows_open(&timewrap->wide, name));
    timewrap->ready = true;
    return OK;
}

static status more_rows(struct op *op) { return wide_rows_more(&container_of(op, struct timewrap, op)->wide); }

static status timewrap_finish(struct op *op)
{
    struct timewrap *timewrap = container_of(op, struct timewrap, op);

    if (!timewrap->ready && sorted_rows_count(&timewrap->rows) == 0)
        return OK;
    if (!timewrap->ready)
        TRY(open_table(timewrap));
    return results_emit_pieces(&timewrap->wide.results, more_rows);
}

static void timewrap_close(struct op *op)
{
    struct timewrap *timewrap = container_of(op, struct timewrap, op);

    wide_rows_free(&timewrap->wide);
    sorted_rows_free(&timewrap->rows);
    sorted_rows_free(&timewrap->times);
    sorted_rows_free(&timewrap->wrapped);
    heap_free(op->context->heap, timewrap->period, timewrap->period_room * sizeof *timewrap->period);
    layout_free(&timewrap->layout);
}

static const struct op_kind timewrap_kind = {
    .name = "timewrap", .push = timewrap_push, .finish = timewrap_finish, .close = timewrap_close,
    .spills = true,
};

static status timewrap_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct timewrap *timewrap;

    TRY(op_new(&timewrap_kind, sizeof *timewrap, stage, run, out));
    timewrap = container_of(*out, struct timewrap, op);
    layout_init(&timewrap->layout, (*out)->context->heap);
    zone_view_init(&timewrap->view, (*out)->context->zone, NULL);
    TRY_NEW(timewrap->time = names_intern(run->names, STR("_time")));
    TRY_NEW(timewrap->shown = names_intern(run->names, STR("\xff" "shown")));
    TRY_NEW(timewrap->column = names_intern(run->names, STR("\xff" "column")));
    timewrap->by_time = (struct sort_by){ .name = timewrap->time, .kind = SORT_NUMBER };
    timewrap->by_shown = (struct sort_by){ .name = timewrap->shown, .kind = SORT_NUMBER };
    sorted_rows_init(&timewrap->rows, *out, NULL, 0, 0);
    sorted_rows_init(&timewrap->times, *out, &timewrap->by_time, 1, 0);
    sorted_rows_init(&timewrap->wrapped, *out, &timewrap->by_shown, 1, 0);
    return OK;
}

static status timewrap_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    wanted_clear(wanted);
    TRY(wanted_add_pattern(wanted, STR("*")));
    return wanted_add(wanted, STR("_time"));
}

const struct command command_timewrap = {
    .name = "timewrap",
    .usage = "timewrap <span> [align=now|end] [series=relative|exact|short] [time_format=<format>]",
    .summary = "Periods of a time chart side by side",
    .keeps = "the names of columns, at most limit.columns, and limit.timewrap periods",
    .params = timewrap_params, .traits = TRAIT_TRANSFORMS, .bound_size = sizeof(struct timewrap_bound),
    .bind = timewrap_bind, .needs = timewrap_needs, .open = timewrap_open,
    .example = { "timechart span=1d count | timewrap 2d series=short",
                 "{\"_time\":0}\n{\"_time\":86400}\n{\"_time\":86401}\n{\"_time\":172800}\n{\"_time\":259200}",
                 "{\"_time\":172800,\"s0\":1,\"s1\":1}\n{\"_time\":259200,\"s0\":1,\"s1\":2}" },
};
