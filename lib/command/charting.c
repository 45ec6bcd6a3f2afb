#include "command/charting.h"

#include "flow/run.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>

enum { WAIT_ROWS = 16384 };

/* Spans of time are found while data comes in; other automatic bins at the end. */
static bool finds_span(const struct chart *chart)
{
    return chart->bound->is_timechart && !chart->timeline.fixed;
}

/* --- keys ----------------------------------------------------------------------------------------------- */

/* The number a value is keyed by. False: by its text. */
static bool bin_number(struct chart *chart, bool is_row, double value, double *out)
{
    const struct binning *binning = is_row ? &chart->row_bins : &chart->column_bins;
    char                  room[LABEL_ROOM];

    if (binning->kind == BINNING_TIME) {
        *out = is_row ? timeline_bin(&chart->timeline, value)
                      : time_span_start(&binning->span, &chart->column_view, chart->column_align, value);
        return true;
    }
    return (binning->kind == BINNING_WIDTH || binning->kind == BINNING_LOG) &&
        binning_label(binning, value, room, out) > 0;
}

static void bin_value(struct chart *chart, bool is_row, struct cell *cell)
{
    double number;

    if (binning_reads(cell, &number) && bin_number(chart, is_row, number, &number))
        *cell = cell_number(number);
}

static status bin_cell(struct chart *chart, bool is_row, struct cell *cell, struct arena *arena)
{
    const struct binning *binning = is_row ? &chart->row_bins : &chart->column_bins;
    struct cell          *member;
    uint32_t              members = 0;

    if (cell->kind != KIND_LIST) {
        bin_value(chart, is_row, cell);
        return OK;
    }
    TRY_NEW(member = arena_alloc(arena, cell->size * sizeof *member));
    for (uint32_t i = 0; i < cell->size; i++) {
        if (binning_leaves_out(binning, &cell->list[i]))
            continue;
        member[members] = cell->list[i];
        bin_value(chart, is_row, &member[members++]);
    }
    cell->list = member;
    cell->size = members;
    if (members < 2)
        *cell = members ? member[0] : cell_null();
    return OK;
}

/* _time: rows without a number do not count. */
static status time_keys(struct chart *chart, struct batch *in, struct arena *arena, struct column **out)
{
    const double *time;

    TRY(feed_read_numbers(in, batch_column(in, chart->row_name), arena, &time));
    TRY_NEW(*out = column_number(arena, in->size));
    TRY_NEW((*out)->null = ARENA_ARRAY(arena, uint8_t, in->size + 1));
    for (uint32_t i = 0; i < in->rows.count; i++) {
        uint32_t row = batch_row(in, i);
        double   bin = isfinite(time[row]) ? timeline_bin(&chart->timeline, time[row]) : NAN;
        (*out)->number[row] = bin;
        (*out)->null[row] = isnan(bin);
    }
    return OK;
}

static status key_column(struct chart *chart, bool is_row, struct batch *in, struct arena *arena,
                         struct column **out)
{
    const struct binning *binning = is_row ? &chart->row_bins : &chart->column_bins;
    struct column        *column = batch_column(in, is_row ? chart->row_name : chart->column_name);

    TRY(batch_decode(in, column));
    *out = column;
    if (is_row && chart->bound->is_timechart)
        return time_keys(chart, in, arena, out);
    if (!column || binning->kind == BINNING_NONE || binning->kind == BINNING_AUTO)
        return OK;
    TRY_NEW(*out = column_cells(arena, in->size, KINDS_ANY));
    memset((*out)->cell, 0, in->size * sizeof(struct cell));
    for (uint32_t i = 0; i < in->rows.count; i++) {
        uint32_t row = batch_row(in, i);
        (*out)->cell[row] = column_cell(column, row);
        TRY(bin_cell(chart, is_row, &(*out)->cell[row], arena));
    }
    return OK;
}

status chart_group(struct chart *chart, struct batch *in, struct arena *arena, struct grouping *grouping)
{
    struct column *key[2] = { NULL, NULL };

    if (chart->bound->has_row)
        TRY(key_column(chart, true, in, arena, &key[0]));
    if (chart->bound->has_column)
        TRY(key_column(chart, false, in, arena, &key[1]));
    return group_table_assign(chart->cells, (const struct column *const *)key, in, &in->rows, arena, grouping);
}

