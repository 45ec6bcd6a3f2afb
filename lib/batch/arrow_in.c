/* Struct arrays to batches. Structs flatten to dotted names, lists of structs to name{}.member, maps to name.key; whatever
 * stands below a list becomes a multivalue, in order. */
#include "batch/arrow.h"

#include "base/buf.h"
#include "base/map.h"
#include "batch/arrow_node.h"

static const struct span nowhere = { 0, 0 };

struct leaf {                       /* one field of the result: the way from the root to a scalar */
    str                       name;
    const struct arrow_node **step;     /* step[0] is the root */
    const str                *key;      /* by step: of a map, which key; at NULL: no map */
    uint32_t                  steps;
};

struct arrow_input {
    struct heap       *heap;
    struct arena       arena;
    struct arrow_node *root;
    struct leaf       *leaf;
    uint32_t           leaves, room;
};

/* The way being walked while leaves are collected. */
struct way {
    const struct arrow_node *step[ARROW_DEPTH * 2 + 2];
    str                      key[ARROW_DEPTH * 2 + 2];
    uint32_t                 steps;
    struct buf               name;
    struct diag             *diag;
};

static status collect(struct arrow_input *input, struct way *way, const struct arrow_node *node);

static status add_leaf(struct arrow_input *input, struct way *way)
{
    struct leaf *leaf;
    size_t       size = way->steps * sizeof *leaf->step;
    str         *key;

    if (input->leaves >= ARROW_LEAVES)
        return diag_at(way->diag, FAIL_DATA, nowhere, "bad-arrow", "more than %d Arrow columns", ARROW_LEAVES);
    if (!heap_grow(input->heap, &input->leaf, &input->room, input->leaves + 1, sizeof *leaf))
        return FAIL_MEMORY;
    leaf = &input->leaf[input->leaves];
    *leaf = (struct leaf){ .steps = way->steps, .name = arena_str(&input->arena, buf_str(&way->name)) };
    leaf->step = arena_alloc(&input->arena, size);
    leaf->key = key = arena_alloc(&input->arena, way->steps * sizeof *key);
    if (!leaf->name.at || !leaf->step || !key)
        return FAIL_MEMORY;
    memcpy(leaf->step, way->step, size);
    memcpy(key, way->key, way->steps * sizeof *key);
    input->leaves++;
    return OK;
}

static void put_name(struct way *way, str name)
{
    if (way->name.size)
        buf_byte(&way->name, '.');
    buf_put(&way->name, name);
}

static status collect_struct(struct arrow_input *input, struct way *way, const struct arrow_node *node)
{
    size_t size = way->name.size;

    for (int64_t i = 0; i < node->children; i++) {
        put_name(way, str_of(node->child[i]->schema->name ? node->child[i]->schema->name : ""));
        TRY(collect(input, way, node->child[i]));
        way->name.size = size;
    }
    return OK;
}

/* Every key that occurs in the map is a field. */
static status collect_map(struct arrow_input *input, struct way *way, const struct arrow_node *node)
{
    const struct arrow_node *entries = node->child[0], *keys = entries->child[0];
    uint32_t                 place = way->steps - 1;
    size_t                   size = way->name.size;
    struct map               seen;
    status                   result = OK;

    map_init(&seen, input->heap);
    for (int64_t i = 0; i < entries->array->length && result == OK; i++) {
        int64_t     at = i + entries->array->offset + keys->array->offset;
        str     key;
        if (i + entries->array->offset >= keys->array->length || arrow_is_null(keys, at)
            || !arrow_text(keys, at, &key) || map_find(&seen, key))
            continue;
        if (seen.count >= ARROW_KEYS)
            result = diag_at(way->diag, FAIL_DATA, nowhere, "bad-arrow", "more than %d keys in an Arrow map", ARROW_KEYS);
        else
            result = map_put(&seen, key, input);
        if (result != OK)
            continue;
        way->key[place] = key;
        put_name(way, key);
        result = collect(input, way, entries->child[1]);
        way->name.size = size;
        way->key[place] = (str){ 0 };
    }
    map_free(&seen);
    return result;
}

static status collect_inner(struct arrow_input *input, struct way *way, const struct arrow_node *node)
{
    if (node->dictionary)
        return collect(input, way, node->dictionary);
    switch (node->kind) {
    case NODE_STRUCT:
        return collect_struct(input, way, node);
    case NODE_MAP:
        return collect_map(input, way, node);
    case NODE_RUNS:
        return collect(input, way, node->child[1]);
    case NODE_LIST: case NODE_LIST_LARGE: case NODE_LIST_VIEW: case NODE_LIST_FIXED:
        if (node->child[0]->kind == NODE_STRUCT)
            buf_put(&way->name, STR("{}"));
        return collect(input, way, node->child[0]);
    default:
        return add_leaf(input, way);
    }
}

static status collect(struct arrow_input *input, struct way *way, const struct arrow_node *node)
{
    size_t size = way->name.size;
    status result;

    way->key[way->steps] = (str){ 0 };
    way->step[way->steps++] = node;         /* the depth of the tree is bounded */
    result = collect_inner(input, way, node);
    way->steps--;
    way->name.size = size;
    return result;
}

status arrow_open(struct heap *heap, const struct ArrowSchema *schema, const struct ArrowArray *array, struct diag *diag,
                  struct arrow_input **out)
{
    struct arrow_input *input = heap_zero(heap, 1, sizeof *input);
    struct way         *way;
    status              result;

