/* x11 [add|mult][<period>](<field>) [AS <name>]: a time series without its seasons (commands 6; command/seasons.h).
 *
 * Seasons are added to the trend, or are factors of it. The period is a number of rows, by default that which the
 * autocorrelation shows, a multiple of it if it is shorter than five rows. Of a multivalue the first value counts; rows
 * without a number keep what the new field had. */
#include "command/kalman.h"
#include "command/seasons.h"
#include "group/feeds.h"
#include "plan/bind.h"
#include "rows/sorted_rows.h"

#include <math.h>

enum { TERM };

static const struct param x11_params[] = {
    [TERM] = { "term", PARAM_REST, PLACE_LIST, .required = true,
               .help = "(field), mult15(field) or add(field): how seasons work, and after how many rows they return" },
    { 0 }
};

struct x11_bound {
    str      field, name;
    uint32_t period;                    /* 0: to be found */
    bool     additive;
};

struct x11 {
    struct op          op;
    const struct name *field, *name;
    struct sorted_rows rows;
    double            *value, *adjusted;
    uint32_t           count, room, sent;
};

/* --- compiling ----------------------------------------------------------------------------------------------------- */

static status refuse(struct binder *binder, const struct stage *stage, struct span span)
{
    diag_at(binder->diag, FAIL_QUERY, span, "bad-argument", "'x11' wants a field, such as mult15(field) or add(field)");
    diag_hint(binder->diag, "usage: %s; the period is from %d to %d", stage->command->usage, SEASON_LEAST, SEASON_MOST);
    return FAIL_QUERY;
}

/* What stands before the parenthesis. */
static bool read_model(str text, struct x11_bound *out)
{
    if (text.size >= 3 && str_is_nocase(str_slice(text, 0, 3), "add")) {
        out->additive = true;
        text = str_slice(text, 3, text.size);
    } else if (text.size >= 4 && str_is_nocase(str_slice(text, 0, 4), "mult")) {
        text = str_slice(text, 4, text.size);
    }
    if (text.size == 0)
        return true;
    return str_count(text, SEASON_MOST, &out->period) && out->period >= SEASON_LEAST;
}

static bool read_term(str text, bool quoted, struct x11_bound *out)
{
    size_t open = quoted ? SIZE_MAX : str_find(text, STR("("), 0);

    out->field = text;
    if (open != SIZE_MAX) {
        if (text.at[text.size - 1] != ')' || !read_model(str_trim_blanks(str_slice(text, 0, open)), out))
            return false;
        out->field = str_trim_blanks(str_slice(text, open + 1, text.size - 1));
        if (out->field.size >= 2 && out->field.at[0] == '"' && out->field.at[out->field.size - 1] == '"')
            out->field = str_slice(out->field, 1, out->field.size - 1);
    }
    return out->field.size && !memchr(out->field.at, '*', out->field.size);
}

static status x11_bind(struct binder *binder, struct stage *stage)
{
    struct x11_bound   *bound = stage->bound;
    const struct token *token = stage->tokens.item;
    struct buf          name;
    str                 made;

    if (token->kind != TOKEN_WORD && token->kind != TOKEN_GROUP && token->kind != TOKEN_STRING)
        return refuse(binder, stage, token->span);
    if (!read_term(token->kind == TOKEN_STRING ? token->text : token->raw, token->kind == TOKEN_STRING, bound))
        return refuse(binder, stage, token->span);
    token++;
    if (token->kind == TOKEN_WORD && str_is_nocase(token->text, "as") &&
        (token[1].kind == TOKEN_WORD || token[1].kind == TOKEN_STRING)) {
        bound->name = token[1].text;
        token += 2;
    }
    if (token->kind != TOKEN_END)
        return refuse(binder, stage, token->span);
    if (bound->name.size)
        return OK;
    buf_init(&name, binder->compile.heap);
    buf_text(&name, "x11(");
    buf_put(&name, bound->field);
    buf_byte(&name, ')');
    made = buf_status(&name) == OK ? arena_str(binder->arena, buf_str(&name)) : (str){ 0 };
    buf_free(&name);
    TRY_NEW(made.at);
    bound->name = made;
    return OK;
}

static status x11_needs(const struct stage *stage, struct wanted *wanted)
{
    return wanted_add(wanted, ((const struct x11_bound *)stage->bound)->field);
}

static status x11_gives(const struct stage *stage, struct wanted *columns)
{
    return wanted_add(columns, ((const struct x11_bound *)stage->bound)->name);
}

/* --- at work ------------------------------------------------------------------------------------------------------- */

static status x11_push(struct op *op, struct batch *in)
{
    struct x11    *x11 = container_of(op, struct x11, op);
    struct column *column = batch_column(in, x11->field);
    const double  *number;

    TRY(batch_decode(in, column));
    TRY(feed_read_numbers(in, column, &op->step, &number));
    if (batch_rows(in) > UINT32_MAX - x11->count ||
        !heap_grow(op->context->heap, &x11->value, &x11->room, x11->count + batch_rows(in), sizeof *x11->value))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        double value = number[batch_row(in, i)];
        x11->value[x11->count++] = isfinite(value) ? value : NAN;
    }
    return sorted_rows_add(&x11->rows, in);
}

