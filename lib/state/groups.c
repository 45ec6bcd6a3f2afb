#include "state/groups.h"

#include <assert.h>

status groups_init(struct groups *groups, struct heap *heap, uint32_t keys)
{
    *groups = (struct groups){ .heap = heap };
    if (keys && !(groups->key = heap_zero(heap, keys, sizeof *groups->key)))
        return FAIL_MEMORY;
    groups->keys = keys;
    for (uint32_t i = 0; i < keys; i++) {
        interner_init(&groups->key[i].values, heap);
        pairs_init(&groups->key[i].pairs, heap);
    }
    return OK;
}

void groups_clear(struct groups *groups)
{
    for (uint32_t i = 0; i < groups->keys; i++) {
        struct group_key *key = &groups->key[i];
        interner_free(&key->values);
        pairs_free(&key->pairs);
        heap_free(groups->heap, key->mark, key->marks * sizeof *key->mark);
        key->mark = NULL;
        key->marks = 0;
    }
}

void groups_free(struct groups *groups)
{
    groups_clear(groups);
    heap_free(groups->heap, groups->key, groups->keys * sizeof *groups->key);
    *groups = (struct groups){ .heap = groups->heap };
}

enum { SORTING = 56 };                  /* bytes a group that groups_sort takes, and a little more */

size_t groups_growth(const struct groups *groups, uint32_t more)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < groups->keys; i++) {
        bytes += interner_growth(&groups->key[i].values, more);
        if (i > 0)
            bytes += pairs_growth(&groups->key[i].pairs, more);
    }
    return bytes + ((size_t)groups_count(groups) + more) * SORTING;
}

/* Groups by the first `keys` keys. */
static uint32_t count_by(const struct groups *groups, uint32_t keys)
{
    if (keys == 0)
        return 1;
    return keys == 1 ? groups->key[0].values.count : groups->key[keys - 1].pairs.count;
}

uint32_t groups_count(const struct groups *groups)
{
    return count_by(groups, groups->keys);
}

/* --- one key of the rows of a batch --------------------------------------------------------------------- */

/* Entries whose code is missing go away, or get the code of null. */
static status settle_nulls(struct group_key *key, struct grouping *entries, uint32_t *code,
                           struct arena *arena)
{
    uint32_t *row, *group = NULL, kept = 0, null_code = INTERNER_NULL, nulls = 0;

    for (uint32_t i = 0; i < entries->count; i++)
        nulls += code[i] == INTERNER_NULL;
    if (nulls == 0)
        return OK;
    if (key->keeps_null) {
        for (uint32_t i = 0; i < entries->count; i++) {
            if (code[i] != INTERNER_NULL)
                continue;
            if (null_code == INTERNER_NULL)
                TRY(interner_null(&key->values, &null_code));
            code[i] = null_code;
        }
        return OK;
    }
    TRY_NEW(row = arena_alloc(arena, (entries->count + 1) * sizeof *row));
    if (entries->group)
        TRY_NEW(group = arena_alloc(arena, (entries->count + 1) * sizeof *group));
    for (uint32_t i = 0; i < entries->count; i++) {
        if (code[i] == INTERNER_NULL)
            continue;
        row[kept] = entries->row ? entries->row[i] : i;
        if (group)
            group[kept] = entries->group[i];
        code[kept++] = code[i];
    }
    *entries = (struct grouping){ kept, row, group };
    return OK;
}

struct split {                          /* entries being taken apart at their lists */
    uint32_t *row, *group, *code;
    uint32_t  count, room;
};

static status split_room(struct split *split, uint64_t more, struct arena *arena)
{
    uint64_t  room = split->room;
    uint32_t *moved;

    if (split->count + more <= room)
        return OK;
    while (room < split->count + more)
        room = room * 2 + 64;
    if (room > UINT32_MAX)
        return FAIL_LIMIT;
    TRY_NEW(moved = arena_alloc(arena, 3 * room * sizeof *moved));
    if (split->count) {
        memcpy(moved, split->row, split->count * sizeof *moved);
        memcpy(moved + room, split->group, split->count * sizeof *moved);
        memcpy(moved + 2 * room, split->code, split->count * sizeof *moved);
    }
    split->row = moved;
    split->group = moved + room;
    split->code = moved + 2 * room;
    split->room = (uint32_t)room;
    return OK;
}

/* Has this list had the value already? */
static status seen(struct groups *groups, struct group_key *key, uint32_t code, bool *out)
{
    if (!heap_grow_zero(groups->heap, &key->mark, &key->marks, code + 1, sizeof *key->mark))
        return FAIL_MEMORY;
    *out = key->mark[code] == groups->list;
    key->mark[code] = groups->list;
    return OK;
}

