/* autoregress <field> [AS <name>] [p=<n>[-<m>]]: the value that a field had n (to m) rows before (reporting 8). Rows count,
 * not values: where that row had none, there is none. */
#include "flow/op.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "state/keep.h"
#include "value/number.h"

enum { FIELD, AS, P };

static const struct param autoregress_params[] = {
    [FIELD] = { "field", PARAM_FIELD, PLACE_LIST, .required = true, .help = "whose value" },
    [AS] = { "as", PARAM_FIELD, PLACE_KEYWORD, .help = "the new field; <field>_p<n> if not given" },
    [P] = { "p", PARAM_TEXT, PLACE_NAMED, .preset = "1", .help = "how many rows before: 3, or 1-3 for each" },
    { 0 }
};

struct autoregress_bound {
    uint32_t first, last;                   /* rows before */
    str     *name;                          /* of each */
};

struct autoregress {
    struct op           op;
    const struct name  *from, **into;
    struct kept_cell   *ring;               /* that of row i, counted from the start, in ring[i % last] */
    uint64_t            rows;
};

/* --- binding ------------------------------------------------------------------------------------------------------- */

static bool read_count(str text, uint32_t most, uint32_t *out)
{
    return str_count(text, most, out) && *out >= 1;
}

static status read_range(struct binder *binder, const struct argument *p, struct autoregress_bound *bound)
{
    const struct context *context = binder->compile.context;
    uint32_t most = (uint32_t)context_limit(context, LIMIT_AUTOREGRESS);
    uint32_t range = (uint32_t)context_limit(context, LIMIT_AUTOREGRESS_RANGE);
    size_t dash = str_find(p->text, STR("-"), 0);
    bool   fine = read_count(str_slice(p->text, 0, dash == SIZE_MAX ? p->text.size : dash), most, &bound->first);

    bound->last = bound->first;
    if (fine && dash != SIZE_MAX)
        fine = read_count(str_slice(p->text, dash + 1, p->text.size), most, &bound->last);
    if (!fine || bound->last < bound->first)
        return diag_at(binder->diag, FAIL_QUERY, p->span, "bad-argument",
                       "'p' must be a count of rows from 1 to %u or a range of them such as 1-3", most);
    if (bound->last - bound->first >= range)
        return diag_at(binder->diag, FAIL_QUERY, p->span, "bad-argument", "'p' may range over at most %u rows",
                       range);
    return OK;
}

static status make_name(struct binder *binder, str field, uint32_t back, str *name)
{
    char       digits[NUMBER_ROOM];
    size_t     size = number_format((double)back, EXACT, digits);
    struct buf buf;

    buf_init(&buf, binder->compile.heap);
    buf_put(&buf, field);
    buf_text(&buf, "_p");
    buf_put(&buf, str_make(digits, size));
    *name = arena_str(binder->arena, buf_str(&buf));
    buf_free(&buf);
    return name->at ? OK : FAIL_MEMORY;
}

static status autoregress_bind(struct binder *binder, struct stage *stage)
{
    const struct argument    *field = stage_argument(stage, FIELD), *as = stage_argument(stage, AS);
    struct autoregress_bound *bound = stage->bound;
    uint32_t                  count;

    if (field->count != 1)
        return diag_at(binder->diag, FAIL_QUERY, field->span, "bad-argument", "autoregress takes one field");
    TRY(read_range(binder, stage_argument(stage, P), bound));
    count = bound->last - bound->first + 1;
    if (as->given && count > 1)
        return diag_at(binder->diag, FAIL_QUERY, as->span, "bad-argument", "AS names one field, and 'p' makes %u", count);
    TRY_NEW(bound->name = ARENA_ARRAY(binder->arena, str, count));
    for (uint32_t i = 0; i < count; i++)
        if (as->given)
            bound->name[i] = as->text;
        else
            TRY(make_name(binder, field->names[0], bound->first + i, &bound->name[i]));
    return OK;
}

static status autoregress_needs(const struct stage *stage, struct wanted *wanted)
{
    return wanted_add(wanted, stage_argument(stage, FIELD)->names[0]);
}

static status autoregress_gives(const struct stage *stage, struct wanted *columns)
{
    const struct autoregress_bound *bound = stage->bound;

    for (uint32_t i = bound->first; i <= bound->last; i++)
        TRY(wanted_add(columns, bound->name[i - bound->first]));
    return OK;
}

