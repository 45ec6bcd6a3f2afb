/* lookup <table> <match fields> OUTPUT <fields>: fields out of a table, by the values of others (commands 5).
 *
 * Rows whose match fields are not all there stay as they are. OUTPUT overwrites: where nothing matches the fields are null.
 * OUTPUTNEW fills what is null, field by field. */
#include "catalog/answers.h"
#include "flow/run.h"
#include "plan/bind.h"

enum { LOOKUP_LOCAL, LOOKUP_UPDATE, LOOKUP_TABLE, LOOKUP_FIELDS };

static const struct param lookup_params[] = {
    [LOOKUP_LOCAL] = { "local", PARAM_BOOL, PLACE_NAMED, .help = "read and not needed: there is but one place to run" },
    [LOOKUP_UPDATE] = { "update", PARAM_BOOL, PLACE_NAMED, .help = "read and not needed, as local" },
    [LOOKUP_TABLE] = { "table", PARAM_TABLE, PLACE_FIRST, .required = true, .help = "name of a lookup, or a file.csv" },
    [LOOKUP_FIELDS] = { "fields", PARAM_REST, PLACE_LIST, .required = true,
                        .help = "<column> [AS <field>] ..., then OUTPUT or OUTPUTNEW and what to give, likewise" },
    { 0 }
};

struct lookup_bound {
    struct lookup_use use;
    const str        *match, *output;   /* names of fields */
    bool              fills;            /* OUTPUTNEW */
};

struct lookup_op {
    struct op                  op;
    const struct lookup_bound *bound;
    const struct name        **match, **output, *time;
    struct answers             answers;
};

/* --- binding ------------------------------------------------------------------------------------------------------- */

/* Columns and the fields they go with. */
struct pairs_read {
    uint32_t *column;
    str      *field;
    uint32_t  count;
};

static bool is_keyword(const struct token *token)
{
    return token_is(token, "output") || token_is(token, "outputnew");
}

static status read_pair(struct binder *binder, const struct lookup *lookup, const struct token **at, struct pairs_read *to)
{
    const struct token *column = *at, *field = column;

    if (column->kind != TOKEN_WORD && column->kind != TOKEN_STRING) {
        str raw = str_make(column->start, (size_t)(column->raw.at + column->raw.size - column->start));

        diag_at(binder->diag, FAIL_QUERY, column->span, "unexpected-argument", "'lookup' cannot use '%.*s'", SHOW(raw));
        diag_hint(binder->diag, "how it matches is said where the lookup is defined");
        return FAIL_QUERY;
    }
    if (token_is(column + 1, "as")) {
        field = column + 2;
        *at = field;
        if (field->kind != TOKEN_WORD && field->kind != TOKEN_STRING)
            return diag_at(binder->diag, FAIL_QUERY, column[1].span, "bad-rename", "AS wants a field behind it");
    }
    *at = field + 1;
    if (column->text.size == 0 || field->text.size == 0)
        return diag_at(binder->diag, FAIL_QUERY, column->span, "bad-field", "a field name is empty");
    to->field[to->count] = field->text;
    return lookup_column(lookup, column->text, column->span, binder->diag, &to->column[to->count++]);
}

/* Every mistake is told. */
static status read_pairs(struct binder *binder, const struct stage *stage, const struct lookup *lookup,
                         const struct token **at, struct pairs_read *to)
{
    size_t room = stage->tokens.count + (size_t)1;
    status result = OK;

    TRY_NEW(to->column = ARENA_ARRAY(binder->arena, uint32_t, room));
    TRY_NEW(to->field = ARENA_ARRAY(binder->arena, str, room));
    while ((*at)->kind != TOKEN_END && !is_keyword(*at)) {
        const struct token *from = *at;
        status              s;

        if (from->kind == TOKEN_COMMA) {
            *at += 1;
            continue;
        }
        s = read_pair(binder, lookup, at, to);
        if (s != OK && (s != FAIL_QUERY || *at == from))
            return s;
        result = s != OK ? s : result;
    }
    return result;
}

