/* makecontinuous [<field>] [options of bin]: the field is binned, rows are sorted by it, and bins without a
 * row get one that holds nothing else (reporting 5.5). Rows whose value falls into no bin stand behind the
 * others, as they came. The bins of timechart are kept where nothing else is asked for. */
#include "command/charting.h"
#include "rows/results.h"
#include "rows/sorted_rows.h"
#include "command/steps.h"
#include "value/number.h"

#include <math.h>

enum { BINS, MINSPAN, SPAN, START, END, ALIGNTIME, FIELD };
static const uint32_t ADDED = UINT32_MAX;

static const struct param makecontinuous_params[] = {
    [BINS] = { "bins", PARAM_COUNT, PLACE_NAMED, .help = "at most so many bins" },
    [MINSPAN] = { "minspan", PARAM_SPAN, PLACE_NAMED, .help = "no finer bins than this" },
    [SPAN] = { "span", PARAM_SPAN, PLACE_NAMED, .help = "width of the bins: 5m, 1d, 10, log2" },
    [START] = { "start", PARAM_NUMBER, PLACE_NAMED, .help = "widens the range from which the width is chosen" },
    [END] = { "end", PARAM_NUMBER, PLACE_NAMED, .help = "likewise" },
    [ALIGNTIME] = { "aligntime", PARAM_TEXT, PLACE_NAMED, .help = "a time at which a bin begins" },
    [FIELD] = { "field", PARAM_FIELD, PLACE_FIRST, .preset = "_time", .help = "what is binned" },
    { 0 }
};

struct continuous_bound {
    struct binning binning;
    bool           is_series;           /* rows are those of a timechart that found its span on the way */
};

struct binned {                         /* a row of the result */
    double   low;                       /* where its bin begins; NaN: in none */
    uint32_t row;                       /* of the batch at hand; ADDED: made here */
};

struct makecontinuous {
    struct op          op;
    struct binning     binning;
    const struct name *field;
    double             align;
    struct zone_view   view;
    struct sorted_rows rows;            /* as they came, until the width is known */
    struct layout      layout;          /* of the fields that rows have */
    bool               any, chosen, is_series;
    struct series_steps steps;
    double             low, high;
    const struct name *low_name;        /* a column for the time being, of a name that no field has */
    struct sort_by     by;
    struct sorted_rows sorted;          /* by their bins */
    const struct name **name;           /* of the columns of the result, */
    int64_t           *place;           /* and where they are in `sorted` */
    struct batch      *batch;           /* of `sorted`, the one at hand */
    struct binned     *row;             /* made of it */
    uint32_t           count, room;
    double             last;            /* bin of the row before; NaN: none */
    uint64_t           added;
    struct results     results;
};

/* The timechart whose rows come in, if it is one; row-wise commands may stand between. */
static const struct chart_bound *find_timechart(const struct binder *binder)
{
    const struct chart_bound *chart = NULL;

    for (const struct stage *at = binder->plan ? binder->plan->first : NULL; at; at = at->next) {
        if (at->failed || at->open)
            chart = NULL;
        else if (str_is(str_of(at->command->name), "timechart"))
            chart = at->bound;
        else if ((at->command->traits & TRAIT_TRANSFORMS) && !(at->command->traits & TRAIT_ROWWISE))
            chart = NULL;
    }
    return chart;
}

static void follow_timechart(const struct binder *binder, struct continuous_bound *bound)
{
    const struct chart_bound *chart = find_timechart(binder);

    if (!chart)
        return;
    bound->binning.align = chart->row_bins.align;
    bound->is_series = chart->row_bins.kind != BINNING_TIME;
    if (bound->is_series)
        return;
    bound->binning.kind = BINNING_TIME;
    bound->binning.span = chart->row_bins.span;
}

static status makecontinuous_bind(struct binder *binder, struct stage *stage)
{
    struct continuous_bound *bound = stage->bound;
    const struct argument   *argument = stage->argument;
    bool                     bare = true;
    struct binning_words   words = {
        .span = argument[SPAN].text, .minspan = argument[MINSPAN].text, .align = argument[ALIGNTIME].text,
        .span_at = argument[argument[SPAN].given ? SPAN : BINS].span, .minspan_at = argument[MINSPAN].span,
        .align_at = argument[ALIGNTIME].span,
        .bins = argument[BINS].number, .start = argument[START].number, .end = argument[END].number,
        .has_bins = argument[BINS].given, .has_start = argument[START].given, .has_end = argument[END].given,
    };

    for (uint32_t i = 0; i < FIELD; i++)
        bare = bare && !argument[i].given;
    TRY(binning_bind(binder, argument[FIELD].text, &words, &bound->binning));
    if (bare && bound->binning.of_time)
        follow_timechart(binder, bound);
    return OK;
}

/* --- values -------------------------------------------------------------------------------------------------------- */

