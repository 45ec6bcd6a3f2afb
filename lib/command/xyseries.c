/* xyseries [grouped=] <x> <name> <data>... [sep=] [format=]: what untable takes apart (reporting 6). A row
 * for every x, in order of appearance; a column for every name, in order of the alphabet. Of several values
 * for one place the last counts. With grouped=t a row ends where x changes. */
#include "command/results.h"
#include "command/series_label.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "state/groups.h"
#include "state/keys.h"
#include "state/rows.h"

#include <stdlib.h>

enum { GROUPED, SEP, FORMAT, FIELDS };

static const struct param xyseries_params[] = {
    [GROUPED] = { "grouped", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "a row ends where x changes" },
    [SEP] = { "sep", PARAM_TEXT, PLACE_NAMED, .preset = ": ", .help = "between data field and name, if there are several" },
    [FORMAT] = { "format", PARAM_TEXT, PLACE_NAMED, .preset = "", .help = "names of columns, with $AGG$ and $VAL$" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .help = "x, the field of names, fields of data" },
    { 0 }
};

struct place {                          /* a group: where its values are */
    uint32_t x, name, row;              /* output row; place among the names; row of the store */
    uint32_t group;
};

struct xyseries {
    struct op           op;
    const struct name **field;          /* x, name, data ... */
    uint32_t            data;
    bool                grouped;
    struct row_store    store;
    struct groups       groups;         /* by x (or number of the run of x) and name */
    uint32_t           *last;           /* by group: row of the store */
    uint32_t            room;
    struct buf          before, key;    /* grouped: the x of the row before */
    double              runs;

    struct place       *place;          /* sorted by x and name */
    uint32_t           *from;           /* by x: first of its places; one more at the end */
    uint32_t            rows, names;
    const struct name **column;
    int64_t            *source;         /* by data field: column of the store */
};

static status xyseries_bind(struct binder *binder, struct stage *stage)
{
    if (stage_argument(stage, FIELDS)->count >= 3)
        return OK;
    diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument", "'xyseries' wants three different fields or more");
    diag_hint(binder->diag, "usage: %s", stage->command->usage);
    return FAIL_QUERY;
}

/* --- rows come in -------------------------------------------------------------------------------------------------- */

/* Instead of x itself the number of its run; null stays null. */
static status number_runs(struct xyseries *xyseries, struct batch *in, const struct column *x, struct column **out)
{
    struct column *run = column_number(&xyseries->op.step, in->size);

    TRY_NEW(run);
    TRY_NEW(run->null = ARENA_ARRAY(&xyseries->op.step, uint8_t, in->size));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t    row = batch_row(in, i);
        struct cell cell = column_cell(x, row);
        struct buf  swap;

        buf_clear(&xyseries->key);
        key_put(&xyseries->key, &cell);
        TRY(buf_status(&xyseries->key));
        if (!str_equal(buf_str(&xyseries->key), buf_str(&xyseries->before)))
            xyseries->runs++;
        run->number[row] = xyseries->runs;
        run->null[row] = cell.kind == KIND_NULL;
        swap = xyseries->before;
        xyseries->before = xyseries->key;
        xyseries->key = swap;
    }
    *out = run;
    return OK;
}

static status xyseries_push(struct op *op, struct batch *in)
{
    struct xyseries *xyseries = container_of(op, struct xyseries, op);
    struct column   *key[2] = { batch_column(in, xyseries->field[0]), batch_column(in, xyseries->field[1]) };
    uint32_t         base = xyseries->store.rows, selected = 0;
    struct grouping  grouping;

    TRY(row_store_add_decoded(&xyseries->store, in));
    if (xyseries->grouped && key[0])
        TRY(number_runs(xyseries, in, key[0], &key[0]));
    TRY(groups_assign(&xyseries->groups, (const struct column *const *)key, &in->rows, &op->step, &grouping));
    if (!heap_grow(&op->run->heap, &xyseries->last, &xyseries->room, groups_count(&xyseries->groups) + 1,
                   sizeof *xyseries->last))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < grouping.count; i++) {
        uint32_t row = grouping.row ? grouping.row[i] : i;
        while (batch_row(in, selected) < row)
            selected++;
        xyseries->last[grouping.group ? grouping.group[i] : 0] = base + selected;
    }
    return OK;
}

