/* transpose [<count>] [column_name=] [header_field=] [include_empty=]: the first rows become columns
 * (reporting 6), limit.columns at most. These rows are in memory. */
#include "rows/results.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "state/rows.h"
#include "value/list.h"
#include "value/number.h"

enum { COUNT, COLUMN_NAME, HEADER_FIELD, INCLUDE_EMPTY };

static const struct param transpose_params[] = {
    [COUNT] = { "count", PARAM_COUNT, PLACE_FIRST, .limit = LIMIT_TRANSPOSE, .help = "rows that become columns; 0: all" },
    [COLUMN_NAME] = { "column_name", PARAM_FIELD, PLACE_NAMED, .preset = "column", .help = "the field with the names" },
    [HEADER_FIELD] = { "header_field", PARAM_FIELD, PLACE_NAMED, .help = "the field whose values name the columns" },
    [INCLUDE_EMPTY] = { "include_empty", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "fields without any value, too" },
    { 0 }
};

struct transpose {
    struct op           op;
    uint64_t            most;
    const struct name  *header;         /* NULL: none */
    bool                empty, cut;     /* cut: there were more rows */
    struct row_store    store;
    struct layout       layout;         /* of the fields that these rows have */
    const struct name **field;          /* rows to be, */
    int64_t            *place;          /* and where they are in the store */
    uint32_t            fields;
    const struct name **column;         /* columns to be */
};

static status transpose_push(struct op *op, struct batch *in)
{
    struct transpose *transpose = container_of(op, struct transpose, op);
    uint64_t          left = transpose->most - transpose->store.rows, columns = context_limit(op->context, LIMIT_COLUMNS);
    struct batch     *slice;
    status            result;

    if (transpose->store.rows + (batch_rows(in) < left ? batch_rows(in) : left) > columns)
        return op_fail(op, FAIL_LIMIT, "limit-table", "'transpose' would make more than %.0f columns", (double)columns);
    if (left < batch_rows(in) && !transpose->cut && !stage_argument(op->stage, COUNT)->given)
        op_note(op, "transpose", STR("tables were transposed to limit.transpose columns; 'transpose 0' takes all rows"));
    transpose->cut |= left < batch_rows(in);
    if (left == 0)
        return OK;
    TRY_NEW(slice = batch_slice(in, 0, left < batch_rows(in) ? (uint32_t)left : batch_rows(in)));
    result = layout_show(&transpose->layout, slice);
    if (result == OK)
        result = row_store_add_decoded(&transpose->store, slice);
    batch_release(slice);
    return result;
}

static bool has_value(const struct transpose *transpose, int64_t column)
{
    for (uint32_t row = 0; row < transpose->store.rows; row++)
        if (row_store_cell(&transpose->store, row, column).kind != KIND_NULL)
            return true;
    return false;
}

static status name_columns(struct transpose *transpose)
{
    int64_t header = transpose->header ? layout_find(&transpose->store.layout, transpose->header) : -1;

    for (uint32_t row = 0; row < transpose->store.rows; row++) {
        struct cell        cell = row_store_cell(&transpose->store, row, header);
        uint32_t           count;
        const struct cell *member = list_members(&cell, &count);
        char               room[NUMBER_ROOM];
        struct buf         text;
        const struct name *name;

        buf_init(&text, &transpose->op.run->heap);
        if (count)
            buf_put(&text, cell_show(&member[0], room));
        if (text.size == 0)
            buf_print(&text, "row %u", row + 1);
        name = buf_status(&text) == OK ? names_intern(transpose->op.run->names, buf_str(&text)) : NULL;
        buf_free(&text);
        TRY_NEW(transpose->column[row + 1] = name);
    }
    return OK;
}

static status transpose_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct transpose *transpose = host;

    (void)arena;
    if (column == 0)
        *out = cell_field_text(name_str(transpose->field[row]));
    else
        *out = row_store_cell(&transpose->store, column - 1, transpose->place[row]);
    return OK;
}

static status transpose_finish(struct op *op)
{
    struct transpose *transpose = container_of(op, struct transpose, op);
    uint32_t          columns = transpose->store.rows + 1, fields = transpose->layout.count;

    if (transpose->store.rows == 0)
        return OK;
    TRY(row_store_seal(&transpose->store));
    TRY_NEW(transpose->field = ARENA_ARRAY(&op->arena, const struct name *, fields + (size_t)1));
    TRY_NEW(transpose->place = ARENA_ARRAY(&op->arena, int64_t, fields + (size_t)1));
    TRY_NEW(transpose->column = ARENA_ARRAY(&op->arena, const struct name *, columns));
    for (uint32_t i = 0; i < fields; i++) {
        const struct name *name = transpose->layout.column[i].name;
        int64_t            place = layout_find(&transpose->store.layout, name);
        if (name == transpose->header || (!transpose->empty && !has_value(transpose, place)))
            continue;
        transpose->field[transpose->fields] = name;
        transpose->place[transpose->fields++] = place;
    }
    TRY_NEW(transpose->column[0] = names_intern(op->run->names, stage_argument(op->stage, COLUMN_NAME)->text));
    TRY(name_columns(transpose));
    return results_emit(&(struct results){ op, transpose->column, columns, transpose->fields, transpose_cell, transpose });
}

static void transpose_close(struct op *op)
{
    struct transpose *transpose = container_of(op, struct transpose, op);

    layout_free(&transpose->layout);
    row_store_free(&transpose->store);
}

static const struct op_kind transpose_kind = {
    "transpose", .push = transpose_push, .finish = transpose_finish, .close = transpose_close,
};

static status transpose_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct argument *header = stage_argument(stage, HEADER_FIELD);
    double                 most = stage_argument(stage, COUNT)->number;
    struct transpose      *transpose;

    TRY(op_new(&transpose_kind, sizeof *transpose, stage, run, out));
    transpose = container_of(*out, struct transpose, op);
    row_store_init(&transpose->store, &run->heap);
    layout_init_all(&transpose->layout, &run->heap);
    transpose->most = most > 0 && most < UINT32_MAX ? (uint64_t)most : UINT32_MAX;
    transpose->empty = stage_argument(stage, INCLUDE_EMPTY)->truth;
    if (header->given)
        TRY_NEW(transpose->header = names_intern(run->names, header->text));
    return OK;
}

static status transpose_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    wanted_clear(wanted);
    return wanted_everything(wanted);
}

const struct command command_transpose = {
    .name = "transpose",
    .usage = "transpose [<count>] [column_name=<field>] [header_field=<field>] [include_empty=<bool>]",
    .summary = "The first rows (5) become columns",
    .keeps = "the rows that become columns, at most limit.columns",
    .params = transpose_params, .traits = TRAIT_TRANSFORMS, .needs = transpose_needs, .open = transpose_open,
    .example = { "table h c | transpose header_field=h", "{\"h\":\"w1\",\"c\":5}\n{\"h\":\"w2\",\"c\":7}",
                 "{\"column\":\"c\",\"w1\":5,\"w2\":7}" },
};
