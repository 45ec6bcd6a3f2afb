/* regex [<field>=|<field>!=]"<regex>": keeps rows that match, or those that do not (commands 3). A list matches when one of
 * its values does. A missing field is no match: = drops the row, != keeps it. */
#include "rows/send.h"
#include "plan/bind.h"
#include "text/regex.h"
#include "text/regex_doubt.h"

struct regex_bound {
    str           field;
    struct regex *regex;
    bool          negated;
};

struct regex_filter {
    struct op                 op;
    const struct regex_bound *bound;
    const struct name        *field;
    struct regex_match       *match;
};

static const struct param regex_params[] = {
    { "regex", PARAM_REST, PLACE_LIST, .required = true, .help = "field=\"regex\", field!=\"regex\" or \"regex\"" },
    { 0 }
};

/* A pattern without quotes goes on to the end: the tokens are of no use then, brackets and commas belong to it. */
static str rest_from(const struct stage *stage, const struct token *token)
{
    const struct passage *all = &stage->tokens.passage;
    const char           *from = token->raw.at;

    return str_trim_blanks(str_make(from, (size_t)(all->text.at + all->text.size - from)));
}

static status read_pattern(struct binder *binder, struct stage *stage, struct regex_bound *bound, str *pattern)
{
    const struct token *token = &stage->tokens.item[0];
    bool                quoted;

    bound->field = STR("_raw");
    if (token->kind == TOKEN_PAIR) {
        bound->negated = str_is(token->operator_text, "!=");
        if (!bound->negated && !str_is(token->operator_text, "=") && !str_is(token->operator_text, "=="))
            return diag_at(binder->diag, FAIL_QUERY, token->span, "bad-argument",
                           "'regex' wants field=\"regex\" or field!=\"regex\"");
        bound->field = token->name;
    }
    quoted = token->kind == TOKEN_STRING || (token->kind == TOKEN_PAIR && token->value_kind == TOKEN_STRING);
    if (quoted && token[1].kind != TOKEN_END)
        return diag_at(binder->diag, FAIL_QUERY, token[1].span, "unexpected-argument", "'regex' cannot use '%.*s'",
                       SHOW(token[1].raw));
    *pattern = quoted ? token->text : rest_from(stage, token);
    return OK;
}

static status regex_bind(struct binder *binder, struct stage *stage)
{
    struct regex_bound *bound = stage->bound;
    struct regex_error  error;
    str                 pattern;
    status              result;
    const char         *doubt;

    TRY(read_pattern(binder, stage, bound, &pattern));
    result = regex_compile(binder->compile.heap, binder->compile.context->cpu, pattern, 0, &bound->regex, &error);
    if (result == FAIL_QUERY)
        return diag_at(binder->diag, FAIL_QUERY, stage->tokens.item[0].span, "bad-regex",
                       "the regex is invalid: %s at character %zu", error.message, error.offset);
    doubt = regex_doubt(pattern);
    if (doubt)
        diag_warn(binder->diag, stage->span, "never-matches", "the regex can match nothing: %s", doubt);
    return result;
}

static void regex_drop(struct stage *stage)
{
    struct regex_bound *bound = stage->bound;

    if (bound->regex)
        regex_free(bound->regex);
}

static status regex_needs(const struct stage *stage, struct wanted *wanted)
{
    return wanted_add(wanted, ((const struct regex_bound *)stage->bound)->field);
}

static status match_scalar(struct regex_filter *filter, const struct cell *cell, bool *matches)
{
    char   room[NUMBER_ROOM];
    status result;

    if (cell->kind == KIND_NULL)
        return OK;
    result = regex_find(filter->bound->regex, filter->match, cell_show(cell, room), 0);
    if (result == FAIL_LIMIT)
        op_note(&filter->op, "regex-limit", STR("values made a regex give up; they count as no match"));
    *matches |= result == OK;
    return result == FAIL_MEMORY ? result : OK;
}

static status match_cell(struct regex_filter *filter, const struct cell *cell, bool *matches)
{
    uint32_t count = cell->kind == KIND_LIST ? cell->size : 1;

    *matches = false;
    for (uint32_t i = 0; i < count && !*matches; i++)
        TRY(match_scalar(filter, cell->kind == KIND_LIST ? &cell->list[i] : cell, matches));
    return OK;
}

/* The values of a dictionary are matched once each, if they are fewer than the rows. */
static status match_codes(struct regex_filter *filter, const struct column *column, struct batch *in, uint32_t *row,
                          uint32_t *count)
{
    uint32_t codes = column->dictionary->count;
    uint8_t *known = ARENA_ARRAY(&filter->op.step, uint8_t, codes);     /* 0: not yet, else 1 + whether it matches */

    TRY_NEW(known);
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t at = batch_row(in, i), code = column->code[at];
        bool     matches = known[code] == 2;
        if (!known[code]) {
            TRY(match_cell(filter, &column->dictionary->cell[code], &matches));
            known[code] = (uint8_t)(1 + matches);
        }
        if (matches != filter->bound->negated)
            row[(*count)++] = at;
    }
    return OK;
}

static status match_rows(struct regex_filter *filter, struct column *column, struct batch *in, uint32_t *row,
                         uint32_t *count)
{
    TRY(batch_decode(in, column));
    if (column && column->encoding == ENCODING_DICTIONARY && column->dictionary->count < batch_rows(in))
        return match_codes(filter, column, in, row, count);
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t    at = batch_row(in, i);
        struct cell cell = column ? column_cell(column, at) : cell_null();
        bool        matches;
        TRY(match_cell(filter, &cell, &matches));
        if (matches != filter->bound->negated)
            row[(*count)++] = at;
    }
    return OK;
}

static status regex_push(struct op *op, struct batch *in)
{
    struct regex_filter *filter = container_of(op, struct regex_filter, op);
    struct batch        *out = batch_derive(in);
    uint32_t            *row, count = 0;
    status               result = FAIL_MEMORY;

    TRY_NEW(out);
    row = arena_alloc(&out->arena, (batch_rows(in) + 1) * sizeof *row);
    if (row)
        result = match_rows(filter, batch_column(in, filter->field), in, row, &count);
    if (result != OK) {
        batch_release(out);
        return result;
    }
    return send_selected(op, out, row, count);
}

static void regex_close(struct op *op)
{
    regex_match_free(container_of(op, struct regex_filter, op)->match);
}

static const struct op_kind regex_kind = { "regex", .push = regex_push, .close = regex_close };

static status regex_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct regex_filter *filter;

    TRY(op_new(&regex_kind, sizeof *filter, stage, run, out));
    filter = container_of(*out, struct regex_filter, op);
    filter->bound = stage->bound;
    TRY_NEW(filter->field = names_intern(run->names, filter->bound->field));
    return regex_match_new(&run->heap, &filter->match);
}

const struct command command_regex = {
    .name = "regex", .usage = "regex [<field>=|<field>!=]\"<regex>\"",
    .summary = "Keep rows that match a regex, or do not",
    .params = regex_params, .traits = TRAIT_ROWWISE | TRAIT_FILTER, .bound_size = sizeof(struct regex_bound),
    .bind = regex_bind, .drop = regex_drop, .needs = regex_needs, .gives = columns_stay, .open = regex_open,
    .example = { "regex ip=\"^10\\.\" | table ip",
                 "{\"ip\":\"10.0.0.1\"}\n{\"ip\":\"192.168.0.10\"}", "{\"ip\":\"10.0.0.1\"}" },
};
