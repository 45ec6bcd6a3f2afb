#include "text/xml_path.h"

#include "text/xml.h"

/* What stands in braces: nothing, a number or an attribute. */
static bool read_braces(str inside, struct xml_path *path)
{
    struct xml_path_step *step = &path->step[path->count - 1];
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

bool xml_path_parse(str text, struct xml_path *path)
{
    size_t at = 0;

    path->count = 0;
    path->attribute = str_make(NULL, 0);
    while (at < text.size) {
        size_t from = at;
        while (at < text.size && text.at[at] != '.' && text.at[at] != '{')
            at++;
        if (at == from || path->count == XML_PATH_STEPS || path->attribute.at)
            return false;
        path->step[path->count++] = (struct xml_path_step){ .name = str_slice(text, from, at) };
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
    const struct xml_path *path;
    xml_path_found         found;
    void                  *host;
    uint32_t               followed;                /* the outermost so many */
    int64_t                met[XML_PATH_STEPS + 1]; /* of that step's name, in the one around them */
    const char            *content;                 /* of the element wanted, while that is open */
    bool                   parent;                  /* it has elements inside */
};

static status element_opened(struct element_search *search, const struct xml_walk *walk)
{
    const struct xml_path      *path = search->path;
    const struct xml_path_step *step;
    str                         value;

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
        return xml_attribute(walk->attributes, path->attribute, &value) ? search->found(search->host, value, false) : OK;
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
    return search->found(search->host, inner, search->parent);
}

status xml_path_walk(str text, const struct xml_path *path, xml_path_found found, void *host)
{
    struct element_search search = { .path = path, .found = found, .host = host };
    struct xml_walk       walk;
    enum xml_token        token;

    xml_walk_start(&walk, text);
    while ((token = xml_next(&walk)) == XML_OPEN || token == XML_CLOSE)
        TRY(token == XML_OPEN ? element_opened(&search, &walk) : element_closed(&search, &walk));
    return token == XML_END ? OK : FAIL_DATA;
}
