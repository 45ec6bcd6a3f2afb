#include "store/storing_table.h"

#include "store/stored_rows.h"

struct storing_table {
    struct op                         op;
    const struct storing_table_bound *bound;
    struct storing                    storing;
    struct sorted_rows                rows;
};

status storing_table_bind(struct binder *binder, struct stage *stage, uint32_t append, uint32_t empty, uint32_t override,
                          struct storing_table_bound *bound)
{
    struct sink_target *target = &bound->storing.target;

    target->how |= stage_argument(stage, append)->truth ? TABLE_APPEND : 0;
    target->how |= stage_argument(stage, empty)->truth ? TABLE_EMPTY : 0;
    target->how |= stage_argument(stage, override)->truth ? 0 : TABLE_KEEP;
    return storing_bind(binder, stage, &bound->storing);
}

/* --- the table ----------------------------------------------------------------------------------------------------- */

/* Internal fields are no columns, but for those that a result has made its own (table _time, timechart). */
static bool is_column(const struct layout_column *column)
{
    str name = name_str(column->name);

    return !name_is_internal(column->name) || ((str_is(name, "_time") || str_is(name, "_key")) && column->rank > 0);
}

static status fill(struct storing_table *table, struct batch *in, struct stored *stored)
{
    const struct layout *layout = &table->rows.rows.layout;

    for (uint32_t i = 0; i < layout->count; i++) {
        struct column *column;

        if (!is_column(&layout->column[i]))
            continue;
        TRY(stored_column(in, layout->column[i].name, &column));
        TRY(stored_lists(stored, layout->column[i].name, column));
    }
    stored_end(stored);
    return OK;
}

static status write_rows(struct storing_table *table, struct batch *in)
{
    struct stored stored;
    uint32_t     *row = arena_alloc(&table->op.step, (batch_rows(in) + (size_t)1) * sizeof *row);
    status        s;

    TRY_NEW(row);
    for (uint32_t i = 0; i < batch_rows(in); i++)
        row[i] = batch_row(in, i);
    TRY(stored_begin(&stored, &table->op, in, row, batch_rows(in)));
    s = fill(table, in, &stored);
    if (s == OK)
        s = storing_write(&table->storing, stored.out);
    batch_release(stored.out);
    arena_reset(&table->op.step);
    return s;
}

/* --- the operator -------------------------------------------------------------------------------------------------- */

static status table_push(struct op *op, struct batch *in)
{
    struct storing_table *table = container_of(op, struct storing_table, op);
    uint64_t              most = table->bound->most, have = sorted_rows_count(&table->rows);
    struct batch         *some;
    status                s = OK;

    if (most && have + batch_rows(in) > most) {
        TRY_NEW(some = batch_slice(in, 0, (uint32_t)(have < most ? most - have : 0)));
        s = batch_rows(some) ? sorted_rows_add(&table->rows, some) : OK;
        batch_release(some);
    } else {
        s = sorted_rows_add(&table->rows, in);
    }
    TRY(s);
    return storing_pass(&table->storing, in);
}

static status table_finish(struct op *op)
{
    struct storing_table *table = container_of(op, struct storing_table, op);
    struct batch         *batch;
    status                s;

    while ((s = sorted_rows_next(&table->rows, 0, &batch)) == OK) {
        s = run_check(op->run);
        if (s == OK)
            s = write_rows(table, batch);
        batch_release(batch);
        TRY(s);
    }
    return s == DONE ? OK : s;
}

static void table_close(struct op *op)
{
    sorted_rows_free(&container_of(op, struct storing_table, op)->rows);
}

static const struct op_kind table_kind = {
    .name = "outputlookup", .push = table_push, .finish = table_finish, .close = table_close, .spills = true,
};

status storing_table_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct storing_table *table;

    TRY(op_new(&table_kind, sizeof *table, stage, run, out));
    table = container_of(*out, struct storing_table, op);
    table->bound = stage->bound;
    sorted_rows_init(&table->rows, *out, NULL, 0, 0);
    return storing_open(&table->storing, *out, &table->bound->storing);
}