static status count_rows(struct chart *chart, struct batch *in, struct arena *arena)
{
    struct grouping grouping;

    TRY(chart_group(chart, in, arena, &grouping));
    return group_table_push(chart->cells, in, &grouping, arena);
}

static status count_batch(struct chart *chart, struct batch *in, struct arena *arena)
{
    struct rows   plain, partial;
    struct batch *rest;
    status        s;

    if (!chart->meets || !batch_column(in, chart->partial.version))
        return count_rows(chart, in, arena);
    TRY(partial_rows(&chart->partial, in, arena, &plain, &partial));
    if (partial.count)
        TRY(chart_push_partials(chart, in, &partial, arena));
    if (plain.count == 0)
        return OK;
    TRY_NEW(rest = batch_derive(in));
    rest->rows = plain;
    s = count_rows(chart, rest, arena);
    batch_release(rest);
    return s;
}

/* --- merging cells -------------------------------------------------------------------------------------- */

/* Bins of values, chosen at the end. */
static bool chooses_width(const struct chart_bound *bound)
{
    return (bound->has_row && !bound->is_timechart && bound->row_bins.kind == BINNING_AUTO)
        || (bound->has_column && bound->column_bins.kind == BINNING_AUTO);
}

static status open_cells(struct chart *chart)
{
    const struct chart_bound *bound = chart->bound;
    struct group_shape        shape = {
        .measures = &bound->measures, .keys = bound->has_row + bound->has_column,
        .natural = bound->row_labels ? 3 | GROUPS_BINS : 3,
        .keeps_null = bound->has_column && bound->usenull ? 2 : 0, .single_values = bound->single_values,
        .pooled = bound->has_column || finds_span(chart) || chooses_width(bound), .whole = bound->emits,
    };

    return group_table_open(&chart->op, &shape, &chart->cells);
}

struct coarsening {
    struct chart           *chart;
    const struct time_span *span;
};

static status coarsen_row(void *host, const struct group_table *cells, uint32_t group, struct cell *key)
{
    const struct coarsening *coarsening = host;
    double                   start = group_table_number(cells, group, 0);

    for (uint32_t i = 0; i < cells->shape.keys; i++)
        key[i] = groups_cell(&cells->groups, group, i);
    if (!isnan(start))
        key[0] = cell_number(timeline_start(&coarsening->chart->timeline, coarsening->span, start));
    return OK;
}

/* `lazily`: data comes in still. */
static status coarsen(struct chart *chart, const struct time_span *span, bool lazily)
{
    struct coarsening coarsening = { chart, span };

    return group_table_rekey(&chart->cells, coarsen_row, &coarsening, lazily);
}

/* --- batches -------------------------------------------------------------------------------------------- */

static status note_range(struct chart *chart, struct batch *in, struct arena *arena, bool *coarser)
{
    double low, high;
    bool   any;

    *coarser = false;
    TRY(chart_time_range(chart, in, arena, &low, &high, &any));
    if (any)
        *coarser = timeline_widen(&chart->timeline, low, high);
    return OK;
}

static status stop_waiting(struct chart *chart)
{
    status result = OK;

    chart->waiting_over = true;
    for (uint32_t i = 0; i < chart->waits; i++) {       /* the array goes with the operator */
        if (result == OK)
            result = count_batch(chart, chart->waiting[i], &chart->op.step);
        batch_release(chart->waiting[i]);
    }
    chart->waits = 0;
    return result;
}

static status wait(struct chart *chart, struct batch *in)
{
    if (!heap_grow(chart->op.context->heap, &chart->waiting, &chart->wait_room, chart->waits + 1, sizeof *chart->waiting))
        return FAIL_MEMORY;
    batch_retain(in);
    chart->waiting[chart->waits++] = in;
    chart->waiting_rows += batch_rows(in);
    return chart->waiting_rows < WAIT_ROWS ? OK : stop_waiting(chart);
}

/* A first stretch of the input waits, so that small inputs are counted by the final bins at once: merged sums
 * may differ from sums in one go in their last digits. How long it is must not depend on memory. */
