/* JSON text: what paths lead to in it, and values put together (functions 6). */
#include "function/json.h"
#include "text/json.h"
#include "value/number.h"

/* --- values --------------------------------------------------------------------------------------------- */

/* The same value without blanks, numbers in shortest form when asked. Nothing is put when the text is no
 * JSON. */
bool json_put_compact(struct buf *out, str text, bool shortest)
{
    struct json_walk walk;
    bool             comma = false;
    double           number;
    char             room[NUMBER_ROOM];
    size_t           before = out->size;

    json_walk_start(&walk, text);
    for (;;) {
        enum json_token token = json_next(&walk);
        if (token == JSON_END)
            return true;
        if (token == JSON_ERROR) {
            out->size = before;
            return false;
        }
        if (comma && token != JSON_OBJECT_END && token != JSON_ARRAY_END)
            buf_byte(out, ',');
        comma = token != JSON_OBJECT && token != JSON_ARRAY && token != JSON_KEY;
        switch (token) {
        case JSON_OBJECT:     buf_byte(out, '{'); break;
        case JSON_OBJECT_END: buf_byte(out, '}'); break;
        case JSON_ARRAY:      buf_byte(out, '['); break;
        case JSON_ARRAY_END:  buf_byte(out, ']'); break;
        case JSON_NUMBER:
            if (shortest && number_parse(walk.text, &number, NULL))
                buf_put(out, (str){ room, number_format(number, EXACT, room) });
            else
                buf_put(out, walk.text);
            break;
        case JSON_KEY:
        case JSON_STRING:
            buf_byte(out, '"');
            buf_put(out, walk.text);
            buf_text(out, token == JSON_KEY ? "\":" : "\"");
            break;
        default:
            buf_put(out, walk.text);
        }
    }
}

status json_give(struct call *call, struct cell *out, struct buf *buf)
{
    TRY(give_buf(call, out, buf));
    out->flags |= CELL_SOFT;
    return OK;
}

/* A JSON value as a cell: strings decoded, numbers with their spelling, containers as compact text, null as
 * null. */
status json_native(struct call *call, str value, bool shortest, struct cell *out)
{
    struct json_walk walk;
    struct buf       buf;
    char            *text;
    double           number;

    json_walk_start(&walk, value);
    switch (json_next(&walk)) {
    case JSON_STRING:
        if (!walk.escaped)
            return give(out, cell_field_text(walk.text));
        TRY_NEW(text = arena_alloc(call->arena, walk.text.size + 1));
        return give(out, cell_field_text((str){ text, json_decode(walk.text, text) }));
    case JSON_NUMBER:
        if (shortest && number_parse(walk.text, &number, NULL))
            return give(out, cell_number(number));
        return give(out, cell_field_text(walk.text));
    case JSON_TRUE:
    case JSON_FALSE:
        return give(out, cell_text(walk.text));
    case JSON_OBJECT:
    case JSON_ARRAY:
        take_buf(call, &buf);
        if (json_put_compact(&buf, value, shortest))
            return json_give(call, out, &buf);
        buf_free(&buf);
        return give(out, cell_null());
    default:
        return give(out, cell_null());
    }
}

struct found {
    struct call    *call;
    struct gathered list;
};

static status found_native(void *host, str value)
{
    struct found *found = host;
    struct cell   cell;

    TRY(json_native(found->call, value, false, &cell));
    return cell.kind == KIND_NULL ? OK : gather_cell(found->call, &found->list, cell);
}

static status found_text(void *host, str value)
{
    struct found *found = host;

    return gather_cell(found->call, &found->list, cell_text(value));
}

status json_values(struct call *call, str json, const struct json_path *path, struct cell *out)
{
    struct found found = { .call = call };
    status       done = json_path_walk(json, path, call->arena, found_native, &found);

    if (done == FAIL_DATA)
        return give(out, cell_null());
    TRY(done);
    return give(out, list_value(found.list.cell, found.list.count));
}

/* --- json_extract() ------------------------------------------------------------------------------------- */

