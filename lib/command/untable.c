/* untable <x> <name> <data>: a row for every value of a table (reporting 6). Which columns there are, and
 * their order, is known at the end only, so rows are kept. */
#include "rows/results.h"
#include "rows/sorted_rows.h"
#include "plan/bind.h"

static const struct param untable_params[] = {
    { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .help = "the field that stays; names and values of the others" },
    { 0 }
};

struct untable_value {
    uint32_t row, column;
};

struct untable {
    struct op             op;
    const struct name    *name[3];
    struct sorted_rows    rows;
    struct batch         *batch;        /* of them, the one at hand */
    struct untable_value *value;        /* in it */
    uint32_t              count, room;
    int64_t               stays;        /* place of the first field in the layout */
    struct results        results;
};

static status untable_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *fields = stage_argument(stage, 0);

    if (fields->count == 3)
        return OK;
    diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument", "'untable' wants three different fields");
    diag_hint(binder->diag, "usage: %s", stage->command->usage);
    return FAIL_QUERY;
}

static status untable_push(struct op *op, struct batch *in)
{
    return sorted_rows_add(&container_of(op, struct untable, op)->rows, in);
}

static status collect_row(struct untable *untable, uint32_t row)
{
    const struct batch *batch = untable->batch;

    if (column_is_null(batch->field[untable->stays].column, row))
        return OK;
    for (uint32_t c = 0; c < batch->fields; c++) {
        if (c == untable->stays || name_is_internal(batch->field[c].name) || column_is_null(batch->field[c].column, row))
            continue;
        if (untable->count == UINT32_MAX ||
            !heap_grow(&untable->op.run->heap, &untable->value, &untable->room, untable->count + 1, sizeof *untable->value))
            return FAIL_MEMORY;
        untable->value[untable->count++] = (struct untable_value){ row, c };
    }
    return OK;
}

/* The next rows become the batch at hand. */
static status take_rows(struct op *op)
{
    struct untable *untable = container_of(op, struct untable, op);
    struct batch   *batch;

    batch_release(untable->batch);
    untable->batch = NULL;
    TRY(sorted_rows_next(&untable->rows, 0, &batch));
    untable->batch = batch;
    untable->stays = layout_find(&untable->rows.rows.layout, untable->name[0]);
    untable->count = 0;
    for (uint32_t f = 0; f < batch->fields; f++)
        TRY(batch_decode(batch, batch->field[f].column));
    for (uint32_t row = 0; untable->stays >= 0 && row < batch->size; row++)
        TRY(collect_row(untable, row));
    untable->results.rows += untable->count;
    return OK;
}

static status untable_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct untable       *untable = host;
    const struct untable_value *value = &untable->value[row - (untable->results.rows - untable->count)];

    (void)arena;
    if (column == 1)
        *out = cell_field_text(name_str(untable->batch->field[value->column].name));
    else
        *out = column_settled(untable->batch->field[column == 0 ? untable->stays : value->column].column, value->row);
    return OK;
}

static status untable_finish(struct op *op)
{
    return results_emit_pieces(&container_of(op, struct untable, op)->results, take_rows);
}

static void untable_close(struct op *op)
{
    struct untable *untable = container_of(op, struct untable, op);

    batch_release(untable->batch);
    heap_free(&op->run->heap, untable->value, untable->room * sizeof *untable->value);
    sorted_rows_free(&untable->rows);
}

static const struct op_kind untable_kind = {
    "untable", .push = untable_push, .finish = untable_finish, .close = untable_close, .spills = true,
};

static status untable_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct untable *untable;

    TRY(op_new(&untable_kind, sizeof *untable, stage, run, out));
    untable = container_of(*out, struct untable, op);
    sorted_rows_init(&untable->rows, *out, NULL, 0, 0);
    untable->results = (struct results){ .op = *out, .name = untable->name, .columns = 3, .cell = untable_cell,
                                         .host = untable, .passing = true, .rests = true };
    for (uint32_t i = 0; i < 3; i++)
        TRY_NEW(untable->name[i] = names_intern(run->names, stage_argument(stage, 0)->names[i]));
    return OK;
}

static status untable_needs(const struct stage *stage, struct wanted *wanted)
{
    wanted_clear(wanted);
    TRY(wanted_add(wanted, stage_argument(stage, 0)->names[0]));
    return wanted_add_pattern(wanted, STR("*"));
}

static status untable_gives(const struct stage *stage, struct wanted *columns)
{
    wanted_clear(columns);
    for (uint32_t i = 0; i < 3; i++)
        TRY(wanted_add(columns, stage_argument(stage, 0)->names[i]));
    return OK;
}

const struct command command_untable = {
    .name = "untable", .usage = "untable <field> <field for names> <field for values>",
    .summary = "A row for every value of a table",
    .params = untable_params, .traits = TRAIT_TRANSFORMS,
    .bind = untable_bind, .needs = untable_needs, .gives = untable_gives, .open = untable_open,
    .example = { "table t a b | untable t k v", "{\"t\":1,\"a\":5,\"b\":6}\n{\"t\":2,\"a\":7}",
                 "{\"t\":1,\"k\":\"a\",\"v\":5}\n{\"t\":1,\"k\":\"b\",\"v\":6}\n{\"t\":2,\"k\":\"a\",\"v\":7}" },
};
