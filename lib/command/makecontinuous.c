/* makecontinuous [<field>] [options of bin]: the field is binned, rows are sorted by it, and bins without a
 * row get one that holds nothing else (reporting 5.5). Rows whose value falls into no bin stand behind the
 * others, as they came. */
#include "command/binning.h"
#include "command/results.h"
#include "flow/run.h"
#include "state/rows.h"
#include "value/number.h"

#include <math.h>
#include <stdlib.h>

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

struct binned {
    double   low;                       /* where its bin begins; NaN: in none */
    uint32_t row;                       /* of the store; ADDED: made here */
};

struct makecontinuous {
    struct op          op;
    struct binning     binning;
    const struct name *field;
    double             align;
    struct zone_view   view;
    struct row_store   store;
    struct layout      layout;          /* of the fields that rows have */
    int64_t           *place;           /* by field of `layout`: column of the store */
    bool               any;
    double             low, high;
    struct binned     *row;
    uint32_t           rows, room;
};

static status makecontinuous_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *argument = stage->argument;
    struct binning_words   words = {
        .span = argument[SPAN].text, .minspan = argument[MINSPAN].text, .align = argument[ALIGNTIME].text,
        .span_at = argument[argument[SPAN].given ? SPAN : BINS].span, .minspan_at = argument[MINSPAN].span,
        .align_at = argument[ALIGNTIME].span,
        .bins = argument[BINS].number, .start = argument[START].number, .end = argument[END].number,
        .has_bins = argument[BINS].given, .has_start = argument[START].given, .has_end = argument[END].given,
    };

    return binning_bind(binder, argument[FIELD].text, &words, stage->bound);
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
    }
    TRY(layout_show(&op->layout, in));
    return row_store_add_decoded(&op->store, in);
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

static int compare_binned(const void *a, const void *b)
{
    const struct binned *left = a, *right = b;
    bool                 left_none = isnan(left->low), right_none = isnan(right->low);

    if (left_none != right_none)
        return left_none ? 1 : -1;
    if (!left_none && left->low != right->low)
        return left->low < right->low ? -1 : 1;
    return left->row < right->row ? -1 : left->row > right->row;
}

static status put_row(struct makecontinuous *op, double low, uint32_t row)
{
    if (!heap_grow(&op->op.run->heap, &op->row, &op->room, op->rows + 1, sizeof *op->row))
        return FAIL_MEMORY;
    op->row[op->rows++] = (struct binned){ low, row };
    return OK;
}

static status sort_rows(struct makecontinuous *op, struct binned *sorted)
{
    int64_t place = layout_find(&op->store.layout, op->field);
    double  number;

    for (uint32_t row = 0; row < op->store.rows; row++) {
        bool has = op->binning.kind != BINNING_NONE && read_value(row_store_cell(&op->store, row, place), &number);
        if (row % 1024 == 0)
            TRY(run_check(op->op.run));
        sorted[row] = (struct binned){ has ? bin_of(op, number) : NAN, row };
    }
    qsort(sorted, op->store.rows, sizeof *sorted, compare_binned);
    return OK;
}

static status add_rows(struct makecontinuous *op, const struct binned *sorted)
{
    uint64_t added = 0, most = context_limit(op->op.context, LIMIT_BINS_MOST);

    for (uint32_t i = 0; i < op->store.rows; i++) {
        double low = i > 0 ? sorted[i - 1].low : NAN, next;

        while (low < sorted[i].low) {           /* false for NaN */
            next = bin_after(op, low);
            if (!(next > low) || next >= sorted[i].low)
                break;
            if (added++ == most)
                return op_fail(&op->op, FAIL_LIMIT, "limit-table", "'makecontinuous' would add more than %.0f rows",
                               (double)most);
            TRY(put_row(op, next, ADDED));
            low = next;
        }
        TRY(put_row(op, sorted[i].low, sorted[i].row));
    }
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
    const struct binned   *binned = &op->row[row];

    if (op->layout.column[column].name == op->field && !isnan(binned->low))
        return bin_cell(op, binned->low, arena, out);
    if (binned->row != ADDED)
        *out = row_store_cell(&op->store, binned->row, op->place[column]);
    return OK;
}

static status emit_rows(struct makecontinuous *op)
{
    uint32_t            columns = op->layout.count;
    const struct name **name = ARENA_ARRAY(&op->op.arena, const struct name *, columns + (size_t)1);

    TRY_NEW(name);
    TRY_NEW(op->place = ARENA_ARRAY(&op->op.arena, int64_t, columns + (size_t)1));
    for (uint32_t i = 0; i < columns; i++) {
        name[i] = op->layout.column[i].name;
        op->place[i] = layout_find(&op->store.layout, name[i]);
    }
    return results_emit(&(struct results){ &op->op, name, columns, op->rows, makecontinuous_cell, op });
}

static status makecontinuous_finish(struct op *self)
{
    struct makecontinuous *op = container_of(self, struct makecontinuous, op);
    struct binned         *sorted;
    status                 result;

    if (op->store.rows == 0)
        return OK;
    TRY(row_store_seal(&op->store));
    binning_choose(&op->binning, op->any, op->low, op->high);
    TRY_NEW(sorted = heap_zero(&self->run->heap, op->store.rows, sizeof *sorted));
    result = sort_rows(op, sorted);
    if (result == OK)
        result = add_rows(op, sorted);
    heap_free(&self->run->heap, sorted, op->store.rows * sizeof *sorted);
    return result == OK ? emit_rows(op) : result;
}

static void makecontinuous_close(struct op *self)
{
    struct makecontinuous *op = container_of(self, struct makecontinuous, op);

    heap_free(&self->run->heap, op->row, op->room * sizeof *op->row);
    layout_free(&op->layout);
    row_store_free(&op->store);
}

static const struct op_kind makecontinuous_kind = {
    "makecontinuous", .push = makecontinuous_push, .finish = makecontinuous_finish, .close = makecontinuous_close,
};

static status makecontinuous_open(const struct stage *stage, struct run *run, struct op **out)
{
    static const str       internal = { "_*", 2 };
    struct makecontinuous *op;

    TRY(op_new(&makecontinuous_kind, sizeof *op, stage, run, out));
    op = container_of(*out, struct makecontinuous, op);
    op->binning = *(const struct binning *)stage->bound;
    row_store_init(&op->store, &run->heap);
    layout_init(&op->layout, &run->heap);
    op->layout.shown = &internal;
    op->layout.showns = 1;
    zone_view_init(&op->view, (*out)->context->zone, NULL);
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
    .params = makecontinuous_params, .bound_size = sizeof(struct binning),
    .bind = makecontinuous_bind, .needs = makecontinuous_needs, .open = makecontinuous_open,
    .example = { "table x n | makecontinuous x span=10", "{\"x\":3,\"n\":1}\n{\"x\":25,\"n\":2}",
                 "{\"x\":\"0-10\",\"n\":1}\n{\"x\":\"10-20\"}\n{\"x\":\"20-30\",\"n\":2}" },
};
