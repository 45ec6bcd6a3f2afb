/* convert [timeformat=<format>] <function>(<field>) [AS <field>] ...: values written for people become
 * numbers, and times the other way round (commands 3). From left to right; fields named in none() are no
 * wildcard's. */
#include "command/change.h"
#include "command/conversions.h"

#include "base/suggest.h"
#include "plan/bind.h"
#include "syntax/parse.h"
#include "value/number.h"

enum { TIMEFORMAT, FUNCTIONS };

static const struct param convert_params[] = {
    [TIMEFORMAT] = { "timeformat", PARAM_TEXT, PLACE_NAMED, .preset = "%m/%d/%Y %H:%M:%S",
                     .help = "format of ctime and mktime" },
    [FUNCTIONS] = { "functions", PARAM_REST, PLACE_LIST, .required = true,
                    .help = "function(field) [AS name], ...: auto num ctime mktime dur2sec mstime memk "
                            "rmcomma rmunit none" },
    { 0 }
};

struct convert_item {
    const struct conversion *conversion;
    str                      from, to;          /* to: empty without AS */
};

struct convert_bound {
    struct convert_item *item;
    uint32_t             count;
    struct time_format  *format;
};

struct convert {
    struct op                   op;
    struct conversions          host;
    const struct convert_bound *bound;
    const struct conversion    *now;            /* at work */
    const struct name         **from, **to;     /* of each item; NULL: patterns, or no AS */
};

/* --- arguments ----------------------------------------------------------------------------------------------------- */

static status no_function(struct binder *binder, const struct token *token)
{
    struct suggest           near = suggest_for(token->name.size ? token->name : token->text);
    const struct conversion *conversion;

    for (uint32_t i = 0; (conversion = conversion_at(i)); i++)
        suggest_offer(&near, str_of(conversion->name));
    diag_at(binder->diag, FAIL_QUERY, token->span, "unknown-function", "'convert' has no function '%.*s'",
            SHOW(token->name.size ? token->name : token->raw));
    if (near.best.size)
        diag_suggest(binder->diag, near.best);
    else
        diag_hint(binder->diag, "they are auto, num, ctime, mktime, dur2sec, mstime, memk, rmcomma, rmunit and none");
    return FAIL_QUERY;
}

static bool read_call(const struct token **at, str *field)
{
    str name;

    if (!token_call(at, &name, field))
        return false;
    if (field->size >= 2 && field->at[0] == '"' && field->at[field->size - 1] == '"')
        *field = str_slice(*field, 1, field->size - 1);
    return field->size > 0;
}

static status read_item(struct binder *binder, const struct token **at, struct convert_item *item)
{
    const struct token *first = *at;

    if (!read_call(at, &item->from)) {
        diag_at(binder->diag, FAIL_QUERY, first->span, "bad-argument", "'convert' wants function(field), not '%.*s'",
                SHOW(first->raw));
        return FAIL_QUERY;
    }
    item->conversion = conversion_named(first->name.size ? first->name : first->text);
    if (!item->conversion)
        return no_function(binder, first);
    if (!token_is(*at, "as"))
        return OK;
    ++*at;
    if ((*at)->kind != TOKEN_WORD && (*at)->kind != TOKEN_STRING)
        return diag_at(binder->diag, FAIL_QUERY, (*at)[-1].span, "missing-argument", "AS wants a name behind it");
    item->to = (*at)->text;
    if (pattern_stars(item->from) != pattern_stars(item->to) || item->to.size == 0)
        return diag_at(binder->diag, FAIL_QUERY, (*at)->span, "bad-rename",
                       "'%.*s' and '%.*s' need the same number of wildcards", SHOW(item->from), SHOW(item->to));
    ++*at;
    return OK;
}

static status convert_bind(struct binder *binder, struct stage *stage)
{
    struct convert_bound *bound = stage->bound;
    str                   format = stage_argument(stage, TIMEFORMAT)->text;
    const struct token   *at = stage->tokens.item;

    TRY_NEW(bound->item = ARENA_ARRAY(binder->arena, struct convert_item, stage->tokens.count + (size_t)1));
    while (at->kind != TOKEN_END) {
        if (at->kind == TOKEN_COMMA) {
            at++;
        } else if (at->kind == TOKEN_PAIR && str_is_nocase(at->name, "timeformat")) {
            format = at++->text;
        } else if (at->kind == TOKEN_PAIR) {
            diag_at(binder->diag, FAIL_QUERY, at->name_span, "unknown-option", "'convert' has no option '%.*s'",
                    SHOW(at->name));
            diag_hint(binder->diag, "it has timeformat");
            return FAIL_QUERY;
        } else {
            TRY(read_item(binder, &at, &bound->item[bound->count++]));
        }
    }
    return time_format_compile(binder->arena, format, &bound->format);
}

/* Where the source has no value the target keeps its own. */
static status convert_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct convert_bound *bound = stage->bound;

    for (uint32_t i = bound->count; i-- > 0;) {
        const struct convert_item *item = &bound->item[i];
        if (item->to.size && pattern_has_star(item->to))
            TRY(wanted_add_pattern(wanted, item->from));
        else if (item->to.size && wanted_has(wanted, item->to))
            TRY(wanted_add(wanted, item->from));
    }
    return OK;
}

/* --- values -------------------------------------------------------------------------------------------------------- */

