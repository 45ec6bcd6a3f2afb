/* eventstats: the aggregates of stats, written to every row of their group (reporting 4.2). Rows are kept
 * until all is known. A row without a value in some BY field passes unchanged; of a multivalue BY field the
 * first value decides. */
#include "command/sorted_rows.h"
#include "command/tallies.h"

enum { ALLNUM, TERMS, BY };

static const struct param eventstats_params[] = {
    [ALLNUM] = { "allnum", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                 .help = "numeric functions give nothing where a value is no number" },
    [TERMS] = { "aggregates", PARAM_AGGREGATES, PLACE_LIST, .required = true,
                .help = "count, dc(user) AS users ..." },
    [BY] = { "by", PARAM_BY, PLACE_KEYWORD, .help = "separately for each combination of their values" },
    { 0 }
};

struct eventstats_bound {
    struct measures measures;
};

struct eventstats {
    struct op            op;
    struct sorted_rows   rows;
    const struct name   *group;             /* a column for the time being, of a name that no field has */
    struct groups        groups;
    struct tallies       tallies;
    const struct name  **by;
    struct column      **key;
    struct tally_work  **column;
    uint32_t             columns;
    struct cell         *cell;              /* results: by group, then by column */
};

static status eventstats_bind(struct binder *binder, struct stage *stage)
{
    struct eventstats_bound *bound = stage->bound;
    const struct argument   *by = stage_argument(stage, BY);

    bound->measures.by = by->names;
    bound->measures.bys = by->count;
    bound->measures.allnum = stage_argument(stage, ALLNUM)->truth;
    return measures_bind(binder, stage_argument(stage, TERMS)->aggregates, 0, &bound->measures);
}

static void eventstats_drop(struct stage *stage)
{
    measures_drop(&((struct eventstats_bound *)stage->bound)->measures);
}

static status eventstats_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct eventstats_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->measures.bys; i++)
        TRY(wanted_add(wanted, bound->measures.by[i]));
    return measures_needs(&bound->measures, wanted);
}

/* The row's group as a column, null if it is in none. Entries come in the order of rows; the first of a row decides. */
static status note_groups(const struct batch *in, const struct grouping *grouping, struct batch *out, struct column **column)
{
    uint32_t entry = 0;

    TRY_NEW(*column = column_number(&out->arena, in->size));
    TRY_NEW((*column)->null = ARENA_ARRAY(&out->arena, uint8_t, in->size));
    for (uint32_t i = 0; i < in->rows.count; i++) {
        uint32_t row = batch_row(in, i);
        (*column)->null[row] = 1;
        (*column)->number[row] = 0;
        for (; entry < grouping->count && (grouping->row ? grouping->row[entry] : entry) == row; entry++) {
            if ((*column)->null[row])
                (*column)->number[row] = grouping->group ? grouping->group[entry] : 0;
            (*column)->null[row] = 0;
        }
    }
    return OK;
}

static status keep_rows(struct eventstats *eventstats, struct batch *in, const struct grouping *grouping)
{
    struct batch  *out = batch_derive(in);
    struct column *column;
    status         result;

    TRY_NEW(out);
    result = note_groups(in, grouping, out, &column);
    if (result == OK)
        result = batch_set(out, eventstats->group, column, eventstats->op.stage->rank);
    if (result == OK)
        result = sorted_rows_add(&eventstats->rows, out);
    batch_release(out);
    return result;
}

static status eventstats_push(struct op *op, struct batch *in)
{
    struct eventstats *eventstats = container_of(op, struct eventstats, op);
    struct grouping    grouping;

    for (uint32_t i = 0; i < eventstats->groups.keys; i++) {
        eventstats->key[i] = batch_column(in, eventstats->by[i]);
        TRY(batch_decode(in, eventstats->key[i]));
    }
    TRY(groups_assign(&eventstats->groups, (const struct column *const *)eventstats->key, &in->rows,
                      &op->step,
                      &grouping));
    TRY(tallies_push(&eventstats->tallies, in, &grouping, groups_count(&eventstats->groups), &op->step));
    return keep_rows(eventstats, in, &grouping);
}

/* All results once: every row of a group gets the same cells. */
static status make_cells(struct eventstats *eventstats)
{
    struct op            *op = &eventstats->op;
    uint32_t              groups = groups_count(&eventstats->groups);
    const struct measure *clash;
    status                s;

    TRY(tallies_reserve(&eventstats->tallies, groups));
    s = tallies_columns(&eventstats->tallies, &op->arena, &eventstats->column, &eventstats->columns, &clash);
    if (clash)
        return op_fail(op, FAIL_DATA, "name-clash", "'%.*s' stands for several fields, but they have one name",
                       SHOW(clash->field));
    TRY(s);
    TRY_NEW(eventstats->cell = arena_zero(&op->arena, (size_t)groups * eventstats->columns + 1,
                                          sizeof(struct cell)));
    for (uint32_t i = 0; i < groups; i++)
        for (uint32_t j = 0; j < eventstats->columns; j++)
            TRY(tallies_cell(&eventstats->tallies, eventstats->column[j], i, &op->arena,
                             &eventstats->cell[(size_t)i * eventstats->columns + j]));
    return OK;
}

