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
 * dropped; of two rows with one place the last counts. */
#include "command/results.h"
#include "command/series_label.h"
#include "command/steps.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "state/rows.h"
#include "time/civil.h"
#include "time/strftime.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>
#include <stdlib.h>

enum { SPAN, ALIGN, SERIES, TIME_FORMAT };
enum { PERIODS_MOST = 1000 };
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

struct wrapped {                            /* a row of the input */
    double   time;
    double   shown;                         /* its time in the latest period */
    int64_t  period;                        /* 0: the latest */
    uint32_t column;                        /* number of its period among those that have rows */
    uint32_t row;                           /* of the store */
};

struct timewrap {
    struct op          op;
    const struct name *time;
    struct zone_view   view;
    struct row_store   store;
    struct layout      layout;              /* of the fields that rows have */
    int64_t           *place;               /* by series: column of the store */
    uint32_t           series;
    double             end;
    struct wrapped    *row;                 /* by what is shown, then by period, then as they came */
    uint32_t           rows, lines;
    uint32_t          *line;                /* of the result: first of its rows; one more at the end */
    int64_t           *period;              /* by column */
    uint32_t           periods;
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

static status timewrap_push(struct op *op, struct batch *in)
{
    struct timewrap *timewrap = container_of(op, struct timewrap, op);

    TRY(layout_show(&timewrap->layout, in));
    return row_store_add_decoded(&timewrap->store, in);
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

static int by_time(const void *left, const void *right)
{
    const struct wrapped *a = left, *b = right;

    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static int by_place(const void *left, const void *right)
{
    const struct wrapped *a = left, *b = right;

    if (a->shown != b->shown)
        return a->shown < b->shown ? -1 : 1;
    if (a->period != b->period)
        return a->period < b->period ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* Rows that have a time, in its order. */
static status read_times(struct timewrap *timewrap)
{
    int64_t place = layout_find(&timewrap->store.layout, timewrap->time);

    TRY_NEW(timewrap->row = ARENA_ARRAY(&timewrap->op.arena, struct wrapped, timewrap->store.rows + (size_t)1));
    for (uint32_t i = 0; i < timewrap->store.rows; i++) {
        struct cell cell = row_store_cell(&timewrap->store, i, place);
        double      time;
        if (cell_reads_number(&cell, &time) && fabs(time) <= TIME_MOST)
            timewrap->row[timewrap->rows++] = (struct wrapped){ .time = time, .row = i };
    }
    qsort(timewrap->row, timewrap->rows, sizeof *timewrap->row, by_time);
    return OK;
}

/* The end from which periods are counted back. */
static status find_end(struct timewrap *timewrap)
{
    const struct context *context = timewrap->op.context;
    struct series_step    step;
    double               *time;
    uint32_t              times = 0;

    timewrap->end = context->latest;
    if (str_is_nocase(stage_argument(timewrap->op.stage, ALIGN)->text, "now"))
        timewrap->end = context->now;
    if (fabs(timewrap->end) <= TIME_MOST)
        return OK;
    TRY_NEW(time = ARENA_ARRAY(&timewrap->op.step, double, timewrap->rows));
    for (uint32_t i = 0; i < timewrap->rows; i++)
        if (times == 0 || time[times - 1] != timewrap->row[i].time)
            time[times++] = timewrap->row[i].time;
    series_step_find(time, times, &timewrap->view, &step);
    timewrap->end = series_step_add(&step, &timewrap->view, time[times - 1], 1);
    return OK;
}

/* Every row gets its period and its place in the latest one; periods that have rows get columns. */
static status wrap_rows(struct timewrap *timewrap)
{
    int64_t latest = period_of(timewrap, timewrap->row[timewrap->rows - 1].time);

    timewrap->end = period_end(timewrap, latest);
    TRY_NEW(timewrap->period = ARENA_ARRAY(&timewrap->op.arena, int64_t, PERIODS_MOST));
    for (uint32_t i = timewrap->rows; i-- > 0;) {
        struct wrapped *row = &timewrap->row[i];
        if (i % 1024 == 0)
            TRY(run_check(timewrap->op.run));
        row->period = period_of(timewrap, row->time);
        row->shown = shift(timewrap, row->time, row->period);
        if (timewrap->periods == 0 || timewrap->period[timewrap->periods - 1] != row->period) {
            if (timewrap->periods == PERIODS_MOST)
                return op_fail(&timewrap->op, FAIL_LIMIT, "limit-table", "'timewrap' would make more than %d periods",
                               PERIODS_MOST);
            timewrap->period[timewrap->periods++] = row->period;
        }
        row->column = timewrap->periods - 1;
    }
    qsort(timewrap->row, timewrap->rows, sizeof *timewrap->row, by_place);
    TRY_NEW(timewrap->line = ARENA_ARRAY(&timewrap->op.arena, uint32_t, timewrap->rows + (size_t)1));
    for (uint32_t i = 0; i < timewrap->rows; i++)
        if (i == 0 || timewrap->row[i].shown != timewrap->row[i - 1].shown)
            timewrap->line[timewrap->lines++] = i;
    timewrap->line[timewrap->lines] = timewrap->rows;
    return OK;
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
    if (timewrap->series > 1) {
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

/* The place of the series in the store and the names of the columns. */
static status name_columns(struct timewrap *timewrap, const struct name ***out, uint32_t *columns)
{
    const struct layout *layout = &timewrap->layout;
    const struct name  **name;
    uint32_t            *series;
    uint64_t             count;

    TRY_NEW(timewrap->place = ARENA_ARRAY(&timewrap->op.arena, int64_t, layout->count + (size_t)1));
    TRY_NEW(series = ARENA_ARRAY(&timewrap->op.step, uint32_t, layout->count + (size_t)1));
    for (uint32_t i = 0; i < layout->count; i++) {
        if (name_is_internal(layout->column[i].name))
            continue;
        series[timewrap->series] = i;
        timewrap->place[timewrap->series++] = layout_find(&timewrap->store.layout, layout->column[i].name);
    }
    count = 1 + (uint64_t)timewrap->series * timewrap->periods;
    if (count > UINT32_MAX)
        return FAIL_LIMIT;
    TRY_NEW(*out = name = ARENA_ARRAY(&timewrap->op.arena, const struct name *, count));
    name[0] = timewrap->time;
    for (uint32_t s = 0; s < timewrap->series; s++)
        for (uint32_t p = 0; p < timewrap->periods; p++)
            TRY(name_column(timewrap, name_str(layout->column[series[s]].name), timewrap->period[p],
                            &name[1 + s * timewrap->periods + p]));
    *columns = (uint32_t)count;
    return note_clashes(timewrap, name, *columns);
}

static status timewrap_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct timewrap *timewrap = host;
    uint32_t               from = timewrap->line[row], to = timewrap->line[row + 1], low = from, high = to, period;

    (void)arena;
    if (column == 0) {
        *out = cell_number(timewrap->row[from].shown);
        return OK;
    }
    period = (column - 1) % timewrap->periods;
    while (low < high) {                    /* behind the last row of the period */
        uint32_t middle = low + (high - low) / 2;
        if (timewrap->row[middle].column <= period)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > from && timewrap->row[low - 1].column == period)
        *out = row_store_cell(&timewrap->store, timewrap->row[low - 1].row,
                              timewrap->place[(column - 1) / timewrap->periods]);
    return OK;
}

static status timewrap_finish(struct op *op)
{
    struct timewrap    *timewrap = container_of(op, struct timewrap, op);
    const struct name **name;
    uint32_t            columns;

    TRY(row_store_seal(&timewrap->store));
    TRY(read_times(timewrap));
    if (timewrap->rows == 0)
        return OK;
    TRY(find_end(timewrap));
    TRY(wrap_rows(timewrap));
    TRY(name_columns(timewrap, &name, &columns));
    return results_emit(&(struct results){ op, name, columns, timewrap->lines, timewrap_cell, timewrap });
}

static void timewrap_close(struct op *op)
{
    struct timewrap *timewrap = container_of(op, struct timewrap, op);

    layout_free(&timewrap->layout);
    row_store_free(&timewrap->store);
}

static const struct op_kind timewrap_kind = {
    .name = "timewrap", .push = timewrap_push, .finish = timewrap_finish, .close = timewrap_close,
};

static status timewrap_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct timewrap *timewrap;

    TRY(op_new(&timewrap_kind, sizeof *timewrap, stage, run, out));
    timewrap = container_of(*out, struct timewrap, op);
    row_store_init(&timewrap->store, (*out)->context->heap);
    layout_init(&timewrap->layout, (*out)->context->heap);
    zone_view_init(&timewrap->view, (*out)->context->zone, NULL);
    TRY_NEW(timewrap->time = names_intern(run->names, STR("_time")));
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
    .params = timewrap_params, .traits = TRAIT_TRANSFORMS, .bound_size = sizeof(struct timewrap_bound),
    .bind = timewrap_bind, .needs = timewrap_needs, .open = timewrap_open,
    .example = { "timechart span=1d count | timewrap 2d series=short",
                 "{\"_time\":0}\n{\"_time\":86400}\n{\"_time\":86401}\n{\"_time\":172800}\n{\"_time\":259200}",
                 "{\"_time\":172800,\"s0\":1,\"s1\":1}\n{\"_time\":259200,\"s0\":1,\"s1\":2}" },
};