static status take_batch(struct chart *chart, struct batch *in)
{
    struct op *op = &chart->op;
    bool       coarser;

    if (!chart->bound->is_timechart)
        return count_batch(chart, in, &op->step);
    TRY(note_range(chart, in, &op->step, &coarser));
    if (finds_span(chart) && !chart->waiting_over)
        return wait(chart, in);
    if (coarser)
        TRY(coarsen(chart, &chart->timeline.fine, true));
    return count_batch(chart, in, &op->step);
}

static status chart_push(struct op *op, struct batch *in)
{
    struct chart *chart = container_of(op, struct chart, op);
    struct batch *within;
    status        result;

    TRY(chart_within(chart, in, &within));
    result = take_batch(chart, within);
    batch_release(within);
    return result;
}

/* --- automatic bins of values --------------------------------------------------------------------------- */

struct rebinning {
    struct chart *chart;
    bool          binned[2];
};

static status rebin(void *host, const struct group_table *cells, uint32_t group, struct cell *key)
{
    const struct rebinning *rebinning = host;
    struct chart           *chart = rebinning->chart;
    bool                    left_out = false;

    for (uint32_t i = 0; i < cells->shape.keys; i++) {
        key[i] = groups_cell(&cells->groups, group, i);
        /* Values of lists, one by one: see chart_within. */
        left_out |= rebinning->binned[i] && binning_leaves_out(i == 0 ? &chart->row_bins : &chart->column_bins, &key[i]);
        if (rebinning->binned[i])
            bin_value(chart, i == 0, &key[i]);
    }
    if (left_out)
        key[0] = cell_null();
    return OK;
}

struct spread {
    uint32_t numbers;                       /* different ones; of columns: cells */
    double   low, high;
};

static status find_spread(struct chart *chart, struct spread *spread)
{
    struct group_table *cells = chart->cells;
    status              result;

    for (uint32_t k = 0; k < 2; k++)
        spread[k] = (struct spread){ 0, INFINITY, -INFINITY };
    TRY(group_table_read(cells));
    while ((result = group_table_next(cells)) == OK)
        for (uint32_t i = 0; i < cells->count; i++)
            for (uint32_t k = 0; k < cells->shape.keys; k++) {
                struct cell cell = groups_cell(&cells->groups, cells->order[i], k);
                double      number;
                if ((k == 0 && group_table_follows(cells, i, 1)) || !binning_reads(&cell, &number) ||
                    binning_leaves_out(k == 0 ? &chart->row_bins : &chart->column_bins, &cell))
                    continue;
                spread[k].numbers += spread[k].numbers < UINT32_MAX;
                spread[k].low = fmin(spread[k].low, number);
                spread[k].high = fmax(spread[k].high, number);
            }
    return result == DONE ? OK : result;
}

/* Chooses a width for the values of a key. A row that nobody wants binned stays as it is up to 300 different
 * numbers. */
static bool choose_bins(struct chart *chart, uint32_t key, const struct spread *spread)
{
    struct binning *binning = key == 0 ? &chart->row_bins : &chart->column_bins;
    bool            asked = key == 0 ? chart->bound->row_binned : chart->bound->column_binned;
    uint32_t        preset = (uint32_t)context_limit(chart->op.context, LIMIT_BINS_CHART);

    if (binning->kind != BINNING_AUTO)
        return false;
    if (!asked && spread->numbers <= preset)
        binning->kind = BINNING_NONE;
    else if (!binning->bins && (!asked || !binning->has_least))
        binning->bins = preset;
    binning_choose(binning, spread->numbers > 0, spread->low, spread->high);
    if (binning->kind == BINNING_TIME && key == 0)
        timeline_fix(&chart->timeline, &binning->span);
    return binning->kind != BINNING_NONE;
}

/* Groups on disk are as fine as the bins were when they went there. */
static bool is_too_fine(const struct chart *chart)
{
    return chart->timeline.seen &&
        (!timeline_is_fine(&chart->timeline) || (finds_span(chart) && group_table_is_aside(chart->cells)));
}

