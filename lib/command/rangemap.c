/* rangemap field=<field> <name>=<low>-<high> ... [default=<text>]: the names of the ranges that a number is in, as the field
 * `range` (reporting 8). Both ends belong to a range; a number in several has all their names, one in none the default. */
#include "group/feeds.h"
#include "flow/op.h"
#include "plan/bind.h"
#include "value/number.h"

#include <math.h>

static const struct param rangemap_params[] = {
    { "ranges", PARAM_REST, PLACE_LIST, .required = true,
      .help = "field=<field>, default=<text>, low=0-10 high=11-99.5 ..." },
    { 0 }
};

struct range {
    str    name;
    double low, high;
};

struct rangemap_bound {
    str           field, other;
    struct range *range;
    uint32_t      count;
};

struct rangemap {
    struct op          op;
    const struct name *field, *into;
};

/* --- binding ------------------------------------------------------------------------------------------------------- */

static bool read_range(str text, struct range *range)
{
    return number_parse_range(text, &range->low, &range->high) && isfinite(range->low) && isfinite(range->high);
}

static status bind_pair(struct binder *binder, const struct token *token, struct rangemap_bound *bound)
{
    struct range *range = &bound->range[bound->count];

    if (str_is_nocase(token->name, "field")) {
        bound->field = token->text;
        return OK;
    }
    if (str_is_nocase(token->name, "default")) {
        bound->other = token->text;
        return OK;
    }
    if (!read_range(token->text, range)) {
        diag_at(binder->diag, FAIL_QUERY, token->span, "bad-argument", "'%.*s' is no range of numbers", SHOW(token->text));
        diag_hint(binder->diag, "write it as %.*s=0-99.5", SHOW(token->name));
        return FAIL_QUERY;
    }
    if (range->low > range->high) {
        diag_at(binder->diag, FAIL_QUERY, token->span, "bad-argument", "'%.*s' ends before it begins", SHOW(token->text));
        diag_hint(binder->diag, "the smaller number stands first");
        return FAIL_QUERY;
    }
    range->name = token->name;
    bound->count++;
    return OK;
}

static status rangemap_bind(struct binder *binder, struct stage *stage)
{
    struct rangemap_bound *bound = stage->bound;

    TRY_NEW(bound->range = ARENA_ARRAY(binder->arena, struct range, stage->tokens.count + (size_t)1));
    bound->other = STR("None");
    for (uint32_t i = 0; i < stage->tokens.count; i++) {
        const struct token *token = &stage->tokens.item[i];
        if (token->kind == TOKEN_COMMA)
            continue;
        if (token->kind != TOKEN_PAIR || !str_is(token->operator_text, "="))
            return diag_at(binder->diag, FAIL_QUERY, token->span, "unexpected-argument", "rangemap cannot use '%.*s'",
                           SHOW(token->raw));
        TRY(bind_pair(binder, token, bound));
    }
    if (bound->field.size == 0)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "rangemap lacks its argument 'field'");
    return OK;
}

static status rangemap_needs(const struct stage *stage, struct wanted *wanted)
{
    TRY(wanted_remove(wanted, STR("range")));
    return wanted_add(wanted, ((const struct rangemap_bound *)stage->bound)->field);
}

static status rangemap_gives(const struct stage *stage, struct wanted *columns)
{
    (void)stage;
    return wanted_add(columns, STR("range"));
}

/* --- running ------------------------------------------------------------------------------------------------------- */

static status range_cell(const struct rangemap_bound *bound, double number, struct arena *arena, struct cell *out)
{
    struct cell *list;
    uint32_t     hits = 0, count = 0;

    for (uint32_t i = 0; i < bound->count; i++) {
        if (number < bound->range[i].low || number > bound->range[i].high || isnan(number))
            continue;
        *out = cell_field_text(bound->range[i].name);
        hits++;
    }
    if (hits == 0)
        *out = cell_field_text(bound->other);
    if (hits < 2)
        return OK;
    TRY_NEW(list = arena_alloc(arena, hits * sizeof *list));
    for (uint32_t i = 0; i < bound->count; i++)
        if (number >= bound->range[i].low && number <= bound->range[i].high)
            list[count++] = cell_field_text(bound->range[i].name);
    *out = (struct cell){ .kind = KIND_LIST, .flags = CELL_SOFT, .size = count, .list = list };
    return OK;
}

static status map_rows(struct rangemap *rangemap, struct batch *out)
{
    const struct rangemap_bound *bound = rangemap->op.stage->bound;
    struct column               *from = batch_column(out, rangemap->field), *column;
    const double                *number;

    TRY(batch_decode(out, from));
    TRY(feed_read_numbers(out, from, &rangemap->op.step, &number));
    TRY_NEW(column = column_cells(&out->arena, out->size, 0));
    memset(column->cell, 0, out->size * sizeof *column->cell);
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t row = batch_row(out, i);
        TRY(range_cell(bound, number[row], &out->arena, &column->cell[row]));
        column->kinds |= (uint8_t)KINDS(column->cell[row].kind);
    }
    return batch_assign(out, rangemap->into, column, rangemap->op.stage->rank);
}

static status rangemap_push(struct op *op, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        s;

    TRY_NEW(out);
    s = map_rows(container_of(op, struct rangemap, op), out);
    return op_emit_if(op, s, out);
}

static const struct op_kind rangemap_kind = { .name = "rangemap", .push = rangemap_push };

static status rangemap_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct rangemap *rangemap;

    TRY(op_new(&rangemap_kind, sizeof *rangemap, stage, run, out));
    rangemap = container_of(*out, struct rangemap, op);
    TRY_NEW(rangemap->field = names_intern((*out)->context->names, ((const struct rangemap_bound *)stage->bound)->field));
    TRY_NEW(rangemap->into = names_intern((*out)->context->names, STR("range")));
    return OK;
}

const struct command command_rangemap = {
    .name = "rangemap", .usage = "rangemap field=<field> <name>=<low>-<high> ... [default=<text>]",
    .summary = "Names the ranges that a number is in",
    .params = rangemap_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct rangemap_bound),
    .bind = rangemap_bind, .needs = rangemap_needs, .gives = rangemap_gives,
    .open = rangemap_open,
    .example = { "rangemap field=n low=0-9 high=10-99 default=huge", "{\"n\":3}\n{\"n\":10}\n{\"n\":500}",
                 "{\"n\":3,\"range\":\"low\"}\n{\"n\":10,\"range\":\"high\"}\n{\"n\":500,\"range\":\"huge\"}" },
};