static status split_entry(struct groups *groups, struct group_key *key, struct split *split,
                          struct cell value,
                          uint32_t row, uint32_t group, struct arena *arena)
{
    uint32_t           count = value.kind == KIND_LIST ? value.size : 1;
    const struct cell *member = value.kind == KIND_LIST ? value.list : &value;

    groups->list++;
    TRY(split_room(split, count, arena));
    for (uint32_t i = 0; i < count; i++) {
        bool     again = false;
        uint32_t code;
        TRY(interner_cell(&key->values, &member[i], &code));
        if (code == INTERNER_NULL && !key->keeps_null)
            continue;
        if (code == INTERNER_NULL)
            TRY(interner_null(&key->values, &code));
        if (groups->single_values && count > 1)
            TRY(seen(groups, key, code, &again));
        if (again)
            continue;
        split->row[split->count] = row;
        split->group[split->count] = group;
        split->code[split->count++] = code;
    }
    return OK;
}

static status split_lists(struct groups *groups, struct group_key *key, const struct column *column,
                          struct grouping *entries, uint32_t **code, struct arena *arena)
{
    struct split split = { 0 };

    TRY(split_room(&split, entries->count, arena));
    for (uint32_t i = 0; i < entries->count; i++) {
        uint32_t row = entries->row ? entries->row[i] : i;
        TRY(split_entry(groups, key, &split, column_cell(column, row), row, entries->group
                        ? entries->group[i] : 0,
                        arena));
    }
    *entries = (struct grouping){ split.count, split.row, split.group };
    *code = split.code;
    return OK;
}

static status assign_key(struct groups *groups, uint32_t number, const struct column *column,
                         struct grouping *entries, struct arena *arena)
{
    static const struct column absent = { .encoding = ENCODING_ABSENT };
    struct group_key          *key = &groups->key[number];
    uint32_t                  *code;

    if (!column)
        column = &absent;
    if (column_may_hold(column, KIND_LIST)) {
        TRY(split_lists(groups, key, column, entries, &code, arena));
    } else {
        TRY_NEW(code = arena_alloc(arena, (entries->count + 1) * sizeof *code));
        TRY(interner_column(&key->values, column, entries->row, entries->count, code));
        if (column_may_hold(column, KIND_NULL))
            TRY(settle_nulls(key, entries, code, arena));
    }
    if (number > 0)
        TRY(pairs_number(&key->pairs, entries->group, code, entries->count, count_by(groups, number),
                         key->values.count, code));
    entries->group = code;
    return OK;
}

status groups_assign(struct groups *groups, const struct column *const *key, const struct rows *rows,
                     struct arena *arena, struct grouping *out)
{
    *out = (struct grouping){ rows->count, rows->row, NULL };
    for (uint32_t i = 0; i < groups->keys; i++)
        TRY(assign_key(groups, i, key[i], out, arena));
    return OK;
}

/* --- groups by themselves ------------------------------------------------------------------------------- */

uint32_t groups_code(const struct groups *groups, uint32_t group, uint32_t key)
{
    assert(key < groups->keys);
    for (uint32_t last = groups->keys - 1; last > key; last--)
        group = pairs_first(&groups->key[last].pairs, group);
    return key == 0 ? group : pairs_second(&groups->key[key].pairs, group);
}

status groups_number(struct groups *groups, const uint32_t *code, uint32_t *group)
{
    *group = groups->keys ? code[0] : 0;
    for (uint32_t i = 1; i < groups->keys; i++) {
        struct group_key *key = &groups->key[i];
        TRY(pairs_number(&key->pairs, group, &code[i], 1, count_by(groups, i), key->values.count, group));
    }
    return OK;
}

status groups_make(struct groups *groups, const struct cell *value, uint32_t *group)
{
    *group = 0;
    for (uint32_t i = 0; i < groups->keys; i++) {
        struct group_key *key = &groups->key[i];
        uint32_t          code;
        TRY(value[i].kind == KIND_NULL ? interner_null(&key->values, &code) : interner_cell(&key->values, &value[i], &code));
        if (i == 0)
            *group = code;
        else
            TRY(pairs_number(&key->pairs, group, &code, 1, count_by(groups, i), key->values.count, group));
    }
    return OK;
}

uint32_t groups_find(const struct groups *groups, const uint32_t *code)
{
    uint32_t group = groups->keys ? code[0] : 0;

    for (uint32_t i = 1; i < groups->keys && group != GROUP_NONE; i++)
        group = pairs_find(&groups->key[i].pairs, group, code[i]);
    return group;
}

