/* bin: numbers and times become the bins they fall into (reporting 5.4). With a span row by row; otherwise
 * the width depends on the smallest and largest value, and rows are kept until these are known. */
#include "command/binning.h"
#include "group/feeds.h"
#include "rows/sorted_rows.h"

#include "value/number.h"

#include <math.h>

enum { BINS, MINSPAN, SPAN, START, END, ALIGNTIME, FIELD, AS };

static const struct param bin_params[] = {
    [BINS] = { "bins", PARAM_COUNT, PLACE_NAMED, .help = "at most so many bins" },
    [MINSPAN] = { "minspan", PARAM_SPAN, PLACE_NAMED, .help = "no finer bins than this" },
    [SPAN] = { "span", PARAM_SPAN, PLACE_NAMED, .help = "width of the bins: 5m, 1d, 10, log2" },
    [START] = { "start", PARAM_NUMBER, PLACE_NAMED,
                .help = "widens the range from which the width is chosen" },
    [END] = { "end", PARAM_NUMBER, PLACE_NAMED, .help = "likewise" },
    [ALIGNTIME] = { "aligntime", PARAM_TEXT, PLACE_NAMED,
                    .help = "a time at which a bin begins; for spans below a day" },
    [FIELD] = { "field", PARAM_FIELD, PLACE_FIRST, .required = true, .help = "what is binned" },
    [AS] = { "as", PARAM_FIELD, PLACE_KEYWORD, .help = "where the bins go" },
    { 0 }
};

struct bin {
    struct op          op;
    struct binning     binning;
    const struct name *field, *into;
    double             align;
    struct zone_view   view;
    double             start, end;          /* the bin of the latest time */
    struct sorted_rows rows;                /* until the width is known */
    bool               any;
    double             low, high;
};

static status bin_bind(struct binder *binder, struct stage *stage)
{
    struct bin_bound      *bound = stage->bound;
    const struct argument *argument = stage->argument;
    struct binning_words   words = {
        .span = argument[SPAN].text, .minspan = argument[MINSPAN].text, .align = argument[ALIGNTIME].text,
        .span_at = argument[SPAN].span, .minspan_at = argument[MINSPAN].span,
        .align_at = argument[ALIGNTIME].span,
        .bins = argument[BINS].number, .start = argument[START].number, .end = argument[END].number,
        .has_bins = argument[BINS].given, .has_start = argument[START].given, .has_end = argument[END].given,
    };

    if (!argument[SPAN].given)
        words.span_at = argument[BINS].span;
    bound->field = argument[FIELD].text;
    bound->into = argument[AS].given ? argument[AS].text : bound->field;
    if (memchr(bound->field.at, '*', bound->field.size))
        return diag_at(binder->diag, FAIL_QUERY, argument[FIELD].span, "bad-field",
                       "bin wants one field, not '%.*s'",
                       SHOW(bound->field));
    TRY(binning_bind(binder, bound->field, &words, &bound->binning));
    if (bound->binning.kind == BINNING_AUTO)
        stage->traits &= ~(uint32_t)TRAIT_ROWWISE;
    if (bound->binning.kind != BINNING_TIME && !bound->binning.of_time)
        stage->traits |= TRAIT_BINS;
    return OK;
}

static status bin_gives(const struct stage *stage, struct wanted *columns)
{
    const struct bin_bound *bound = stage->bound;

    return str_equal(bound->into, bound->field) ? OK : wanted_add(columns, bound->into);
}

/* The target, too, where it is wanted: rows without the field keep it. */
static status bin_needs(const struct stage *stage, struct wanted *wanted)
{
    return wanted_add(wanted, ((const struct bin_bound *)stage->bound)->field);
}

/* --- values --------------------------------------------------------------------------------------------- */

static inline double time_bin(struct bin *bin, double time)
{
    if (!(time >= bin->start && time < bin->end)) {
        bin->start = time_span_start(&bin->binning.span, &bin->view, bin->align, time);
        bin->end = time_span_next(&bin->binning.span, &bin->view, bin->align, bin->start);
    }
    return bin->start;
}

