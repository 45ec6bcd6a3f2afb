/* mvexpand <field> [limit=<count>]: a row for every value of a list, the other fields copied (commands 3).
 * Rows without a value pass once. What comes out is numbered anew, as rows outgrow the places they had. */
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

struct expanded {                       /* one row to be: */
    uint32_t row, member;               /* of which row, which value */
};

struct mvexpand {
    struct op          op;
    const struct name *field;
    double             limit;
    uint64_t           ordinal;
    struct expanded   *made;
    uint32_t           count, most;
};

static status copy_numbers(const struct mvexpand *mvexpand, const struct column *column, struct arena *arena,
                           struct column **out)
{
    struct column *copy = column_number(arena, mvexpand->count);

    TRY_NEW(copy);
    copy->soft = column->soft;
    copy->unsettled = column->unsettled;
    if (column->null)
        TRY_NEW(copy->null = ARENA_ARRAY(arena, uint8_t, mvexpand->count));
    if (column->decimals)
        TRY_NEW(copy->decimals = ARENA_ARRAY(arena, int16_t, mvexpand->count));
    for (uint32_t i = 0; i < mvexpand->count; i++) {
        uint32_t row = mvexpand->made[i].row;
        copy->number[i] = column->number[row];
        if (copy->null)
            copy->null[i] = column->null[row];
        if (copy->decimals)
            copy->decimals[i] = column->decimals[row];
    }
    *out = copy;
    return OK;
}

static status copy_column(const struct mvexpand *mvexpand, struct column *column, struct arena *arena, struct column **out)
{
    *out = column;
    if (column->encoding == ENCODING_ABSENT || column->encoding == ENCODING_CONSTANT)
        return OK;
    if (column->encoding == ENCODING_NUMBER)
        return copy_numbers(mvexpand, column, arena, out);
    TRY_NEW(*out = column_cells(arena, mvexpand->count, column->kinds | KINDS(KIND_NULL)));
    (*out)->escaped = column->encoding == ENCODING_CELLS && column->escaped;
    if (column->encoding == ENCODING_DICTIONARY)
        (*out)->kinds = KINDS_ANY;
    for (uint32_t i = 0; i < mvexpand->count; i++)
        (*out)->cell[i] = column_cell(column, mvexpand->made[i].row);
    return OK;
}

static status expand_column(const struct mvexpand *mvexpand, const struct column *column, struct arena *arena,
                            struct column **out)
{
    unsigned kinds = 0;

    TRY_NEW(*out = column_cells(arena, mvexpand->count, 0));
    for (uint32_t i = 0; i < mvexpand->count; i++) {
        struct cell  cell = column_cell(column, mvexpand->made[i].row);
        struct cell *into = &(*out)->cell[i];
        *into = cell.kind == KIND_LIST ? cell.list[mvexpand->made[i].member] : cell;
        if (column->encoding == ENCODING_NUMBER && column->unsettled)
            cell_settle(into);
        kinds |= KINDS(into->kind);
    }
    (*out)->kinds = (uint8_t)kinds;
    return OK;
}

/* What the field was before, for those who look at it by row. */
static status copy_history(const struct mvexpand *mvexpand, const struct field *field, struct field *into,
                           struct arena *arena)
{
    struct making *made = &into->made, *earlier;
    struct column *column;

    if (field->read == field->column && field->name != mvexpand->field) {
        into->read = into->column;
    } else if (field->read) {
        TRY(copy_column(mvexpand, (struct column *)field->read, arena, &column));
        into->read = column;
    }
    for (;; made = earlier) {
        if (made->before) {
            TRY(copy_column(mvexpand, (struct column *)made->before, arena, &column));
            made->before = column;
        }
        if (!made->earlier)
            return OK;
        TRY_NEW(earlier = ARENA_NEW(arena, struct making));
        *earlier = *made->earlier;
        made->earlier = earlier;
    }
}

static status fill(const struct mvexpand *mvexpand, const struct batch *in, struct batch *out)
{
    for (uint32_t f = 0; f < in->fields; f++) {
        const struct field *field = &in->field[f];
        struct column      *column;
        if (field->name == mvexpand->field)
            TRY(expand_column(mvexpand, field->column, &out->arena, &column));
        else
            TRY(copy_column(mvexpand, field->column, &out->arena, &column));
        out->field[f].column = column;
        TRY(copy_history(mvexpand, field, &out->field[f], &out->arena));
    }
    return OK;
}

/* The rows gathered so far as a batch. It shares texts with `in`, so it is derived from it. */
static status send(struct mvexpand *mvexpand, struct batch *in)
{
    struct batch *out;
    status        result;

    if (mvexpand->count == 0)
        return OK;
    TRY(run_check(mvexpand->op.run));
    TRY_NEW(out = batch_derive(in));
    out->size = mvexpand->count;
    out->rows = (struct rows){ .count = mvexpand->count };
    out->ordinal = mvexpand->ordinal;
    out->origin = NULL;
    out->line = NULL;
    result = fill(mvexpand, in, out);
    mvexpand->ordinal += mvexpand->count;
    mvexpand->count = 0;
    if (result != OK) {
        batch_release(out);
        return result;
    }
    return op_emit(&mvexpand->op, out);
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
            mvexpand->made[mvexpand->count++] = (struct expanded){ row, m };
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
    TRY_NEW(mvexpand->made = arena_alloc(&(*out)->arena, mvexpand->most * sizeof *mvexpand->made));
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
