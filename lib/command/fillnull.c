/* fillnull [value=<text>] [<fields>]: a value where there is none (reporting 6).
 *
 * Named fields are filled as rows come by, and created where they are missing. Without names, or with wildcards, the
 * fields of the whole result count, so all rows are held back until the last one is seen. */
#include "command/send.h"
#include "plan/bind.h"

enum { FILLNULL_VALUE, FILLNULL_FIELDS };

struct fillnull {
    struct op              op;
    struct cell            value;
    double                 number;
    bool                   plain;           /* the value is what `number` prints as */
    const struct argument *list;
    const struct name    **name;            /* of each item of the list; NULL: a pattern */
    bool                   holds;
    struct row_store       store;
};

static const struct param fillnull_params[] = {
    { "value", PARAM_TEXT, PLACE_NAMED, .preset = "0", .help = "what to put there" },
    { "fields", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "where; all fields of the result if not given" },
    { 0 }
};

static status fill_numbers(const struct fillnull *fillnull, const struct column *column, struct batch *out,
                           struct column **filled)
{
    double        *number;
    struct column *copy = column_number(&out->arena, out->size);

    TRY_NEW(copy);
    number = copy->number;
    *copy = *column;
    copy->number = number;
    copy->null = NULL;
    memcpy(number, column->number, out->size * sizeof *number);
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t row = batch_row(out, i);
        if (column->null[row])
            number[row] = fillnull->number;
    }
    *filled = copy;
    return OK;
}

static status fill_cells(const struct fillnull *fillnull, const struct column *column, struct batch *out,
                         struct column **filled)
{
    struct column *copy;

    TRY(column_to_cells(column, &out->rows, out->size, &out->arena, &copy));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        struct cell *cell = &copy->cell[batch_row(out, i)];
        if (cell->kind == KIND_NULL)
            *cell = fillnull->value;
    }
    copy->kinds |= (uint8_t)KINDS(KIND_TEXT);
    *filled = copy;
    return OK;
}

static status fill_field(const struct fillnull *fillnull, struct batch *out, const struct name *name, uint32_t rank)
{
    struct column *column = batch_column(out, name);

    if (!column || column->encoding == ENCODING_ABSENT) {
        TRY_NEW(column = column_constant(&out->arena, fillnull->value));
        return batch_assign(out, name, column, rank);
    }
    if (!batch_has_nulls(out, column))
        return OK;
    if (column->encoding == ENCODING_NUMBER && fillnull->plain && !column->decimals)
        TRY(fill_numbers(fillnull, column, out, &column));
    else
        TRY(fill_cells(fillnull, column, out, &column));
    return batch_assign(out, name, column, rank);
}

static bool is_listed(const struct fillnull *fillnull, const struct name *name)
{
    if (fillnull->list->count == 0)
        return true;
    for (uint32_t i = 0; i < fillnull->list->count; i++)
        if (!fillnull->name[i] && names_match(fillnull->list->names[i], name_str(name)))
            return true;
    return false;
}

static status fill(const struct fillnull *fillnull, struct batch *out)
{
    const struct layout *layout = fillnull->holds ? &fillnull->store.layout : NULL;

    for (uint32_t i = 0; layout && i < layout->count; i++)
        if (layout->column[i].name && is_listed(fillnull, layout->column[i].name))
            TRY(fill_field(fillnull, out, layout->column[i].name, layout->column[i].rank));
    for (uint32_t i = 0; i < fillnull->list->count; i++)
        if (fillnull->name[i])
            TRY(fill_field(fillnull, out, fillnull->name[i], fillnull->op.stage->rank));
    return OK;
}

static status emit_filled(struct fillnull *fillnull, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        result;

    TRY_NEW(out);
    result = fill(fillnull, out);
    if (result != OK) {
        batch_release(out);
        return result;
    }
    return op_emit(&fillnull->op, out);
}

static status fillnull_push(struct op *op, struct batch *in)
{
    struct fillnull *fillnull = container_of(op, struct fillnull, op);

    return fillnull->holds ? row_store_add(&fillnull->store, in) : emit_filled(fillnull, in);
}

