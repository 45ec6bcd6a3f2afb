/* xyseries [grouped=] <x> <name> <data>... [sep=] [format=]: what untable takes apart (reporting 6). A row for every x, in
 * the order of a chart's rows: the published result is not in the order of what came in. A column for every name, in
 * order of the alphabet. Of several values for one place the last counts; a row without one takes none away. With
 * grouped=t a row ends where x changes, and rows stay where they came.
 *
 * What comes in becomes narrow rows, one for each x and name of a row, which are sorted. */
#include "command/binning.h"
#include "command/series_label.h"
#include "rows/wide_rows.h"
#include "plan/bind.h"
#include "state/groups.h"
#include "state/interner.h"
#include "state/keys.h"

#include <math.h>

enum { GROUPED, SEP, FORMAT, FIELDS };

static const struct param xyseries_params[] = {
    [GROUPED] = { "grouped", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "a row ends where x changes" },
    [SEP] = { "sep", PARAM_TEXT, PLACE_NAMED, .preset = ": ", .help = "between data field and name, if there are several" },
    [FORMAT] = { "format", PARAM_TEXT, PLACE_NAMED, .preset = "", .help = "names of columns, with $AGG$ and $VAL$" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .help = "x, the field of names, fields of data" },
    { 0 }
};

struct xyseries {
    struct op           op;
    const struct name **field;          /* x, name, data ... */
    uint32_t            data;
    bool                grouped;
    enum interner_order order;          /* of x */
    struct groups       xs, names;
    struct buf          before, key;    /* grouped: the x of the row before */
    double              runs;           /* grouped: so many */

    /* Columns of narrow rows, of names that no field has: the run, or where numbers and bins stand in the order; the code
     * of the name. */
    const struct name  *place_name, *code;
    struct sort_by      by[2];
    struct sorted_rows  narrow;
    bool                ready;
    uint32_t           *place;          /* by code: where the name stands among the columns */
    const struct name **column;
    struct wide_rows    wide;
};

static status xyseries_bind(struct binder *binder, struct stage *stage)
{
    if (stage_argument(stage, FIELDS)->count >= 3) {
        if (binning_labels(binder, stage_argument(stage, FIELDS)->names[0]))
            stage->traits |= TRAIT_SORTS_BINS;
        return OK;
    }
    diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument", "'xyseries' wants three different fields or more");
    diag_hint(binder->diag, "usage: %s", stage->command->usage);
    return FAIL_QUERY;
}

/* --- rows come in -------------------------------------------------------------------------------------------------- */

/* Rows that have both an x and a name. */
static status find_rows(struct xyseries *xyseries, const struct batch *in, const struct column *const *key,
                        struct rows *out)
{
    uint32_t *row = ARENA_ARRAY(&xyseries->op.step, uint32_t, batch_rows(in) + (size_t)1), count = 0;

    TRY_NEW(row);
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        row[count] = batch_row(in, i);
        count += !column_is_null(key[0], row[count]) && !column_is_null(key[1], row[count]);
    }
    *out = (struct rows){ count, row };
    return OK;
}

static status number_runs(struct xyseries *xyseries, const struct batch *in, const struct column *x, double **out)
{
    double *run = ARENA_ARRAY(&xyseries->op.step, double, in->size + (size_t)1);

    TRY_NEW(run);
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t    row = batch_row(in, i);
        struct cell cell = x ? column_cell(x, row) : cell_null();
        struct buf  swap;

        buf_clear(&xyseries->key);
        key_put(&xyseries->key, &cell);
        TRY(buf_status(&xyseries->key));
        if (!str_equal(buf_str(&xyseries->key), buf_str(&xyseries->before)))
            xyseries->runs++;
        run[row] = xyseries->runs;
        swap = xyseries->before;
        xyseries->before = xyseries->key;
        xyseries->key = swap;
    }
    *out = run;
    return OK;
}

/* What becomes a narrow row: row `row`, by the groups of its x and its name. */
struct entry {
    uint32_t row, x, name;
};

struct entries {
    struct entry *item;
    uint32_t      count;
    const double *run;                  /* grouped: by row */
};

static inline uint32_t row_of(const struct grouping *grouping, uint32_t i) { return grouping->row ? grouping->row[i] : i; }

