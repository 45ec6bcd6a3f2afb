/* spath(): the values a path leads to in JSON or XML text (functions 10). The text tells which it is. */
#include "function/json.h"
#include "function/loop.h"
#include "text/xml.h"
#include "text/xml_path.h"

/* --- XML ------------------------------------------------------------------------------------------------- */

struct elements {
    struct call    *call;
    struct gathered values;
};

static status add_element(void *host, str inner, bool markup)
{
    struct elements *elements = host;

    if (!markup) {
        char *room = arena_alloc(elements->call->arena, inner.size);
        TRY_NEW(room);
        inner = str_make(room, xml_decode(inner, room));
    }
    return gather_cell(elements->call, &elements->values, cell_field_text(inner));
}

static status element_values(struct call *call, str text, const struct xml_path *path, struct cell *out)
{
    struct elements elements = { .call = call };
    status          done = xml_path_walk(text, path, add_element, &elements);

    if (done == FAIL_DATA)
        return give(out, cell_null());
    TRY(done);
    return give(out, list_value(elements.values.cell, elements.values.count));
}

/* --- either --------------------------------------------------------------------------------------------- */

/* A path read both ways, as the text tells which it is for. */
struct both_paths {
    struct json_path path;
    struct xml_path  element;
    bool             is_path, is_element;
};

static status spath_prepare(struct site *site, struct arena *arena, struct context *context, struct diag *diag)
{
    struct both_paths *paths;
    str                text;

    if (!site_is_literal(site, 1) || site->literal[1].kind != KIND_TEXT)
        return OK;
    TRY_NEW(paths = ARENA_NEW(arena, struct both_paths));
    text = cell_str(&site->literal[1]);
    paths->is_path = json_path_parse(text, &paths->path);
    paths->is_element = xml_path_parse(text, &paths->element);
    site->prepared = paths;
    return OK;
}

static NOINLINE status spath_computed(struct call *call, str text, str path_text, struct cell *out)
{
    struct xml_path  element;
    struct json_path path;

    if (text.size && text.at[0] == '<')
        return xml_path_parse(path_text, &element) ? element_values(call, text, &element, out) : give(out, cell_null());
    return json_path_parse(path_text, &path) ? json_values(call, text, &path, out) : give(out, cell_null());
}

static ALWAYS_INLINE status spath_row(struct call *call, const struct cell *arg, struct cell *out)
{
    const struct both_paths *paths = call->site->prepared;
    str                      text = str_trim_blanks(cell_str(&arg[0]));

    if (!paths)
        return spath_computed(call, text, cell_str(&arg[1]), out);
    if (text.size && text.at[0] == '<')
        return paths->is_element ? element_values(call, text, &paths->element, out) : give(out, cell_null());
    return paths->is_path ? json_values(call, text, &paths->path, out) : give(out, cell_null());
}

COLUMN_BODY(spath, 0, LOOP_EACH, cells)

const struct function function_spath = {
    .name = "spath", .usage = "spath(<text>,<path>)",
    .summary = "The values a path leads to in JSON or XML text: a.b{}.c{2}",
    .least = 2, .most = 2, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_ANY, .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_EACH, .pure = true, .cost = 200, .prepare = spath_prepare, .row = spath_row,
    .vector = spath_vector,
    .example = { "eval y=spath(j,\"a{}.b\"), z=spath(j,\"a{1}.b\"), "
                 "i=spath(\"<a><b id='7'/></a>\",\"a.b{@id}\") | table y z i",
                 "{\"j\":\"{\\\"a\\\":[{\\\"b\\\":\\\"x\\\"},{\\\"b\\\":\\\"y\\\"}]}\"}",
                 "{\"y\":[\"x\",\"y\"],\"z\":\"y\",\"i\":7}" },
};