status chart_settle_bins(struct chart *chart)
{
    struct rebinning rebinning = { .chart = chart };
    struct spread    spread[2];

    if (chart->bound->is_timechart) {
        TRY(stop_waiting(chart));
        if (is_too_fine(chart))
            TRY(coarsen(chart, &chart->timeline.shown, false));
    }
    if (!chooses_width(chart->bound))
        return OK;
    TRY(find_spread(chart, spread));
    if (chart->bound->has_row && !chart->bound->is_timechart)
        rebinning.binned[0] = choose_bins(chart, 0, &spread[0]);
    if (chart->bound->has_column)
        rebinning.binned[1] = choose_bins(chart, 1, &spread[1]);
    return rebinning.binned[0] || rebinning.binned[1] ? group_table_rekey(&chart->cells, rebin, &rebinning, false) : OK;
}

double chart_bin_seconds(struct chart *chart, double start)
{
    const struct time_span *span = &chart->timeline.shown;

    return time_span_is_calendar(span)
        ? time_span_next(span, &chart->timeline.view, chart->timeline.align, start) - start
                                       : time_span_seconds(span);
}

/* --- the operator --------------------------------------------------------------------------------------- */

static status chart_finish(struct op *op)
{
    struct chart *chart = container_of(op, struct chart, op);

    if (chart->bound->emits) {
        TRY(stop_waiting(chart));
        if (finds_span(chart) && group_table_is_aside(chart->cells) && !chart->emission)
            TRY(coarsen(chart, &chart->timeline.fine, false));
        return chart_emit_partials(chart);
    }
    if (chart->table)
        return chart_emit(chart);
    if (chart->met)
        states_note_missing(&chart->cells->states, op);
    TRY(chart_settle_bins(chart));
    return chart_emit(chart);
}

static void chart_close(struct op *op)
{
    struct chart *chart = container_of(op, struct chart, op);

    for (uint32_t i = 0; i < chart->waits; i++)
        batch_release(chart->waiting[i]);
    heap_free(op->context->heap, chart->waiting, chart->wait_room * sizeof *chart->waiting);
    chart_values_free(chart);
    chart_table_free(chart->table);
    chart_series_free(&chart->series);
    group_table_close(chart->cells);
    arena_free(&chart->at_hand);
}

static const struct op_kind chart_kind = {
    .name = "chart", .push = chart_push, .finish = chart_finish, .close = chart_close, .spills = true,
};

static void setup_time(struct chart *chart)
{
    const struct chart_bound *bound = chart->bound;
    struct context           *context = chart->op.context;
    struct binning           *bins = &chart->row_bins;
    double                    from = context->earliest, to = context->latest;

    timeline_init(&chart->timeline, context,
                  bins->bins ? bins->bins : (uint32_t)context_limit(context, LIMIT_BINS_TIME));
    chart->timeline.align = binning_align(bins, context, &chart->timeline.view);
    if (bins->kind == BINNING_TIME) {
        timeline_fix(&chart->timeline, &bins->span);
        return;
    }
    if (!bound->is_timechart)
        return;
    chart->timeline.least = bins->has_least ? &bins->least_time : NULL;
    if (!bound->fixedrange)
        return;
    if (isfinite(from) && isfinite(to) && from < to) {
        time_span_choose(from, to, chart->timeline.bins, chart->timeline.least, &bins->span);
        timeline_fix(&chart->timeline, &bins->span);
    } else if (isfinite(from) || isfinite(to)) {
        from = isfinite(from) ? from : nextafter(to, -INFINITY);
        timeline_widen(&chart->timeline, from, from);
    }
}

static status setup(struct chart *chart)
{
    const struct chart_bound *bound = chart->bound;
    struct names             *names = chart->op.context->names;

    chart->row_bins = bound->row_bins;
    chart->column_bins = bound->column_bins;
    setup_time(chart);
    zone_view_init(&chart->column_view, chart->op.context->zone, NULL);
    chart->column_align = binning_align(&chart->column_bins, chart->op.context, &chart->column_view);
    chart->meets = bound->meets || chart->op.context->takes_partials;
    TRY(partial_fields_init(&chart->partial, names));
    if (bound->has_row)
        TRY_NEW(chart->row_name = names_intern(names, bound->row));
    if (bound->has_column)
        TRY_NEW(chart->column_name = names_intern(names, bound->column));
    return open_cells(chart);
}

status chart_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct chart *chart;

    TRY(op_new(&chart_kind, sizeof(struct chart), stage, run, out));
    chart = container_of(*out, struct chart, op);
    chart->bound = stage->bound;
    arena_init(&chart->at_hand, (*out)->context->heap);
    return setup(chart);
}