/* A column without a value in any row (of a table, or eval x=null()) does not exist for fillnull. */
static void drop_empty_columns(struct row_store *store)
{
    for (uint32_t c = 0; c < store->layout.count; c++) {
        bool any = false;
        for (uint32_t k = 0; k < store->count && !any; k++) {
            const struct batch  *batch = store->kept[k].batch;
            const struct column *column = row_store_column(store, k, c);
            for (uint32_t i = 0; column && i < batch_rows(batch) && !any; i++)
                any = !column_is_null(column, batch_row(batch, i));
        }
        if (!any)
            store->layout.column[c].name = NULL;
    }
}

static status fillnull_finish(struct op *op)
{
    struct fillnull *fillnull = container_of(op, struct fillnull, op);

    if (!fillnull->holds)
        return OK;
    TRY(row_store_seal(&fillnull->store));
    drop_empty_columns(&fillnull->store);
    for (uint32_t k = 0; k < fillnull->store.count; k++)
        TRY(emit_filled(fillnull, fillnull->store.kept[k].batch));
    return OK;
}

static void fillnull_close(struct op *op)
{
    row_store_free(&container_of(op, struct fillnull, op)->store);
}

static const struct op_kind fillnull_kind = {
    "fillnull", .push = fillnull_push, .finish = fillnull_finish, .close = fillnull_close,
};

static status fillnull_open(const struct stage *stage, struct run *run, struct op **out)
{
    str              text = stage_argument(stage, FILLNULL_VALUE)->text;
    char             room[NUMBER_ROOM];
    struct fillnull *fillnull;

    TRY(op_new(&fillnull_kind, sizeof *fillnull, stage, run, out));
    fillnull = container_of(*out, struct fillnull, op);
    row_store_init(&fillnull->store, &run->heap);
    fillnull->value = cell_field_text(text);
    fillnull->plain = number_parse(text, &fillnull->number, NULL)
        && str_equal(text, str_make(room, number_format(fillnull->number, EXACT, room)));
    fillnull->list = stage_argument(stage, FILLNULL_FIELDS);
    fillnull->holds = fillnull->list->count == 0;
    fillnull->name = ARENA_ARRAY(&(*out)->arena, const struct name *, fillnull->list->count);
    TRY_NEW(fillnull->name);
    for (uint32_t i = 0; i < fillnull->list->count; i++) {
        str name = fillnull->list->names[i];
        if (memchr(name.at, '*', name.size))
            fillnull->holds = true;
        else
            TRY_NEW(fillnull->name[i] = names_intern(run->names, name));
    }
    return OK;
}

static status fillnull_gives(const struct stage *stage, struct wanted *columns)
{
    const struct argument *list = stage_argument(stage, FILLNULL_FIELDS);

    for (uint32_t i = 0; i < list->count; i++)
        TRY(wanted_add_pattern(columns, list->names[i]));
    return OK;
}

/* Only with names each row stands for itself: then the stage goes on as a command that may run anywhere. */
static const struct command by_name = {
    .name = "fillnull", .params = fillnull_params, .traits = TRAIT_ROWWISE, .gives = fillnull_gives,
    .open = fillnull_open,
};

static status fillnull_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *list = stage_argument(stage, FILLNULL_FIELDS);

    (void)binder;
    for (uint32_t i = 0; i < list->count; i++)
        if (memchr(list->names[i].at, '*', list->names[i].size))
            return OK;
    if (list->count)
        stage->command = &by_name;
    return OK;
}

const struct command command_fillnull = {
    .name = "fillnull", .usage = "fillnull [value=<text>] [<fields, wildcards allowed>]",
    .summary = "Put a value (0) where fields have none",
    .params = fillnull_params, .bind = fillnull_bind, .open = fillnull_open,
    .example = { "table a b | fillnull", "{\"a\":1}\n{\"b\":2}", "{\"a\":1,\"b\":0}\n{\"a\":0,\"b\":2}" },
};