/* His codes in our terms. The array is the caller's to free. */
static status translate(struct interner *into, const struct interner *from, uint32_t **out)
{
    uint32_t *code = heap_alloc(into->heap, (from->count + 1) * sizeof *code);

    *out = code;
    TRY_NEW(code);
    for (uint32_t i = 0; i < from->count; i++)
        TRY(from->cell[i].kind == KIND_NULL ? interner_null(into, &code[i])
                                            : interner_cell(into, &from->cell[i], &code[i]));
    return OK;
}

static status merge_key(struct groups *into, const struct groups *from, uint32_t number, uint32_t *group)
{
    struct group_key       *key = &into->key[number];
    const struct group_key *his = &from->key[number];
    uint32_t                size = his->values.count + 1, count = count_by(from, number + 1), *code;
    status                  result = translate(&key->values, &his->values, &code);

    /* group[] holds our numbers by his groups of the keys before; turn it into those of this key. */
    if (result == OK && number == 0) {
        memcpy(group, code, count * sizeof *group);
    } else if (result == OK) {
        uint32_t *pair = heap_alloc(into->heap, (2 * (size_t)count + 1) * sizeof *pair);
        if (pair) {
            for (uint32_t i = 0; i < count; i++) {
                pair[i] = group[pairs_first(&his->pairs, i)];
                pair[count + i] = code[pairs_second(&his->pairs, i)];
            }
            result = pairs_number(&key->pairs, pair, pair + count, count, count_by(into, number),
                                  key->values.count,
                                  pair);
            memcpy(group, pair, count * sizeof *group);
        } else {
            result = FAIL_MEMORY;
        }
        heap_free(into->heap, pair, (2 * (size_t)count + 1) * sizeof *pair);
    }
    heap_free(into->heap, code, size * sizeof *code);
    return result;
}

status groups_merge(struct groups *into, const struct groups *from, uint32_t *group)
{
    uint32_t  most = 1;
    uint32_t *work;
    status    result = OK;

    assert(into->keys == from->keys);
    if (into->keys == 0) {
        group[0] = 0;
        return OK;
    }
    for (uint32_t i = 1; i <= from->keys; i++)
        if (count_by(from, i) > most)
            most = count_by(from, i);
    TRY_NEW(work = heap_alloc(into->heap, most * sizeof *work));
    for (uint32_t i = 0; i < into->keys && result == OK; i++)
        result = merge_key(into, from, i, work);
    if (result == OK)
        memcpy(group, work, groups_count(from) * sizeof *group);
    heap_free(into->heap, work, most * sizeof *work);
    return result;
}

/* One stable counting pass: `from` in the order of place[code of key], into `to`. */
static void sort_by_key(const struct groups *groups, uint32_t key, const uint32_t *rank, uint32_t *start,
                        const uint32_t *from, uint32_t *to, uint32_t count)
{
    uint32_t codes = groups->key[key].values.count, sum = 0;

    memset(start, 0, codes * sizeof *start);
    for (uint32_t i = 0; i < count; i++)
        start[rank[groups_code(groups, from[i], key)]]++;
    for (uint32_t i = 0; i < codes; i++) {
        uint32_t size = start[i];
        start[i] = sum;
        sum += size;
    }
    for (uint32_t i = 0; i < count; i++)
        to[start[rank[groups_code(groups, from[i], key)]]++] = from[i];
}

status groups_sort(const struct groups *groups, uint32_t natural, uint32_t **order)
{
    uint32_t  count = groups_count(groups), most = 1;
    uint32_t *from, *to, *scratch;
    status    result = OK;

    for (uint32_t i = 0; i < groups->keys; i++)
        if (groups->key[i].values.count > most)
            most = groups->key[i].values.count;
    from = heap_alloc(groups->heap, (count + 1) * sizeof *from);
    to = heap_alloc(groups->heap, (count + 1) * sizeof *to);
    scratch = heap_alloc(groups->heap, 2 * (size_t)most * sizeof *scratch);
    if (!from || !to || !scratch)
        result = FAIL_MEMORY;
    for (uint32_t i = 0; i < count && result == OK; i++)
        from[i] = i;
    for (uint32_t key = groups->keys; key-- > 0 && result == OK;) {
        uint32_t *swap = from;
        result = interner_rank(&groups->key[key].values, groups_order(natural, key), scratch);
        if (result != OK)
            break;
        if (groups->keys == 1)          /* each group has a value of its own */
            for (uint32_t i = 0; i < count; i++)
                to[scratch[i]] = i;
        else
            sort_by_key(groups, key, scratch, scratch + most, from, to, count);
        from = to;
        to = swap;
    }
    heap_free(groups->heap, to, (count + 1) * sizeof *to);
    heap_free(groups->heap, scratch, 2 * (size_t)most * sizeof *scratch);
    if (result == OK)
        *order = from;
    else
        heap_free(groups->heap, from, (count + 1) * sizeof *from);
    return result;
}
