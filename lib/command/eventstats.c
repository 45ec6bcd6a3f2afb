/* eventstats: the aggregates of stats, written to every row of their group (reporting 4.2). Rows are kept
 * until all is known. A row without a value in some BY field passes unchanged; of a multivalue BY field the
 * first value decides.
 *
 * Where memory is short rows go to disk; if that is not enough, groups as well. Then a row knows but the number of its
 * group, and rows are sorted by that to meet the results (group/group_join.h), and put back in their order. */
#include "group/group_join.h"
#include "rows/late_rows.h"
#include "state/keep.h"

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
    struct group_table  *table;
    const struct name  **by;
    struct column      **key;
    struct tally_work  **column;
    const struct name  **name;              /* of the columns */
    uint32_t             columns;
    struct cell         *cell;              /* results: by group, then by column */
    struct group_join    join;              /* groups are on disk */
    struct late_rows     late;              /* then; by the numbers of their groups */
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
static status note_groups(const struct batch *in, const struct grouping *grouping, double first, struct batch *out,
                          struct column **column)
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
                (*column)->number[row] = first + (grouping->group ? grouping->group[entry] : 0);
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
    result = note_groups(in, grouping, eventstats->join.numbered, out, &column);
    if (result == OK)
        result = batch_set(out, eventstats->group, column, eventstats->op.stage->rank);
    if (result == OK)
        result = sorted_rows_add(&eventstats->rows, out);
    batch_release(out);
    return result;
}

/* Rows go first. */
static status make_room(struct eventstats *eventstats, const struct batch *in)
{
    if (!group_table_is_pressed(eventstats->table, in))
        return OK;
    TRY(sorted_rows_flush(&eventstats->rows));
    return group_table_is_pressed(eventstats->table, in) ? group_join_put_aside(&eventstats->join, eventstats->table, in)
                                                            : OK;
}

static status eventstats_push(struct op *op, struct batch *in)
{
    struct eventstats   *eventstats = container_of(op, struct eventstats, op);
    struct group_table  *table = eventstats->table;
    struct grouping      grouping;

    for (uint32_t i = 0; i < table->groups.keys; i++) {
        eventstats->key[i] = batch_column(in, eventstats->by[i]);
        TRY(batch_decode(in, eventstats->key[i]));
    }
    TRY(make_room(eventstats, in));
    TRY(group_table_assign(table, (const struct column *const *)eventstats->key, in, &in->rows, &op->step, &grouping));
    TRY(group_table_push(table, in, &grouping, &op->step));
    return keep_rows(eventstats, in, &grouping);
}

/* --- results ------------------------------------------------------------------------------------------------------- */

static status make_columns(struct eventstats *eventstats)
{
    struct op            *op = &eventstats->op;
    const struct measure *clash;
    status                s;

    s = tallies_columns(&eventstats->table->tallies, &op->arena, &eventstats->column, &eventstats->columns, &clash);
    if (clash)
        return op_fail(op, FAIL_DATA, "name-clash", "'%.*s' stands for several fields, but they have one name",
                       SHOW(clash->field));
    TRY(s);
    TRY_NEW(eventstats->name = ARENA_ARRAY(&op->arena, const struct name *, eventstats->columns + (size_t)1));
    for (uint32_t i = 0; i < eventstats->columns; i++)
        eventstats->name[i] = eventstats->column[i]->name;
    return OK;
}

/* All results once: every row of a group gets the same cells. */
static status make_cells(struct eventstats *eventstats)
{
    struct op      *op = &eventstats->op;
    struct tallies *tallies = &eventstats->table->tallies;
    uint32_t        groups = groups_count(&eventstats->table->groups);

    TRY(tallies_reserve(tallies, groups));
    TRY(make_columns(eventstats));
    TRY_NEW(eventstats->cell = arena_zero(&op->arena, (size_t)groups * eventstats->columns + 1,
                                          sizeof(struct cell)));
    for (uint32_t i = 0; i < groups; i++)
        for (uint32_t j = 0; j < eventstats->columns; j++)
            TRY(tallies_cell(tallies, eventstats->column[j], i, &op->arena,
                             &eventstats->cell[(size_t)i * eventstats->columns + j]));
    return OK;
}

