#include "command/frequency.h"

#include "flow/run.h"

enum { LIMIT, COUNTFIELD, PERCENTFIELD, SHOWCOUNT, SHOWPERC, USEOTHER, OTHERSTR, FIELDS, BY };

const struct param frequency_params[FREQUENCY_PARAMS + 1] = {
    [LIMIT] = { "limit", PARAM_COUNT, PLACE_FIRST, .limit = LIMIT_TOP,
                .help = "rows for each BY combination; 0: all",
                .ceiling = LIMIT_TOP_MOST },
    [COUNTFIELD] = { "countfield", PARAM_TEXT, PLACE_NAMED, .preset = "count",
                     .help = "name of the column of counts" },
    [PERCENTFIELD] = { "percentfield", PARAM_TEXT, PLACE_NAMED, .preset = "percent",
                       .help = "name of the column of percentages" },
    [SHOWCOUNT] = { "showcount", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "whether there is one" },
    [SHOWPERC] = { "showperc", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "whether there is one" },
    [USEOTHER] = { "useother", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                   .help = "a row for all that the limit cuts off" },
    [OTHERSTR] = { "otherstr", PARAM_TEXT, PLACE_NAMED, .preset = "OTHER",
                   .help = "what that row has for values" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .help = "whose values are counted" },
    [BY] = { "by", PARAM_BY, PLACE_KEYWORD,
             .help = "counted separately for each combination of their values" },
};

/* A count in the place of the values that were counted would be a table nobody can read. */
static status names_differ(struct binder *binder, const struct frequency_bound *bound, const struct argument *fields,
                           const struct argument *by, const struct argument *percent)
{
    const struct argument *list[] = { fields, by };

    for (int i = 0; i < 2; i++)
        for (uint32_t j = 0; j < list[i]->count; j++)
            if ((bound->shows_count && str_equal(list[i]->names[j], bound->count_name)) ||
                (bound->shows_percent && str_equal(list[i]->names[j], bound->percent_name))) {
                diag_at(binder->diag, FAIL_QUERY, list[i]->spans[j], "name-clash",
                        "'%.*s' is also the name of a column of results", SHOW(list[i]->names[j]));
                diag_hint(binder->diag, "countfield= and percentfield= give those other names");
                return FAIL_QUERY;
            }
    if (bound->shows_count && bound->shows_percent && str_equal(bound->count_name, bound->percent_name))
        return diag_at(binder->diag, FAIL_QUERY, percent->span, "name-clash",
                       "'%.*s' is also the name of the column of counts", SHOW(bound->percent_name));
    return OK;
}

status frequency_bind(struct binder *binder, struct stage *stage, bool rare, bool emits)
{
    struct frequency_bound *bound = stage->bound;
    const struct argument  *fields = stage_argument(stage, FIELDS), *by = stage_argument(stage, BY);
    uint32_t                rows;

    *bound = (struct frequency_bound){
        .rare = rare, .emits = emits, .meets = binder->partials, .limit = stage_argument(stage, LIMIT)->number,
        .field = fields->names, .fields = fields->count, .by = by->names, .bys = by->count,
        .shows_count = stage_argument(stage, SHOWCOUNT)->truth,
        .shows_percent = stage_argument(stage, SHOWPERC)->truth,
        .other = stage_argument(stage, USEOTHER)->truth,
        .count_name = stage_argument(stage, COUNTFIELD)->text,
        .percent_name = stage_argument(stage, PERCENTFIELD)->text,
        .other_text = stage_argument(stage, OTHERSTR)->text,
    };
    binder->partials |= emits;
    TRY(measures_count_rows(binder, &bound->measures, &rows));
    for (uint32_t i = 0; i < bound->fields; i++)
        for (uint32_t j = 0; j < bound->bys; j++)
            if (str_equal(bound->field[i], bound->by[j]))
                return diag_at(binder->diag, FAIL_QUERY, fields->spans[i], "name-clash",
                               "'%.*s' cannot be counted and be a BY field", SHOW(bound->field[i]));
    return emits ? OK : names_differ(binder, bound, fields, by, stage_argument(stage, PERCENTFIELD));
}

status frequency_gives(const struct stage *stage, struct wanted *columns)
{
    const struct frequency_bound *bound = stage->bound;

    if (bound->emits)
        return wanted_everything(columns);
    wanted_clear(columns);
    for (uint32_t i = 0; i < bound->bys; i++)
        TRY(wanted_add(columns, bound->by[i]));
    for (uint32_t i = 0; i < bound->fields; i++)
        TRY(wanted_add(columns, bound->field[i]));
    if (bound->shows_count)
        TRY(wanted_add(columns, bound->count_name));
    return bound->shows_percent ? wanted_add(columns, bound->percent_name) : OK;
}

