/* spath(): the values a path leads to in JSON or XML text (functions 10). The text tells which it is. */
#include "function/json.h"
#include "function/loop.h"
#include "text/xml.h"

/* --- XML: elements joined by dots, a.b{2} the second b of each a, a.b{@id} an attribute ----------------- */

struct element_step {
    str     name;
    int64_t index;              /* from 1; 0: any */
};

struct element_path {
    struct element_step step[MOST_STEPS];
    uint32_t            count;
    str                 attribute;      /* of the last element; at NULL: its content is wanted */
};

/* What stands in braces: nothing, a number or an attribute. */
static bool read_braces(str inside, struct element_path *path)
{
    struct element_step *step = &path->step[path->count - 1];
    int64_t              index = 0;

    if (inside.size > 1 && inside.at[0] == '@') {
        path->attribute = str_slice(inside, 1, inside.size);
        return true;
    }
    for (size_t i = 0; i < inside.size; i++) {
        if (inside.at[i] < '0' || inside.at[i] > '9' || index > 100000000)
            return false;
        index = index * 10 + (inside.at[i] - '0');
    }
    step->index = index;
    return inside.size == 0 || index > 0;
}

static bool element_path_parse(str text, struct element_path *path)
{
    size_t at = 0;

    path->count = 0;
    path->attribute = str_make(NULL, 0);
    while (at < text.size) {
        size_t from = at;
        while (at < text.size && text.at[at] != '.' && text.at[at] != '{')
            at++;
        if (at == from || path->count == MOST_STEPS || path->attribute.at)
            return false;
        path->step[path->count++] = (struct element_step){ .name = str_slice(text, from, at) };
        while (at < text.size && text.at[at] == '{') {
            size_t close = str_find(text, STR("}"), at);
            if (close == SIZE_MAX || path->attribute.at || !read_braces(str_slice(text, at + 1, close), path))
                return false;
            at = close + 1;
        }
        if (at < text.size && text.at[at++] != '.')
            return false;
    }
    return path->count > 0 && text.at[text.size - 1] != '.';
}

/* How far the elements that are open follow the path. */
struct element_search {
    struct call                *call;
    const struct element_path  *path;
    uint32_t                    followed;               /* the outermost so many */
    int64_t                     met[MOST_STEPS + 1];    /* of that step's name, in the one around them */
    const char                 *content;                /* of the element wanted, while that is open */
    bool                        parent;                 /* it has elements inside */
    struct gathered             values;
};

static status add_decoded(struct element_search *search, str text)
{
    char *room = arena_alloc(search->call->arena, text.size);

    TRY_NEW(room);
    return gather_cell(search->call, &search->values,
                       cell_field_text(str_make(room, xml_decode(text, room))));
}

static status element_opened(struct element_search *search, const struct xml_walk *walk)
{
    const struct element_path *path = search->path;
    const struct element_step *step;
    str                        value;

    if (search->content)
        search->parent = true;
    if (search->followed != walk->depth - 1 || search->followed == path->count)
        return OK;
    step = &path->step[search->followed];
    if (!str_equal(step->name, walk->name))
        return OK;
    search->met[search->followed]++;
    if (step->index && step->index != search->met[search->followed])
        return OK;
    search->met[++search->followed] = 0;
    if (search->followed < path->count)
        return OK;
    if (path->attribute.at)
        return xml_attribute(walk->attributes, path->attribute, &value) ? add_decoded(search, value) : OK;
    search->content = walk->at;
    search->parent = false;
    return OK;
}

/* `walk->depth` does not count it any more. An element with others inside is given as it is written. */
static status element_closed(struct element_search *search, const struct xml_walk *walk)
{
    const char *content = search->content;
    str         inner;

    if (search->followed <= walk->depth)
        return OK;
    search->followed--;
    if (!content)
        return OK;
    search->content = NULL;
    inner = str_make(content, (size_t)(walk->tag - content));
    if (!search->parent)
        return add_decoded(search, inner);
    return gather_cell(search->call, &search->values, cell_field_text(inner));
}

static status element_values(struct call *call, str text, const struct element_path *path, struct cell *out)
{
    struct element_search search = { .call = call, .path = path };
    struct xml_walk       walk;
    enum xml_token        token;

    xml_walk_start(&walk, text);
    while ((token = xml_next(&walk)) == XML_OPEN || token == XML_CLOSE)
        TRY(token == XML_OPEN ? element_opened(&search, &walk) : element_closed(&search, &walk));
    return give(out, token == XML_END ? list_value(search.values.cell, search.values.count) : cell_null());
}

/* --- either --------------------------------------------------------------------------------------------- */

/* A path read both ways, as the text tells which it is for. */
struct both_paths {
    struct path         path;
    struct element_path element;
    bool                is_path, is_element;
};

static status spath_prepare(struct site *site, struct arena *arena, struct context *context, struct diag *diag)
{
    struct both_paths *paths;
    str                text;

    if (!site_is_literal(site, 1) || site->literal[1].kind != KIND_TEXT)
        return OK;
    TRY_NEW(paths = ARENA_NEW(arena, struct both_paths));
    text = cell_str(&site->literal[1]);
    paths->is_path = path_parse(text, &paths->path);
    paths->is_element = element_path_parse(text, &paths->element);
    site->prepared = paths;
    return OK;
}

static NOINLINE status spath_computed(struct call *call, str text, str path_text, struct cell *out)
{
    struct element_path element;
    struct path         path;

    if (text.size && text.at[0] == '<')
        return element_path_parse(path_text, &element) ? element_values(call, text, &element, out) : give(out, cell_null());
    return path_parse(path_text, &path) ? json_values(call, text, &path, out) : give(out, cell_null());
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
