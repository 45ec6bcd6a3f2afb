#include "group/group_table.h"

#include "group/group_sources.h"
#include "flow/run.h"
#include "state/keep.h"
#include "value/order.h"

#include <math.h>

enum { AT_ONCE = 4096 };                /* groups that come back from disk together */

status group_table_open(struct op *op, const struct group_shape *shape, struct group_table **out)
{
    struct group_table *table = ARENA_NEW(&op->arena, struct group_table);

    TRY_NEW(table);
    table->op = op;
    table->shape = *shape;
    arena_init(&table->texts, op->context->heap);
    *out = table;
    TRY(groups_init(&table->groups, op->context->heap, shape->keys));
    table->groups.single_values = shape->single_values;
    for (uint32_t i = 0; i < shape->keys; i++)
        table->groups.key[i].keeps_null = shape->keeps_null >> i & 1;
    TRY(tallies_init(&table->tallies, shape->measures, op->context, &op->arena, op->context->partitioned));
    group_runs_init(&table->runs, op, &table->groups, &table->tallies, shape->natural);
    table->runs.whole = shape->whole;
    table->runs.amended = shape->amended;
    if (shape->pooled)
        tallies_pool(&table->tallies);
    states_init(&table->states, &table->tallies);
    return OK;
}

void group_table_close(struct group_table *table)
{
    for (struct group_table *older; table; table = older) {
        older = table->older;
        heap_free(table->op->context->heap, table->order, table->room * sizeof *table->order);
        states_free(&table->states);
        tallies_free(&table->tallies);
        groups_free(&table->groups);
        group_runs_free(&table->runs);
        arena_free(&table->texts);
        table->order = NULL;
        table->older = NULL;
    }
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

status group_table_assign(struct group_table *table, const struct column *const *key, struct batch *in,
                          const struct rows *rows, struct arena *step, struct grouping *out)
{
    table->sorted = false;
    TRY(group_runs_before(&table->runs, in));
    TRY(groups_assign(&table->groups, key, rows, step, out));
    return tallies_reserve(&table->tallies, groups_count(&table->groups));
}

status group_table_make(struct group_table *table, const struct cell *key, uint32_t *group)
{
    table->sorted = false;
    TRY(group_runs_relieve(&table->runs, 1));
    TRY(groups_make(&table->groups, key, group));
    return tallies_reserve(&table->tallies, *group + 1);
}

status group_table_push(struct group_table *table, struct batch *in, const struct grouping *grouping, struct arena *step)
{
    return tallies_push(&table->tallies, in, grouping, groups_count(&table->groups), step);
}

status group_table_put_aside(struct group_table *table, const struct batch *in)
{
    table->sorted = false;
    return group_runs_put_aside(&table->runs, !in || in->segment != table->runs.segment);
}

status group_table_yield(struct group_table *table, const struct group_table *other)
{
    if (group_table_is_aside(other) && table->runs.can)
        return group_table_put_aside(table, NULL);
    table->sorted = false;
    return group_runs_yield(&table->runs);
}

status group_table_merge(struct group_table *into, struct group_table *from)
{
    struct op *op = into->op;
    uint32_t   count, *group;
    bool       last;
    status     result;

    into->sorted = false;
    TRY(states_join(&into->states, &from->states));
    TRY(group_runs_merge(&into->runs, &from->runs));
    /* What is saved or poured afterwards is all wanted. */
    last = op->last && !into->shape.whole && !into->shape.pooled && !group_table_is_aside(into);
    count = groups_count(&from->groups);
    TRY_NEW(group = heap_alloc(op->context->heap, (count + (size_t)1) * sizeof *group));
    result = groups_merge(&into->groups, &from->groups, group);
    if (result == OK)
        result = tallies_reserve(&into->tallies, groups_count(&into->groups));
    if (result == OK)
        result = tallies_merge(&into->tallies, &from->tallies, group,
                               (op->run->options.threads > 1 ? MERGE_THREADS : 0) | (last ? MERGE_LAST : 0));
    heap_free(op->context->heap, group, (count + (size_t)1) * sizeof *group);
    return result;
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

static status order_room(struct group_table *table, uint32_t room)
{
    if (heap_grow(table->op->context->heap, &table->order, &table->room, room, sizeof *table->order))
        return OK;
    return FAIL_MEMORY;
}

status group_table_read(struct group_table *table)
{
    struct heap *heap = table->op->context->heap;
    uint32_t     groups = groups_count(&table->groups);

    table->ended = false;
    table->count = 0;
    table->before = NULL;
    if (group_table_is_aside(table)) {
        table->sorted = false;
        TRY(order_room(table, AT_ONCE));
        for (uint32_t i = 0; i < AT_ONCE; i++)
            table->order[i] = i;
        return group_runs_open(&table->runs);
    }
    TRY(tallies_reserve(&table->tallies, groups));
    if (table->sorted)
        return OK;
    heap_free(heap, table->order, table->room * sizeof *table->order);
    table->order = NULL;
    table->room = 0;
    TRY(groups_sort(&table->groups, table->shape.natural, &table->order));
    table->room = groups + 1;
    table->sorted = true;
    return OK;
}

/* The keys of the last group at hand outlive it. */
static status keep_last(struct group_table *table)
{
    arena_reset(&table->texts);
    table->before = NULL;
    if (table->count == 0)
        return OK;
    TRY_NEW(table->before = ARENA_ARRAY(&table->texts, struct cell, table->shape.keys + (size_t)1));
    for (uint32_t i = 0; i < table->shape.keys; i++) {
        struct kept_cell kept = { .cell = groups_cell(&table->groups, table->order[table->count - 1], i) };
        TRY(kept_cell_copy(&kept, &table->texts, &table->before[i]));
    }
    return OK;
}

status group_table_next(struct group_table *table)
{
    if (group_table_is_aside(table)) {
        TRY(keep_last(table));
        TRY(group_runs_next(&table->runs, AT_ONCE));
        table->count = groups_count(&table->groups);
        return OK;
    }
    if (table->ended)
        return DONE;
    table->ended = true;
    table->count = groups_count(&table->groups);
    return OK;
}

bool group_table_follows(const struct group_table *table, uint32_t at, uint32_t keys)
{
    const struct groups *groups = &table->groups;

    if (at == 0 && !table->before)
        return false;
    for (uint32_t i = 0; i < keys; i++) {
        struct cell cell = groups_cell(groups, table->order[at], i);
        if (at > 0) {
            if (groups_code(groups, table->order[at], i) != groups_code(groups, table->order[at - 1], i))
                return false;
        } else if (cell.kind != table->before[i].kind ||
                   (cell.kind != KIND_NULL && !str_equal(cell_str(&cell), cell_str(&table->before[i])))) {
            return false;
        }
    }
    return true;
}

double group_table_number(const struct group_table *table, uint32_t group, uint32_t key)
{
    struct cell cell = groups_cell(&table->groups, group, key);
    double      number;

    return cell_reads_number(&cell, &number) ? number : NAN;
}

/* --- other groups -------------------------------------------------------------------------------------------------- */

struct pouring {
    struct group_table *into, *from;
    group_map           map;
    void               *host;
    struct cell        *key;
};

static status pour_group(const struct pouring *pouring, uint32_t group, uint32_t *out)
{
    struct groups *into = &pouring->into->groups;

    *out = GROUP_NONE;
    TRY(pouring->map(pouring->host, pouring->from, group, pouring->key));
    for (uint32_t i = 0; i < into->keys; i++)
        if (pouring->key[i].kind == KIND_NULL && !into->key[i].keeps_null)
            return OK;
    return groups_make(into, pouring->key, out);
}

/* The groups in the tables. */
static status pour_tables(const struct pouring *pouring)
{
    struct group_table *into = pouring->into, *from = pouring->from;
    struct op          *op = into->op;
    uint32_t            count = groups_count(&from->groups), *group;
    status              result = OK;

    into->sorted = false;
    TRY(tallies_reserve(&from->tallies, count));
    TRY_NEW(group = heap_alloc(op->context->heap, (count + (size_t)1) * sizeof *group));
    for (uint32_t i = 0; i < count && result == OK; i++) {
        result = pour_group(pouring, i, &group[i]);
        if (i % AT_ONCE == AT_ONCE - 1 && result == OK)
            result = run_check(op->run);
    }
    if (result == OK)
        result = tallies_reserve(&into->tallies, groups_count(&into->groups));
    if (result == OK)
        result = tallies_merge(&into->tallies, &from->tallies, group, 0);
    heap_free(op->context->heap, group, (count + (size_t)1) * sizeof *group);
    return result;
}

static status pour_all(const struct pouring *pouring)
{
    struct group_table *from = pouring->from, *into = pouring->into;
    bool                whole = from->runs.whole;
    status              result;

    from->runs.whole = true;            /* counts of distinct values cannot be merged */
    from->runs.pouring = true;
    result = group_table_read(from);
    while (result == OK && (result = group_table_next(from)) == OK) {
        result = group_runs_relieve(&into->runs, group_runs_items(&from->runs));
        if (result == OK)
            result = pour_tables(pouring);
    }
    from->runs.whole = whole;
    from->runs.pouring = false;
    return result == DONE ? OK : result;
}

static status pouring_init(struct pouring *pouring, struct group_table *into, struct group_table *from, group_map map,
                           void *host)
{
    *pouring = (struct pouring){ .into = into, .from = from, .map = map, .host = host };
    TRY_NEW(pouring->key = arena_alloc(&into->op->arena, (into->shape.keys + (size_t)1) * sizeof *pouring->key));
    return OK;
}

status group_table_pour(struct group_table *into, struct group_table *from, group_map map, void *host)
{
    struct pouring pouring;

    TRY(pouring_init(&pouring, into, from, map, host));
    if (!into->runs.count)
        TRY(group_runs_relieve(&from->runs, 2 * group_runs_items(&from->runs)));     /* no room for both */
    return group_table_is_aside(from) || into->runs.count ? pour_all(&pouring) : pour_tables(&pouring);
}

/* The tables alone: runs are taken over as they are. */
static status pour_lazily(struct group_table *into, struct group_table *from, group_map map, void *host)
{
    struct pouring pouring;

    TRY(pouring_init(&pouring, into, from, map, host));
    if (from->tallies.lates)            /* they stay with what they are to be added to */
        TRY(group_runs_put_aside(&from->runs, true));
    TRY(pour_tables(&pouring));
    group_runs_empty(&from->runs);
    return group_runs_take(&into->runs, &from->runs);
}

status group_table_rekey(struct group_table **table, group_map map, void *host, bool lazily)
{
    struct group_table *before = *table, *now = NULL;
    struct group_shape  shape = before->shape;
    status              result;

    TRY(group_runs_relieve(&before->runs, 2 * group_runs_items(&before->runs)));     /* no room for both */
    lazily &= group_table_is_aside(before);
    result = group_table_open(before->op, &shape, &now);
    if (!now)
        return result;
    *table = now;
    now->older = before;
    now->states.met = before->states.met;
    TRY(result);
    if (lazily)
        return pour_lazily(now, before, map, host);
    TRY(group_table_pour(now, before, map, host));
    now->older = NULL;
    group_table_close(before);
    return OK;
}