/* --- running ------------------------------------------------------------------------------------------------------- */

/* The last rows before this batch, then its own; of rows before the first one: nulls. */
static status read_history(struct autoregress *autoregress, uint32_t last, struct batch *out, struct cell **history)
{
    struct column *column = batch_column(out, autoregress->from);
    struct cell   *cell;

    TRY(batch_decode(out, column));
    TRY_NEW(*history = cell = ARENA_ARRAY(&out->arena, struct cell, batch_rows(out) + (size_t)last));
    for (uint32_t i = 0; i < last; i++) {
        uint32_t back = last - i;
        if (back <= autoregress->rows)
            TRY(kept_cell_copy(&autoregress->ring[(autoregress->rows - back) % last], &out->arena, &cell[i]));
    }
    for (uint32_t i = 0; column && i < batch_rows(out); i++) {
        cell[last + i] = column_cell(column, batch_row(out, i));
        if (column->encoding == ENCODING_NUMBER && column->unsettled)
            cell_settle(&cell[last + i]);
    }
    return OK;
}

static status set_column(struct autoregress *autoregress, struct batch *out, uint32_t number, const struct cell *before)
{
    struct column *column;

    TRY(column_to_cells(NULL, &out->rows, out->size, &out->arena, &column));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        column->cell[batch_row(out, i)] = before[i];
        column->kinds |= (uint8_t)KINDS(before[i].kind);
    }
    return batch_assign(out, autoregress->into[number], column, rank_at(autoregress->op.stage->rank, number));
}

static status look_back(struct autoregress *autoregress, struct batch *out)
{
    const struct autoregress_bound *bound = autoregress->op.stage->bound;
    uint32_t                        last = bound->last, rows = batch_rows(out);
    struct cell                    *history;

    TRY(read_history(autoregress, last, out, &history));
    for (uint32_t back = bound->first; back <= last; back++)
        TRY(set_column(autoregress, out, back - bound->first, history + last - back));
    for (uint32_t i = rows > last ? rows - last : 0; i < rows; i++)
        TRY(kept_cell_set(&autoregress->ring[(autoregress->rows + i) % last], &history[last + i],
                          autoregress->op.context->heap));
    autoregress->rows += rows;
    return OK;
}

static status autoregress_push(struct op *op, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        s;

    TRY_NEW(out);
    s = look_back(container_of(op, struct autoregress, op), out);
    return op_emit_if(op, s, out);
}

static void autoregress_close(struct op *op)
{
    struct autoregress             *autoregress = container_of(op, struct autoregress, op);
    const struct autoregress_bound *bound = op->stage->bound;

    for (uint32_t i = 0; autoregress->ring && i < bound->last; i++)
        kept_cell_free(&autoregress->ring[i], op->context->heap);
}

static const struct op_kind autoregress_kind = {
    .name = "autoregress", .push = autoregress_push, .close = autoregress_close,
};

static status autoregress_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct autoregress_bound *bound = stage->bound;
    struct autoregress             *op;
    uint32_t                        count = bound->last - bound->first + 1;

    TRY(op_new(&autoregress_kind, sizeof *op, stage, run, out));
    op = container_of(*out, struct autoregress, op);
    TRY_NEW(op->from = names_intern(op->op.context->names, stage_argument(stage, FIELD)->names[0]));
    TRY_NEW(op->into = ARENA_ARRAY(&op->op.arena, const struct name *, count));
    for (uint32_t i = 0; i < count; i++)
        TRY_NEW(op->into[i] = names_intern(op->op.context->names, bound->name[i]));
    TRY_NEW(op->ring = ARENA_ARRAY(&op->op.arena, struct kept_cell, bound->last));
    return OK;
}

const struct command command_autoregress = {
    .name = "autoregress", .usage = "autoregress <field> [AS <name>] [p=<count>[-<count>]]",
    .summary = "The values that a field had in the rows before",
    .keeps = "a value of as many rows as it looks back, at most limit.autoregress",
    .params = autoregress_params, .traits = TRAIT_STREAMING, .bound_size = sizeof(struct autoregress_bound),
    .bind = autoregress_bind, .needs = autoregress_needs, .gives = autoregress_gives,
    .open = autoregress_open,
    .example = { "autoregress x AS before", "{\"x\":1}\n{\"x\":2}\n{\"x\":3}",
                 "{\"x\":1}\n{\"x\":2,\"before\":1}\n{\"x\":3,\"before\":2}" },
};
