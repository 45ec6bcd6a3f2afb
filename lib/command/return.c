/* return [<n>] [<alias>=<field>] [<field>] [$<field>] ...: fields of the first rows as text for another search
 * (language 3.3). Unlike those of format, its values are not escaped, and no rows make an empty text. */
#include "command/text_row.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

enum { ITEMS };

static const struct param return_params[] = {
    [ITEMS] = { "items", PARAM_REST, PLACE_LIST, .required = true,
                .help = "how many rows (1), then fields: f gives f=\"v\", a=f gives a=\"v\", $f gives v" },
    { 0 }
};

struct item {
    str field, alias;                   /* alias empty: the bare value */
};

struct return_bound {
    uint64_t     most;
    struct item *item;
    uint32_t     items;
};

/* One distinct row, in the text. */
struct piece {
    size_t from, to;
};

struct returned {
    struct op                  op;
    const struct return_bound *bound;
    const struct name        **name;    /* of the items */
    uint64_t                   seen;
    struct buf                 text;    /* the rows, one after the other */
    struct piece              *piece;
    uint32_t                   pieces, room;
};

/* --- compiling ----------------------------------------------------------------------------------------------------- */

static status read_item(struct binder *binder, const struct token *token, struct item *out)
{
    str text = token->text;

    *out = (struct item){ .field = text, .alias = text };
    if (token->kind == TOKEN_PAIR && str_is(token->operator_text, "="))
        out->alias = token->name;
    else if (token->kind == TOKEN_WORD && text.size > 1 && text.at[0] == '$')
        *out = (struct item){ .field = str_slice(text, 1, text.size), .alias = STR("") };
    else if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING)
        return diag_at(binder->diag, FAIL_QUERY, token->span, "unexpected-argument",
                       "'return' takes fields: field, alias=field or $field");
    if (out->field.size == 0 || (token->kind == TOKEN_PAIR && token->value_kind != TOKEN_WORD &&
                                 token->value_kind != TOKEN_STRING))
        return diag_at(binder->diag, FAIL_QUERY, token->span, "bad-field", "'return' wants the name of a field here");
    return OK;
}

static bool read_count(const struct token *token, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < token->raw.size; i++) {
        if (token->raw.at[i] < '0' || token->raw.at[i] > '9' || *out > UINT32_MAX)
            return false;
        *out = *out * 10 + (uint64_t)(token->raw.at[i] - '0');
    }
    return token->kind == TOKEN_WORD;
}

/* -2: a count that is none. */
static bool has_sign(const struct token *token)
{
    struct token digits = *token;
    uint64_t     count;

    digits.raw = str_slice(token->raw, 1, token->raw.size);
    return token->kind == TOKEN_WORD && token->raw.size > 1 && strchr("+-", token->raw.at[0]) && read_count(&digits, &count);
}

static status return_bind(struct binder *binder, struct stage *stage)
{
    struct return_bound *bound = stage->bound;
    const struct tokens *tokens = &stage->tokens;
    uint32_t             from = read_count(&tokens->item[0], &bound->most);

    if (!from)
        bound->most = 1;
    if (!from && tokens->count > 1 && has_sign(&tokens->item[0])) {
        diag_warn(binder->diag, tokens->item[0].span, "word-as-field", "'%.*s' is read as a field",
                  SHOW(tokens->item[0].text));
        diag_hint(binder->diag, "a count has no sign: return 2 user");
    }
    TRY_NEW(bound->item = ARENA_ARRAY(binder->arena, struct item, tokens->count + (size_t)1));
    for (uint32_t i = from; i < tokens->count; i++) {
        if (tokens->item[i].kind == TOKEN_COMMA)
            continue;
        TRY(read_item(binder, &tokens->item[i], &bound->item[bound->items++]));
    }
    if (bound->items == 0)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'return' lacks the fields to return");
    return OK;
}

static status return_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct return_bound *bound = stage->bound;

    wanted_clear(wanted);
    for (uint32_t i = 0; i < bound->items; i++)
        TRY(wanted_add(wanted, bound->item[i].field));
    return OK;
}

/* --- at work ------------------------------------------------------------------------------------------------------- */

static void put_one(struct buf *out, const struct item *item, const struct cell *cell)
{
    char room[NUMBER_ROOM];
    str  text = cell_show(cell, room);

    if (item->alias.size == 0) {
        buf_put(out, text);
        return;
    }
    text_put_name(out, item->alias);
    buf_text(out, "=\"");
    buf_put(out, text);
    buf_byte(out, '"');
}