/* Without a list: all columns that are not matched. */
static status output_rest(struct binder *binder, const struct lookup *lookup, const struct pairs_read *match,
                          struct pairs_read *to)
{
    TRY_NEW(to->column = ARENA_ARRAY(binder->arena, uint32_t, lookup->columns + (size_t)1));
    TRY_NEW(to->field = ARENA_ARRAY(binder->arena, str, lookup->columns + (size_t)1));
    for (uint32_t i = 0; i < lookup->columns; i++) {
        bool matched = false;

        for (uint32_t m = 0; m < match->count && !matched; m++)
            matched = match->column[m] == i;
        if (matched)
            continue;
        to->column[to->count] = i;
        TRY_NEW((to->field[to->count++] = arena_str(binder->arena, lookup->column[i])).at);
    }
    return OK;
}

static status bind_fields(struct binder *binder, const struct stage *stage, struct lookup_bound *bound)
{
    struct pairs_read   match = { 0 }, output = { 0 };
    const struct token *at = stage->tokens.item, *keyword;
    status              result;

    while (at->kind != TOKEN_END && at->span.from < stage_argument(stage, LOOKUP_FIELDS)->span.from)
        at++;
    result = read_pairs(binder, stage, bound->use.lookup, &at, &match);
    if ((result != OK && result != FAIL_QUERY) || (at->kind != TOKEN_END && !is_keyword(at)))
        return result;
    keyword = at;
    if (at->kind == TOKEN_END && result == OK)
        result = output_rest(binder, bound->use.lookup, &match, &output);
    if (at->kind != TOKEN_END) {
        status s;

        at++;
        bound->fills = token_is(keyword, "outputnew");
        s = read_pairs(binder, stage, bound->use.lookup, &at, &output);
        if (s == OK && (output.count == 0 || at->kind != TOKEN_END))
            s = diag_at(binder->diag, FAIL_QUERY, at->kind == TOKEN_END ? keyword->span : at->span, "missing-argument",
                        output.count ? "'lookup' takes one list of what to give" : "'%.*s' wants fields behind it",
                        SHOW(keyword->raw));
        result = result != OK ? result : s;
    }
    if (match.count == 0 && result == OK)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'lookup' wants a column to match");
    bound->use.match = match.column;
    bound->use.matches = match.count;
    bound->use.output = output.column;
    bound->use.outputs = output.count;
    bound->match = match.field;
    bound->output = output.field;
    return result;
}

static status lookup_bind(struct binder *binder, struct stage *stage)
{
    struct lookup_bound   *bound = stage->bound;
    const struct argument *table = stage_argument(stage, LOOKUP_TABLE);

    TRY(lookup_find(binder->compile.context, table->text, table->span, binder->diag, &bound->use.lookup));
    TRY(bind_fields(binder, stage, bound));
    return lookup_prepare(&bound->use, binder->compile.context, table->span, binder->diag);
}

/* Rows without a key keep what the fields held, so that stays wanted. */
static status lookup_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct lookup_bound *bound = stage->bound;
    bool                       any = false;

    for (uint32_t i = 0; i < bound->use.outputs; i++)
        any |= wanted_has(wanted, bound->output[i]);
    for (uint32_t i = 0; i < bound->use.matches && any; i++)
        TRY(wanted_add(wanted, bound->match[i]));
    return any && bound->use.lookup->timed ? wanted_add(wanted, STR("_time")) : OK;
}

static status lookup_gives(const struct stage *stage, struct wanted *columns)
{
    const struct lookup_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->use.outputs; i++)
        TRY(wanted_add(columns, bound->output[i]));
    return bound->use.lookup->missing ? wanted_everything(columns) : OK;
}

static void lookup_print(const struct stage *stage, struct buf *out)
{
    const struct lookup_bound *bound = stage->bound;

    buf_text(out, "      is: ");
    bound->use.lookup->kind->print(bound->use.lookup, out);
    buf_byte(out, '\n');
}

/* --- running ------------------------------------------------------------------------------------------------------- */

