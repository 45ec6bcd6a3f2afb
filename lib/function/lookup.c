/* lookup(): a table asked inside an expression. */
#include "catalog/lookup.h"
#include "function/json.h"
#include "function/loop.h"
#include "text/json.h"

enum { FIELDS_MOST = 64, USES_MOST = 8 };

/* One set of columns to match; the same text of names, the same use. */
struct asked {
    struct lookup_use use;
    str               names;            /* of columns to match, each ended by a zero byte, then the JSON of those to give */
};

/* Of one call in one thread. */
struct lookup_scratch {
    struct arena arena;                 /* uses, and names of columns; begins anew when there are too many */
    struct asked asked[USES_MOST];
    uint32_t     count;
    struct arena step;                  /* of one row */
    struct buf   names;
};

/* Where mistakes in an argument are told: while compiling, or in a run. */
struct told {
    struct diag *diag;
    struct span  span;
    status       failure;
};

static status wrong(const struct told *told, const char *wants)
{
    return diag_at(told->diag, told->failure, told->span, "bad-argument", "lookup() wants %s", wants);
}

static status find_column(const struct lookup *lookup, str name, const struct told *told, uint32_t *out)
{
    status result = lookup_column(lookup, name, told->span, told->diag, out);

    return result == FAIL_QUERY ? told->failure : result;
}

/* --- arguments ----------------------------------------------------------------------------------------------------- */

static status decode(struct arena *arena, const struct json_walk *walk, str *out)
{
    char *copy = arena_alloc(arena, walk->text.size + 1);

    TRY_NEW(copy);
    *out = str_make(copy, json_decode(walk->text, copy));
    return OK;
}

struct asked_object {
    str         name[FIELDS_MOST];
    struct cell value[FIELDS_MOST];
    uint32_t    count;
    bool        nulls;
};

/* {"column":value,...}: strings and numbers. */
static status read_object(const struct told *told, struct arena *step, const struct cell *arg, struct asked_object *out)
{
    static const char wants[] = "an object of columns and values: json_object(\"column\", field, ...)";
    struct json_walk  walk;
    enum json_token   token;

    out->count = 0;
    out->nulls = false;
    if (arg->kind != KIND_TEXT)
        return wrong(told, wants);
    json_walk_start(&walk, cell_str(arg));
    if (json_next(&walk) != JSON_OBJECT)
        return wrong(told, wants);
    for (token = json_next(&walk); token == JSON_KEY; token = json_next(&walk)) {
        str text;

        if (out->count == FIELDS_MOST)
            return wrong(told, "at most 64 columns to match");
        TRY(decode(step, &walk, &out->name[out->count]));
        token = json_next(&walk);
        text = walk.text;
        if (token == JSON_STRING)
            TRY(decode(step, &walk, &text));
        else if (token == JSON_OBJECT || token == JSON_ARRAY)
            return wrong(told, "single values to match");
        out->nulls |= token == JSON_NULL;
        out->value[out->count++] = cell_field_text(text);
    }
    if (token != JSON_OBJECT_END || out->count == 0)
        return wrong(told, wants);
    return OK;
}

/* ["column",...] as numbers of columns. */
static status read_array(const struct told *told, struct arena *arena, const struct lookup *lookup, const struct cell *arg,
                         struct lookup_use *use)
{
    static const char wants[] = "an array of columns to give: json_array(\"column\", ...)";
    struct json_walk  walk;
    enum json_token   token;
    uint32_t         *output = ARENA_ARRAY(arena, uint32_t, FIELDS_MOST);

    TRY_NEW(output);
    if (arg->kind != KIND_TEXT)
        return wrong(told, wants);
    json_walk_start(&walk, cell_str(arg));
    if (json_next(&walk) != JSON_ARRAY)
        return wrong(told, wants);
    for (token = json_next(&walk); token == JSON_STRING; token = json_next(&walk)) {
        str name;

        if (use->outputs == FIELDS_MOST)
            return wrong(told, "at most 64 columns to give");
        TRY(decode(arena, &walk, &name));
        TRY(find_column(lookup, name, told, &output[use->outputs++]));
    }
    use->output = output;
    return token == JSON_ARRAY_END && use->outputs ? OK : wrong(told, wants);
}

/* --- compiling ----------------------------------------------------------------------------------------------------- */

static status lookup_prepare_site(struct site *site, struct arena *arena, struct context *context, struct diag *diag)
{
    struct lookup_use use = { .outputs = 0 };
    struct lookup    *lookup;

    if (!site_is_written(site, 0) || site->literal[0].kind != KIND_TEXT)
        return diag_at(diag, FAIL_QUERY, site->span[0], "bad-argument",
                       "lookup() wants the name of a table in quotes: it must be known when the search is compiled");
    TRY(lookup_find(context, cell_str(&site->literal[0]), site->span[0], diag, &lookup));
    if (lookup->timed)
        return diag_at(diag, FAIL_QUERY, site->span[0], "bad-argument",
                       "lookup() cannot match times, as the definition of '%.*s' asks; use the command lookup",
                       SHOW(lookup->name));
    site->prepared = lookup;
    if (!site_is_literal(site, 2) || lookup->missing)
        return OK;
    return read_array(&(struct told){ diag, site->span[2], FAIL_QUERY }, arena, lookup, &site->literal[2], &use);
}

/* --- a use for these columns --------------------------------------------------------------------------------------- */

