/* json_set() and its kin: a document with parts of it changed. Pairs that lead nowhere are skipped (functions
 * 6). */
#include "function/json.h"
#include "function/json_tree.h"

#include <stdlib.h>

enum change { CHANGE_SET, CHANGE_APPEND, CHANGE_EXTEND };

struct edit {
    struct call      *call;
    enum change       change;
    str               value;            /* JSON; read anew for each place, as a tree may be changed again */
};

/* --- at the place --------------------------------------------------------------------------------------- */

static status value_text(struct call *call, const struct cell *cell, str *out)
{
    struct buf  buf;
    struct cell text;

    take_buf(call, &buf);
    json_put_value(&buf, cell);
    TRY(give_buf(call, &text, &buf));
    *out = cell_str(&text);
    return OK;
}

static void replace(struct json_node *node, const struct json_node *with)
{
    struct json_node *next = node->next;
    str               key = node->key;

    *node = *with;
    node->next = next;
    node->key = key;
}

/* The node becomes an array of what it was. */
static status wrap(struct edit *edit, struct json_node *node)
{
    struct json_node  array = { .kind = JSON_ARRAY };
    struct json_node *moved = ARENA_NEW(edit->call->arena, struct json_node);

    TRY_NEW(moved);
    *moved = *node;
    json_tree_add(&array, moved);
    replace(node, &array);
    return OK;
}

static status change(struct edit *edit, struct json_node *node)
{
    struct json_node *value, *next;

    TRY(json_tree_read(edit->call->arena, edit->value, &value));
    if (edit->change == CHANGE_SET) {
        replace(node, value);
        return OK;
    }
    if (node->kind != JSON_ARRAY)
        TRY(wrap(edit, node));
    if (edit->change == CHANGE_APPEND || value->kind != JSON_ARRAY) {
        json_tree_add(node, value);
        return OK;
    }
    for (struct json_node *at = value->first; at; at = next) {
        next = at->next;
        json_tree_add(node, at);
    }
    return OK;
}

/* --- the way there -------------------------------------------------------------------------------------- */

static status walk_to(struct edit *edit, struct json_node *node, const struct json_path_step *step, uint32_t left);

/* What is missing is made when setting: objects for keys; an array only for its element 0, the first that can
 * be appended. */
static status make_missing(struct edit *edit, struct json_node *parent, const struct json_path_step *step,
                           uint32_t left)
{
    struct json_node *made = ARENA_NEW(edit->call->arena, struct json_node);

    TRY_NEW(made);
    if (edit->change != CHANGE_SET)
        return OK;
    for (uint32_t i = 1; i < left; i++)
        if (!step[i].key.at && step[i].index != 0)
            return OK;
    made->key = step->key;
    made->kind = left > 1 && !step[1].key.at ? JSON_ARRAY : JSON_OBJECT;
    json_tree_add(parent, made);
    return walk_to(edit, made, step + 1, left - 1);
}

static status walk_array(struct edit *edit, struct json_node *array, const struct json_path_step *step,
                         uint32_t left)
{
    int64_t number = 0;

    for (struct json_node *at = array->first; at; at = at->next, number++)
        if (step->index < 0 || step->index == number)
            TRY(walk_to(edit, at, step + 1, left - 1));
    return step->index == number ? make_missing(edit, array, step, left) : OK;
}

/* Depth: one call a step, JSON_PATH_STEPS at most. */
static status walk_to(struct edit *edit, struct json_node *node, const struct json_path_step *step, uint32_t left)
{
    struct json_node *next;

    if (left == 0)
        return change(edit, node);
    if (!step->key.at)
        return node->kind == JSON_ARRAY ? walk_array(edit, node, step, left) : OK;
    if (node->kind != JSON_OBJECT)
        return OK;
    next = json_tree_find(node, step->key);
    return next ? walk_to(edit, next, step + 1, left - 1) : make_missing(edit, node, step, left);
}

/* --- the functions -------------------------------------------------------------------------------------- */

/* The document of argument 0, null if it is none. */
static status read_document(struct call *call, const struct cell *arg, struct json_node **out)
{
    status read = arg[0].kind == KIND_TEXT ? json_tree_read(call->arena, cell_str(&arg[0]), out) : FAIL_DATA;

    if (read == FAIL_DATA)
        *out = NULL;
    return read == FAIL_DATA ? OK : read;
}