/* --- the table ----------------------------------------------------------------------------------------------------- */

static int compare_places(const void *a, const void *b)
{
    const struct place *left = a, *right = b;

    if (left->x != right->x)
        return left->x < right->x ? -1 : 1;
    return left->name < right->name ? -1 : left->name > right->name;
}

/* place[code]: where a name stands among those that a group has, in byte order; order[place]: its code. */
static status order_names(struct xyseries *xyseries, uint32_t *place, uint32_t *order)
{
    const struct interner *values = &xyseries->groups.key[1].values;
    uint32_t              *rank = ARENA_ARRAY(&xyseries->op.arena, uint32_t, values->count + (size_t)1);
    uint32_t              *by_rank = ARENA_ARRAY(&xyseries->op.arena, uint32_t, values->count + (size_t)1);

    if (!rank || !by_rank)
        return FAIL_MEMORY;
    TRY(interner_rank(values, false, rank));
    for (uint32_t g = 0; g < groups_count(&xyseries->groups); g++) {
        uint32_t code = groups_code(&xyseries->groups, g, 1);
        by_rank[rank[code]] = code + 1;         /* 0: no group has it */
    }
    for (uint32_t r = 0; r < values->count; r++) {
        if (by_rank[r] == 0)
            continue;
        place[by_rank[r] - 1] = xyseries->names;
        order[xyseries->names++] = by_rank[r] - 1;
    }
    return OK;
}

static status arrange(struct xyseries *xyseries, uint32_t *order)
{
    struct groups *groups = &xyseries->groups;
    struct arena  *arena = &xyseries->op.arena;
    uint32_t       count = groups_count(groups), *row, *place;

    TRY_NEW(row = ARENA_ARRAY(arena, uint32_t, groups->key[0].values.count + (size_t)1));
    TRY_NEW(place = ARENA_ARRAY(arena, uint32_t, groups->key[1].values.count + (size_t)1));
    TRY_NEW(xyseries->place = ARENA_ARRAY(arena, struct place, count + (size_t)1));
    TRY(order_names(xyseries, place, order));
    for (uint32_t g = 0; g < count; g++) {
        uint32_t x = groups_code(groups, g, 0);
        if (row[x] == 0)
            row[x] = ++xyseries->rows;
        xyseries->place[g] = (struct place){ row[x] - 1, place[groups_code(groups, g, 1)], xyseries->last[g], g };
    }
    qsort(xyseries->place, count, sizeof *xyseries->place, compare_places);
    TRY_NEW(xyseries->from = ARENA_ARRAY(arena, uint32_t, xyseries->rows + (size_t)1));
    for (uint32_t i = count; i-- > 0;)
        xyseries->from[xyseries->place[i].x] = i;
    xyseries->from[xyseries->rows] = count;
    return OK;
}

static status name_columns(struct xyseries *xyseries, const uint32_t *order, uint32_t columns)
{
    const struct stage *stage = xyseries->op.stage;

    TRY_NEW(xyseries->column = ARENA_ARRAY(&xyseries->op.arena, const struct name *, columns));
    xyseries->column[0] = xyseries->field[0];
    for (uint32_t d = 0; d < xyseries->data; d++)
        for (uint32_t i = 0; i < xyseries->names; i++)
            TRY(series_label(&xyseries->op.run->heap, xyseries->op.run->names,
                             xyseries->data == 1 ? STR("") : name_str(xyseries->field[2 + d]),
                             stage_argument(stage, FORMAT)->text, stage_argument(stage, SEP)->text,
                             interner_str(&xyseries->groups.key[1].values, order[i]), xyseries->column[0],
                             &xyseries->column[1 + d * xyseries->names + i]));
    return OK;
}