static status make_use(struct call *call, struct lookup_scratch *own, const struct asked_object *object,
                       const struct cell *array, struct asked *out)
{
    struct lookup *lookup = call->site->prepared;
    uint32_t      *match = ARENA_ARRAY(&own->arena, uint32_t, object->count);

    *out = (struct asked){ .use = { .lookup = lookup, .match = match, .matches = object->count } };
    TRY_NEW(match);
    for (uint32_t i = 0; i < object->count; i++)
        TRY(find_column(lookup, object->name[i], &(struct told){ call->context->diag, call->site->span[1], FAIL_DATA },
                        &match[i]));
    TRY(read_array(&(struct told){ call->context->diag, call->site->span[2], FAIL_DATA }, &own->arena, lookup, array,
                   &out->use));
    TRY(lookup_prepare(&out->use, call->context, call->site->span[0], call->context->diag));
    out->names = arena_str(&own->arena, buf_str(&own->names));
    return out->names.at ? OK : FAIL_MEMORY;
}

static status use_for(struct call *call, struct lookup_scratch *own, const struct asked_object *object,
                      const struct cell *array, const struct asked **out)
{
    buf_clear(&own->names);
    for (uint32_t i = 0; i < object->count; i++) {
        buf_put(&own->names, object->name[i]);
        buf_byte(&own->names, 0);
    }
    buf_put(&own->names, array->kind == KIND_TEXT ? cell_str(array) : STR(""));
    TRY(buf_status(&own->names));
    for (uint32_t i = 0; i < own->count; i++) {
        *out = &own->asked[i];
        if (str_equal((*out)->names, buf_str(&own->names)))
            return OK;
    }
    if (own->count == USES_MOST) {
        arena_reset(&own->arena);
        own->count = 0;
    }
    *out = &own->asked[own->count];
    TRY(make_use(call, own, object, array, &own->asked[own->count]));
    own->count++;
    return OK;
}

/* --- the answer ---------------------------------------------------------------------------------------------------- */

static void put_value(struct buf *out, const struct cell *cell)
{
    uint32_t           count;
    const struct cell *member = list_members(cell, &count);

    if (count > 1)
        buf_byte(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        struct cell text = member[i];

        if (i)
            buf_byte(out, ',');
        text.flags = 0;                 /* what a table holds is text */
        json_put_value(out, &text);
    }
    if (count > 1)
        buf_byte(out, ']');
}

/* Columns without a value are left out. */
static status give_object(struct call *call, const struct lookup_use *use, const struct cell *answer, struct cell *out)
{
    struct buf buf;
    bool       any = false;

    take_buf(call, &buf);
    buf_byte(&buf, '{');
    for (uint32_t o = 0; answer && o < use->outputs; o++) {
        struct cell name;

        if (answer[o].kind == KIND_NULL)
            continue;
        if (any)
            buf_byte(&buf, ',');
        any = true;
        name = cell_text(use->lookup->column[use->output[o]]);
        json_put_value(&buf, &name);
        buf_byte(&buf, ':');
        put_value(&buf, &answer[o]);
    }
    buf_byte(&buf, '}');
    return json_give(call, out, &buf);
}

static status own_of(struct call *call, struct lookup_scratch **out)
{
    if (!call->scratch) {
        struct lookup_scratch *made = heap_zero(call->context->heap, 1, sizeof *made);

        TRY_NEW(made);
        arena_init(&made->arena, call->context->heap);
        arena_init(&made->step, call->context->heap);
        buf_init(&made->names, call->context->heap);
        call->scratch = made;
    }
    *out = call->scratch;
    arena_reset(&(*out)->step);
    return OK;
}

static status lookup_row(struct call *call, const struct cell *arg, struct cell *out)
{
    static const uint32_t  one_key[] = { 0, 1 };
    const struct lookup   *lookup = call->site->prepared;
    struct lookup_scratch *own;
    struct asked_object    object;
    const struct asked    *asked;
    struct lookup_keys     keys = { .count = 1, .value = object.value };
    struct cell            answer[FIELDS_MOST];

    if (lookup->missing)
        return give_object(call, NULL, NULL, out);
    TRY(own_of(call, &own));
    TRY(read_object(&(struct told){ call->context->diag, call->site->span[1], FAIL_DATA }, &own->step, &arg[1], &object));
    TRY(use_for(call, own, &object, &arg[2], &asked));
    if (object.nulls)
        return give_object(call, &asked->use, NULL, out);
    TRY(lookup_answer(&asked->use, &keys, one_key, 1, call->context, &own->step, &own->step, answer));
    return give_object(call, &asked->use, answer, out);
}

MEMO_BODY(lookup, 1, cells)

static void lookup_close(struct call *call)
{
    struct lookup_scratch *own = call->scratch;

    if (!own)
        return;
    arena_free(&own->arena);
    arena_free(&own->step);
    buf_free(&own->names);
    heap_free(call->context->heap, own, sizeof *own);
    call->scratch = NULL;
}

const struct function function_lookup = {
    .name = "lookup", .usage = "lookup(<table>,json_object(<column>,<value>,...),json_array(<column>,...))",
    .summary = "Columns of the rows of a lookup table that match, as JSON",
    .least = 3, .most = 3, .wants = { WANT_TEXT, WANT_VALUE, WANT_VALUE }, .wanted = 3, .gives = TYPE_TEXT,
    .nulls = NULL_IN_NULL_OUT, .multi = MULTI_NULL, .cost = 250, .prepare = lookup_prepare_site, .row = lookup_row,
    .vector = lookup_vector, .close = lookup_close,
    .example = { "eval s=lookup(\"services.csv\",json_object(\"port\",p),json_array(\"svc\")) | table s", "{\"p\":22}",
                 "{\"s\":\"{\\\"svc\\\":\\\"ssh\\\"}\"}" },
};