static status give_tree(struct call *call, struct cell *out, const struct json_node *tree)
{
    struct buf buf;

    take_buf(call, &buf);
    json_tree_put(tree, true, &buf);
    return json_give(call, out, &buf);
}

static status change_row(struct call *call, const struct cell *arg, struct cell *out, enum change change,
                         bool literal_keys)
{
    struct edit       edit = { .call = call, .change = change };
    struct json_node *root;
    struct json_path       path;

    TRY(read_document(call, arg, &root));
    if (!root || (literal_keys && root->kind != JSON_OBJECT))
        return give(out, cell_null());
    for (uint32_t i = 1; i + 1 < call->count; i += 2) {
        if (arg[i].kind != KIND_TEXT)
            continue;
        path = (struct json_path){ .step = { { .key = cell_str(&arg[i]) } }, .count = 1 };
        if (!literal_keys && !json_path_parse(cell_str(&arg[i]), &path))
            continue;
        TRY(value_text(call, &arg[i + 1], &edit.value));
        TRY(walk_to(&edit, root, path.step, path.count));
    }
    return give_tree(call, out, root);
}

static status json_set_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return change_row(call, arg, out, CHANGE_SET, false);
}

static status json_set_exact_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return change_row(call, arg, out, CHANGE_SET, true);
}

static status json_append_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return change_row(call, arg, out, CHANGE_APPEND, false);
}

static status json_extend_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return change_row(call, arg, out, CHANGE_EXTEND, false);
}

static status pairs_prepare(struct site *site, struct arena *arena, struct context *context,
                            struct diag *diag)
{
    if (site->count % 2 == 1)
        return OK;
    return diag_at(diag, FAIL_QUERY, site->span[site->count - 1], "bad-argument",
                   "The arguments to the '%s' function are invalid: it takes pairs of a path and a value "
                   "behind the document",
                   site->function->name);
}

/* --- json_delete() -------------------------------------------------------------------------------------- */

/* The paths to drop, sorted, so that one walk over the document finds them all: the data says how many keys there
 * are on either side. A dotted key is a nested path; there are no array steps here. */
struct drops {
    struct call *call;
    struct drop {
        const struct json_path_step *step;
        uint32_t                count;
    } *path;
    uint32_t count, room;
};

static status drops_add(struct drops *drops, str text)
{
    struct json_path       path;
    struct drop      *moved;
    struct json_path_step *step;

    if (!json_path_parse(text, &path) || path.count == 0)
        return OK;
    for (uint32_t i = 0; i < path.count; i++)
        if (!path.step[i].key.at)
            return OK;
    if (drops->count == drops->room) {
        drops->room = drops->room ? drops->room * 2 : 8;
        TRY_NEW(moved = arena_alloc(drops->call->arena, drops->room * sizeof *moved));
        if (drops->count)
            memcpy(moved, drops->path, drops->count * sizeof *moved);
        drops->path = moved;
    }
    TRY_NEW(step = arena_alloc(drops->call->arena, path.count * sizeof *step));
    memcpy(step, path.step, path.count * sizeof *step);
    drops->path[drops->count++] = (struct drop){ step, path.count };
    return OK;
}

static int compare_drops(const void *left, const void *right)
{
    const struct drop *a = left, *b = right;

    for (uint32_t i = 0; i < a->count && i < b->count; i++) {
        int order = str_compare(a->step[i].key, b->step[i].key);
        if (order != 0)
            return order;
    }
    return a->count < b->count ? -1 : a->count > b->count;
}