static status bin_scalar(struct bin *bin, struct cell *cell, struct arena *arena)
{
    char   room[LABEL_ROOM];
    double number, low;
    size_t size;

    if (cell->kind == KIND_TEXT ? !number_parse_loose(cell_str(cell), &number) : cell->kind != KIND_NUMBER)
        return OK;
    number = cell->kind == KIND_NUMBER ? cell->number : number;
    if (!isfinite(number))
        return OK;
    if (bin->binning.kind == BINNING_TIME) {
        *cell = cell_number(time_bin(bin, number));
        cell->flags |= CELL_SOFT;
        return OK;
    }
    size = binning_label(&bin->binning, number, room, &low);
    if (size == 0)
        return OK;
    *cell = cell_field_text(arena_str(arena, (str){ room, size }));
    TRY_NEW(cell->text);
    return OK;
}

static status bin_cell(struct bin *bin, struct cell *cell, struct arena *arena)
{
    struct cell *member;

    if (cell->kind != KIND_LIST)
        return bin_scalar(bin, cell, arena);
    TRY_NEW(member = arena_alloc(arena, cell->size * sizeof *member));
    for (uint32_t i = 0; i < cell->size; i++) {
        member[i] = cell->list[i];
        TRY(bin_scalar(bin, &member[i], arena));
    }
    cell->list = member;
    return OK;
}

/* The usual case: _time, all of it numbers. */
static status bin_times(struct bin *bin, const struct batch *batch, const struct column *column,
                        struct arena *arena,
                        struct column **out)
{
    double       *restrict into;
    const double *restrict from = column->number;

    TRY_NEW(*out = column_number(arena, batch->size));
    into = (*out)->number;
    (*out)->soft = (*out)->unsettled = 1;
    (*out)->null = column->null;
    for (uint32_t i = 0; i < batch->rows.count; i++) {
        uint32_t row = batch_row(batch, i);
        if (!(column->null && column->null[row]))
            into[row] = isfinite(from[row]) ? time_bin(bin, from[row]) : from[row];
    }
    return OK;
}

static status bin_column(struct bin *bin, const struct batch *batch, struct column *column,
                         struct arena *arena,
                         struct column **out)
{
    struct cell last = cell_null(), binned = cell_null();
    unsigned    kinds = 0;

    if (bin->binning.kind == BINNING_TIME && column->encoding == ENCODING_NUMBER)
        return bin_times(bin, batch, column, arena, out);
    TRY_NEW(*out = column_cells(arena, batch->size, 0));
    memset((*out)->cell, 0, batch->size * sizeof(struct cell));
    for (uint32_t i = 0; i < batch->rows.count; i++) {
        uint32_t    row = batch_row(batch, i);
        struct cell cell = column_cell(column, row);
        /* Neighbours are often the same number. */
        if (cell.kind != KIND_NUMBER || last.kind != KIND_NUMBER || cell.number != last.number) {
            last = binned = cell;
            TRY(bin_cell(bin, &binned, arena));
        }
        (*out)->cell[row] = binned;
        kinds |= KINDS(binned.kind);
    }
    (*out)->kinds = (uint8_t)kinds;
    return OK;
}

/* A row without the field keeps what the target held before. */
static status keep_others(struct batch *batch, const struct column *from, struct column *before, struct column **out)
{
    struct column *column, *binned = *out;

    TRY(batch_decode(batch, before));
    TRY_NEW(column = column_cells(&batch->arena, batch->size, KINDS_ANY));
    for (uint32_t i = 0; i < batch->rows.count; i++) {
        uint32_t row = batch_row(batch, i);
        column->cell[row] = column_cell(column_is_null(from, row) ? before : binned, row);
    }
    *out = column;
    return OK;
}

/* Sets the column in a batch that is not out yet. */
static status bin_batch(struct bin *bin, struct batch *batch)
{
    struct column *column = batch_column(batch, bin->field), *before = batch_column(batch, bin->into), *out;

    if (!column)
        return OK;
    TRY(batch_decode(batch, column));
    if (bin->binning.kind == BINNING_NONE)
        out = column;
    else
        TRY(bin_column(bin, batch, column, &batch->arena, &out));
    if (before && before != column && before->encoding != ENCODING_ABSENT)
        TRY(keep_others(batch, column, before, &out));
    if (bin->into == bin->field)
        return batch_set(batch, bin->into, out, bin->op.stage->rank);
    return batch_assign_some(batch, bin->into, out, bin->op.stage->rank);
}