/* Each x of a row with each of its names. */
static uint64_t pair_up(const struct grouping *xs, const struct grouping *names, struct entry *out)
{
    uint64_t all = 0;
    uint32_t from = 0;

    for (uint32_t i = 0; i < xs->count; i++) {
        uint32_t row = row_of(xs, i);

        while (from < names->count && row_of(names, from) < row)
            from++;
        for (uint32_t n = from; n < names->count && row_of(names, n) == row; n++, all++)
            if (out)
                out[all] = (struct entry){ row, xs->group ? xs->group[i] : 0, names->group ? names->group[n] : 0 };
    }
    return all;
}

static status make_entries(struct xyseries *xyseries, const struct grouping *xs, const struct grouping *names,
                           struct entries *out)
{
    uint64_t count = pair_up(xs, names, NULL);

    if (count > UINT32_MAX / 2)
        return FAIL_LIMIT;
    out->count = (uint32_t)count;
    TRY_NEW(out->item = ARENA_ARRAY(&xyseries->op.step, struct entry, count + 1));
    pair_up(xs, names, out->item);
    return OK;
}

static status add_cells(struct batch *to, struct batch *in, const struct name *name, const struct entries *entries,
                        uint32_t rank)
{
    const struct column *from = batch_column(in, name);
    struct column       *cells;

    if (!from)
        return OK;
    TRY_NEW(cells = column_cells(&to->arena, to->size, KINDS_ANY));
    for (uint32_t i = 0; i < to->size; i++)
        cells->cell[i] = column_settled(from, entries->item[i].row);
    return batch_set(to, name, cells, rank);
}

static status fill_narrow(struct xyseries *xyseries, struct batch *in, const struct entries *entries, struct batch *to)
{
    uint32_t       rank = xyseries->op.stage->rank;
    struct column *code = column_number(&to->arena, to->size), *place = column_number(&to->arena, to->size), *x;

    TRY_NEW(code && place ? code : NULL);
    for (uint32_t i = 0; i < to->size; i++)
        code->number[i] = entries->item[i].name;
    TRY(batch_append(to, xyseries->code, code, rank));
    TRY(batch_append(to, xyseries->place_name, place, rank));
    if (xyseries->grouped) {
        for (uint32_t i = 0; i < to->size; i++)
            place->number[i] = entries->run[entries->item[i].row];
        TRY(add_cells(to, in, xyseries->field[0], entries, rank));
    } else {
        TRY_NEW(x = column_cells(&to->arena, to->size, KINDS_TEXT));
        for (uint32_t i = 0; i < to->size; i++) {
            x->cell[i] = groups_cell(&xyseries->xs, entries->item[i].x, 0);
            if (!interner_order_number(xyseries->order, cell_str(&x->cell[i]), &place->number[i]))
                place->number[i] = NAN;             /* behind the numbers */
        }
        TRY(batch_append(to, xyseries->field[0], x, rank));
    }
    for (uint32_t d = 0; d < xyseries->data; d++)
        TRY(add_cells(to, in, xyseries->field[2 + d], entries, rank));
    return OK;
}

static status keep_narrow(struct xyseries *xyseries, struct batch *in, const struct entries *entries)
{
    struct batch *to = batch_derive(in);    /* it borrows texts */
    status        result;

    TRY_NEW(to);
    batch_clear_fields(to);
    to->size = entries->count;
    to->rows = (struct rows){ .count = entries->count };
    to->origin = NULL;
    to->line = NULL;
    result = fill_narrow(xyseries, in, entries, to);
    if (result == OK)
        result = sorted_rows_add(&xyseries->narrow, to);
    batch_release(to);
    return result;
}

/* A table of x that is too large goes, once the rows that borrow from it are on disk. */
static status make_room(struct xyseries *xyseries, uint32_t rows)
{
    struct op *op = &xyseries->op;

    if (!op_pressed(op, groups_count(&xyseries->xs), groups_growth(&xyseries->xs, rows)))
        return OK;
    TRY(sorted_rows_flush(&xyseries->narrow));
    if (op_pressed(op, groups_count(&xyseries->xs), groups_growth(&xyseries->xs, rows)))
        groups_clear(&xyseries->xs);
    return OK;
}