static status convert_scalar(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    struct convert *convert = host;
    char            room[NUMBER_ROOM];
    str             text = cell_show(in, room);
    status          result;

    *out = cell_null();
    result = convert->now->convert(&convert->host, text, arena, out);
    if (result == DONE && convert->now->keeps)
        *out = *in;
    return result == DONE ? OK : result;
}

static status convert_value(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    struct convert *convert = host;
    struct change   scalar = { convert_scalar, convert };
    char            room[NUMBER_ROOM];

    for (uint32_t i = 0; convert->now->whole && in->kind == KIND_LIST && i < in->size; i++) {
        status result = convert->now->convert(&convert->host, cell_show(&in->list[i], room), arena, out);
        if (result == DONE)
            *out = *in;
        if (result != OK)
            return result == DONE ? OK : result;
    }
    return change_members(&scalar, in, arena, out);
}

static status convert_field(struct convert *convert, struct batch *out, const struct name *from, const struct name *to,
                            uint32_t rank)
{
    struct change  change = { convert_value, convert };
    struct column *column = batch_column(out, from), *changed;

    if (!column || column->encoding == ENCODING_ABSENT)
        return OK;
    TRY(change_column(&change, out, column, to != from ? batch_column(out, to) : NULL, &changed));
    return to == from ? batch_set(out, to, changed, rank) : batch_assign_some(out, to, changed, rank);
}

static bool is_excluded(const struct convert *convert, str name)
{
    for (uint32_t i = 0; i < convert->bound->count; i++) {
        const struct convert_item *item = &convert->bound->item[i];
        if (!item->conversion->convert && names_match(item->from, name))
            return true;
    }
    return false;
}

static status convert_matching(struct convert *convert, struct batch *out, const struct convert_item *item, uint32_t rank)
{
    uint32_t            fields = out->fields;
    const struct name **name = ARENA_ARRAY(&convert->op.step, const struct name *, fields + (size_t)1);

    TRY_NEW(name);
    for (uint32_t i = 0; i < fields; i++)
        name[i] = out->field[i].name;           /* conversions add and move columns */
    for (uint32_t i = 0; i < fields; i++) {
        const struct name *to = name[i];
        str                text = name_str(name[i]);
        char              *room;

        if (!names_match(item->from, text) || is_excluded(convert, text))
            continue;
        if (item->to.size) {
            size_t size;
            TRY_NEW(room = arena_alloc(&convert->op.step, item->to.size + text.size));
            size = pattern_rewrite(item->from, item->to, text, room);
            if (size == SIZE_MAX || size == 0)
                continue;
            TRY_NEW(to = names_intern(convert->op.run->names, str_make(room, size)));
        }
        TRY(convert_field(convert, out, name[i], to, rank | RANK_BY_NAME));
    }
    return OK;
}

static status convert_batch(struct convert *convert, struct batch *out)
{
    for (uint32_t i = 0; i < convert->bound->count; i++) {
        const struct convert_item *item = &convert->bound->item[i];
        uint32_t                   rank = rank_at(convert->op.stage->rank, i);

        convert->now = item->conversion;
        if (!item->conversion->convert)
            continue;
        if (convert->from[i])
            TRY(convert_field(convert, out, convert->from[i], convert->to[i], rank));
        else
            TRY(convert_matching(convert, out, item, rank));
    }
    return OK;
}

static status convert_push(struct op *op, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        result;

    TRY_NEW(out);
    result = convert_batch(container_of(op, struct convert, op), out);
    return op_emit_if(op, result, out);
}

static void convert_close(struct op *op)
{
    buf_free(&container_of(op, struct convert, op)->host.text);
}

static const struct op_kind convert_kind = { "convert", .push = convert_push, .close = convert_close };

static status convert_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct convert_bound *bound = stage->bound;
    struct convert             *convert;

    TRY(op_new(&convert_kind, sizeof *convert, stage, run, out));
    convert = container_of(*out, struct convert, op);
    convert->bound = bound;
    convert->host.context = (*out)->context;
    convert->host.format = bound->format;
    buf_init(&convert->host.text, &run->heap);
    zone_view_init(&convert->host.view, (*out)->context->zone, NULL);
    TRY_NEW(convert->from = ARENA_ARRAY(&(*out)->arena, const struct name *, bound->count + (size_t)1));
    TRY_NEW(convert->to = ARENA_ARRAY(&(*out)->arena, const struct name *, bound->count + (size_t)1));
    for (uint32_t i = 0; i < bound->count; i++) {
        const struct convert_item *item = &bound->item[i];
        if (pattern_has_star(item->from))
            continue;
        TRY_NEW(convert->from[i] = names_intern(run->names, item->from));
        TRY_NEW(convert->to[i] = item->to.size ? names_intern(run->names, item->to) : convert->from[i]);
    }
    return OK;
}

const struct command command_convert = {
    .name = "convert", .usage = "convert [timeformat=<format>] <function>(<field, wildcards allowed>) [AS <field>] ...",
    .summary = "Durations, sizes and times written for people become numbers; ctime: times become text",
    .params = convert_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct convert_bound),
    .bind = convert_bind, .needs = convert_needs, .open = convert_open,
    .example = { "convert timeformat=\"%Y-%m-%dT%H:%M:%S\" ctime(first) dur2sec(took) | table first took",
                 "{\"first\":1700000000,\"took\":\"1+00:10:15\"}",
                 "{\"first\":\"2023-11-14T22:13:20\",\"took\":87015}" },
};
