#include "command/grouped.h"

#include "command/partials.h"
#include "flow/run.h"

enum { AT_ONCE = 4096 };                /* groups that come back from disk together */

/* --- compile time --------------------------------------------------------------------------------------- */

/* May groups be put aside on disk? */
static bool can_save(const struct measures *measures)
{
    for (uint32_t i = 0; i < measures->count; i++)
        if (measures->item[i].sparkline || !partials_can(measures->item[i].aggregate) || measures->item[i].aggregate->joint)
            return false;
    return true;
}

status grouped_bind(struct binder *binder, struct stage *stage, const struct aggregates *terms, unsigned allowed,
                    struct grouped_bound *bound)
{
    bound->meets = binder->partials;
    TRY(measures_bind(binder, terms, allowed, &bound->measures));
    if (bound->emits) {
        TRY(measures_check_partials(binder, &bound->measures));
        TRY(measures_count_rows(binder, &bound->measures, &bound->rows));
        binder->partials = true;
    }
    else if (!measures_have_partials(&bound->measures))
        stage->traits &= ~(uint32_t)TRAIT_SPLITS;
    /* Bins of sparklines are merged while their range grows: last digits would depend on
     * who has seen what. */
    for (uint32_t i = 0; i < bound->measures.count; i++)
        if (bound->measures.item[i].sparkline)
            stage->traits &= ~(uint32_t)TRAIT_MERGEABLE;
    return OK;
}

status grouped_needs(const struct grouped_bound *bound, struct wanted *wanted)
{
    wanted_clear(wanted);
    for (uint32_t i = 0; i < bound->measures.bys; i++)
        TRY(wanted_add(wanted, bound->measures.by[i]));
    return measures_needs(&bound->measures, wanted);
}

/* --- rows ----------------------------------------------------------------------------------------------- */

status grouped_push_partials(struct grouped *grouped, struct batch *in, const struct rows *rows)
{
    struct grouping grouping;

    grouped->met = true;
    for (uint32_t i = 0; i < grouped->bys; i++) {
        grouped->key[i] = batch_column(in, grouped->by[i]);
        TRY(batch_decode(in, grouped->key[i]));
    }
    TRY(group_runs_before(&grouped->runs, in));
    TRY(groups_assign(&grouped->groups, (const struct column *const *)grouped->key, rows, &grouped->op->step, &grouping));
    TRY(tallies_reserve(&grouped->tallies, groups_count(&grouped->groups)));
    return partial_load(&grouped->states, &grouped->partial, in, &grouping, grouped->op);
}

static status push_plain(struct grouped *grouped, struct batch *in, struct column *const *key)
{
    struct grouping grouping;

    for (uint32_t i = 0; i < grouped->bys; i++) {
        grouped->key[i] = key && key[i] ? key[i] : batch_column(in, grouped->by[i]);
        TRY(batch_decode(in, grouped->key[i]));
    }
    TRY(group_runs_before(&grouped->runs, in));
    TRY(groups_assign(&grouped->groups, (const struct column *const *)grouped->key, &in->rows, &grouped->op->step,
                      &grouping));
    return tallies_push(&grouped->tallies, in, &grouping, groups_count(&grouped->groups), &grouped->op->step);
}

status grouped_push(struct grouped *grouped, struct batch *in, struct column *const *key)
{
    struct rows   plain, partial;
    struct batch *rest;
    status        s;

    if (!grouped->meets || !batch_column(in, grouped->partial.version))
        return push_plain(grouped, in, key);
    TRY(partial_rows(&grouped->partial, in, &grouped->op->step, &plain, &partial));
    if (partial.count)
        TRY(grouped_push_partials(grouped, in, &partial));
    if (plain.count == 0)
        return OK;
    TRY_NEW(rest = batch_derive(in));
    rest->rows = plain;
    s = push_plain(grouped, rest, key);
    batch_release(rest);
    return s;
}

