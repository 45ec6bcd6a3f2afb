#include "command/table_rows.h"

#include "command/filter.h"
#include "flow/run.h"

enum { ROWS = 4096 };

struct table_rows {
    struct op                       op;
    const struct table_rows_bound *bound;
    const struct name             **name;       /* of the columns; NULL: nobody wants that one */
    struct machine                 *machine;    /* of `where`; NULL: none */
    uint64_t                        next;       /* row of the table */
    uint64_t                        skip, left; /* rows that pass */
    uint64_t                        ordinal;    /* of the next row that goes out */
};

/* --- binding ------------------------------------------------------------------------------------------------------- */

status table_rows_bind(struct binder *binder, struct stage *stage, str name)
{
    const struct argument   *table = stage_argument(stage, TABLE_ROWS_TABLE);
    const struct argument   *where = stage_argument(stage, TABLE_ROWS_WHERE);
    struct table_rows_bound *bound = stage->bound;

    bound->append = stage_argument(stage, TABLE_ROWS_APPEND)->truth;
    if (bound->append && binder->previous)
        stage->traits &= ~(uint32_t)TRAIT_GENERATES;
    TRY(lookup_find(binder->compile.context, name, table->span, binder->diag, &bound->lookup));
    if (bound->lookup->missing && stage_argument(stage, TABLE_ROWS_STRICT)->truth)
        return diag_at(binder->diag, FAIL_QUERY, table->span, "unknown-lookup", "no lookup table '%.*s' is known",
                       SHOW(name));
    if (!bound->lookup->missing && !bound->lookup->kind->rows)
        return diag_at(binder->diag, FAIL_QUERY, table->span, "bad-argument",
                       "the rows of lookup table '%.*s' cannot be listed", SHOW(name));
    return where->given ? program_search(&binder->compile, where->node, &bound->where) : OK;
}

void table_rows_drop(struct stage *stage)
{
    program_drop(((struct table_rows_bound *)stage->bound)->where);
}

status table_rows_needs(const struct stage *stage, struct wanted *wanted)
{
    if (!((const struct table_rows_bound *)stage->bound)->append)
        wanted_clear(wanted);
    return OK;
}

status table_rows_gives(const struct stage *stage, struct wanted *columns)
{
    const struct table_rows_bound *bound = stage->bound;

    if (!bound->append)
        wanted_clear(columns);
    for (uint32_t i = 0; i < bound->lookup->columns; i++)
        TRY(wanted_add(columns, bound->lookup->column[i]));
    return bound->lookup->missing ? wanted_everything(columns) : OK;
}

void table_rows_print(const struct stage *stage, struct buf *out)
{
    const struct table_rows_bound *bound = stage->bound;

    buf_text(out, "      is: ");
    bound->lookup->kind->print(bound->lookup, out);
    buf_byte(out, '\n');
    if (bound->where)
        program_print(bound->where, out);
}

/* --- rows of the table --------------------------------------------------------------------------------------------- */

static status set_columns(struct table_rows *input, struct batch *batch, struct column **column)
{
    for (uint32_t i = 0; i < input->bound->lookup->columns; i++)
        if (input->name[i])
            TRY(batch_append(batch, input->name[i], column[i], rank_at(input->op.stage->rank, i)));
    return OK;
}

/* The rows that pass `where`, then those that start and max let through; they take the place of the batch. */
static status choose_rows(struct table_rows *input, struct batch **batch)
{
    struct batch *chosen;
    struct rows   rows = (*batch)->rows;
    uint32_t      skip, count;

    if (input->machine)
        TRY(machine_filter(input->machine, *batch, &(*batch)->arena, &rows));
    (*batch)->rows = rows;
    skip = input->skip < rows.count ? (uint32_t)input->skip : rows.count;
    count = rows.count - skip < input->left ? rows.count - skip : (uint32_t)input->left;
    input->skip -= skip;
    input->left -= count;
    if (count == rows.count)
        return OK;
    TRY_NEW(chosen = batch_slice(*batch, skip, count));
    batch_release(*batch);
    *batch = chosen;
    return OK;
}

static status read_rows(struct table_rows *input, struct batch **out, uint32_t most, uint32_t *got)
{
    const struct lookup *lookup = input->bound->lookup;
    struct batch        *batch = *out;
    struct column      **column = ARENA_ARRAY(&batch->arena, struct column *, lookup->columns + (size_t)1);

    TRY_NEW(column);
    TRY(lookup->kind->rows(lookup, input->next, most, input->op.context, &batch->arena, column, got));
    batch->size = batch->rows.count = *got;
    batch_number(batch, input->ordinal);
    input->next += *got;
    input->ordinal += *got;
    if (*got == 0)
        return OK;
    TRY(set_columns(input, batch, column));
    return choose_rows(input, out);
}

static status table_rows_finish(struct op *op)
{
    struct table_rows *input = container_of(op, struct table_rows, op);
    uint32_t            most = op->run->options.batch_rows ? op->run->options.batch_rows : ROWS;

    while (input->left && !input->bound->lookup->missing) {
        struct batch *batch = batch_new(op->context->heap, 0);
        uint32_t      got = 0;
        status        result = batch ? run_check(op->run) : FAIL_MEMORY;

        if (result == OK)
            result = read_rows(input, &batch, segment_room(input->ordinal, most), &got);
        if (result != OK || got == 0) {
            batch_release(batch);
            return result;
        }
        TRY(op_emit(op, batch));
        if (op_rests(op))
            return AGAIN;
    }
    return OK;
}

/* --- running ------------------------------------------------------------------------------------------------------- */

static status table_rows_push(struct op *op, struct batch *in)
{
    container_of(op, struct table_rows, op)->ordinal = batch_end(in);
    return op_emit(op, batch_derive(in));
}

static void table_rows_close(struct op *op)
{
    machine_free(container_of(op, struct table_rows, op)->machine);
}

static const struct op_kind table_rows_kind = {
    "table_rows", .push = table_rows_push, .finish = table_rows_finish, .close = table_rows_close,
};

status table_rows_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct table_rows_bound *bound = stage->bound;
    struct table_rows             *input;

    TRY(op_new(&table_rows_kind, sizeof *input, stage, run, out));
    input = container_of(*out, struct table_rows, op);
    input->bound = bound;
    input->skip = (uint64_t)stage_argument(stage, TABLE_ROWS_START)->number;
    input->left = (uint64_t)stage_argument(stage, TABLE_ROWS_MAX)->number;
    TRY_NEW(input->name = ARENA_ARRAY(&(*out)->arena, const struct name *, bound->lookup->columns + (size_t)1));
    for (uint32_t i = 0; i < bound->lookup->columns; i++)
        if (bound->where || wanted_has(&stage->output, bound->lookup->column[i]))
            TRY_NEW(input->name[i] = names_intern(run->names, bound->lookup->column[i]));
    return bound->where ? machine_new(bound->where, (*out)->context, &input->machine) : OK;
}
