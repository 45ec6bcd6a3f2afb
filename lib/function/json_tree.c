#include "function/json_tree.h"

#include "value/cell.h"
#include "value/number.h"

void json_tree_add(struct json_node *parent, struct json_node *child)
{
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

struct json_node *json_tree_find(const struct json_node *object, str key)
{
    struct json_node *found = NULL;

    for (struct json_node *at = object->first; at; at = at->next)
        if (str_equal(at->key, key))
            found = at;
    return found;
}

static status decoded(struct arena *arena, const struct json_walk *walk, str *out)
{
    char *room;

    *out = walk->text;
    if (!walk->escaped)
        return OK;
    TRY_NEW(room = arena_alloc(arena, walk->text.size + 1));
    *out = str_make(room, json_decode(walk->text, room));
    return OK;
}

status json_tree_read(struct arena *arena, str text, struct json_node **out)
{
    struct json_node *open[JSON_DEPTH + 1], *root = ARENA_NEW(arena, struct json_node);
    uint32_t          depth = 0;
    struct json_walk  walk;
    str               key = { 0 };

    TRY_NEW(open[0] = root);
    json_walk_start(&walk, text);
    for (;;) {
        enum json_token   token = json_next(&walk);
        struct json_node *node;

        if (token == JSON_END)
            break;
        if (token == JSON_ERROR)
            return FAIL_DATA;
        if (token == JSON_OBJECT_END || token == JSON_ARRAY_END) {
            depth--;
            continue;
        }
        if (token == JSON_KEY) {
            TRY(decoded(arena, &walk, &key));
            continue;
        }
        TRY_NEW(node = ARENA_NEW(arena, struct json_node));
        *node = (struct json_node){ .kind = (uint8_t)token, .key = key, .text = walk.text };
        json_tree_add(open[depth], node);
        if (token == JSON_OBJECT || token == JSON_ARRAY)
            open[++depth] = node;
    }
    *out = root->first;
    return root->first ? OK : FAIL_DATA;
}

static void put_scalar(const struct json_node *node, bool shortest, struct buf *out)
{
    char   room[NUMBER_ROOM];
    double number;

    if (node->kind == JSON_STRING)
        buf_byte(out, '"');
    if (node->kind == JSON_NUMBER && shortest && number_parse(node->text, &number, NULL))
        buf_put(out, str_make(room, number_format(number, EXACT, room)));
    else
        buf_put(out, node->text);
    if (node->kind == JSON_STRING)
        buf_byte(out, '"');
}

/* Depth: that of the tree, bounded where it is made. */
void json_tree_put(const struct json_node *node, bool shortest, struct buf *out)
{
    bool object = node->kind == JSON_OBJECT;

    if (!object && node->kind != JSON_ARRAY) {
        put_scalar(node, shortest, out);
        return;
    }
    buf_byte(out, object ? '{' : '[');
    for (const struct json_node *at = node->first; at; at = at->next) {
        if (at != node->first)
            buf_byte(out, ',');
        if (object) {
            json_put_string(out, at->key);
            buf_byte(out, ':');
        }
        json_tree_put(at, shortest, out);
    }
    buf_byte(out, object ? '}' : ']');
}
