/* makejson [<fields>] output=<field>: every row as a JSON object, dots in names make objects in it (commands 3).
 *
 * Behind a name (string) makes its value a string; (int) is what numbers are anyway. */
#include "batch/pattern.h"
#include "command/json_rows.h"
#include "flow/run.h"
#include "plan/bind.h"

enum { OUTPUT, FIELDS };

static const struct param makejson_params[] = {
    [OUTPUT] = { "output", PARAM_FIELD, PLACE_NAMED, .help = "gets the object" },
    [FIELDS] = { "fields", PARAM_REST, PLACE_LIST, .help = "fields; if none are given all but internal ones" },
    { 0 }
};

struct makejson {
    struct op          op;
    const struct name *output;
};

static status bad_type(struct binder *binder, const struct token *token, str type)
{
    return diag_at(binder->diag, FAIL_QUERY, token->span, "bad-argument",
                   "'makejson' knows the types string and int, not '%.*s'", SHOW(type));
}

static status makejson_bind(struct binder *binder, struct stage *stage)
{
    struct json_rows *rows = stage->bound;

    rows->nested = rows->named = true;
    for (const struct token *at = stage->tokens.item; at->kind != TOKEN_END;) {
        const struct token *token = at;
        enum json_type      type = TYPE_AS_PLAIN;
        str                 name = token->text, inside;

        if (token->kind == TOKEN_PAIR)
            TRY(bind_option(binder, stage, token));
        else if (token->kind != TOKEN_COMMA && token->kind != TOKEN_WORD && token->kind != TOKEN_STRING)
            return diag_at(binder->diag, FAIL_QUERY, token->span, "unexpected-argument", "'makejson' cannot use '%.*s'",
                           SHOW(token->raw));
        if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING) {
            at++;
            continue;
        }
        if (!token_call(&at, &name, &inside))
            at++;
        else if (str_is_nocase(inside, "string"))
            type = TYPE_AS_TEXT;
        else if (!str_is_nocase(inside, "int"))
            return bad_type(binder, token, inside);
        TRY(json_rows_add(rows, binder, name, type));
    }
    if (!stage_argument(stage, OUTPUT)->given) {
        diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'makejson' lacks its argument 'output'");
        diag_hint(binder->diag, "usage: %s", stage->command->usage);
        return FAIL_QUERY;
    }
    return rows->fields ? OK : json_rows_add(rows, binder, STR("*"), TYPE_AS_PLAIN);
}

static status makejson_needs(const struct stage *stage, struct wanted *wanted)
{
    return json_rows_needs(stage->bound, stage_argument(stage, OUTPUT)->text, wanted);
}

static status makejson_gives(const struct stage *stage, struct wanted *columns)
{
    return wanted_add(columns, stage_argument(stage, OUTPUT)->text);
}

static status makejson_push(struct op *op, struct batch *in)
{
    return json_rows_push(op, op->stage->bound, container_of(op, struct makejson, op)->output, in);
}

static const struct op_kind makejson_kind = { "makejson", .push = makejson_push };

static status makejson_open(const struct stage *stage, struct run *run, struct op **out)
{
    TRY(op_new(&makejson_kind, sizeof(struct makejson), stage, run, out));
    TRY_NEW(container_of(*out, struct makejson, op)->output = names_intern(run->names, stage_argument(stage, OUTPUT)->text));
    return OK;
}

const struct command command_makejson = {
    .name = "makejson", .usage = "makejson [<field>[(string|int)]...] output=<field>",
    .summary = "Every row as a JSON object, with objects inside for names with dots",
    .params = makejson_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct json_rows),
    .bind = makejson_bind, .needs = makejson_needs, .gives = makejson_gives, .open = makejson_open,
    .example = { "makejson n data.* output=j | table j", "{\"n\":1,\"data.a\":\"x\",\"data.b\":2,\"c\":3}",
                 "{\"j\":\"{\\\"data\\\":{\\\"a\\\":\\\"x\\\",\\\"b\\\":2},\\\"n\\\":1}\"}" },
};