static status check_columns(struct xyseries *xyseries)
{
    uint64_t columns = 1 + (uint64_t)xyseries->data * groups_count(&xyseries->names);
    uint64_t most = context_limit(xyseries->op.context, LIMIT_COLUMNS);

    return columns <= most ? OK
        : op_fail(&xyseries->op, FAIL_LIMIT, "limit-table", "'xyseries' would make more than %.0f columns", (double)most);
}

static status xyseries_push(struct op *op, struct batch *in)
{
    struct xyseries     *xyseries = container_of(op, struct xyseries, op);
    const struct column *key[2] = { batch_column(in, xyseries->field[0]), batch_column(in, xyseries->field[1]) };
    struct grouping      xs, names;
    struct entries       entries = { 0 };
    double              *run = NULL;
    struct rows          rows;

    for (uint32_t f = 0; f < in->fields; f++)
        TRY(batch_decode(in, in->field[f].column));
    if (xyseries->grouped)
        TRY(number_runs(xyseries, in, key[0], &run));
    if (!key[0] || !key[1])
        return OK;
    TRY(find_rows(xyseries, in, key, &rows));
    xs = (struct grouping){ rows.count, rows.row, NULL };
    entries.run = run;
    if (!run) {
        TRY(make_room(xyseries, batch_rows(in)));
        TRY(groups_assign(&xyseries->xs, &key[0], &rows, &op->step, &xs));
    }
    TRY(groups_assign(&xyseries->names, &key[1], &rows, &op->step, &names));
    TRY(check_columns(xyseries));
    TRY(make_entries(xyseries, &xs, &names, &entries));
    return entries.count ? keep_narrow(xyseries, in, &entries) : OK;
}

/* --- the table ----------------------------------------------------------------------------------------------------- */

/* The names in order of bytes: place[code], and the columns. */
static status name_columns(struct xyseries *xyseries, uint32_t columns)
{
    const struct stage    *stage = xyseries->op.stage;
    const struct interner *values = &xyseries->names.key[0].values;
    struct arena          *arena = &xyseries->op.arena;
    uint32_t               names = groups_count(&xyseries->names), *order;

    TRY_NEW(order = ARENA_ARRAY(arena, uint32_t, names + (size_t)1));
    TRY_NEW(xyseries->place = ARENA_ARRAY(arena, uint32_t, names + (size_t)1));
    TRY_NEW(xyseries->column = ARENA_ARRAY(arena, const struct name *, columns));
    TRY(interner_rank(values, ORDER_BYTE, xyseries->place));         /* a group's number is its value's code */
    for (uint32_t i = 0; i < names; i++)
        order[xyseries->place[i]] = i;
    xyseries->column[0] = xyseries->field[0];
    for (uint32_t d = 0; d < xyseries->data; d++)
        for (uint32_t i = 0; i < names; i++)
            TRY(series_label(&xyseries->op.run->heap, xyseries->op.run->names,
                             xyseries->data == 1 ? STR("") : name_str(xyseries->field[2 + d]),
                             stage_argument(stage, FORMAT)->text, stage_argument(stage, SEP)->text,
                             interner_str(values, order[i]), xyseries->column[0],
                             &xyseries->column[1 + d * names + i]));
    return OK;
}

static status fill_row(struct op *op, const struct batch *narrow, uint32_t row, bool begins)
{
    struct xyseries     *xyseries = container_of(op, struct xyseries, op);
    const struct column *x = batch_column(narrow, xyseries->field[0]);
    uint32_t             code = (uint32_t)column_cell(batch_column(narrow, xyseries->code), row).number;
    uint32_t             names = groups_count(&xyseries->names);

    if (begins)
        TRY(wide_rows_put(&xyseries->wide, 0, column_cell(x, row)));
    for (uint32_t d = 0; d < xyseries->data; d++) {
        const struct column *data = batch_column(narrow, xyseries->field[2 + d]);
        if (data && !column_is_null(data, row))
            TRY(wide_rows_put(&xyseries->wide, 1 + d * names + xyseries->place[code], column_cell(data, row)));
    }
    return OK;
}