/* One path: the native value, or with {} in it the matches as an array's text. */
static status extract_one(struct call *call, str json, str text, struct buf *into, struct cell *out)
{
    struct found     found = { .call = call };
    struct gathered *list = &found.list;
    struct json_path path;
    struct buf       buf;

    if (!json_path_parse(text, &path))
        return give(out, cell_null());
    if (str_is(text, "{}") && json_is_valid(json) && str_trim_blanks(json).at[0] == '{')
        path.count = 0, path.many = false;              /* documented: the object itself */
    TRY(json_path_walk(json, &path, call->arena, found_text, &found));
    if (!path.many && !into)
        return list->count ? json_native(call, cell_str(&list->cell[0]), true, out) : give(out, cell_null());
    if (!path.many) {
        if (!list->count || !json_put_compact(into, cell_str(&list->cell[0]), true))
            buf_text(into, "null");
        return OK;
    }
    take_buf(call, &buf);
    buf_byte(&buf, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            buf_byte(&buf, ',');
        json_put_compact(&buf, cell_str(&list->cell[i]), true);
    }
    buf_byte(&buf, ']');
    if (into) {
        buf_put(into, buf_str(&buf));
        into->failed |= buf.failed;
        buf_free(&buf);
        return OK;
    }
    return json_give(call, out, &buf);
}

static status json_extract_row(struct call *call, const struct cell *arg, struct cell *out)
{
    str        json = cell_str(&arg[0]);
    struct buf buf;
    status     done = OK;

    if (!json_is_valid(json))
        return give(out, cell_null());
    if (call->count == 1)
        return json_native(call, json, true, out);
    if (call->count == 2)
        return extract_one(call, json, cell_str(&arg[1]), NULL, out);
    take_buf(call, &buf);
    buf_byte(&buf, '[');
    for (uint32_t i = 1; i < call->count && done == OK; i++) {
        if (i > 1)
            buf_byte(&buf, ',');
        done = extract_one(call, json, cell_str(&arg[i]), &buf, out);
    }
    buf_byte(&buf, ']');
    if (done == OK)
        return json_give(call, out, &buf);
    buf_free(&buf);
    return done;
}

const struct function function_json_extract = {
    .name = "json_extract", .usage = "json_extract(<json>[,<path>,...])",
    .summary = "The value at a path; for several paths an array",
    .least = 1, .most = -1, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_ANY, .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_NULL, .pure = true, .cost = 200, .row = json_extract_row,
    .example = { "eval a=json_extract(j,\"a{1}.b\"), b=json_extract(j,\"a{}.b\") | table a b",
                 "{\"j\":\"{\\\"a\\\":[{\\\"b\\\":1},{\\\"b\\\":2}]}\"}",
                 "{\"a\":2,\"b\":\"[1,2]\"}" },
};

/* --- putting together ----------------------------------------------------------------------------------- */

/* Numbers (what their text says, in its shortest form) and truth values as such. Text of a field or of a JSON
 * function (that is: soft text) that is an object or array is embedded as such, other text is a string. */
static void put_scalar(struct buf *out, const struct cell *cell)
{
    char   room[NUMBER_ROOM];
    double number;
    str    text = cell_show(cell, room), trimmed;

    if (cell->kind == KIND_NULL) {
        buf_text(out, "null");
        return;
    }
    trimmed = str_trim_blanks(text);
    if (cell->kind == KIND_TEXT && (cell->flags & CELL_SOFT) && trimmed.size &&
        (trimmed.at[0] == '{' || trimmed.at[0] == '[')
        && json_put_compact(out, trimmed, true))
        return;
    if (cell->kind == KIND_BOOLEAN)
        buf_text(out, cell->truth ? "true" : "false");
    else if (cell_reads_number(cell, &number) && number - number == 0 && number_parse(text, &number, NULL))
        buf_put(out, (str){ room, number_format(number, EXACT, room) });
    else
        json_put_string(out, text);
}

void json_put_value(struct buf *out, const struct cell *cell)
{
    if (cell->kind != KIND_LIST) {
        put_scalar(out, cell);
        return;
    }
    buf_byte(out, '[');
    for (uint32_t i = 0; i < cell->size; i++) {
        if (i)
            buf_byte(out, ',');
        put_scalar(out, &cell->list[i]);
    }
    buf_byte(out, ']');
}