status grouped_merge(struct grouped *into, struct grouped *from)
{
    struct op *op = into->op;
    uint32_t   count, *group;
    bool       last;
    status     result;

    into->met |= from->met;
    TRY(states_join(&into->states, &from->states));
    TRY(group_runs_merge(&into->runs, &from->runs));
    last = op->last && !into->runs.whole && into->runs.count == 0;      /* what is saved afterwards is all wanted */
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

/* --- fewer groups --------------------------------------------------------------------------------------- */

static status open_groups(struct grouped *grouped)
{
    struct op *op = grouped->op;

    grouped->tallies = (struct tallies){ 0 };
    TRY(groups_init(&grouped->groups, op->context->heap, grouped->bys));
    grouped->groups.single_values = grouped->bound->single_values;
    TRY(tallies_init(&grouped->tallies, &grouped->bound->measures, op->context, &op->arena));
    states_init(&grouped->states, &grouped->tallies);
    group_runs_keep(&grouped->runs);
    return OK;
}

static status move_group(struct grouped *grouped, const struct groups *from, uint32_t number, uint32_t key,
                         status (*map)(void *host, struct cell *value), void *host, uint32_t *code, uint32_t *group)
{
    for (uint32_t i = 0; i < grouped->bys; i++) {
        struct cell cell = groups_cell(from, number, i);
        if (i == key)
            TRY(map(host, &cell));
        TRY(interner_cell(&grouped->groups.key[i].values, &cell, &code[i]));
    }
    return groups_number(&grouped->groups, code, group);
}

status grouped_rekey(struct grouped *grouped, uint32_t key, status (*map)(void *host, struct cell *value), void *host)
{
    struct groups  groups = grouped->groups;
    struct tallies tallies = grouped->tallies;
    struct heap   *heap = grouped->op->context->heap;
    uint32_t       count = groups_count(&groups), *group, *code;
    status         result;

    if (grouped->runs.count)
        return FAIL_BUG;
    states_free(&grouped->states);
    result = open_groups(grouped);
    group = heap_alloc(heap, (count + (size_t)1) * sizeof *group);
    code = heap_alloc(heap, (grouped->bys + (size_t)1) * sizeof *code);
    if (!group || !code)
        result = FAIL_MEMORY;
    if (result == OK && tallies.parted)
        tallies_expect_parts(&grouped->tallies);
    for (uint32_t i = 0; i < count && result == OK; i++)
        result = move_group(grouped, &groups, i, key, map, host, code, &group[i]);
    if (result == OK)
        result = tallies_reserve(&grouped->tallies, groups_count(&grouped->groups));
    if (result == OK)
        result = tallies_merge(&grouped->tallies, &tallies, group, 0);
    grouped->tallies.counted = tallies.counted;
    heap_free(heap, group, (count + (size_t)1) * sizeof *group);
    heap_free(heap, code, (grouped->bys + (size_t)1) * sizeof *code);
    tallies_free(&tallies);
    groups_free(&groups);
    return result;
}

/* --- the result ----------------------------------------------------------------------------------------- */

static status cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct grouped *grouped = host;
    uint32_t        group = grouped->order[row - grouped->base];
    double          number;

    if (column >= grouped->bys && grouped->bound->emits)
        return partial_columns_cell(&grouped->columns, column - grouped->bys, group, arena, out);
    if (column >= grouped->bys)
        return tallies_cell(&grouped->tallies, grouped->column[column - grouped->bys], group, arena, out);
    *out = groups_cell(&grouped->groups, group, column);
    if (grouped->by[column] == grouped->time && cell_reads_number(out, &number))    /* _time stays a number */
        *out = cell_number(number);
    return OK;
}

/* The rows are sorted, their states are not. */
static void ahead(void *host, uint32_t column, uint64_t row)
{
    const struct grouped *grouped = host;

    if (column < grouped->bys)
        groups_fetch(&grouped->groups, grouped->order[row - grouped->base]);
    else if (!grouped->bound->emits)
        tally_fetch(&grouped->column[column - grouped->bys]->tally, grouped->order[row - grouped->base]);
}

/* Without BY: a row in which nothing has a value is no row (4.1), nor is a partial result of no rows. */
static status has_value(struct grouped *grouped, uint32_t columns, bool *out)
{
    struct cell value;

    *out = grouped->bys > 0 || (!grouped->bound->emits && context_choice(grouped->op->context, CHOICE_EMPTY_ROW));
    for (uint32_t i = 0; i < grouped->columns.count && !*out; i++)
        if (grouped->columns.name[i] == grouped->partial.rows) {
            TRY(partial_columns_cell(&grouped->columns, i, 0, &grouped->op->step, &value));
            *out = value.number > 0;
        }
    for (uint32_t i = 0; i < columns && !grouped->bound->emits && !*out; i++) {
        TRY(tallies_cell(&grouped->tallies, grouped->column[i], 0, &grouped->op->step, &value));
        *out = value.kind != KIND_NULL;
    }
    return OK;
}

