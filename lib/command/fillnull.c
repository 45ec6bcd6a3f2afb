/* fillnull [value=<text>] [<fields>]: a value where there is none (reporting 6).
 *
 * Named fields are filled as rows come by, and created where they are missing. Without names, or with wildcards, the
 * fields of the whole result count, so all rows are held back until the last one is seen. */
#include "rows/sorted_rows.h"
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
    struct sorted_rows     rows;
    bool                  *any;             /* by name->number: some row has a value */
    uint32_t               anys;
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

static bool is_named(const struct fillnull *fillnull, const struct name *name)
{
    for (uint32_t i = 0; i < fillnull->list->count; i++)
        if (fillnull->name[i] == name)
            return true;
    return false;
}

/* A column without a value in any row (of a table, or eval x=null()) does not exist for fillnull. */
static bool is_known(const struct fillnull *fillnull, const struct name *name)
{
    return name->number < fillnull->anys && fillnull->any[name->number];
}

/* Where the whole result is there its columns have their places already. */
static status fill(const struct fillnull *fillnull, struct batch *out)
{
    const struct layout *layout = fillnull->holds ? &fillnull->rows.rows.layout : NULL;

    for (uint32_t i = 0; layout && i < layout->count; i++) {
        const struct name *name = layout->column[i].name;

        if (is_named(fillnull, name) || (is_known(fillnull, name) && is_listed(fillnull, name)))
            TRY(fill_field(fillnull, out, name, layout->column[i].rank));
    }
    if (layout)
        TRY(layout_arrange(layout, out, true));
    for (uint32_t i = 0; i < fillnull->list->count; i++)
        if (fillnull->name[i])
            TRY(fill_field(fillnull, out, fillnull->name[i], fillnull->op.stage->rank));
    return OK;
}

static status emit_filled(struct op *op, struct batch *takes)
{
    status result = fill(container_of(op, struct fillnull, op), takes);

    return op_emit_if(op, result, takes);
}

static bool has_value(const struct batch *batch, const struct column *column)
{
    for (uint32_t i = 0; i < batch_rows(batch); i++)
        if (!column_is_null(column, batch_row(batch, i)))
            return true;
    return false;
}

static status note_values(struct fillnull *fillnull, const struct batch *in)
{
    for (uint32_t f = 0; f < in->fields; f++) {
        uint32_t number = in->field[f].name->number;

        if (is_known(fillnull, in->field[f].name) || !has_value(in, in->field[f].column))
            continue;
        if (!heap_grow_zero(&fillnull->op.run->heap, &fillnull->any, &fillnull->anys, number + 1, sizeof *fillnull->any))
            return FAIL_MEMORY;
        fillnull->any[number] = true;
    }
    return OK;
}

static status fillnull_push(struct op *op, struct batch *in)
{
    struct fillnull *fillnull = container_of(op, struct fillnull, op);
    struct batch    *out;

    if (fillnull->holds) {
        TRY(note_values(fillnull, in));
        return sorted_rows_add(&fillnull->rows, in);
    }
    TRY_NEW(out = batch_derive(in));
    return emit_filled(op, out);
}

static status fillnull_finish(struct op *op)
{
    struct fillnull *fillnull = container_of(op, struct fillnull, op);

    return fillnull->holds ? sorted_rows_send(&fillnull->rows, emit_filled) : OK;
}

static void fillnull_close(struct op *op)
{
    struct fillnull *fillnull = container_of(op, struct fillnull, op);

    sorted_rows_free(&fillnull->rows);
    heap_free(&op->run->heap, fillnull->any, fillnull->anys * sizeof *fillnull->any);
}

static const struct op_kind fillnull_kind = {
    "fillnull", .push = fillnull_push, .finish = fillnull_finish, .close = fillnull_close,
    .spills = true,
};

static status fillnull_open(const struct stage *stage, struct run *run, struct op **out)
{
    str              text = stage_argument(stage, FILLNULL_VALUE)->text;
    char             room[NUMBER_ROOM];
    struct fillnull *fillnull;

    TRY(op_new(&fillnull_kind, sizeof *fillnull, stage, run, out));
    fillnull = container_of(*out, struct fillnull, op);
    sorted_rows_init(&fillnull->rows, *out, NULL, 0, 0);
    fillnull->rows.passing = true;
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
    double                 number;

    if (list->count && !stage_argument(stage, FILLNULL_VALUE)->given && number_parse(list->names[0], &number, NULL)) {
        diag_warn(binder->diag, list->spans[0], "word-as-field", "'%.*s' is read as a field", SHOW(list->names[0]));
        diag_hint(binder->diag, "what is put there is written value=%.*s", SHOW(list->names[0]));
    }
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
