#include "command/charting.h"

#include "flow/run.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>

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
    double *time;

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
    return groups_assign(&chart->groups, (const struct column *const *)key, &in->rows, arena, grouping);
}

static status count_rows(struct chart *chart, struct batch *in, struct arena *arena)
{
    struct grouping grouping;

    TRY(chart_group(chart, in, arena, &grouping));
    return tallies_push(&chart->tallies, in, &grouping, groups_count(&chart->groups), arena);
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

static status init_cells(struct chart *chart)
{
    chart->tallies = (struct tallies){ 0 };
    TRY(groups_init(&chart->groups, chart->op.context->heap,
                    chart->bound->has_row + chart->bound->has_column));
    chart->groups.single_values = chart->bound->single_values;
    if (chart->bound->has_column)
        chart->groups.key[1].keeps_null = chart->bound->usenull;
    TRY(tallies_init(&chart->tallies, &chart->bound->measures, chart->op.context, &chart->op.arena));
    states_init(&chart->states, &chart->tallies);
    return OK;
}

static status code_of(struct interner *interner, const struct cell *cell, uint32_t *code)
{
    return cell->kind == KIND_NULL ? interner_null(interner, code) : interner_cell(interner, cell, code);
}

static status map_group(struct chart *chart, const struct groups *from, uint32_t group, chart_map map,
                        void *host,
                        uint32_t *out)
{
    struct cell row = cell_null(), column = cell_null();
    uint32_t    code[2] = { 0, 0 };
    bool        had_column;

    row = groups_cell(from, group, 0);
    if (from->keys > 1)
        column = groups_cell(from, group, 1);
    had_column = column.kind != KIND_NULL;
    TRY(map(host, &row, &column));
    *out = GROUP_NONE;
    if (row.kind == KIND_NULL || (had_column && column.kind == KIND_NULL && !chart->bound->usenull))
        return OK;
    TRY(code_of(&chart->groups.key[0].values, &row, &code[0]));
    if (from->keys > 1)
        TRY(code_of(&chart->groups.key[1].values, &column, &code[1]));
    return groups_number(&chart->groups, code, out);
}

/* `order`: which group comes first, second ...; NULL: by number. */
static status make_cells(struct chart *chart, const struct groups *from, const uint32_t *order, chart_map map, void *host,
                         uint32_t *group)
{
    for (uint32_t i = 0; i < groups_count(from); i++)
        TRY(map_group(chart, from, order ? order[i] : i, map, host, &group[order ? order[i] : i]));
    return OK;
}

static status rekey(struct chart *chart, const uint32_t *order, chart_map map, void *host)
{
    struct groups  groups = chart->groups;
    struct tallies tallies = chart->tallies;
    struct heap   *heap = chart->op.context->heap;
    uint32_t       count = groups_count(&groups),
        *group = heap_alloc(heap, (count + (size_t)1) * sizeof *group);
    status         result;

    states_free(&chart->states);
    result = init_cells(chart);
    if (result == OK && tallies.parted)
        tallies_expect_parts(&chart->tallies);
    chart->tallies.counted = tallies.counted;

    if (!group)
        result = FAIL_MEMORY;
    if (result == OK)
        result = make_cells(chart, &groups, order, map, host, group);
    if (result == OK)
        result = tallies_reserve(&chart->tallies, groups_count(&chart->groups));
    if (result == OK)
        result = tallies_merge(&chart->tallies, &tallies, group, 0);
    heap_free(heap, group, (count + (size_t)1) * sizeof *group);
    tallies_free(&tallies);
    groups_free(&groups);
    return result;
}

static status stay(void *host, struct cell *row, struct cell *column)
{
    (void)host, (void)row, (void)column;
    return OK;
}

/* Cells of rows are numbered as the rows came; those of partial results as these happened to be put together. In the order
 * of their values it is of no account for sums of what becomes one cell. */
static status sort_cells(struct chart *chart)
{
    struct heap *heap = chart->op.context->heap;
    uint32_t     count = groups_count(&chart->groups), *order = NULL;
    status       s = groups_sort(&chart->groups, 0, &order);

    if (s == OK)
        s = rekey(chart, order, stay, NULL);
    heap_free(heap, order, (count + (size_t)1) * sizeof *order);
    return s;
}

status chart_rekey(struct chart *chart, chart_map map, void *host)
{
    if (chart->met)
        TRY(sort_cells(chart));
    return rekey(chart, NULL, map, host);
}

struct coarsening {
    struct chart           *chart;
    const struct time_span *span;
};

static status coarsen_row(void *host, struct cell *row, struct cell *column)
{
    const struct coarsening *coarsening = host;
    double                   start;

    (void)column;
    if (cell_reads_number(row, &start))
        *row = cell_number(timeline_start(&coarsening->chart->timeline, coarsening->span, start));
    return OK;
}

static status coarsen(struct chart *chart, const struct time_span *span)
{
    struct coarsening coarsening = { chart, span };

    return chart_rekey(chart, coarsen_row, &coarsening);
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
    for (uint32_t i = 0; i < chart->waits; i++) {
        if (result == OK)
            result = count_batch(chart, chart->waiting[i], &chart->op.step);
        batch_release(chart->waiting[i]);
    }
    chart->waits = 0;
    return result;
}

/* A first stretch of the input waits, so that small inputs are counted by the final bins at once: merged sums
 * may differ from sums in one go in their last digits. */
static status take_batch(struct chart *chart, struct batch *in)
{
    struct op *op = &chart->op;
    bool       coarser;

    if (!chart->bound->is_timechart)
        return count_batch(chart, in, &op->step);
    TRY(note_range(chart, in, &op->step, &coarser));
    if (finds_span(chart) && !chart->waiting_over) {
        batch_retain(in);
        chart->waiting[chart->waits++] = in;
        return chart->waits < COUNT_OF(chart->waiting) ? OK : stop_waiting(chart);
    }
    if (coarser)
        TRY(coarsen(chart, &chart->timeline.fine));
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
    bool          row, column;
};

static status rebin(void *host, struct cell *row, struct cell *column)
{
    const struct rebinning *rebinning = host;
    const struct chart     *chart = rebinning->chart;

    /* Values of lists, one by one: see chart_within. */
    if ((rebinning->row && binning_leaves_out(&chart->row_bins, row)) ||
        (rebinning->column && binning_leaves_out(&chart->column_bins, column)))
        *row = cell_null();
    if (rebinning->row)
        bin_value(rebinning->chart, true, row);
    if (rebinning->column)
        bin_value(rebinning->chart, false, column);
    return OK;
}

/* Chooses a width for the values of a key. A row that nobody wants binned stays as it is up to 300 different
 * numbers. */
static bool choose_bins(struct chart *chart, uint32_t key)
{
    const struct interner *values = &chart->groups.key[key].values;
    struct binning        *binning = key == 0 ? &chart->row_bins : &chart->column_bins;
    bool                   asked = key == 0 ? chart->bound->row_binned : chart->bound->column_binned;
    double                 low = INFINITY, high = -INFINITY, number;
    uint32_t               numbers = 0, preset = (uint32_t)context_limit(chart->op.context, LIMIT_BINS_CHART);

    if (binning->kind != BINNING_AUTO)
        return false;
    for (uint32_t i = 0; i < values->count; i++) {
        if (!binning_reads(&values->cell[i], &number) || binning_leaves_out(binning, &values->cell[i]))
            continue;
        numbers++;
        low = number < low ? number : low;
        high = number > high ? number : high;
    }
    if (!asked && numbers <= preset)
        binning->kind = BINNING_NONE;
    else if (!binning->bins && (!asked || !binning->has_least))
        binning->bins = preset;
    binning_choose(binning, numbers > 0, low, high);
    if (binning->kind == BINNING_TIME && key == 0)
        timeline_fix(&chart->timeline, &binning->span);
    return binning->kind != BINNING_NONE;
}

status chart_settle_bins(struct chart *chart)
{
    struct rebinning rebinning = { .chart = chart };

    if (chart->bound->is_timechart) {
        const struct time_span *shown = &chart->timeline.shown, *fine = &chart->timeline.fine;
        TRY(stop_waiting(chart));
        if (chart->timeline.seen && (shown->unit != fine->unit || shown->count != fine->count))
            TRY(coarsen(chart, shown));
    } else if (chart->bound->has_row) {
        rebinning.row = choose_bins(chart, 0);
    }
    if (chart->bound->has_column)
        rebinning.column = choose_bins(chart, 1);
    return rebinning.row || rebinning.column ? chart_rekey(chart, rebin, &rebinning) : OK;
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
        return chart_emit_partials(chart);
    }
    if (chart->met)
        states_note_missing(&chart->states, op);
    TRY(chart_settle_bins(chart));
    TRY(tallies_reserve(&chart->tallies, groups_count(&chart->groups)));
    return chart_emit(chart);
}

static void chart_close(struct op *op)
{
    struct chart *chart = container_of(op, struct chart, op);

    for (uint32_t i = 0; i < chart->waits; i++)
        batch_release(chart->waiting[i]);
    states_free(&chart->states);
    tallies_free(&chart->tallies);
    groups_free(&chart->groups);
}

static const struct op_kind chart_kind =
    { .name = "chart", .push = chart_push, .finish = chart_finish, .close = chart_close };

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
    return init_cells(chart);
}

status chart_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct chart *chart;

    TRY(op_new(&chart_kind, sizeof(struct chart), stage, run, out));
    chart = container_of(*out, struct chart, op);
    chart->bound = stage->bound;
    return setup(chart);
}