/* Rows with a list are in the bin of its first value. */
static bool read_value(struct cell cell, double *number)
{
    return binning_reads(cell.kind == KIND_LIST ? &cell.list[0] : &cell, number);
}

/* The beginning of the bin of a value, NaN: it has none. */
static double bin_of(struct makecontinuous *op, double number)
{
    char   room[LABEL_ROOM];
    double low;

    if (op->binning.kind == BINNING_TIME)
        return time_span_start(&op->binning.span, &op->view, op->align, number);
    return binning_label(&op->binning, number, room, &low) ? low : NAN;
}

static double bin_after(struct makecontinuous *op, double low)
{
    return op->binning.kind == BINNING_TIME ? time_span_next(&op->binning.span, &op->view, op->align, low)
        : binning_next(&op->binning, low);
}

static status makecontinuous_push(struct op *self, struct batch *in)
{
    struct makecontinuous *op = container_of(self, struct makecontinuous, op);
    struct column         *column = batch_column(in, op->field);
    double                 number;

    TRY(batch_decode(in, column));
    for (uint32_t i = 0; column && i < batch_rows(in); i++) {
        if (!read_value(column_cell(column, batch_row(in, i)), &number))
            continue;
        op->low = !op->any || number < op->low ? number : op->low;
        op->high = !op->any || number > op->high ? number : op->high;
        op->any = true;
        if (op->is_series && number == op->high)
            series_steps_add(&op->steps, number);
    }
    TRY(layout_show(&op->layout, in));
    return sorted_rows_add(&op->rows, in);
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

/* Rows with the beginnings of their bins; those without one will stand behind the others. */
static status add_low(struct makecontinuous *op, struct batch *batch)
{
    struct column *column = batch_column(batch, op->field), *low = column_number(&batch->arena, batch->size);
    double         number;

    TRY_NEW(low);
    TRY_NEW(low->null = ARENA_ARRAY(&batch->arena, uint8_t, batch->size));
    TRY(batch_decode(batch, column));
    for (uint32_t row = 0; row < batch->size; row++) {
        bool has = op->binning.kind != BINNING_NONE && column && read_value(column_cell(column, row), &number);

        low->number[row] = has ? bin_of(op, number) : NAN;
        low->null[row] = isnan(low->number[row]);
    }
    return batch_set(batch, op->low_name, low, op->op.stage->rank);
}

/* Spans that timechart finds are single days and months, or shorter. */
static void take_step(struct makecontinuous *op)
{
    struct series_step step;

    series_steps_end(&op->steps, &step);
    if (op->steps.count < 2 || (step.unit == UNIT_SECOND && !(step.amount >= 1 && step.amount <= 86400)))
        return;
    op->binning.kind = BINNING_TIME;
    op->binning.span = (struct time_span){ .unit = step.unit, .weekday = -1,
                                           .count = step.unit == UNIT_SECOND ? (uint32_t)step.amount : 1 };
}

static status sort_rows(struct makecontinuous *op)
{
    struct batch *batch;
    status        result;

    if (op->is_series)
        take_step(op);
    binning_choose(&op->binning, op->any, op->low, op->high);
    TRY(sorted_rows_yield(&op->rows));
    while ((result = sorted_rows_next(&op->rows, 0, &batch)) == OK) {
        result = add_low(op, batch);
        if (result == OK)
            result = sorted_rows_add(&op->sorted, batch);
        batch_release(batch);
        TRY(result);
    }
    sorted_rows_free(&op->rows);
    op->last = NAN;
    op->chosen = true;
    return result == DONE ? OK : result;
}

static status put_row(struct makecontinuous *op, double low, uint32_t row)
{
    if (!heap_grow(&op->op.run->heap, &op->row, &op->room, op->count + 1, sizeof *op->row))
        return FAIL_MEMORY;
    op->row[op->count++] = (struct binned){ low, row };
    op->last = low;
    return OK;
}

/* The bins between the row before and this one, then the row. */
static status add_row(struct makecontinuous *op, double low, uint32_t row)
{
    uint64_t most = context_limit(op->op.context, LIMIT_BINS_MOST);

    while (op->last < low) {            /* false for NaN */
        double next = bin_after(op, op->last);

        if (!(next > op->last) || next >= low)
            break;
        if (op->added++ == most)
            return op_fail(&op->op, FAIL_LIMIT, "limit-table", "'makecontinuous' would add more than %.0f rows",
                           (double)most);
        TRY(put_row(op, next, ADDED));
    }
    return put_row(op, low, row);
}

static status take_rows(struct op *self)
{
    struct makecontinuous *op = container_of(self, struct makecontinuous, op);
    const struct column   *low;
    struct batch          *batch;

    batch_release(op->batch);
    op->batch = NULL;
    TRY(sorted_rows_next(&op->sorted, 0, &batch));
    op->batch = batch;
    op->count = 0;
    for (uint32_t f = 0; f < batch->fields; f++)
        TRY(batch_decode(batch, batch->field[f].column));
    low = batch_column(batch, op->low_name);
    for (uint32_t row = 0; row < batch->size; row++)
        TRY(add_row(op, column_is_null(low, row) ? NAN : column_cell(low, row).number, row));
    op->results.rows += op->count;
    return OK;
}

static status bin_cell(struct makecontinuous *op, double low, struct arena *arena, struct cell *out)
{
    char   room[LABEL_ROOM];
    double same;
    size_t size;

    *out = cell_number(low);
    if (op->binning.kind == BINNING_TIME)
        return OK;
    size = binning_label(&op->binning, op->binning.kind == BINNING_LOG ? low * (1 + 1e-9) : low, room, &same);
    *out = cell_field_text(arena_str(arena, str_make(room, size)));
    TRY_NEW(out->text);
    return OK;
}

static status makecontinuous_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct makecontinuous *op = host;
    const struct binned   *binned = &op->row[row - (op->results.rows - op->count)];

    if (op->name[column] == op->field && !isnan(binned->low))
        return bin_cell(op, binned->low, arena, out);
    if (binned->row != ADDED && op->place[column] >= 0)
        *out = column_settled(op->batch->field[op->place[column]].column, binned->row);
    return OK;
}

