/* mvexpand <field> [limit=<count>]: a row for every value of a list, the other fields copied (commands 3).
 * Rows without a value pass once. What comes out is numbered anew, as rows outgrow the places they had. */
#include "batch/pick.h"
#include "flow/op.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "value/list.h"

enum { FIELD, LIMIT };
enum { ROWS = 4096 };

static const struct param mvexpand_params[] = {
    [FIELD] = { "field", PARAM_FIELD, PLACE_FIRST, .required = true, .help = "the list" },
    [LIMIT] = { "limit", PARAM_COUNT, PLACE_NAMED, .preset = "0", .help = "values of a list to use; 0: all" },
    { 0 }
};

struct mvexpand {
    struct op          op;
    const struct name *field;
    double             limit;
    uint64_t           ordinal;
    uint32_t          *row, *member;    /* of the rows to be: of which row which value */
    uint32_t           count, most;
};

/* The list's column: a member a row. */
static status expand_column(const struct mvexpand *mvexpand, const struct column *column, struct arena *arena,
                            struct column **out)
{
    unsigned kinds = 0;

    TRY_NEW(*out = column_cells(arena, mvexpand->count, 0));
    for (uint32_t i = 0; i < mvexpand->count; i++) {
        struct cell  cell = column_cell(column, mvexpand->row[i]);
        struct cell *into = &(*out)->cell[i];
        *into = cell.kind == KIND_LIST ? cell.list[mvexpand->member[i]] : cell;
        if (column->encoding == ENCODING_NUMBER && column->unsettled)
            cell_settle(into);
        kinds |= KINDS(into->kind);
    }
    (*out)->kinds = (uint8_t)kinds;
    return OK;
}

/* The rows gathered so far as a batch. It shares texts with `in`, so it is derived from it. */
static status send(struct mvexpand *mvexpand, struct batch *in)
{
    struct field *field = batch_field(in, mvexpand->field);
    struct batch *out;
    status        result = OK;

    if (mvexpand->count == 0)
        return OK;
    TRY(run_check(mvexpand->op.run));
    TRY(batch_pick(in, mvexpand->row, mvexpand->count, &out));
    out->ordinal = mvexpand->ordinal;
    mvexpand->ordinal += mvexpand->count;
    if (field)
        result = expand_column(mvexpand, field->column, &out->arena, &out->field[field - in->field].column);
    mvexpand->count = 0;
    return op_emit_if(&mvexpand->op, result, out);
}

static status mvexpand_push(struct op *op, struct batch *in)
{
    struct mvexpand *mvexpand = container_of(op, struct mvexpand, op);
    struct column   *column = batch_column(in, mvexpand->field);

    TRY(batch_decode(in, column));
    mvexpand->count = 0;
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t    row = batch_row(in, i), count;
        struct cell cell = column ? column_cell(column, row) : cell_null();

        list_members(&cell, &count);
        if (mvexpand->limit > 0 && count > mvexpand->limit)
            count = (uint32_t)mvexpand->limit;
        for (uint32_t m = 0; m < (count ? count : 1); m++) {
            mvexpand->row[mvexpand->count] = row;
            mvexpand->member[mvexpand->count++] = m;
            if (mvexpand->count == mvexpand->most)
                TRY(send(mvexpand, in));
        }
    }
    return send(mvexpand, in);
}

static const struct op_kind mvexpand_kind = { "mvexpand", .push = mvexpand_push };

static status mvexpand_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct mvexpand *mvexpand;

    TRY(op_new(&mvexpand_kind, sizeof *mvexpand, stage, run, out));
    mvexpand = container_of(*out, struct mvexpand, op);
    mvexpand->limit = stage_argument(stage, LIMIT)->number;
    mvexpand->most = run->options.batch_rows ? run->options.batch_rows : ROWS;
    TRY_NEW(mvexpand->row = arena_alloc(&(*out)->arena, mvexpand->most * sizeof *mvexpand->row));
    TRY_NEW(mvexpand->member = arena_alloc(&(*out)->arena, mvexpand->most * sizeof *mvexpand->member));
    TRY_NEW(mvexpand->field = names_intern(run->names, stage_argument(stage, FIELD)->text));
    return OK;
}

static status mvexpand_needs(const struct stage *stage, struct wanted *wanted)
{
    return wanted_add(wanted, stage_argument(stage, FIELD)->text);
}

const struct command command_mvexpand = {
    .name = "mvexpand", .usage = "mvexpand <field> [limit=<count>]", .summary = "A row for every value of a list",
    .params = mvexpand_params, .traits = TRAIT_STREAMING, .needs = mvexpand_needs, .gives = columns_stay,
    .open = mvexpand_open,
    .example = { "eval v=split(v,\",\") | mvexpand v | table n v", "{\"n\":1,\"v\":\"a,b\"}",
                 "{\"n\":1,\"v\":\"a\"}\n{\"n\":1,\"v\":\"b\"}" },
};