static status json_array_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct buf buf;

    take_buf(call, &buf);
    buf_byte(&buf, '[');
    for (uint32_t i = 0; i < call->count; i++) {
        if (i)
            buf_byte(&buf, ',');
        json_put_value(&buf, &arg[i]);
    }
    buf_byte(&buf, ']');
    return json_give(call, out, &buf);
}

static status json_object_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct buf buf;
    char       room[NUMBER_ROOM], room2[NUMBER_ROOM];
    bool       first = true;

    take_buf(call, &buf);
    buf_byte(&buf, '{');
    for (uint32_t i = 0; i + 1 < call->count; i += 2) {
        bool again = false;                     /* the last of equal keys wins */
        for (uint32_t j = i + 2; j + 1 < call->count; j += 2)
            again |= str_equal(cell_show(&arg[i], room), cell_show(&arg[j], room2));
        if (again || arg[i].kind == KIND_NULL || arg[i].kind == KIND_LIST)
            continue;
        if (!first)
            buf_byte(&buf, ',');
        first = false;
        json_put_string(&buf, cell_show(&arg[i], room));
        buf_byte(&buf, ':');
        json_put_value(&buf, &arg[i + 1]);
    }
    buf_byte(&buf, '}');
    return json_give(call, out, &buf);
}

static status json_object_prepare(struct site *site, struct arena *arena, struct context *context,
                                  struct diag *diag)
{
    if (site->count % 2 == 0)
        return OK;
    return diag_at(diag, FAIL_QUERY, site->span[site->count - 1], "bad-argument",
                   "The arguments to the '%s' function are invalid: it takes pairs of a key and a value",
                   site->function->name);
}

const struct function function_json_array = {
    .name = "json_array", .usage = "json_array(<value>,...)", .summary = "A JSON array of the values",
    .least = 0, .most = -1, .wants = { WANT_ANY }, .wanted = 1, .gives = TYPE_TEXT, .nulls = NULLS_SEEN,
    .multi = MULTI_SEEN,
    .pure = true, .cost = 100, .row = json_array_row,
    .example = { "eval y=json_array(\"a\",2,true()) | table y", "{}", "{\"y\":\"[\\\"a\\\",2,true]\"}" },
};

const struct function function_json_object = {
    .name = "json_object", .usage = "json_object(<key>,<value>,...)",
    .summary = "A JSON object of the keys and values",
    .least = 0, .most = -1, .wants = { WANT_ANY }, .wanted = 1, .gives = TYPE_TEXT, .nulls = NULLS_SEEN,
    .multi = MULTI_SEEN,
    .pure = true, .cost = 100, .prepare = json_object_prepare, .row = json_object_row,
    .example = { "eval y=json_object(\"n\",\"maria\",\"l\",json_array(1,\"b\")) | table y", "{}",
                 "{\"y\":\"{\\\"n\\\":\\\"maria\\\",\\\"l\\\":[1,\\\"b\\\"]}\"}" },
};

static status json_valid_row(struct call *call, const struct cell *arg, struct cell *out)
{
    char room[NUMBER_ROOM];
    return give(out, cell_truth(arg[0].kind != KIND_NULL && arg[0].kind != KIND_LIST &&
                                json_is_valid(cell_show(&arg[0], room))));
}

const struct function function_json_valid = {
    .name = "json_valid", .usage = "json_valid(<text>)", .summary = "Is the text valid JSON?",
    .least = 1, .most = 1, .wants = { WANT_ANY }, .wanted = 1, .gives = TYPE_BOOLEAN, .nulls = NULLS_SEEN,
    .multi = MULTI_SEEN,
    .pure = true, .cost = 100, .row = json_valid_row,
    .example = { "where json_valid(x) | table n", "{\"n\":1,\"x\":\"[1, 2]\"}\n{\"n\":2,\"x\":\"[1,\"}",
                 "{\"n\":1}" },
};