static status name_columns(struct makecontinuous *op)
{
    uint32_t columns = op->layout.count;

    TRY_NEW(op->name = ARENA_ARRAY(&op->op.arena, const struct name *, columns + (size_t)1));
    TRY_NEW(op->place = ARENA_ARRAY(&op->op.arena, int64_t, columns + (size_t)1));
    TRY(row_store_seal(&op->sorted.rows));
    for (uint32_t i = 0; i < columns; i++) {
        op->name[i] = op->layout.column[i].name;
        op->place[i] = layout_find(&op->sorted.rows.layout, op->name[i]);
    }
    op->results = (struct results){ .op = &op->op, .name = op->name, .columns = columns, .cell = makecontinuous_cell,
                                    .host = op, .passing = true, .rests = true };
    return OK;
}

static status makecontinuous_finish(struct op *self)
{
    struct makecontinuous *op = container_of(self, struct makecontinuous, op);

    if (!op->chosen) {
        TRY(sort_rows(op));
        TRY(name_columns(op));
    }
    return results_emit_pieces(&op->results, take_rows);
}

static void makecontinuous_close(struct op *self)
{
    struct makecontinuous *op = container_of(self, struct makecontinuous, op);

    batch_release(op->batch);
    heap_free(&self->run->heap, op->row, op->room * sizeof *op->row);
    layout_free(&op->layout);
    sorted_rows_free(&op->rows);
    sorted_rows_free(&op->sorted);
}

static const struct op_kind makecontinuous_kind = {
    "makecontinuous", .push = makecontinuous_push, .finish = makecontinuous_finish, .close = makecontinuous_close,
    .spills = true,
};

static status makecontinuous_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct makecontinuous *op;

    TRY(op_new(&makecontinuous_kind, sizeof *op, stage, run, out));
    op = container_of(*out, struct makecontinuous, op);
    op->binning = ((const struct continuous_bound *)stage->bound)->binning;
    op->is_series = ((const struct continuous_bound *)stage->bound)->is_series;
    sorted_rows_init(&op->rows, *out, NULL, 0, 0);
    TRY_NEW(op->low_name = names_intern(run->names, STR("\xff" "low")));
    op->by = (struct sort_by){ .name = op->low_name, .kind = SORT_NUMBER };
    sorted_rows_init(&op->sorted, *out, &op->by, 1, 0);
    layout_init_all(&op->layout, &run->heap);
    zone_view_init(&op->view, (*out)->context->zone, NULL);
    series_steps_begin(&op->steps, &op->view);
    op->align = binning_align(&op->binning, (*out)->context, &op->view);
    TRY_NEW(op->field = names_intern(run->names, stage_argument(stage, FIELD)->text));
    return OK;
}

static status makecontinuous_needs(const struct stage *stage, struct wanted *wanted)
{
    return wanted_add(wanted, stage_argument(stage, FIELD)->text);
}

const struct command command_makecontinuous = {
    .name = "makecontinuous",
    .usage = "makecontinuous [<field>] [span=<span>] [minspan=<span>] [bins=<count>] [start=<number>] [end=<number>] "
             "[aligntime=<time>]",
    .summary = "Bins a field and adds rows for the bins that are missing",
    .params = makecontinuous_params, .bound_size = sizeof(struct continuous_bound),
    .bind = makecontinuous_bind, .needs = makecontinuous_needs, .open = makecontinuous_open,
    .example = { "table x n | makecontinuous x span=10", "{\"x\":3,\"n\":1}\n{\"x\":25,\"n\":2}",
                 "{\"x\":\"0-10\",\"n\":1}\n{\"x\":\"10-20\"}\n{\"x\":\"20-30\",\"n\":2}" },
};