/* From the first number to the last. */
static status adjust(struct x11 *x11)
{
    const struct x11_bound *bound = x11->op.stage->bound;
    uint32_t                from = 0, to = x11->count, period = bound->period;
    bool                    additive = bound->additive;

    TRY_NEW(x11->adjusted = ARENA_ARRAY(&x11->op.arena, double, x11->count + (size_t)1));
    while (from < to && isnan(x11->value[from]))
        x11->adjusted[from++] = NAN;
    while (to > from && isnan(x11->value[to - 1]))
        x11->adjusted[--to] = NAN;
    if (from == to)
        return OK;
    arena_reset(&x11->op.step);
    if (period == 0) {
        TRY(find_period(x11->value + from, to - from, SEASON_MOST, x11->op.run, &x11->op.step, &period));
        if (period == 0)
            return op_fail(&x11->op, FAIL_DATA, "no-period",
                           "the values of '%.*s' show no period; name it, as in mult7(%.*s)", SHOW(bound->field),
                           SHOW(bound->field));
        period *= (SEASON_LEAST + period - 1) / period;
    }
    if ((to - from) / 2 < period)
        return op_fail(&x11->op, FAIL_DATA, "too-few-points", "'x11' wants two periods of values: %u, and there are %u",
                       2 * period, to - from);
    for (uint32_t i = from; i < to && !additive; i++)
        additive = x11->value[i] <= 0;
    if (additive && !bound->additive)
        op_note(&x11->op, "x11", STR("series of x11 had values that are not above 0: their seasons were added, not "
                                     "multiplied"));
    return seasons_adjust(x11->value + from, to - from, period, additive, &x11->op.step, x11->adjusted + from);
}

static status set_adjusted(struct x11 *x11, struct batch *out)
{
    struct column *column;

    TRY(batch_decode(out, batch_column(out, x11->name)));
    TRY(column_to_cells(batch_column(out, x11->name), &out->rows, out->size, &out->arena, &column));
    for (uint32_t i = 0; i < out->size; i++)
        if (!isnan(x11->adjusted[x11->sent + i]))
            column->cell[i] = cell_number(x11->adjusted[x11->sent + i]);
    x11->sent += out->size;
    return send_column(&x11->op, out, x11->name, column, 0);
}

static status emit_adjusted(struct op *op, struct batch *takes)
{
    status result = set_adjusted(container_of(op, struct x11, op), takes);

    return op_emit_if(op, result, takes);
}

static status x11_finish(struct op *op)
{
    struct x11 *x11 = container_of(op, struct x11, op);

    if (!x11->adjusted)
        TRY(adjust(x11));
    return sorted_rows_send(&x11->rows, emit_adjusted);
}

static void x11_close(struct op *op)
{
    struct x11 *x11 = container_of(op, struct x11, op);

    heap_free(op->context->heap, x11->value, x11->room * sizeof *x11->value);
    sorted_rows_free(&x11->rows);
}

static const struct op_kind x11_kind = {
    .name = "x11", .push = x11_push, .finish = x11_finish, .close = x11_close, .spills = true,
};

static status x11_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct x11_bound *bound = stage->bound;
    struct x11             *x11;

    TRY(op_new(&x11_kind, sizeof *x11, stage, run, out));
    x11 = container_of(*out, struct x11, op);
    sorted_rows_init(&x11->rows, *out, NULL, 0, 0);
    TRY_NEW(x11->field = names_intern(run->names, bound->field));
    TRY_NEW(x11->name = names_intern(run->names, bound->name));
    return OK;
}

const struct command command_x11 = {
    .name = "x11", .usage = "x11 [add|mult][<period>](<field>) [AS <name>]",
    .summary = "A time series without its seasons",
    .keeps = "the numbers of the field, and some more of each row",
    .params = x11_params, .bound_size = sizeof(struct x11_bound),
    .bind = x11_bind, .needs = x11_needs, .gives = x11_gives, .open = x11_open,
    .example = { "table n x | x11 add5(x) AS y | where n>8 | table x y",
                 "{\"n\":1,\"x\":11}\n{\"n\":2,\"x\":9}\n{\"n\":3,\"x\":10}\n{\"n\":4,\"x\":12}\n{\"n\":5,\"x\":8}\n"
                 "{\"n\":6,\"x\":11}\n{\"n\":7,\"x\":9}\n{\"n\":8,\"x\":10}\n{\"n\":9,\"x\":12}\n{\"n\":10,\"x\":8}",
                 "{\"x\":12,\"y\":10}\n{\"x\":8,\"y\":10}" },
};