/* What is answered lives until the next question; the batch needs it for longer. */
static status keep(const struct lookup_op *lookup, struct arena *arena, const struct cell *cell, struct cell *out)
{
    bool         copied = !lookup->bound->use.lookup->kind->lasting;
    struct cell *list;

    *out = *cell;
    if (cell->kind == KIND_TEXT && copied)
        TRY_NEW(out->text = arena_str(arena, cell_str(cell)).at);
    if (cell->kind != KIND_LIST)
        return OK;
    TRY_NEW(list = arena_alloc(arena, cell->size * sizeof *list));
    for (uint32_t i = 0; i < cell->size; i++) {
        list[i] = cell->list[i];
        if (list[i].kind == KIND_TEXT && copied)
            TRY_NEW(list[i].text = arena_str(arena, cell_str(&list[i])).at);
    }
    out->list = list;
    return OK;
}

static status fill_column(const struct lookup_op *lookup, struct batch *out, const struct cell *const *answer,
                          uint32_t number)
{
    struct column *column, *before = batch_column(out, lookup->output[number]);
    bool           fills = lookup->bound->fills;
    unsigned       kinds = 0;

    TRY(batch_decode(out, before));
    TRY(column_to_cells(before, &out->rows, out->size, &out->arena, &column));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        struct cell *cell = &column->cell[batch_row(out, i)];

        if (!answer[i] || (fills && cell->kind != KIND_NULL))
            continue;
        TRY(keep(lookup, &out->arena, &answer[i][number], cell));
        kinds |= KINDS(cell->kind);
    }
    column->kinds |= (uint8_t)kinds;
    return batch_assign_some(out, lookup->output[number], column, rank_at(lookup->op.stage->rank, number));
}

static status look_up(struct lookup_op *lookup, struct batch *out)
{
    const struct lookup_use   *use = &lookup->bound->use;
    const struct cell        **answer;
    struct column            **key = ARENA_ARRAY(&lookup->op.step, struct column *, use->matches), *time;

    TRY_NEW(key);
    for (uint32_t m = 0; m < use->matches; m++) {
        key[m] = batch_column(out, lookup->match[m]);
        TRY(batch_decode(out, key[m]));
    }
    time = use->lookup->timed ? batch_column(out, lookup->time) : NULL;
    TRY(batch_decode(out, time));
    TRY(answers_find(&lookup->answers, &out->rows, key, time, &lookup->op.step, &answer));
    for (uint32_t i = 0; i < use->outputs; i++)
        TRY(fill_column(lookup, out, answer, i));
    return OK;
}

static status lookup_push(struct op *op, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        result;

    TRY_NEW(out);
    result = look_up(container_of(op, struct lookup_op, op), out);
    return op_emit_if(op, result, out);
}

static void lookup_close(struct op *op)
{
    answers_close(&container_of(op, struct lookup_op, op)->answers);
}

static const struct op_kind lookup_kind = { "lookup", .push = lookup_push, .close = lookup_close };

static status lookup_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct lookup_bound *bound = stage->bound;
    const struct lookup_use   *use = &bound->use;
    struct lookup_op          *lookup;

    TRY(op_new(&lookup_kind, sizeof *lookup, stage, run, out));
    lookup = container_of(*out, struct lookup_op, op);
    lookup->bound = bound;
    answers_open(&lookup->answers, use, (*out)->context);
    TRY_NEW(lookup->time = names_intern(run->names, STR("_time")));
    TRY_NEW(lookup->match = ARENA_ARRAY(&(*out)->arena, const struct name *, use->matches));
    TRY_NEW(lookup->output = ARENA_ARRAY(&(*out)->arena, const struct name *, use->outputs));
    for (uint32_t i = 0; i < use->matches; i++)
        TRY_NEW(lookup->match[i] = names_intern(run->names, bound->match[i]));
    for (uint32_t i = 0; i < use->outputs; i++)
        TRY_NEW(lookup->output[i] = names_intern(run->names, bound->output[i]));
    return OK;
}

const struct command command_lookup = {
    .name = "lookup",
    .usage = "lookup <table> <column> [AS <field>]... [OUTPUT|OUTPUTNEW <column> [AS <field>]...]",
    .summary = "Fields out of a table, by the values of others",
    .params = lookup_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct lookup_bound),
    .bind = lookup_bind, .needs = lookup_needs, .gives = lookup_gives, .open = lookup_open, .print = lookup_print,
    .example = { "lookup services.csv port AS p OUTPUT svc | table p svc",
                 "{\"p\":22}\n{\"p\":1}",
                 "{\"p\":22,\"svc\":\"ssh\"}\n{\"p\":1}" },
};
