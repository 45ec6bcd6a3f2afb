#include "command/leaves.h"

#include "flow/run.h"
#include "text/json.h"
#include "text/xml.h"

enum { LEVELS = 512 };                  /* that JSON and XML may have */
_Static_assert((int)JSON_DEPTH <= LEVELS && (int)XML_DEPTH <= LEVELS, "a level for each");

struct leaf_level {
    size_t      path;                   /* what the path was like before */
    const char *content;                /* of an element */
    bool        parent;                 /* it has elements inside */
};

status leaves_init(struct leaves *leaves, struct finds *finds, size_t most)
{
    leaves->finds = finds;
    leaves->most = most;
    buf_init(&leaves->path, &finds->op->run->heap);
    TRY_NEW(leaves->level = ARENA_ARRAY(&finds->op->arena, struct leaf_level, LEVELS + 1));
    return OK;
}

void leaves_close(struct leaves *leaves)
{
    if (leaves->finds)
        buf_free(&leaves->path);
}

/* --- values -------------------------------------------------------------------------------------------------------- */

status leaf_string(str inner, bool escaped, struct arena *arena, struct cell *out)
{
    if (escaped) {
        char *room = arena_alloc(arena, inner.size);
        TRY_NEW(room);
        inner = str_make(room, json_decode(inner, room));
    }
    *out = cell_field_text(inner);
    return OK;
}

status leaf_content(str inner, struct arena *arena, str *out)
{
    *out = inner;
    if (inner.size && (memchr(inner.at, '&', inner.size) || memchr(inner.at, '<', inner.size))) {
        char *room = arena_alloc(arena, inner.size);
        TRY_NEW(room);
        *out = str_make(room, xml_decode(inner, room));
    }
    return OK;
}

status leaf_value(str value, struct arena *arena, struct cell *out)
{
    if (value.size >= 2 && value.at[0] == '"') {
        value = str_slice(value, 1, value.size - 1);
        return leaf_string(value, memchr(value.at, '\\', value.size) != NULL, arena, out);
    }
    *out = cell_field_text(value);
    return OK;
}

/* --- JSON ---------------------------------------------------------------------------------------------------------- */

/* The key of a member is the last step of the path. */
static status step_to_key(struct leaves *leaves, const struct json_walk *walk)
{
    struct buf *path = &leaves->path;

    path->size = leaves->level[walk->depth].path;
    if (path->size)
        buf_byte(path, '.');
    if (!walk->escaped) {
        buf_put(path, walk->text);
        return buf_status(path);
    }
    TRY(buf_reserve(path, walk->text.size));
    path->size += json_decode(walk->text, path->at + path->size);
    return OK;
}

static status put_scalar(struct leaves *leaves, const struct json_walk *walk, bool string)
{
    struct finds *finds = leaves->finds;
    struct cell   cell = cell_field_text(walk->text);
    bool          wanted = true;

    if (string && walk->escaped) {
        TRY(finds_wants(finds, buf_str(&leaves->path), &wanted));
        if (!wanted)
            return OK;
        TRY(leaf_string(walk->text, true, &finds->batch->arena, &cell));
    }
    return finds_put(finds, buf_str(&leaves->path), cell);
}

static status open_container(struct leaves *leaves, const struct json_walk *walk, bool array)
{
    if (array)
        buf_text(&leaves->path, "{}");
    leaves->level[walk->depth].path = leaves->path.size;
    return buf_status(&leaves->path);
}

/* `cut`: the text goes on behind its end, where a number may do so, too. */
static status find_json(struct leaves *leaves, str text, bool cut)
{
    struct json_walk walk;

    json_walk_start(&walk, text);
    leaves->path.size = 0;
    for (;;) {
        enum json_token token = json_next(&walk);
        switch (token) {
        case JSON_ERROR:
        case JSON_END:
            return OK;
        case JSON_KEY:
            TRY(step_to_key(leaves, &walk));
            break;
        case JSON_OBJECT:
        case JSON_ARRAY:
            TRY(open_container(leaves, &walk, token == JSON_ARRAY));
            break;
        case JSON_OBJECT_END:
        case JSON_ARRAY_END:
            leaves->path.size = leaves->level[walk.depth].path;
            break;
        default:
            if (!cut || walk.at < walk.end)
                TRY(put_scalar(leaves, &walk, token == JSON_STRING));
        }
    }
}

/* --- XML ----------------------------------------------------------------------------------------------------------- */

static status put_content(struct leaves *leaves, str inner)
{
    bool wanted;

    TRY(finds_wants(leaves->finds, buf_str(&leaves->path), &wanted));
    if (!wanted)
        return OK;
    TRY(leaf_content(inner, &leaves->finds->batch->arena, &inner));
    inner = str_trim_blanks(inner);
    return inner.size ? finds_put(leaves->finds, buf_str(&leaves->path), cell_field_text(inner)) : OK;
}

static status put_attributes(struct leaves *leaves, str attributes)
{
    size_t size = leaves->path.size;
    str    name, value;

    while (xml_attribute_next(&attributes, &name, &value)) {
        buf_text(&leaves->path, "{@");
        buf_put(&leaves->path, name);
        buf_byte(&leaves->path, '}');
        TRY(buf_status(&leaves->path));
        TRY(put_content(leaves, value));
        leaves->path.size = size;
    }
    return OK;
}

static status open_element(struct leaves *leaves, const struct xml_walk *walk)
{
    struct leaf_level *level = &leaves->level[walk->depth];

    level[-1].parent = true;
    *level = (struct leaf_level){ .path = leaves->path.size, .content = walk->at };
    if (leaves->path.size)
        buf_byte(&leaves->path, '.');
    buf_put(&leaves->path, walk->name);
    TRY(buf_status(&leaves->path));
    return put_attributes(leaves, walk->attributes);
}

static status close_element(struct leaves *leaves, const struct xml_walk *walk)
{
    const struct leaf_level *level = &leaves->level[walk->depth + 1];

    if (!level->parent && walk->tag > level->content)
        TRY(put_content(leaves, str_make(level->content, (size_t)(walk->tag - level->content))));
    leaves->path.size = level->path;
    return OK;
}

/* Of an element with others inside the text is no field's. */
static status find_xml(struct leaves *leaves, str text)
{
    struct xml_walk walk;
    enum xml_token  token;

    xml_walk_start(&walk, text);
    leaves->path.size = 0;
    while ((token = xml_next(&walk)) == XML_OPEN || token == XML_CLOSE)
        TRY(token == XML_OPEN ? open_element(leaves, &walk) : close_element(leaves, &walk));
    return OK;
}

/* --- either -------------------------------------------------------------------------------------------------------- */

status leaves_find(struct leaves *leaves, str text)
{
    bool cut = text.size > leaves->most;

    buf_clear(&leaves->path);
    text = str_trim_blanks(cut ? str_slice(text, 0, leaves->most) : text);
    if (text.size && text.at[0] == '<')
        return find_xml(leaves, text);
    if (text.size && (text.at[0] == '{' || text.at[0] == '['))
        return find_json(leaves, text, cut);
    return OK;
}
