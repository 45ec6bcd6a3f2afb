/* spath(): the values a path leads to in JSON or XML text (functions 10). The text tells which it is. */
#include "function/json.h"
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

static status element_values(struct call *call, str text, str path_text, struct cell *out)
{
    struct element_path   path;
    struct element_search search = { .call = call, .path = &path };
    struct xml_walk       walk;
    enum xml_token        token;

    if (!element_path_parse(path_text, &path))
        return give(out, cell_null());
    xml_walk_start(&walk, text);
    while ((token = xml_next(&walk)) == XML_OPEN || token == XML_CLOSE)
        TRY(token == XML_OPEN ? element_opened(&search, &walk) : element_closed(&search, &walk));
    return give(out, token == XML_END ? list_value(search.values.cell, search.values.count) : cell_null());
}

/* --- either --------------------------------------------------------------------------------------------- */

static status spath_row(struct call *call, const struct cell *arg, struct cell *out)
{
    str text = str_trim_blanks(cell_str(&arg[0]));

    if (text.size && text.at[0] == '<')
        return element_values(call, text, cell_str(&arg[1]), out);
    return json_values(call, text, cell_str(&arg[1]), out);
}

const struct function function_spath = {
    .name = "spath", .usage = "spath(<text>,<path>)",
    .summary = "The values a path leads to in JSON or XML text: a.b{}.c{2}",
    .least = 2, .most = 2, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_ANY, .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_EACH, .pure = true, .cost = 200, .row = spath_row,
    .example = { "eval y=spath(j,\"a{}.b\"), z=spath(j,\"a{1}.b\"), "
                 "i=spath(\"<a><b id='7'/></a>\",\"a.b{@id}\") | table y z i",
                 "{\"j\":\"{\\\"a\\\":[{\\\"b\\\":\\\"x\\\"},{\\\"b\\\":\\\"y\\\"}]}\"}",
                 "{\"y\":[\"x\",\"y\"],\"z\":\"y\",\"i\":7}" },
};