static status open_table(struct xyseries *xyseries)
{
    uint32_t columns = 1 + xyseries->data * groups_count(&xyseries->names);

    TRY(name_columns(xyseries, columns));
    xyseries->wide = (struct wide_rows){ .op = &xyseries->op, .from = &xyseries->narrow, .columns = columns,
                                         .fill = fill_row,
                                         .by = xyseries->grouped ? xyseries->place_name : xyseries->field[0] };
    TRY(wide_rows_open(&xyseries->wide, xyseries->column));
    xyseries->ready = true;
    return OK;
}

static status more_rows(struct op *op) { return wide_rows_more(&container_of(op, struct xyseries, op)->wide); }

static status xyseries_finish(struct op *op)
{
    struct xyseries *xyseries = container_of(op, struct xyseries, op);

    if (!xyseries->ready)
        TRY(open_table(xyseries));
    return results_emit_pieces(&xyseries->wide.results, more_rows);
}

static void xyseries_close(struct op *op)
{
    struct xyseries *xyseries = container_of(op, struct xyseries, op);

    wide_rows_free(&xyseries->wide);
    sorted_rows_free(&xyseries->narrow);
    buf_free(&xyseries->before);
    buf_free(&xyseries->key);
    groups_free(&xyseries->xs);
    groups_free(&xyseries->names);
}

static const struct op_kind xyseries_kind = {
    "xyseries", .push = xyseries_push, .finish = xyseries_finish, .close = xyseries_close, .spills = true,
};

static status xyseries_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct argument *fields = stage_argument(stage, FIELDS);
    struct xyseries       *xyseries;

    TRY(op_new(&xyseries_kind, sizeof *xyseries, stage, run, out));
    xyseries = container_of(*out, struct xyseries, op);
    buf_init(&xyseries->before, &run->heap);
    buf_init(&xyseries->key, &run->heap);
    xyseries->grouped = stage_argument(stage, GROUPED)->truth;
    xyseries->data = fields->count - 2;
    TRY(groups_init(&xyseries->xs, &run->heap, 1));
    TRY(groups_init(&xyseries->names, &run->heap, 1));
    TRY_NEW(xyseries->field = ARENA_ARRAY(&(*out)->arena, const struct name *, fields->count));
    for (uint32_t i = 0; i < fields->count; i++)
        TRY_NEW(xyseries->field[i] = names_intern(run->names, fields->names[i]));
    TRY_NEW(xyseries->place_name = names_intern(run->names, STR("\xff" "place")));
    TRY_NEW(xyseries->code = names_intern(run->names, STR("\xff" "code")));
    xyseries->order = stage->traits & TRAIT_SORTS_BINS ? ORDER_BINS : ORDER_NATURAL;
    xyseries->by[0] = (struct sort_by){ .name = xyseries->place_name, .kind = SORT_NUMBER };
    xyseries->by[1] = (struct sort_by){ .name = xyseries->field[0], .kind = SORT_TEXT };
    sorted_rows_init(&xyseries->narrow, *out, xyseries->by, xyseries->grouped ? 1 : 2, 0);
    return OK;
}

static status xyseries_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct argument *fields = stage_argument(stage, FIELDS);

    wanted_clear(wanted);
    for (uint32_t i = 0; i < fields->count; i++)
        TRY(wanted_add(wanted, fields->names[i]));
    return OK;
}

const struct command command_xyseries = {
    .name = "xyseries", .aliases = { "maketable" },
    .usage = "xyseries [grouped=<bool>] <x> <field of names> <field of data>... [sep=<text>] [format=<text>]",
    .summary = "Rows of name and value become a table",
    .keeps = "the names of columns, at most limit.columns",
    .params = xyseries_params, .traits = TRAIT_TRANSFORMS,
    .bind = xyseries_bind, .needs = xyseries_needs, .open = xyseries_open,
    .example = { "xyseries t k v",
                 "{\"t\":1,\"k\":\"a\",\"v\":5}\n{\"t\":1,\"k\":\"b\",\"v\":6}\n{\"t\":2,\"k\":\"a\",\"v\":7}",
                 "{\"t\":1,\"a\":5,\"b\":6}\n{\"t\":2,\"a\":7}" },
};
