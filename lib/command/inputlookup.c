/* inputlookup <table> [where <search>]: the rows of a table, in its order (commands 4). With append=t they come behind the
 * rows that are there. `where` decides before start and max count. */
#include "catalog/lookup.h"
#include "command/filter.h"
#include "flow/run.h"

enum { ROWS = 4096 };

enum { APPEND, STRICT, START, MAX, TABLE, WHERE };

static const struct param inputlookup_params[] = {
    [APPEND] = { "append", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "behind the rows that come in" },
    [STRICT] = { "strict", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "an unknown table is an error whatever is set" },
    [START] = { "start", PARAM_COUNT, PLACE_NAMED, .preset = "0", .help = "the first row, from 0" },
    [MAX] = { "max", PARAM_COUNT, PLACE_NAMED, .preset = "1000000000", .help = "most rows" },
    [TABLE] = { "table", PARAM_TEXT, PLACE_FIRST, .required = true, .help = "name of a lookup, or a file.csv" },
    [WHERE] = { "where", PARAM_SEARCH, PLACE_KEYWORD, .help = "a search that rows must pass" },
    { 0 }
};

struct inputlookup_bound {
    struct lookup  *lookup;
    struct program *where;              /* NULL: none */
    bool            append;
};

struct inputlookup {
    struct op                       op;
    const struct inputlookup_bound *bound;
    const struct name             **name;       /* of the columns; NULL: nobody wants that one */
    struct machine                 *machine;    /* of `where`; NULL: none */
    uint64_t                        next;       /* row of the table */
    uint64_t                        skip, left; /* rows that pass */
    uint64_t                        ordinal;    /* of the next row that goes out */
};

/* --- binding ------------------------------------------------------------------------------------------------------- */

static status inputlookup_bind(struct binder *binder, struct stage *stage)
{
    struct inputlookup_bound *bound = stage->bound;
    const struct argument    *table = stage_argument(stage, TABLE), *where = stage_argument(stage, WHERE);

    bound->append = stage_argument(stage, APPEND)->truth;
    if (bound->append && binder->previous)
        stage->traits &= ~(uint32_t)TRAIT_GENERATES;
    TRY(lookup_find(binder->compile.context, table->text, table->span, binder->diag, &bound->lookup));
    if (bound->lookup->missing && stage_argument(stage, STRICT)->truth)
        return diag_at(binder->diag, FAIL_QUERY, table->span, "unknown-lookup", "no lookup table '%.*s' is known",
                       SHOW(table->text));
    if (!bound->lookup->missing && !bound->lookup->kind->rows)
        return diag_at(binder->diag, FAIL_QUERY, table->span, "bad-argument",
                       "the rows of lookup table '%.*s' cannot be listed", SHOW(table->text));
    return where->given ? program_search(&binder->compile, where->node, &bound->where) : OK;
}

static void inputlookup_drop(struct stage *stage)
{
    program_drop(((struct inputlookup_bound *)stage->bound)->where);
}

static status inputlookup_needs(const struct stage *stage, struct wanted *wanted)
{
    if (!((const struct inputlookup_bound *)stage->bound)->append)
        wanted_clear(wanted);
    return OK;
}

static status inputlookup_gives(const struct stage *stage, struct wanted *columns)
{
    const struct inputlookup_bound *bound = stage->bound;

    if (!bound->append)
        wanted_clear(columns);
    for (uint32_t i = 0; i < bound->lookup->columns; i++)
        TRY(wanted_add(columns, bound->lookup->column[i]));
    return bound->lookup->missing ? wanted_everything(columns) : OK;
}

static void inputlookup_print(const struct stage *stage, struct buf *out)
{
    const struct inputlookup_bound *bound = stage->bound;

    buf_print(out, "    table: %.*s (%s)\n", SHOW(bound->lookup->name), bound->lookup->kind->name);
    if (bound->where)
        program_print(bound->where, out);
}

/* --- rows of the table --------------------------------------------------------------------------------------------- */

static status set_columns(struct inputlookup *input, struct batch *batch, struct column **column)
{
    for (uint32_t i = 0; i < input->bound->lookup->columns; i++)
        if (input->name[i])
            TRY(batch_append(batch, input->name[i], column[i], rank_at(input->op.stage->rank, i)));
    return OK;
}

/* The rows that pass `where`, then those that start and max let through; they take the place of the batch. */
static status choose_rows(struct inputlookup *input, struct batch **batch)
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

static status read_rows(struct inputlookup *input, struct batch **out, uint32_t most, uint32_t *got)
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

static status inputlookup_finish(struct op *op)
{
    struct inputlookup *input = container_of(op, struct inputlookup, op);
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

static status inputlookup_push(struct op *op, struct batch *in)
{
    container_of(op, struct inputlookup, op)->ordinal = in->ordinal + in->size;
    return op_emit(op, batch_derive(in));
}

static void inputlookup_close(struct op *op)
{
    machine_free(container_of(op, struct inputlookup, op)->machine);
}

static const struct op_kind inputlookup_kind = {
    "inputlookup", .push = inputlookup_push, .finish = inputlookup_finish, .close = inputlookup_close,
};

static status inputlookup_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct inputlookup_bound *bound = stage->bound;
    struct inputlookup             *input;

    TRY(op_new(&inputlookup_kind, sizeof *input, stage, run, out));
    input = container_of(*out, struct inputlookup, op);
    input->bound = bound;
    input->skip = (uint64_t)stage_argument(stage, START)->number;
    input->left = (uint64_t)stage_argument(stage, MAX)->number;
    TRY_NEW(input->name = ARENA_ARRAY(&(*out)->arena, const struct name *, bound->lookup->columns + (size_t)1));
    for (uint32_t i = 0; i < bound->lookup->columns; i++)
        if (bound->where || wanted_has(&stage->output, bound->lookup->column[i]))
            TRY_NEW(input->name[i] = names_intern(run->names, bound->lookup->column[i]));
    return bound->where ? machine_new(bound->where, (*out)->context, &input->machine) : OK;
}

const struct command command_inputlookup = {
    .name = "inputlookup",
    .usage = "inputlookup [append=<bool>] [strict=<bool>] [start=<count>] [max=<count>] <table> [where <search>]",
    .summary = "The rows of a lookup table",
    .params = inputlookup_params, .traits = TRAIT_GENERATES, .bound_size = sizeof(struct inputlookup_bound),
    .bind = inputlookup_bind, .drop = inputlookup_drop, .needs = inputlookup_needs, .gives = inputlookup_gives,
    .open = inputlookup_open, .print = inputlookup_print,
    .example = { "inputlookup services.csv where port<100 | table svc port", "", "{\"svc\":\"ssh\",\"port\":22}" },
};