static status set_column(struct eventstats *eventstats, struct batch *batch, const struct column *group, uint32_t number)
{
    const struct name   *name = eventstats->name[number];
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

/* `group`: the place of each row's results in `cell`, null: it has none. */
static status set_columns(struct eventstats *eventstats, struct batch *batch, const struct column *group)
{
    for (uint32_t i = 0; i < eventstats->columns; i++)
        TRY(set_column(eventstats, batch, group, i));
    return OK;
}

static status emit_with_results(struct op *op, struct batch *takes)
{
    struct eventstats   *eventstats = container_of(op, struct eventstats, op);
    const struct column *group = batch_column(takes, eventstats->group);
    status               result;

    batch_remove(takes, eventstats->group);
    result = set_columns(eventstats, takes, group);
    return op_emit_if(op, result, takes);
}

/* --- results of groups on disk ------------------------------------------------------------------------------------- */

static status pick_rows(struct eventstats *eventstats, struct batch *in, bool grouped)
{
    struct column *group = batch_column(in, eventstats->group), *none;
    struct batch  *out = batch_derive(in);
    uint32_t      *row = out ? ARENA_ARRAY(&out->arena, uint32_t, in->size + (size_t)1) : NULL, count = 0;
    status         result = row && (none = column_absent(&out->arena)) ? OK : FAIL_MEMORY;

    for (uint32_t i = 0; i < in->size && result == OK; i++) {
        row[count] = i;
        count += column_is_null(group, i) != grouped;
    }
    if (result == OK) {
        batch_remove(out, eventstats->group);
        out->rows = (struct rows){ count, row };
        if (!grouped)
            result = set_columns(eventstats, out, none);
    }
    if (result == OK && count)
        result = grouped ? late_rows_wait(&eventstats->late, out, group) : late_rows_decide(&eventstats->late, out);
    batch_release(out);
    return result;
}

/* Rows without a group are done; the others wait for the results of theirs. */
static status sort_rows(struct eventstats *eventstats)
{
    struct batch *batch;
    status        result;

    TRY(late_rows_open(&eventstats->late, &eventstats->op));
    late_rows_by_number(&eventstats->late);
    TRY(sorted_rows_yield(&eventstats->rows));
    while ((result = sorted_rows_next(&eventstats->rows, 0, &batch)) == OK) {
        late_rows_begin(&eventstats->late, batch);
        result = pick_rows(eventstats, batch, false);
        if (result == OK)
            result = pick_rows(eventstats, batch, true);
        batch_release(batch);
        TRY(result);
    }
    sorted_rows_free(&eventstats->rows);
    return result == DONE ? OK : result;
}

/* The results that rows in the order of their groups' numbers get, each once; `place`: which of them. */
static status find_results(struct eventstats *eventstats, struct batch *batch, struct column *place)
{
    const struct column *number = batch_column(batch, eventstats->late.key);
    struct group_join   *join = &eventstats->join;
    uint32_t             count = 0;

    TRY_NEW(eventstats->cell = ARENA_ARRAY(&batch->arena, struct cell, (size_t)batch->size * eventstats->columns + 1));
    for (uint32_t row = 0; row < batch->size; row++) {
        double wanted = column_cell(number, row).number;

        if (row == 0 || wanted != column_cell(number, row - 1).number) {
            TRY(group_join_find(join, wanted));
            for (uint32_t c = 0; c < eventstats->columns; c++) {
                const struct kept_cell kept = { .cell = row_cursor_cell(&join->cursor, eventstats->name[c]) };
                TRY(kept_cell_copy(&kept, &batch->arena, &eventstats->cell[(size_t)count * eventstats->columns + c]));
            }
            count++;
        }
        place->number[row] = count - 1;
    }
    return OK;
}

static status join_rows(struct op *op, struct batch *takes)
{
    struct eventstats *eventstats = container_of(op, struct eventstats, op);
    struct column     *place = column_number(&takes->arena, takes->size);
    status             result = place ? find_results(eventstats, takes, place) : FAIL_MEMORY;

    if (result == OK)
        result = set_columns(eventstats, takes, place);
    if (result == OK)
        result = late_rows_decided(&eventstats->late, takes);
    batch_release(takes);
    return result;
}

static status emit_joined(struct op *op, struct batch *takes)
{
    return late_rows_emit(&container_of(op, struct eventstats, op)->late, takes);
}

static status join_groups(struct eventstats *eventstats)
{
    TRY(group_join_put_aside(&eventstats->join, eventstats->table, NULL));
    TRY(group_table_read(eventstats->table));
    TRY(make_columns(eventstats));
    TRY(group_join_read(&eventstats->join, eventstats->table, eventstats->column, eventstats->name, eventstats->columns));
    group_table_close(eventstats->table);
    eventstats->table = NULL;
    TRY(group_join_sort(&eventstats->join));
    return sort_rows(eventstats);
}

static status eventstats_finish(struct op *op)
{
    struct eventstats *eventstats = container_of(op, struct eventstats, op);

    if (!eventstats->table || group_table_is_aside(eventstats->table)) {
        if (eventstats->table)
            TRY(join_groups(eventstats));
        return late_rows_finish(&eventstats->late, join_rows, emit_joined);
    }
    if (!sorted_rows_sending(&eventstats->rows))
        TRY(make_cells(eventstats));
    return sorted_rows_send(&eventstats->rows, emit_with_results);
}

static void eventstats_close(struct op *op)
{
    struct eventstats *eventstats = container_of(op, struct eventstats, op);

    sorted_rows_free(&eventstats->rows);
    late_rows_close(&eventstats->late);
    group_join_close(&eventstats->join);
    group_table_close(eventstats->table);
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
    const struct group_shape shape = { .measures = measures, .keys = measures->bys };
    struct op               *op = &eventstats->op;

    sorted_rows_init(&eventstats->rows, op, NULL, 0, 0);
    TRY_NEW(eventstats->group = names_intern(op->context->names, STR("\xff" "group")));
    TRY(group_join_open(&eventstats->join, op));
    TRY_NEW(eventstats->by = ARENA_ARRAY(&op->arena, const struct name *, measures->bys + 1));
    TRY_NEW(eventstats->key = ARENA_ARRAY(&op->arena, struct column *, measures->bys + 1));
    for (uint32_t i = 0; i < measures->bys; i++)
        TRY_NEW(eventstats->by[i] = names_intern(op->context->names, measures->by[i]));
    return group_table_open(op, &shape, &eventstats->table);
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