static status xyseries_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct xyseries *xyseries = host;
    uint32_t               low = xyseries->from[row], high = xyseries->from[row + 1], name;

    (void)arena;
    if (column == 0) {
        *out = xyseries->grouped
            ? row_store_cell(&xyseries->store, xyseries->place[low].row,
                             layout_find(&xyseries->store.layout, xyseries->field[0]))
            : groups_cell(&xyseries->groups, xyseries->place[low].group, 0);
        return OK;
    }
    name = (column - 1) % xyseries->names;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (xyseries->place[middle].name < name)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < xyseries->from[row + 1] && xyseries->place[low].name == name)
        *out = row_store_cell(&xyseries->store, xyseries->place[low].row, xyseries->source[(column - 1) / xyseries->names]);
    return OK;
}

static status xyseries_finish(struct op *op)
{
    struct xyseries *xyseries = container_of(op, struct xyseries, op);
    uint32_t        *order;
    uint64_t         columns;

    TRY(row_store_seal(&xyseries->store));
    TRY_NEW(order = ARENA_ARRAY(&op->arena, uint32_t, xyseries->groups.key[1].values.count + (size_t)1));
    TRY(arrange(xyseries, order));
    columns = 1 + (uint64_t)xyseries->data * xyseries->names;
    if (columns > UINT32_MAX)
        return op_fail(op, FAIL_LIMIT, "limit-table", "'xyseries' would make too many columns");
    TRY(name_columns(xyseries, order, (uint32_t)columns));
    TRY_NEW(xyseries->source = ARENA_ARRAY(&op->arena, int64_t, xyseries->data));
    for (uint32_t d = 0; d < xyseries->data; d++)
        xyseries->source[d] = layout_find(&xyseries->store.layout, xyseries->field[2 + d]);
    return results_emit(&(struct results){ op, xyseries->column, (uint32_t)columns, xyseries->rows, xyseries_cell,
                                           xyseries });
}

static void xyseries_close(struct op *op)
{
    struct xyseries *xyseries = container_of(op, struct xyseries, op);

    heap_free(&op->run->heap, xyseries->last, xyseries->room * sizeof *xyseries->last);
    buf_free(&xyseries->before);
    buf_free(&xyseries->key);
    groups_free(&xyseries->groups);
    row_store_free(&xyseries->store);
}

static const struct op_kind xyseries_kind = {
    "xyseries", .push = xyseries_push, .finish = xyseries_finish, .close = xyseries_close,
};

static status xyseries_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct argument *fields = stage_argument(stage, FIELDS);
    struct xyseries       *xyseries;

    TRY(op_new(&xyseries_kind, sizeof *xyseries, stage, run, out));
    xyseries = container_of(*out, struct xyseries, op);
    row_store_init(&xyseries->store, &run->heap);
    buf_init(&xyseries->before, &run->heap);
    buf_init(&xyseries->key, &run->heap);
    xyseries->grouped = stage_argument(stage, GROUPED)->truth;
    xyseries->data = fields->count - 2;
    TRY(groups_init(&xyseries->groups, &run->heap, 2));
    TRY_NEW(xyseries->field = ARENA_ARRAY(&(*out)->arena, const struct name *, fields->count));
    for (uint32_t i = 0; i < fields->count; i++)
        TRY_NEW(xyseries->field[i] = names_intern(run->names, fields->names[i]));
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
    .params = xyseries_params, .traits = TRAIT_TRANSFORMS,
    .bind = xyseries_bind, .needs = xyseries_needs, .open = xyseries_open,
    .example = { "xyseries t k v",
                 "{\"t\":1,\"k\":\"a\",\"v\":5}\n{\"t\":1,\"k\":\"b\",\"v\":6}\n{\"t\":2,\"k\":\"a\",\"v\":7}",
                 "{\"t\":1,\"a\":5,\"b\":6}\n{\"t\":2,\"a\":7}" },
};