    *out = input;
    TRY_NEW(input);
    input->heap = heap;
    arena_init(&input->arena, heap);
    if (!schema->release || !schema->format || strcmp(schema->format, "+s") != 0)
        return diag_at(diag, FAIL_DATA, nowhere, "bad-arrow", "rows from Arrow come as a struct array ('+s')");
    TRY(arrow_build(&input->arena, schema, array, 0, diag, &input->root));
    TRY_NEW(way = ARENA_NEW(&input->arena, struct way));
    way->diag = diag;
    buf_init(&way->name, heap);
    result = collect(input, way, input->root);
    if (result == OK)
        result = buf_status(&way->name);
    buf_free(&way->name);
    return result;
}

void arrow_close(struct arrow_input *input)
{
    if (!input)
        return;
    heap_free(input->heap, input->leaf, input->room * sizeof *input->leaf);
    arena_free(&input->arena);
    heap_free(input->heap, input, sizeof *input);
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

struct values {                     /* of one row of one leaf */
    struct heap  *heap;
    struct arena *arena;
    struct cell  *cell;
    uint32_t      count, room;
};

static status gather(const struct leaf *leaf, uint32_t step, int64_t row, struct values *out);

/* Does the entry at `at` of a map have the key? */
static bool has_key(const struct arrow_node *map, int64_t at, str key)
{
    const struct arrow_node *entries = map->child[0], *keys = entries->child[0];
    int64_t                  place = at + entries->array->offset;
    str                      text;

    return place < keys->array->length && !arrow_is_null(keys, place + keys->array->offset)
        && arrow_text(keys, place + keys->array->offset, &text) && str_equal(text, key);
}

static status gather_map(const struct leaf *leaf, uint32_t step, int64_t at, struct values *out)
{
    const struct arrow_node *node = leaf->step[step];
    int64_t                  from, to;

    if (!arrow_range(node, at, &from, &to))
        return FAIL_DATA;
    for (; from < to; from++)
        if (has_key(node, from, leaf->key[step]))
            TRY(gather(leaf, step + 1, from + node->child[0]->array->offset, out));
    return OK;
}

static status gather_list(const struct leaf *leaf, uint32_t step, int64_t at, struct values *out)
{
    const struct arrow_node *node = leaf->step[step];
    int64_t                  from, to;

    if (!arrow_range(node, at, &from, &to))
        return FAIL_DATA;
    for (; from < to; from++)
        TRY(gather(leaf, step + 1, from, out));
    return OK;
}

/* `row` counts within the node's array, its offset not added. */
static status gather(const struct leaf *leaf, uint32_t step, int64_t row, struct values *out)
{
    const struct arrow_node *node = leaf->step[step];
    int64_t                  at = row + node->array->offset, place;

    if (row < 0 || row >= node->array->length)
        return FAIL_DATA;
    if (arrow_is_null(node, at))
        return OK;
    if (node->dictionary)
        return arrow_code(node, at, &place) ? gather(leaf, step + 1, place, out) : FAIL_DATA;
    switch (node->kind) {
    case NODE_STRUCT:
        return gather(leaf, step + 1, at, out);
    case NODE_MAP:
        return gather_map(leaf, step, at, out);
    case NODE_RUNS:
        return arrow_run(node, at, &place) ? gather(leaf, step + 1, place, out) : FAIL_DATA;
    case NODE_LIST: case NODE_LIST_LARGE: case NODE_LIST_VIEW: case NODE_LIST_FIXED:
        return gather_list(leaf, step, at, out);
    default:
        if (!heap_grow(out->heap, &out->cell, &out->room, out->count + 1, sizeof *out->cell))
            return FAIL_MEMORY;
        return arrow_scalar(node, at, out->arena, &out->cell[out->count++]);
    }
}

static status take(struct values *values, struct cell *out)
{
    struct cell *list;

    if (values->count <= 1) {
        *out = values->count ? values->cell[0] : cell_null();
        return OK;
    }
    TRY_NEW(list = arena_alloc(values->arena, values->count * sizeof *list));
    memcpy(list, values->cell, values->count * sizeof *list);
    *out = (struct cell){ .kind = KIND_LIST, .size = values->count, .list = list };
    return OK;
}

static status read_leaf(const struct leaf *leaf, int64_t from, struct batch *batch, struct values *values,
                        const struct name *name)
{
    struct column *column = column_cells(&batch->arena, batch->size, KINDS_ANY & ~KINDS(KIND_BOOLEAN));

    TRY_NEW(column);
    for (uint32_t i = 0; i < batch->size; i++) {
        values->count = 0;
        TRY(gather(leaf, 0, from + i, values));
        TRY(take(values, &column->cell[i]));
    }
    return batch_set(batch, name, column, 0);
}

status arrow_read(struct arrow_input *input, struct heap *heap, struct names *names, int64_t from, uint32_t count,
                  struct diag *diag, struct batch **out)
{
    struct batch *batch = batch_new(heap, count);
    struct values values = { .heap = heap };
    status        result = OK;

    *out = NULL;
    TRY_NEW(batch);
    values.arena = &batch->arena;
    for (uint32_t i = 0; i < input->leaves && result == OK; i++) {
        const struct name *name = names_intern(names, input->leaf[i].name);
        result = name ? read_leaf(&input->leaf[i], from, batch, &values, name) : FAIL_MEMORY;
        if (result == FAIL_DATA)
            diag_at(diag, FAIL_DATA, nowhere, "bad-arrow", "Arrow field '%.*s' contradicts itself",
                    SHOW(input->leaf[i].name));
    }
    heap_free(heap, values.cell, values.room * sizeof *values.cell);
    if (result == OK)
        *out = batch;
    else
        batch_release(batch);
    return result;
}
