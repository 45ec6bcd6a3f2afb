/* Keys, entries and elements of JSON, and what is JSON at all (functions 2, 5, 6, 8). */
#include "function/json.h"
#include "text/json.h"
#include "value/number.h"

static bool begins_with(str text, char bracket)
{
    text = str_trim_blanks(text);
    return text.size && text.at[0] == bracket;
}

static bool is_container(const struct cell *cell, char bracket)
{
    return cell->kind == KIND_TEXT && begins_with(cell_str(cell), bracket) && json_is_valid(cell_str(cell));
}

static str text_of(struct call *call, const struct cell *cell)
{
    char  room[NUMBER_ROOM];
    str   shown = cell_show(cell, room);

    return cell->kind == KIND_NUMBER ? arena_str(call->arena, shown) : shown;
}

static bool is_true(const struct call *call, const struct cell *arg, uint32_t i)
{
    return i < call->count && arg[i].kind == KIND_BOOLEAN && arg[i].truth;
}

/* --- the members of the top level ----------------------------------------------------------------------- */

/* Called for each; keys decoded, empty in arrays; values as they stand. */
typedef status (*on_member)(void *host, str key, str value);

static status each_member(struct call *call, str text, on_member found, void *host)
{
    struct json_walk walk;
    enum json_token  token;

    json_walk_start(&walk, text);
    token = json_next(&walk);
    if (token != JSON_OBJECT && token != JSON_ARRAY)
        return OK;
    while ((token = json_next(&walk)) != JSON_OBJECT_END && token != JSON_ARRAY_END) {
        str key = { 0 }, value;

        if (token == JSON_KEY) {
            key = walk.text;
            if (walk.escaped) {
                char *room = arena_alloc(call->arena, key.size + 1);
                TRY_NEW(room);
                key = str_make(room, json_decode(key, room));
            }
        }
        if (token == JSON_ERROR || token == JSON_END || !json_skip(&walk, token, &value))
            return OK;
        TRY(found(host, key, value));
    }
    return OK;
}

/* --- by literal key ------------------------------------------------------------------------------------- */

struct lookup {
    str  key, value;
    bool found;
};

static status compare_key(void *host, str key, str value)
{
    struct lookup *lookup = host;

    if (str_equal(key, lookup->key)) {
        lookup->found = true;
        lookup->value = value;
    }
    return OK;
}

static status find_key(struct call *call, const struct cell *json, const struct cell *key,
                       struct lookup *lookup)
{
    *lookup = (struct lookup){ .key = cell_str(key) };
    return is_container(json, '{') ? each_member(call, cell_str(json), compare_key, lookup) : OK;
}

static status json_extract_exact_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct lookup lookup = { 0 };
    struct buf    buf;
    status        done = OK;

    if (!json_is_valid(cell_str(&arg[0])))
        return give(out, cell_null());
    if (call->count == 1)
        return json_native(call, cell_str(&arg[0]), true, out);
    if (call->count == 2) {
        TRY(find_key(call, &arg[0], &arg[1], &lookup));
        return lookup.found ? json_native(call, lookup.value, true, out) : give(out, cell_null());
    }
    take_buf(call, &buf);
    buf_byte(&buf, '[');
    for (uint32_t i = 1; i < call->count && done == OK; i++) {
        if (i > 1)
            buf_byte(&buf, ',');
        done = find_key(call, &arg[0], &arg[i], &lookup);
        if (!lookup.found || !json_put_compact(&buf, lookup.value, true))
            buf_text(&buf, "null");
    }
    buf_byte(&buf, ']');
    if (done == OK)
        return json_give(call, out, &buf);
    buf_free(&buf);
    return done;
}

static status json_has_key_exact_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct lookup lookup;

    TRY(find_key(call, &arg[0], &arg[1], &lookup));
    return give(out, cell_truth(lookup.found));
}

/* --- keys and entries ----------------------------------------------------------------------------------- */

struct listing {
    struct buf buf;
    bool       entries;
};

static status list_key(void *host, str key, str value)
{
    struct listing *listing = host;
    struct buf     *buf = &listing->buf;

    if (buf->size > 1)
        buf_byte(buf, ',');
    if (listing->entries)
        buf_text(buf, "{\"key\":");
    json_put_string(buf, key);
    if (listing->entries) {
        buf_text(buf, ",\"value\":");
        json_put_compact(buf, value, true);
        buf_byte(buf, '}');
    }
    return OK;
}

static status list_keys(struct call *call, const struct cell *arg, struct cell *out, bool entries)
{
    struct listing listing = { .entries = entries };
    status         done;

    if (!is_container(&arg[0], '{'))
        return give(out, cell_null());
    take_buf(call, &listing.buf);
    buf_byte(&listing.buf, '[');
    done = each_member(call, cell_str(&arg[0]), list_key, &listing);
    buf_byte(&listing.buf, ']');
    if (done == OK)
        return json_give(call, out, &listing.buf);
    buf_free(&listing.buf);
    return done;
}

