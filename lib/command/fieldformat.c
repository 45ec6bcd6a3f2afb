/* fieldformat <field>=<expression>: what results show instead of the field's values (language 9). The plan lets it run
 * behind all commands that look at values, so here it is plain: of rows that have a value, the text takes its place. Where
 * the expression gives nothing the value itself is shown. */
#include "command/filter.h"

struct format {
    str             field;
    struct program *program;
};

struct fieldformat_bound {
    struct format *item;
    uint32_t       count;
};

struct fieldformat {
    struct op           op;
    const struct name **field;
    struct machine    **machine;
    struct column     **made;           /* of this batch */
};

static const struct param fieldformat_params[] = {
    { "assignments", PARAM_ASSIGNMENTS, PLACE_ALL, .required = true, .help = "field=expression" },
    { 0 }
};

/* Where the value is null nothing is shown, where the expression is the value. */
static status choose(struct batch *out, const struct column *value, struct column *shown, struct column **chosen)
{
    struct column *column;
    unsigned       kinds = 0;

    TRY(column_to_cells(shown, &out->rows, out->size, &out->arena, &column));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t    row = batch_row(out, i);
        struct cell own = column_cell(value, row), *cell = &column->cell[row];

        if (own.kind == KIND_NULL || cell->kind == KIND_NULL) {
            if (value->encoding == ENCODING_NUMBER && value->unsettled)
                cell_settle(&own);
            *cell = own;
        }
        cell->flags |= CELL_SOFT;
        kinds |= KINDS(cell->kind);
    }
    column->kinds = (uint8_t)(kinds | KINDS(KIND_NULL));
    *chosen = column;
    return OK;
}

/* All expressions see the values; then they are replaced. */
static status format_fields(struct fieldformat *fieldformat, struct batch *in, struct batch *out)
{
    const struct fieldformat_bound *bound = fieldformat->op.stage->bound;

    for (uint32_t i = 0; i < bound->count; i++) {
        struct column *value = batch_column(in, fieldformat->field[i]);

        fieldformat->made[i] = NULL;
        if (!value || value->encoding == ENCODING_ABSENT)
            continue;
        TRY(batch_decode(in, value));
        TRY(machine_value(fieldformat->machine[i], in, &out->arena, &fieldformat->made[i]));
        TRY(choose(out, value, fieldformat->made[i], &fieldformat->made[i]));
    }
    for (uint32_t i = 0; i < bound->count; i++)
        if (fieldformat->made[i])
            TRY(batch_set(out, fieldformat->field[i], fieldformat->made[i], fieldformat->op.stage->rank));
    return OK;
}

static status fieldformat_push(struct op *op, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        result;

    TRY_NEW(out);
    result = format_fields(container_of(op, struct fieldformat, op), in, out);
    return op_emit_if(op, result, out);
}

static void fieldformat_close(struct op *op)
{
    struct fieldformat             *fieldformat = container_of(op, struct fieldformat, op);
    const struct fieldformat_bound *bound = op->stage->bound;

    for (uint32_t i = 0; fieldformat->machine && i < bound->count; i++)
        machine_free(fieldformat->machine[i]);
}

static const struct op_kind fieldformat_kind = { "fieldformat", .push = fieldformat_push, .close = fieldformat_close };

static status fieldformat_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct fieldformat_bound *bound = stage->bound;
    struct fieldformat             *fieldformat;
    struct arena                   *arena;

    TRY(op_new(&fieldformat_kind, sizeof *fieldformat, stage, run, out));
    fieldformat = container_of(*out, struct fieldformat, op);
    arena = &(*out)->arena;
    TRY_NEW(fieldformat->field = ARENA_ARRAY(arena, const struct name *, bound->count));
    TRY_NEW(fieldformat->made = ARENA_ARRAY(arena, struct column *, bound->count));
    TRY_NEW(fieldformat->machine = ARENA_ARRAY(arena, struct machine *, bound->count));
    for (uint32_t i = 0; i < bound->count; i++) {
        TRY_NEW(fieldformat->field[i] = names_intern((*out)->context->names, bound->item[i].field));
        TRY(machine_new(bound->item[i].program, (*out)->context, &fieldformat->machine[i]));
    }
    return OK;
}

static status fieldformat_bind(struct binder *binder, struct stage *stage)
{
    const struct assignments *list = stage_argument(stage, 0)->assignments;
    struct fieldformat_bound *bound = stage->bound;
    bool                      failed = false;

    TRY_NEW(bound->item = ARENA_ARRAY(binder->arena, struct format, list->count + (size_t)1));
    for (uint32_t i = 0; i < list->count; i++) {
        const struct assignment *item = &list->item[i];
        struct format           *format = &bound->item[bound->count];
        status                   result;

        if (item->dynamic)
            return diag_at(binder->diag, FAIL_QUERY, item->target_span, "bad-field",
                           "'fieldformat' wants the name of a field, not one made of values: '%.*s'", SHOW(item->target));
        format->field = item->target;
        result = program_value(&binder->compile, item->value, false, &format->program);
        if (result == OK)
            bound->count++;
        else if (result != FAIL_QUERY)
            return result;
        failed |= result != OK;
    }
    return failed ? FAIL_QUERY : OK;
}

static void fieldformat_drop(struct stage *stage)
{
    struct fieldformat_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->count; i++)
        program_drop(bound->item[i].program);
}

static status fieldformat_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct fieldformat_bound *bound = stage->bound;
    struct wanted                   behind = { .arena = wanted->arena };

    TRY(wanted_copy(&behind, wanted));
    for (uint32_t i = 0; i < bound->count; i++)
        if (wanted_has(&behind, bound->item[i].field))
            TRY(wants_program(wanted, bound->item[i].program));
    return OK;
}

static void fieldformat_print(const struct stage *stage, struct buf *out)
{
    const struct fieldformat_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->count; i++) {
        buf_print(out, "      format of %.*s:\n", SHOW(bound->item[i].field));
        program_print(bound->item[i].program, out);
    }
}

const struct command command_fieldformat = {
    .name = "fieldformat", .usage = "fieldformat <field>=<expression>",
    .summary = "Results show the value of an expression in place of a field's; commands see the field",
    .params = fieldformat_params, .traits = TRAIT_ROWWISE | TRAIT_DISPLAY, .bound_size = sizeof(struct fieldformat_bound),
    .bind = fieldformat_bind, .drop = fieldformat_drop, .needs = fieldformat_needs, .open = fieldformat_open,
    .print = fieldformat_print,
    .example = { "fieldformat size=tostring(size, \"commas\") | sort size | table size", "{\"size\":1500}\n{\"size\":200}",
                 "{\"size\":200}\n{\"size\":\"1,500\"}" },
};
