/* gauge <value> [<range> ...]: the number that a gauge shows, and the ends of its ranges, out of the first row
 * (commands 5). Each is a number or a field. Of a multivalue the first value counts. */
#include "plan/bind.h"
#include "rows/results.h"
#include "state/keep.h"
#include "value/list.h"
#include "value/number.h"

enum { VALUES };

static const struct param gauge_params[] = {
    [VALUES] = { "values", PARAM_REST, PLACE_LIST, .required = true,
                 .help = "numbers or fields: what the gauge shows, then where its ranges begin and end (0 30 70 100)" },
    { 0 }
};

static const char *const RANGES[] = { "0", "30", "70", "100" };

struct reading {
    str    field;                       /* empty: a number */
    double number;
};

struct gauge_bound {
    struct reading *reading;            /* the value, then the ranges */
    uint32_t        count;
};

struct gauge {
    struct op           op;
    const struct name **column;
    struct cell        *cell;           /* of the one row; NULL: there was none */
};

static struct reading read_reading(str text, bool quoted)
{
    struct reading reading = { .field = text };

    if (!quoted && number_parse(text, &reading.number, NULL))
        reading.field = STR("");
    return reading;
}

static status gauge_bind(struct binder *binder, struct stage *stage)
{
    struct gauge_bound *bound = stage->bound;

    TRY_NEW(bound->reading = ARENA_ARRAY(binder->arena, struct reading, stage->tokens.count + COUNT_OF(RANGES)));
    for (uint32_t i = 0; i < stage->tokens.count; i++) {
        const struct token *token = &stage->tokens.item[i];
        bool                quoted = token->kind == TOKEN_STRING;

        if (token->kind == TOKEN_COMMA)
            continue;
        if ((token->kind != TOKEN_WORD && !quoted) || token->text.size == 0 ||
            memchr(token->text.at, '*', token->text.size)) {
            diag_at(binder->diag, FAIL_QUERY, token->span, "unexpected-argument",
                    "'gauge' takes numbers and names of fields");
            diag_hint(binder->diag, "usage: %s", stage->command->usage);
            return FAIL_QUERY;
        }
        bound->reading[bound->count++] = read_reading(token->text, quoted);
    }
    if (bound->count == 0)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'gauge' lacks the value to show");
    if (bound->count == 1)
        for (size_t i = 0; i < COUNT_OF(RANGES); i++)
            bound->reading[bound->count++] = read_reading(str_of(RANGES[i]), false);
    return OK;
}

static status gauge_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct gauge_bound *bound = stage->bound;

    wanted_clear(wanted);
    for (uint32_t i = 0; i < bound->count; i++)
        if (bound->reading[i].field.size)
            TRY(wanted_add(wanted, bound->reading[i].field));
    return OK;
}

/* --- at work ------------------------------------------------------------------------------------------------------- */

static status read_cell(struct gauge *gauge, const struct reading *reading, struct batch *in, struct cell *out)
{
    const struct name *name;
    struct column     *column;
    struct cell        cell;
    uint32_t           count;

    *out = cell_number(reading->number);
    if (reading->field.size == 0)
        return OK;
    TRY_NEW(name = names_intern(gauge->op.context->names, reading->field));
    column = batch_column(in, name);
    TRY(batch_decode(in, column));
    cell = column ? column_settled(column, batch_row(in, 0)) : cell_null();
    return kept_cell_copy(&(struct kept_cell){ .cell = *list_members(&cell, &count) }, &gauge->op.arena, out);
}

static status gauge_push(struct op *op, struct batch *in)
{
    struct gauge             *gauge = container_of(op, struct gauge, op);
    const struct gauge_bound *bound = op->stage->bound;

    if (gauge->cell || batch_rows(in) == 0)
        return gauge->cell ? ENOUGH : OK;
    TRY_NEW(gauge->cell = ARENA_ARRAY(&op->arena, struct cell, bound->count));
    for (uint32_t i = 0; i < bound->count; i++)
        TRY(read_cell(gauge, &bound->reading[i], in, &gauge->cell[i]));
    return ENOUGH;
}

static status gauge_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    (void)row;
    (void)arena;
    *out = ((const struct gauge *)host)->cell[column];
    return OK;
}

static status gauge_finish(struct op *op)
{
    struct gauge             *gauge = container_of(op, struct gauge, op);
    const struct gauge_bound *bound = op->stage->bound;

    if (!gauge->cell)
        return OK;
    return results_emit(&(struct results){ op, gauge->column, bound->count, 1, gauge_cell, gauge });
}

static const struct op_kind gauge_kind = { "gauge", .push = gauge_push, .finish = gauge_finish };

/* x, y1, y2 ... */
static status name_column(uint32_t number, struct op *op, const struct name **out)
{
    struct buf name;
    status     result;

    buf_init(&name, op->context->heap);
    buf_text(&name, number ? "y" : "x");
    if (number)
        buf_print(&name, "%u", number);
    result = buf_status(&name);
    if (result == OK && !(*out = names_intern(op->context->names, buf_str(&name))))
        result = FAIL_MEMORY;
    buf_free(&name);
    return result;
}

static status gauge_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct gauge_bound *bound = stage->bound;
    struct gauge             *gauge;

    TRY(op_new(&gauge_kind, sizeof *gauge, stage, run, out));
    gauge = container_of(*out, struct gauge, op);
    TRY_NEW(gauge->column = ARENA_ARRAY(&(*out)->arena, const struct name *, bound->count));
    for (uint32_t i = 0; i < bound->count; i++)
        TRY(name_column(i, *out, &gauge->column[i]));
    return OK;
}

const struct command command_gauge = {
    .name = "gauge", .usage = "gauge <value> [<range> <range> ...]",
    .summary = "The number that a gauge shows, and its ranges, out of the first row",
    .params = gauge_params, .traits = TRAIT_TRANSFORMS, .bound_size = sizeof(struct gauge_bound),
    .bind = gauge_bind, .needs = gauge_needs, .open = gauge_open,
    .example = { "gauge n 0 low 100", "{\"n\":42,\"low\":25}\n{\"n\":7}", "{\"x\":42,\"y1\":0,\"y2\":25,\"y3\":100}" },
};