static status json_keys_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return list_keys(call, arg, out, false);
}

static status json_entries_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return list_keys(call, arg, out, true);
}

/* --- elements ------------------------------------------------------------------------------------------- */

struct elements {
    struct call *call;
    struct cell *cell;
    uint32_t     count, room;
    bool         keep;              /* strings keep their quotes */
};

static status count_element(void *host, str key, str value)
{
    (void)key;
    (void)value;
    ((struct elements *)host)->room++;
    return OK;
}

static status add_element(void *host, str key, str value)
{
    struct elements *to = host;
    struct cell     *cell = &to->cell[to->count++];

    (void)key;
    if (value.at[0] == '"' && to->keep)
        return give(cell, cell_field_text(value));
    TRY(json_native(to->call, value, false, cell));
    if (cell->kind == KIND_NULL)
        *cell = cell_field_text(STR("null"));
    cell->flags |= cell->kind == KIND_TEXT ? CELL_SOFT : 0;
    return OK;
}

static status give_elements(struct call *call, str json, bool keep, struct cell *out)
{
    struct elements elements = { .call = call, .keep = keep };

    TRY(each_member(call, json, count_element, &elements));
    TRY_NEW(elements.cell = ARENA_ARRAY(call->arena, struct cell, (size_t)elements.room + 1));
    TRY(each_member(call, json, add_element, &elements));
    return give(out, list_value(elements.cell, elements.count));
}

static status json_array_to_mv_row(struct call *call, const struct cell *arg, struct cell *out)
{
    if (!is_container(&arg[0], '['))
        return give(out, cell_null());
    return give_elements(call, cell_str(&arg[0]), is_true(call, arg, 1), out);
}

/* Every value a string; or, when asked, what the value spells in JSON, null if that is nothing. */
static status array_of(struct call *call, const struct cell *value, bool infer, struct cell *out)
{
    uint32_t           count;
    const struct cell *member = list_members(value, &count);
    struct buf         buf;

    take_buf(call, &buf);
    buf_byte(&buf, '[');
    for (uint32_t i = 0; i < count; i++) {
        str text = text_of(call, &member[i]);
        if (i)
            buf_byte(&buf, ',');
        if (!infer)
            json_put_string(&buf, text);
        else if (!json_put_compact(&buf, text, true))
            buf_text(&buf, "null");
    }
    buf_byte(&buf, ']');
    return json_give(call, out, &buf);
}

static status mv_to_json_array_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return array_of(call, &arg[0], is_true(call, arg, 1), out);
}

/* --- is it JSON, and of which kind? --------------------------------------------------------------------- */

static status compacted(struct call *call, const struct cell *cell, struct cell *out)
{
    struct buf buf;

    take_buf(call, &buf);
    json_put_compact(&buf, cell_str(cell), true);
    return json_give(call, out, &buf);
}

static status toarray_row(struct call *call, const struct cell *arg, struct cell *out)
{
    if (arg[0].kind == KIND_LIST)
        return array_of(call, &arg[0], true, out);
    return is_container(&arg[0], '[') ? compacted(call, &arg[0], out) : give(out, cell_null());
}

static status toobject_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return is_container(&arg[0], '{') ? compacted(call, &arg[0], out) : give(out, cell_null());
}

static status tomv_row(struct call *call, const struct cell *arg, struct cell *out)
{
    if (arg[0].kind == KIND_LIST)
        return give(out, arg[0]);
    if (!is_container(&arg[0], '['))
        return give(out, cell_null());
    return give_elements(call, cell_str(&arg[0]), false, out);
}

static status json_row(struct call *call, const struct cell *arg, struct cell *out)
{
    str text;

    if (arg[0].kind == KIND_NUMBER)
        return give(out, arg[0].number - arg[0].number == 0 ? arg[0] : cell_null());
    if (arg[0].kind != KIND_TEXT || !json_is_valid(text = cell_str(&arg[0])))
        return give(out, cell_null());
    return give(out, cell_field_text(text));
}

static status isarray_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_truth(is_container(&arg[0], '[')));
}

static status isobject_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_truth(is_container(&arg[0], '{')));
}

/* --- rows ----------------------------------------------------------------------------------------------- */

#define JSON_TEXT(word, arguments, from, to, type, text, ...)                                                \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = #word arguments, .summary = text, .least = from, .most = to,                 \
        .wants = { WANT_TEXT },                                                                              \
        .wanted = 1, .gives = type, .nulls = NULL_IN_NULL_OUT, .multi = MULTI_NULL, .pure = true,            \
        .cost = 150,                                                                                         \
        .row = word##_row, __VA_ARGS__                                                                       \
    }