/* Several values are alternatives, as several rows are. */
static void put_item(struct buf *out, const struct item *item, const struct cell *cell)
{
    uint32_t           count;
    const struct cell *member = list_members(cell, &count);

    if (count == 1) {
        put_one(out, item, member);
        return;
    }
    buf_byte(out, '(');
    for (uint32_t i = 0; i < count; i++) {
        buf_text(out, i ? " OR " : "");
        put_one(out, item, &member[i]);
    }
    buf_byte(out, ')');
}

static str piece_text(const struct returned *returned, uint32_t i)
{
    return str_slice(buf_str(&returned->text), returned->piece[i].from, returned->piece[i].to);
}

static status put_row(struct returned *returned, const struct batch *in, uint32_t row)
{
    struct buf *out = &returned->text;
    size_t      from = out->size;

    for (uint32_t i = 0; i < returned->bound->items; i++) {
        const struct column *column = batch_column(in, returned->name[i]);
        struct cell          cell = column ? column_cell(column, row) : cell_null();

        if (cell.kind == KIND_NULL)
            continue;
        buf_text(out, out->size > from ? " " : "");
        put_item(out, &returned->bound->item[i], &cell);
    }
    if (out->size == from)
        return buf_status(out);
    if (!heap_grow(out->heap, &returned->piece, &returned->room, returned->pieces + 1, sizeof *returned->piece))
        return FAIL_MEMORY;
    returned->piece[returned->pieces++] = (struct piece){ from, out->size };
    return buf_status(out);
}

static status returned_push(struct op *op, struct batch *in)
{
    struct returned *returned = container_of(op, struct returned, op);

    for (uint32_t i = 0; i < returned->bound->items; i++)
        TRY(batch_decode(in, batch_column(in, returned->name[i])));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        if (returned->seen == returned->bound->most)
            return ENOUGH;
        returned->seen++;
        TRY(put_row(returned, in, batch_row(in, i)));
    }
    return returned->seen == returned->bound->most ? ENOUGH : OK;
}

/* (row) OR (row): a text that came before is not said again. */
static status join(struct returned *returned, struct buf *out)
{
    struct map map;
    status     result = OK;

    map_init(&map, out->heap);
    for (uint32_t i = 0; i < returned->pieces && result == OK; i++) {
        str text = piece_text(returned, i);

        if (map_find(&map, text))
            continue;
        result = map_put(&map, text, returned);
        buf_text(out, out->size ? " OR (" : "(");
        buf_put(out, text);
        buf_byte(out, ')');
    }
    map_free(&map);
    return result == OK ? buf_status(out) : result;
}

static status returned_finish(struct op *op)
{
    struct returned *returned = container_of(op, struct returned, op);
    struct buf       text;
    status           result;

    if (returned->bound->most <= 1)
        return text_row_emit(op, buf_str(&returned->text));
    buf_init(&text, &op->run->heap);
    result = join(returned, &text);
    if (result == OK)
        result = text_row_emit(op, buf_str(&text));
    buf_free(&text);
    return result;
}

static void returned_close(struct op *op)
{
    struct returned *returned = container_of(op, struct returned, op);

    buf_free(&returned->text);
    heap_free(&op->run->heap, returned->piece, returned->room * sizeof *returned->piece);
}

static const struct op_kind returned_kind = {
    "return", .push = returned_push, .finish = returned_finish, .close = returned_close,
};

static status return_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct return_bound *bound = stage->bound;
    struct returned           *returned;

    TRY(op_new(&returned_kind, sizeof *returned, stage, run, out));
    returned = container_of(*out, struct returned, op);
    returned->bound = bound;
    buf_init(&returned->text, &run->heap);
    TRY_NEW(returned->name = ARENA_ARRAY(&(*out)->arena, const struct name *, bound->items));
    for (uint32_t i = 0; i < bound->items; i++)
        TRY_NEW(returned->name[i] = names_intern(run->names, bound->item[i].field));
    return OK;
}

const struct command command_return = {
    .name = "return", .aliases = { "oldreturn" }, .usage = "return [<count>] [<alias>=<field>] [<field>] [$<field>] ...",
    .summary = "Fields of the first rows as text for another search",
    .keeps = "the text it makes",
    .params = return_params, .traits = TRAIT_TRANSFORMS, .bound_size = sizeof(struct return_bound),
    .bind = return_bind, .needs = return_needs, .open = return_open,
    .example = { "return 2 user src=ip", "{\"user\":\"x\",\"ip\":\"1\"}\n{\"user\":\"y\",\"ip\":\"2\"}",
                 "{\"search\":\"(user=\\\"x\\\" src=\\\"1\\\") OR (user=\\\"y\\\" src=\\\"2\\\")\"}" },
};