static status set_column(struct eventstats *eventstats, struct batch *batch, const struct column *group, uint32_t number)
{
    const struct name   *name = eventstats->column[number]->name;
    struct column       *before = batch_column(batch, name);       /* stays in rows without a group */
    struct column       *column;

    TRY(batch_decode(batch, before));
    TRY(column_to_cells(before, &batch->rows, batch->size, &batch->arena, &column));
    for (uint32_t i = 0; i < batch->size; i++) {
        struct cell of = column_cell(group, i);
        if (of.kind == KIND_NULL)
            continue;
        column->cell[i] = eventstats->cell[(size_t)of.number * eventstats->columns + number];
        if (column->cell[i].kind == KIND_NUMBER)
            column->cell[i].flags = 0;          /* not a field's yet */
    }
    return send_column(&eventstats->op, batch, name, column, number);
}

static status emit_with_results(struct op *op, struct batch *takes)
{
    struct eventstats   *eventstats = container_of(op, struct eventstats, op);
    const struct column *group = batch_column(takes, eventstats->group);

    batch_remove(takes, eventstats->group);
    for (uint32_t i = 0; i < eventstats->columns; i++) {
        status s = set_column(eventstats, takes, group, i);
        if (s != OK) {
            batch_release(takes);
            return s;
        }
    }
    return op_emit(op, takes);
}

static status eventstats_finish(struct op *op)
{
    struct eventstats *eventstats = container_of(op, struct eventstats, op);

    if (!sorted_rows_sending(&eventstats->rows))
        TRY(make_cells(eventstats));
    return sorted_rows_send(&eventstats->rows, emit_with_results);
}

static void eventstats_close(struct op *op)
{
    struct eventstats *eventstats = container_of(op, struct eventstats, op);

    sorted_rows_free(&eventstats->rows);
    tallies_free(&eventstats->tallies);
    groups_free(&eventstats->groups);
}

static status eventstats_gives(const struct stage *stage, struct wanted *columns)
{
    return measures_give(&((const struct eventstats_bound *)stage->bound)->measures, columns);
}

static const struct op_kind eventstats_kind = {
    .name = "eventstats", .push = eventstats_push, .finish = eventstats_finish, .close = eventstats_close,
    .spills = true,
};

static status setup(struct eventstats *eventstats, const struct measures *measures)
{
    struct op *op = &eventstats->op;

    sorted_rows_init(&eventstats->rows, op, NULL, 0, 0);
    TRY_NEW(eventstats->group = names_intern(op->context->names, STR("\xff" "group")));
    TRY(groups_init(&eventstats->groups, op->context->heap, measures->bys));
    TRY_NEW(eventstats->by = ARENA_ARRAY(&op->arena, const struct name *, measures->bys + 1));
    TRY_NEW(eventstats->key = ARENA_ARRAY(&op->arena, struct column *, measures->bys + 1));
    for (uint32_t i = 0; i < measures->bys; i++)
        TRY_NEW(eventstats->by[i] = names_intern(op->context->names, measures->by[i]));
    return tallies_init(&eventstats->tallies, measures, op->context, &op->arena);
}

static status eventstats_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct eventstats_bound *bound = stage->bound;

    TRY(op_new(&eventstats_kind, sizeof(struct eventstats), stage, run, out));
    return setup(container_of(*out, struct eventstats, op), &bound->measures);
}

const struct command command_eventstats = {
    .name = "eventstats", .usage = "eventstats [allnum=<bool>] <aggregates> [BY <fields>]",
    .summary = "Writes the aggregates of its group to every row",
    .params = eventstats_params, .traits = 0, .bound_size = sizeof(struct eventstats_bound),
    .bind = eventstats_bind, .drop = eventstats_drop, .needs = eventstats_needs,
    .gives = eventstats_gives, .open = eventstats_open,
    .example = { "eventstats avg(v) AS m BY c",
                 "{\"c\":\"N\",\"v\":2}\n{\"c\":\"S\",\"v\":9}\n{\"c\":\"N\",\"v\":4}",
                 "{\"c\":\"N\",\"v\":2,\"m\":3}\n{\"c\":\"S\",\"v\":9,\"m\":9}\n{\"c\":\"N\",\"v\":4,\"m\":3}" },
};
