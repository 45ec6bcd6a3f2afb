/* tojson [<type>(<fields>)|<field>]...: every row as a JSON object (commands 3). */
#include "command/json_rows.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "base/suggest.h"

enum { DEFAULT_TYPE, OUTPUT_FIELD, FILL_NULL, INCLUDE_INTERNAL, FIELDS };

static const char *const tojson_types[] = { [TYPE_AS_AUTO] = "auto", [TYPE_AS_BOOL] = "bool", [TYPE_AS_JSON] = "json",
                                            [TYPE_AS_PLAIN] = "none", [TYPE_AS_NUM] = "num", [TYPE_AS_TEXT] = "str" };

static const struct param tojson_params[] = {
    [DEFAULT_TYPE] = { "default_type", PARAM_WORD, PLACE_NAMED, .preset = "none", .choices = "auto|bool|json|none|num|str",
                       .help = "of fields without one" },
    [OUTPUT_FIELD] = { "output_field", PARAM_FIELD, PLACE_NAMED, .preset = "_raw", .help = "gets the object" },
    [FILL_NULL] = { "fill_null", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "null for what does not fit its type" },
    [INCLUDE_INTERNAL] = { "include_internal", PARAM_BOOL, PLACE_NAMED, .preset = "f",
                           .help = "fields whose names begin with _, too" },
    [FIELDS] = { "fields", PARAM_REST, PLACE_LIST, .help = "fields, or auto(field), bool(), json(), none(), num(), str()" },
    { 0 }
};

struct tojson {
    struct op          op;
    const struct name *output;
};

static bool type_named(str name, enum json_type *out)
{
    for (uint32_t i = 0; i < COUNT_OF(tojson_types); i++) {
        if (!str_is_nocase(name, tojson_types[i]))
            continue;
        *out = (enum json_type)i;
        return true;
    }
    return false;
}

static status no_type(struct binder *binder, const struct token *token, str name)
{
    struct suggest near = suggest_for(name);

    for (uint32_t i = 0; i < COUNT_OF(tojson_types); i++)
        suggest_offer(&near, str_of(tojson_types[i]));
    diag_at(binder->diag, FAIL_QUERY, token->span, "unknown-function", "'tojson' has no type '%.*s'", SHOW(name));
    if (near.best.size)
        diag_suggest(binder->diag, near.best);
    else
        diag_hint(binder->diag, "they are auto, bool, json, none, num and str");
    return FAIL_QUERY;
}

/* auto(a, "b c" d*) */
static status add_fields(struct binder *binder, struct json_rows *rows, str inside, enum json_type type)
{
    for (size_t at = 0; at < inside.size;) {
        size_t from = at;
        if (inside.at[at] == ',' || inside.at[at] == ' ') {
            at++;
        } else if (inside.at[at] == '"') {
            size_t close = str_find(inside, STR("\""), at + 1);
            at = close == SIZE_MAX ? inside.size : close + 1;
            TRY(json_rows_add(rows, binder, str_slice(inside, from + 1, close == SIZE_MAX ? at : close), type));
        } else {
            while (at < inside.size && inside.at[at] != ',' && inside.at[at] != ' ')
                at++;
            TRY(json_rows_add(rows, binder, str_slice(inside, from, at), type));
        }
    }
    return OK;
}

static status read_fields(struct binder *binder, struct stage *stage, struct json_rows *rows, enum json_type preset)
{
    for (const struct token *at = stage->tokens.item; at->kind != TOKEN_END;) {
        const struct token *token = at;
        enum json_type      type;
        str                 name, inside;

        if (token->kind == TOKEN_COMMA || token->kind == TOKEN_PAIR) {
            at++;
        } else if (token_call(&at, &name, &inside)) {
            if (!type_named(name, &type))
                return no_type(binder, token, name);
            TRY(add_fields(binder, rows, inside, type));
        } else if (token->kind == TOKEN_WORD || token->kind == TOKEN_STRING) {
            TRY(json_rows_add(rows, binder, token->text, preset));
            at++;
        } else {
            return diag_at(binder->diag, FAIL_QUERY, token->span, "unexpected-argument", "'tojson' cannot use '%.*s'",
                           SHOW(token->raw));
        }
    }
    return rows->fields ? OK : json_rows_add(rows, binder, STR("*"), preset);
}

static status tojson_bind(struct binder *binder, struct stage *stage)
{
    struct json_rows *rows = stage->bound;
    enum json_type    preset = TYPE_AS_PLAIN;

    for (const struct token *at = stage->tokens.item; at->kind != TOKEN_END; at++)
        if (at->kind == TOKEN_PAIR)
            TRY(bind_option(binder, stage, at));
    type_named(stage_argument(stage, DEFAULT_TYPE)->text, &preset);
    rows->nulls = stage_argument(stage, FILL_NULL)->truth;
    rows->internal = stage_argument(stage, INCLUDE_INTERNAL)->truth;
    return read_fields(binder, stage, rows, preset);
}

static status tojson_needs(const struct stage *stage, struct wanted *wanted)
{
    return json_rows_needs(stage->bound, stage_argument(stage, OUTPUT_FIELD)->text, wanted);
}

static status tojson_gives(const struct stage *stage, struct wanted *columns)
{
    return wanted_add(columns, stage_argument(stage, OUTPUT_FIELD)->text);
}

static status tojson_push(struct op *op, struct batch *in)
{
    return json_rows_push(op, op->stage->bound, container_of(op, struct tojson, op)->output, in);
}

static const struct op_kind tojson_kind = { "tojson", .push = tojson_push };

static status tojson_open(const struct stage *stage, struct run *run, struct op **out)
{
    TRY(op_new(&tojson_kind, sizeof(struct tojson), stage, run, out));
    TRY_NEW(container_of(*out, struct tojson, op)->output =
                names_intern(run->names, stage_argument(stage, OUTPUT_FIELD)->text));
    return OK;
}

const struct command command_tojson = {
    .name = "tojson",
    .usage = "tojson [<type>(<fields>)|<field>]... [default_type=<type>] [output_field=<field>] [fill_null=<bool>] "
             "[include_internal=<bool>]",
    .summary = "Every row as a JSON object",
    .params = tojson_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct json_rows),
    .bind = tojson_bind, .needs = tojson_needs, .gives = tojson_gives, .open = tojson_open,
    .example = { "tojson auto(n) s output_field=j | table j", "{\"n\":\"7\",\"s\":\"true\",\"t\":1}",
                 "{\"j\":\"{\\\"n\\\":7,\\\"s\\\":\\\"true\\\"}\"}" },
};