/* --- rows ----------------------------------------------------------------------------------------------- */

static status send_binned(struct op *op, struct batch *takes)
{
    status s = bin_batch(container_of(op, struct bin, op), takes);

    return op_emit_if(op, s, takes);
}

static status bin_push(struct op *op, struct batch *in)
{
    struct batch *out = batch_derive(in);

    TRY_NEW(out);
    return send_binned(op, out);
}

static void note_range(struct bin *bin, const struct cell *cell)
{
    double number;

    if (cell->kind == KIND_TEXT ? !number_parse_loose(cell_str(cell), &number) : cell->kind != KIND_NUMBER)
        return;
    number = cell->kind == KIND_NUMBER ? cell->number : number;
    if (!isfinite(number))
        return;
    bin->low = !bin->any || number < bin->low ? number : bin->low;
    bin->high = !bin->any || number > bin->high ? number : bin->high;
    bin->any = true;
}

static status bin_collect(struct op *op, struct batch *in)
{
    struct bin    *bin = container_of(op, struct bin, op);
    struct column *column = batch_column(in, bin->field);

    TRY(batch_decode(in, column));
    for (uint32_t i = 0; column && i < in->rows.count; i++) {
        struct cell cell = column_cell(column, batch_row(in, i));
        for (uint32_t m = 0; cell.kind == KIND_LIST && m < cell.size; m++)
            note_range(bin, &cell.list[m]);
        if (cell.kind != KIND_LIST)
            note_range(bin, &cell);
    }
    return sorted_rows_add(&bin->rows, in);
}

static status bin_finish(struct op *op)
{
    struct bin *bin = container_of(op, struct bin, op);

    if (!sorted_rows_sending(&bin->rows))
        binning_choose(&bin->binning, bin->any, bin->low, bin->high);
    return sorted_rows_send(&bin->rows, send_binned);
}

static void bin_close(struct op *op)
{
    sorted_rows_free(&container_of(op, struct bin, op)->rows);
}

static const struct op_kind bin_kind = { .name = "bin", .push = bin_push };
static const struct op_kind bin_kind_auto = {
    .name = "bin", .push = bin_collect, .finish = bin_finish, .close = bin_close, .spills = true,
};

static status bin_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct bin_bound *bound = stage->bound;
    bool                    by_row = bound->binning.kind != BINNING_AUTO;
    struct bin             *bin;

    TRY(op_new(by_row ? &bin_kind : &bin_kind_auto, sizeof(struct bin), stage, run, out));
    bin = container_of(*out, struct bin, op);
    bin->binning = bound->binning;
    bin->start = 1;
    sorted_rows_init(&bin->rows, *out, NULL, 0, 0);
    zone_view_init(&bin->view, (*out)->context->zone, NULL);
    bin->align = binning_align(&bin->binning, (*out)->context, &bin->view);
    TRY_NEW(bin->field = names_intern((*out)->context->names, bound->field));
    TRY_NEW(bin->into = names_intern((*out)->context->names, bound->into));
    return OK;
}

const struct command command_bin = {
    .name = "bin", .aliases = { "bucket", "discretize" },
    .usage = "bin [span=<span>] [minspan=<span>] [bins=<count>] [start=<number>] [end=<number>] [aligntime=<time>] <field> "
             "[AS <field>]",
    .summary = "Numbers and times become the bins they fall into",
    .params = bin_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct bin_bound),
    .bind = bin_bind, .needs = bin_needs, .gives = bin_gives, .open = bin_open,
    .example = { "bin x span=10", "{\"x\":3}\n{\"x\":10}\n{\"x\":\"abc\"}",
                 "{\"x\":\"0-10\"}\n{\"x\":\"10-20\"}\n{\"x\":\"abc\"}" },
};