JSON_TEXT(json_extract_exact, "(<json>[,<key>,...])", 1, -1, TYPE_ANY,
          "The value at a literal key; for several keys an array",
          .example = { "eval y=json_extract_exact(\"{\\\"a.b\\\":7}\",\"a.b\") | table y", "{}",
                       "{\"y\":7}" });
JSON_TEXT(json_has_key_exact, "(<json>,<key>)", 2, 2, TYPE_BOOLEAN, "Does the object have this very key?",
          .example = { "eval y=if(json_has_key_exact(\"{\\\"a.b\\\":null}\",\"a.b\"),1,0) | table y", "{}",
                       "{\"y\":1}" });
JSON_TEXT(json_keys, "(<object>)", 1, 1, TYPE_TEXT, "The keys of an object, as an array",
          .example = { "eval y=json_keys(\"{\\\"b\\\":1,\\\"a\\\":2}\") | table y", "{}",
                       "{\"y\":\"[\\\"b\\\",\\\"a\\\"]\"}" });
JSON_TEXT(json_entries, "(<object>)", 1, 1, TYPE_TEXT,
          "The keys and values of an object, as an array of objects",
          .example = { "eval y=json_entries(\"{\\\"a\\\":1}\") | table y", "{}",
                       "{\"y\":\"[{\\\"key\\\":\\\"a\\\",\\\"value\\\":1}]\"}" });

#define JSON_ANY(word, arguments, to, type, absent, many, text, ...)                                         \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = #word arguments, .summary = text, .least = 1, .most = to,                    \
        .wants = { WANT_VALUE, WANT_BOOLEAN }, .wanted = 2, .gives = type, .nulls = absent, .multi = many,     \
        .pure = true, .cost = 150, .row = word##_row, __VA_ARGS__                                            \
    }

JSON_ANY(json_array_to_mv, "(<array>[,<keep quotes>])", 2, TYPE_ANY, NULL_IN_NULL_OUT, MULTI_NULL,
         "The elements of an array as values",
         .example = { "eval y=json_array_to_mv(\"[\\\"a\\\",{\\\"b\\\":1}]\") | table y", "{}",
                      "{\"y\":[\"a\",\"{\\\"b\\\":1}\"]}" });
JSON_ANY(mv_to_json_array, "(<values>[,<infer types>])", 2, TYPE_TEXT, NULL_IN_NULL_OUT, MULTI_SEEN,
         "The values as an array: strings, or what they spell in JSON",
         .example = { "eval y=mv_to_json_array(m), z=mv_to_json_array(m,true()) | table y z",
                      "{\"m\":\"a\",\"m\":\"7\"}",
                      "{\"y\":\"[\\\"a\\\",\\\"7\\\"]\",\"z\":\"[null,7]\"}" });
JSON_ANY(toarray, "(<value>)", 1, TYPE_TEXT, NULL_IN_NULL_OUT, MULTI_SEEN,
         "A JSON array from its text or from several values",
         .example = { "eval y=toarray(\"[\\\"a\\\", 1.00]\") | table y", "{}", "{\"y\":\"[\\\"a\\\",1]\"}" });
JSON_ANY(toobject, "(<value>)", 1, TYPE_TEXT, NULL_IN_NULL_OUT, MULTI_NULL, "A JSON object from its text",
         .example = { "eval y=toobject(\"{\\\"a\\\": 1}\") | table y", "{}", "{\"y\":\"{\\\"a\\\":1}\"}" });
JSON_ANY(tomv, "(<value>)", 1, TYPE_ANY, NULL_IN_NULL_OUT, MULTI_SEEN, "Several values from a JSON array",
         .example = { "eval y=mvcount(tomv(json_array(\"a\",\"b\"))) | table y", "{}", "{\"y\":2}" });
JSON_ANY(json, "(<value>)", 1, TYPE_ANY, NULL_IN_NULL_OUT, MULTI_NULL,
         "The value if it is valid JSON, else null",
         .example = { "eval y=json(\"[1]\"), z=json(\"abc\") | table y z", "{}", "{\"y\":\"[1]\"}" });
JSON_ANY(isarray, "(<value>)", 1, TYPE_BOOLEAN, NULLS_SEEN, MULTI_SEEN, "Is it the text of a JSON array?",
         .example = { "where isarray(x) | table n", "{\"n\":1,\"x\":\"[1, 2]\"}\n{\"n\":2,\"x\":\"{}\"}",
                      "{\"n\":1}" });
JSON_ANY(isobject, "(<value>)", 1, TYPE_BOOLEAN, NULLS_SEEN, MULTI_SEEN, "Is it the text of a JSON object?",
         .example = { "where isobject(x) | table n",
                      "{\"n\":1,\"x\":\"{\\\"a\\\":1}\"}\n{\"n\":2,\"x\":\"{a: 1}\"}", "{\"n\":1}" });