static status make_columns(struct grouped *grouped, uint32_t *count)
{
    const struct grouped_bound *bound = grouped->bound;
    struct op                  *op = grouped->op;
    const struct measure       *clash;
    status                      s;

    if (bound->emits) {
        tallies_one_part(&grouped->tallies, !grouped->met);
        TRY(partial_columns_make(&grouped->columns, &grouped->states, &bound->measures.item[bound->rows],
                                 op->context->names, &op->arena));
        *count = grouped->columns.count;
        return OK;
    }
    s = tallies_columns(&grouped->tallies, &op->arena, &grouped->column, count, &clash);
    if (clash)
        return op_fail(op, FAIL_DATA, "name-clash", "'%.*s' stands for several fields, but they have one name",
                       SHOW(clash->field));
    return s;
}

/* Groups that come back from disk come in the order of the result. */
static status order_groups(struct grouped *grouped)
{
    uint32_t groups = groups_count(&grouped->groups);

    if (!grouped->runs.count) {
        TRY(groups_sort(&grouped->groups, grouped->op->context->natural_sort ? UINT32_MAX : 0, &grouped->order));
        grouped->ordered = groups;
        return OK;
    }
    TRY(group_runs_open(&grouped->runs));
    TRY_NEW(grouped->order = heap_alloc(grouped->op->context->heap, (AT_ONCE + (size_t)1) * sizeof *grouped->order));
    grouped->ordered = AT_ONCE;
    for (uint32_t i = 0; i < AT_ONCE; i++)
        grouped->order[i] = i;
    return OK;
}

static status prepare_results(struct grouped *grouped)
{
    struct op          *op = grouped->op;
    uint32_t            count;
    const struct name **name;
    bool                aside;

    if (grouped->met)
        states_note_missing(&grouped->states, op);
    TRY(tallies_reserve(&grouped->tallies, groups_count(&grouped->groups)));
    TRY(order_groups(grouped));
    TRY(make_columns(grouped, &count));
    TRY_NEW(name = arena_alloc(&op->arena, (grouped->bys + count + (size_t)1) * sizeof *name));
    for (uint32_t i = 0; i < grouped->bys; i++)
        name[i] = grouped->by[i];
    for (uint32_t i = 0; i < count; i++)
        name[grouped->bys + i] = grouped->bound->emits ? grouped->columns.name[i] : grouped->column[i]->name;
    aside = grouped->runs.count > 0;
    grouped->results = (struct results){ .op = op, .cell = cell, .ahead = ahead, .host = grouped, .rests = !aside,
                                         .passing = aside, .name = name, .columns = grouped->bys + count };
    return OK;
}

/* The groups in the tables are the next rows. */
static status emit_groups(struct grouped *grouped)
{
    bool any;

    grouped->base = grouped->results.rows;
    TRY(has_value(grouped, grouped->results.columns - grouped->bys, &any));
    grouped->results.rows += any ? groups_count(&grouped->groups) : 0;
    return results_emit(&grouped->results);
}

status grouped_finish(struct grouped *grouped)
{
    status result;

    if (!grouped->results.op) {
        TRY(prepare_results(grouped));
        if (!grouped->runs.count)
            return emit_groups(grouped);
    }
    if (!grouped->runs.count)
        return results_emit(&grouped->results);
    while ((result = group_runs_next(&grouped->runs, AT_ONCE)) == OK) {
        TRY(emit_groups(grouped));
        if (op_rests(grouped->op))
            return AGAIN;
    }
    return result == DONE ? OK : result;
}

void grouped_close(struct grouped *grouped)
{
    if (grouped->order)
        heap_free(grouped->op->context->heap, grouped->order, (grouped->ordered + (size_t)1) * sizeof *grouped->order);
    states_free(&grouped->states);
    tallies_free(&grouped->tallies);
    groups_free(&grouped->groups);
    group_runs_free(&grouped->runs);
}

status grouped_open(struct grouped *grouped, struct op *op, const struct grouped_bound *bound)
{
    grouped->op = op;
    grouped->bound = bound;
    grouped->bys = bound->measures.bys;
    grouped->meets = bound->meets || op->context->takes_partials;
    TRY_NEW(grouped->by = ARENA_ARRAY(&op->arena, const struct name *, grouped->bys + 1));
    TRY_NEW(grouped->key = ARENA_ARRAY(&op->arena, struct column *, grouped->bys + 1));
    TRY_NEW(grouped->time = names_intern(op->context->names, STR("_time")));
    for (uint32_t i = 0; i < grouped->bys; i++)
        TRY_NEW(grouped->by[i] = names_intern(op->context->names, bound->measures.by[i]));
    TRY(partial_fields_init(&grouped->partial, op->context->names));
    group_runs_init(&grouped->runs, op, &grouped->groups, &grouped->tallies, !bound->rekeys && can_save(&bound->measures),
                    bound->emits);
    return open_groups(grouped);
}