status frequency_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct frequency_bound *bound = stage->bound;

    wanted_clear(wanted);
    for (uint32_t i = 0; i < bound->bys; i++)
        TRY(wanted_add(wanted, bound->by[i]));
    for (uint32_t i = 0; i < bound->fields; i++)
        TRY(wanted_add(wanted, bound->field[i]));
    return OK;
}

static status count_rows(struct frequency *frequency, struct batch *in, const struct rows *rows, bool partial)
{
    struct tally   *tally = &frequency->table->tallies.work[0]->tally;
    struct grouping grouping;

    TRY(group_table_assign(frequency->table, (const struct column *const *)frequency->key, in, rows, &frequency->op.step,
                           &grouping));
    if (!partial)
        return group_table_push(frequency->table, in, &grouping, &frequency->op.step);
    for (uint32_t i = 0; i < grouping.count; i++) {
        struct cell times = cell_number((double)partial_count(&frequency->partial, in, grouping.row ? grouping.row[i] : i));
        TRY(tally->aggregate->load(tally, grouping.group[i], &times));
    }
    return OK;
}

static status frequency_push(struct op *op, struct batch *in)
{
    struct frequency *frequency = container_of(op, struct frequency, op);
    struct rows       plain, partial;

    for (uint32_t i = 0; i < frequency->keys; i++) {
        frequency->key[i] = batch_column(in, frequency->name[i]);
        TRY(batch_decode(in, frequency->key[i]));
    }
    plain = in->rows;
    if (frequency->meets && batch_column(in, frequency->partial.version)) {
        TRY(partial_rows(&frequency->partial, in, &op->step, &plain, &partial));
        TRY(count_rows(frequency, in, &partial, true));
    }
    return count_rows(frequency, in, &plain, false);
}

static status frequency_merge(struct op *op, struct op *from)
{
    return group_table_merge(container_of(op, struct frequency, op)->table, container_of(from, struct frequency, op)->table);
}

static void frequency_close(struct op *op)
{
    struct frequency *frequency = container_of(op, struct frequency, op);

    sorted_rows_free(&frequency->straggling.rows);
    arena_free(&frequency->straggling.texts);
    group_table_close(frequency->table);
    heap_free(op->context->heap, frequency->line, frequency->line_room * sizeof *frequency->line);
}

static const struct op_kind frequency_kind = {
    .name = "frequency", .push = frequency_push, .finish = frequency_finish, .merge = frequency_merge,
    .close = frequency_close, .spills = true,
};

static status name_columns(struct frequency *frequency, const struct frequency_bound *bound)
{
    struct op *op = &frequency->op;
    uint32_t   at = frequency->keys;
    char       column[] = "\xff""0";

    for (uint32_t i = 0; i < frequency->keys; i++)
        TRY_NEW(frequency->name[i] = names_intern(op->context->names, i < bound->bys ? bound->by[i]
                                                                                     : bound->field[i - bound->bys]));
    for (uint32_t i = 0; i <= frequency->keys; i++, column[1]++)    /* names that no field has */
        TRY_NEW(frequency->straggling.name[i] = names_intern(op->context->names, str_make(column, 2)));
    if (bound->emits) {
        frequency->name[at] = frequency->partial.rows;
        frequency->name[at + 1] = frequency->partial.version;
        return OK;
    }
    if (bound->shows_count)
        TRY_NEW(frequency->name[at++] = names_intern(op->context->names, bound->count_name));
    if (bound->shows_percent)
        TRY_NEW(frequency->name[at++] = names_intern(op->context->names, bound->percent_name));
    return OK;
}

static status setup(struct frequency *frequency, const struct frequency_bound *bound)
{
    struct op         *op = &frequency->op;
    struct group_shape shape = { .measures = &bound->measures, .keys = bound->bys + bound->fields };

    frequency->keys = shape.keys;
    arena_init(&frequency->straggling.texts, op->context->heap);
    TRY(group_table_open(op, &shape, &frequency->table));
    TRY_NEW(frequency->key = ARENA_ARRAY(&op->arena, struct column *, shape.keys));
    TRY_NEW(frequency->name = ARENA_ARRAY(&op->arena, const struct name *, shape.keys + 2));
    TRY_NEW(frequency->straggling.name = ARENA_ARRAY(&op->arena, const struct name *, shape.keys + 1));
    TRY_NEW(frequency->straggling.by = ARENA_ARRAY(&op->arena, struct sort_by, shape.keys + 1));
    TRY(partial_fields_init(&frequency->partial, op->context->names));
    frequency->meets = bound->meets || op->context->takes_partials;
    return name_columns(frequency, bound);
}

status frequency_open(const struct stage *stage, struct run *run, struct op **out)
{
    TRY(op_new(&frequency_kind, sizeof(struct frequency), stage, run, out));
    return setup(container_of(*out, struct frequency, op), stage->bound);
}
