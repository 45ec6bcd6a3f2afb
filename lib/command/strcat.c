/* strcat [allrequired=<bool>] <sources> <field>: fields and quoted texts joined (commands 3). A missing
 * source counts as empty; with allrequired such rows stay as they are. */
#include "command/change.h"
#include "plan/bind.h"
#include "value/number.h"

enum { ALLREQUIRED, SOURCES };

static const struct param strcat_params[] = {
    [ALLREQUIRED] = { "allrequired", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "only rows that have all sources" },
    [SOURCES] = { "sources", PARAM_REST, PLACE_LIST, .required = true,
                  .help = "fields and \"texts\", then the field they go to" },
    { 0 }
};

struct strcat_bound {
    const struct token **source;        /* TOKEN_STRING: a text */
    uint32_t             count;
    str                  into;
    bool                 all;
};

struct strcat {
    struct op                  op;
    const struct strcat_bound *bound;
    const struct name        **source;  /* NULL: a text */
    const struct name         *into;
};

static status strcat_bind(struct binder *binder, struct stage *stage)
{
    struct strcat_bound *bound = stage->bound;

    bound->all = stage_argument(stage, ALLREQUIRED)->truth;
    TRY_NEW(bound->source = ARENA_ARRAY(binder->arena, const struct token *, stage->tokens.count + (size_t)1));
    for (const struct token *at = stage->tokens.item; at->kind != TOKEN_END; at++) {
        if (at->kind == TOKEN_COMMA)
            continue;
        if (at->kind == TOKEN_PAIR && str_is_nocase(at->name, "allrequired") && str_truth(at->text, &bound->all))
            continue;
        if ((at->kind != TOKEN_WORD && at->kind != TOKEN_STRING) ||
            (at->kind == TOKEN_WORD && pattern_has_star(at->text))) {
            diag_at(binder->diag, FAIL_QUERY, at->span, "unexpected-argument", "'strcat' cannot use '%.*s'",
                    SHOW(at->kind == TOKEN_PAIR ? at->name : at->raw));
            diag_hint(binder->diag, "usage: %s", stage->command->usage);
            return FAIL_QUERY;
        }
        bound->source[bound->count++] = at;
    }
    if (bound->count < 3 || bound->source[bound->count - 1]->text.size == 0) {
        diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument",
                "'strcat' wants two sources and a field for the result");
        diag_hint(binder->diag, "usage: %s", stage->command->usage);
        return FAIL_QUERY;
    }
    bound->into = bound->source[--bound->count]->text;
    return OK;
}

static status strcat_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct strcat_bound *bound = stage->bound;

    if (!wanted_has(wanted, bound->into))
        return OK;
    if (!bound->all)
        TRY(wanted_remove(wanted, bound->into));
    for (uint32_t i = 0; i < bound->count; i++)
        if (bound->source[i]->kind == TOKEN_WORD)
            TRY(wanted_add(wanted, bound->source[i]->text));
    return OK;
}

static void put_value(struct buf *text, const struct cell *cell)
{
    uint32_t           count;
    const struct cell *member = list_members(cell, &count);
    char               room[NUMBER_ROOM];

    for (uint32_t i = 0; i < count; i++) {
        if (i)
            buf_byte(text, ' ');
        buf_put(text, cell_show(&member[i], room));
    }
}

/* False: a source is missing, and all are required. */
static bool join_row(const struct strcat *strcat, struct column *const *source, uint32_t row, struct buf *text)
{
    buf_clear(text);
    for (uint32_t i = 0; i < strcat->bound->count; i++) {
        struct cell cell;
        if (!strcat->source[i]) {
            buf_put(text, strcat->bound->source[i]->text);
            continue;
        }
        cell = source[i] ? column_cell(source[i], row) : cell_null();
        if (cell.kind == KIND_NULL && strcat->bound->all)
            return false;
        if (source[i] && source[i]->encoding == ENCODING_NUMBER && source[i]->unsettled)
            cell_settle(&cell);
        put_value(text, &cell);
    }
    return true;
}

static status join_rows(const struct strcat *strcat, struct batch *out, struct column *const *source, struct buf *text)
{
    struct column *into, *before = batch_column(out, strcat->into);

    TRY(batch_decode(out, before));
    TRY(column_to_cells(strcat->bound->all ? before : NULL, &out->rows, out->size, &out->arena, &into));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t row = batch_row(out, i);
        if (!join_row(strcat, source, row, text))
            continue;
        TRY(buf_status(text));
        if (text->size > UINT32_MAX)
            return FAIL_MEMORY;
        into->cell[row] = cell_field_text(arena_str(&out->arena, buf_str(text)));
        TRY_NEW(into->cell[row].text);
        into->kinds |= (uint8_t)KINDS(KIND_TEXT);
    }
    return batch_assign(out, strcat->into, into, strcat->op.stage->rank);
}

static status strcat_batch(struct strcat *strcat, struct batch *out)
{
    struct column **source = ARENA_ARRAY(&strcat->op.step, struct column *, strcat->bound->count + (size_t)1);
    struct buf      text;
    status          result;

    TRY_NEW(source);
    for (uint32_t i = 0; i < strcat->bound->count; i++) {
        source[i] = strcat->source[i] ? batch_column(out, strcat->source[i]) : NULL;
        TRY(batch_decode(out, source[i]));
    }
    buf_init(&text, &strcat->op.run->heap);
    result = join_rows(strcat, out, source, &text);
    buf_free(&text);
    return result;
}

static status strcat_push(struct op *op, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        result;

    TRY_NEW(out);
    result = strcat_batch(container_of(op, struct strcat, op), out);
    return op_emit_if(op, result, out);
}

static const struct op_kind strcat_kind = { "strcat", .push = strcat_push };

static status strcat_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct strcat_bound *bound = stage->bound;
    struct strcat             *strcat;

    TRY(op_new(&strcat_kind, sizeof *strcat, stage, run, out));
    strcat = container_of(*out, struct strcat, op);
    strcat->bound = bound;
    TRY_NEW(strcat->into = names_intern(run->names, bound->into));
    TRY_NEW(strcat->source = ARENA_ARRAY(&(*out)->arena, const struct name *, bound->count));
    for (uint32_t i = 0; i < bound->count; i++)
        if (bound->source[i]->kind == TOKEN_WORD)
            TRY_NEW(strcat->source[i] = names_intern(run->names, bound->source[i]->text));
    return OK;
}

const struct command command_strcat = {
    .name = "strcat", .usage = "strcat [allrequired=<bool>] <field or \"text\">... <field>",
    .summary = "Joins fields and texts into a field",
    .params = strcat_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct strcat_bound),
    .bind = strcat_bind, .needs = strcat_needs, .open = strcat_open,
    .example = { "strcat user \"@\" dom id | table id", "{\"user\":\"a\",\"dom\":\"h\"}\n{\"user\":\"a\"}",
                 "{\"id\":\"a@h\"}\n{\"id\":\"a@\"}" },
};