/* The first of the paths whose step `depth` is not before the key; or, `behind`, is after it. */
static uint32_t find_drop(const struct drop *path, uint32_t count, uint32_t depth, str key, bool behind)
{
    uint32_t from = 0;

    while (count > 0) {
        uint32_t half = count / 2;
        int      order = str_compare(path[from + half].step[depth].key, key);
        if (order < 0 || (behind && order == 0)) {
            from += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return from;
}

/* `path`: those that lead into the object; all have a step of this depth. Depth is bounded by the steps of a path. Of a
 * repeated key the last one is looked into, and all are dropped. */
static status drop_from(struct drops *drops, struct json_node *object, const struct drop *path, uint32_t count,
                        uint32_t depth)
{
    struct json_node **link = &object->first, **inner;

    TRY_NEW(inner = ARENA_ARRAY(drops->call->arena, struct json_node *, count));
    object->last = NULL;
    while (*link) {
        uint32_t first = find_drop(path, count, depth, (*link)->key, false);
        bool     named = first < count && str_equal(path[first].step[depth].key, (*link)->key);
        if (named && path[first].count == depth + 1) {      /* the shortest stands first */
            *link = (*link)->next;
            continue;
        }
        if (named)
            inner[first] = *link;
        object->last = *link;
        link = &(*link)->next;
    }
    for (uint32_t i = 0; i < count; i++)
        if (inner[i] && inner[i]->kind == JSON_OBJECT) {
            uint32_t end = find_drop(path, count, depth, inner[i]->key, true);
            TRY(drop_from(drops, inner[i], path + i, end - i, depth + 1));
        }
    return OK;
}

/* Keys may also come as one JSON array. */
static status drops_name(struct drops *drops, str name)
{
    struct json_node *list = NULL;
    status            read = OK;

    if (name.size && name.at[0] == '[')
        read = json_tree_read(drops->call->arena, name, &list);
    if (read != OK && read != FAIL_DATA)
        return read;
    if (read != OK || !list || list->kind != JSON_ARRAY)
        return drops_add(drops, name);
    for (struct json_node *at = list->first; at; at = at->next) {
        char *room;
        if (at->kind != JSON_STRING)
            continue;
        TRY_NEW(room = arena_alloc(drops->call->arena, at->text.size + 1));
        TRY(drops_add(drops, str_make(room, json_decode(at->text, room))));
    }
    return OK;
}

static status json_delete_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct drops      drops = { .call = call };
    struct json_node *root;

    TRY(read_document(call, arg, &root));
    if (!root || root->kind != JSON_OBJECT)
        return give(out, cell_null());
    for (uint32_t i = 1; i < call->count; i++)
        if (arg[i].kind == KIND_TEXT)
            TRY(drops_name(&drops, cell_str(&arg[i])));
    if (drops.count) {
        qsort(drops.path, drops.count, sizeof *drops.path, compare_drops);
        TRY(drop_from(&drops, root, drops.path, drops.count, 0));
    }
    return give_tree(call, out, root);
}

#define CHANGE(word, arguments, from, text, ...)                                                             \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = #word arguments, .summary = text, .least = from, .most = -1,                 \
        .wants = { WANT_ANY },                                                                               \
        .wanted = 1, .gives = TYPE_TEXT, .nulls = NULLS_SEEN, .multi = MULTI_SEEN, .pure = true,             \
        .cost = 250,                                                                                         \
        .row = word##_row, __VA_ARGS__                                                                       \
    }

CHANGE(json_set, "(<json>,<path>,<value>,...)", 3, "The document with values put at paths",
       .prepare = pairs_prepare,
       .example = { "eval y=json_set(\"{\\\"a\\\":1}\",\"b.c\",2) | table y", "{}",
                    "{\"y\":\"{\\\"a\\\":1,\\\"b\\\":{\\\"c\\\":2}}\"}" });
CHANGE(json_set_exact, "(<json>,<key>,<value>,...)", 3, "The object with values put at literal keys",
       .prepare = pairs_prepare,
       .example = { "eval y=json_set_exact(json_object(),\"a.b\",1) | table y", "{}",
                    "{\"y\":\"{\\\"a.b\\\":1}\"}" });
CHANGE(json_append, "(<json>,<path>,<value>,...)", 3, "The document with a value appended at paths",
       .prepare = pairs_prepare,
       .example = { "eval y=json_append(\"{\\\"a\\\":[1]}\",\"a\",json_array(2,3)) | table y", "{}",
                    "{\"y\":\"{\\\"a\\\":[1,[2,3]]}\"}" });
CHANGE(json_extend, "(<json>,<path>,<array>,...)", 3,
       "The document with the elements of an array appended at paths",
       .prepare = pairs_prepare,
       .example = { "eval y=json_extend(\"{\\\"a\\\":[1]}\",\"a\",json_array(2,3)) | table y", "{}",
                    "{\"y\":\"{\\\"a\\\":[1,2,3]}\"}" });
CHANGE(json_delete, "(<json>,<key>,...)", 2, "The object without keys; a dot leads into objects inside",
       .example = { "eval y=json_delete(\"{\\\"a\\\":{\\\"b\\\":1,\\\"c\\\":2}}\",\"a.b\") | table y", "{}",
                    "{\"y\":\"{\\\"a\\\":{\\\"c\\\":2}}\"}" });
