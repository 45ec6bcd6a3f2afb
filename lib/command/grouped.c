#include "command/grouped.h"

#include "flow/run.h"

/* --- compile time --------------------------------------------------------------------------------------- */

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
    struct arena   *step = &grouped->op->step;
    struct grouping grouping;

    grouped->met = true;
    for (uint32_t i = 0; i < grouped->bys; i++) {
        grouped->key[i] = batch_column(in, grouped->by[i]);
        TRY(batch_decode(in, grouped->key[i]));
    }
    TRY(group_table_assign(grouped->table, (const struct column *const *)grouped->key, in, rows, step, &grouping));
    return partial_load(&grouped->table->states, &grouped->partial, in, &grouping, grouped->op);
}

static status push_plain(struct grouped *grouped, struct batch *in, struct column *const *key)
{
    struct arena   *step = &grouped->op->step;
    struct grouping grouping;

    for (uint32_t i = 0; i < grouped->bys; i++) {
        grouped->key[i] = key && key[i] ? key[i] : batch_column(in, grouped->by[i]);
        TRY(batch_decode(in, grouped->key[i]));
    }
    TRY(group_table_assign(grouped->table, (const struct column *const *)grouped->key, in, &in->rows, step, &grouping));
    return group_table_push(grouped->table, in, &grouping, step);
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
    into->met |= from->met;
    return group_table_merge(into->table, from->table);
}

status grouped_rekey(struct grouped *grouped, group_map map, void *host, bool lazily)
{
    return group_table_rekey(&grouped->table, map, host, lazily);
}

/* --- the result ----------------------------------------------------------------------------------------- */

static status cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct grouped *grouped = host;
    uint32_t        group = grouped->table->order[row - grouped->base];
    double          number;

    if (column >= grouped->bys && grouped->bound->emits)
        return partial_columns_cell(&grouped->columns, column - grouped->bys, group, arena, out);
    if (column >= grouped->bys)
        return tallies_cell(&grouped->table->tallies, grouped->column[column - grouped->bys], group, arena, out);
    *out = groups_cell(&grouped->table->groups, group, column);
    if (grouped->by[column] == grouped->time && cell_reads_number(out, &number))    /* _time stays a number */
        *out = cell_number(number);
    return OK;
}

/* The rows are sorted, their states are not. */
static void ahead(void *host, uint32_t column, uint64_t row)
{
    const struct grouped *grouped = host;

    if (column < grouped->bys)
        groups_fetch(&grouped->table->groups, grouped->table->order[row - grouped->base]);
    else if (!grouped->bound->emits)
        tally_fetch(&grouped->column[column - grouped->bys]->tally, grouped->table->order[row - grouped->base]);
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
        TRY(tallies_cell(&grouped->table->tallies, grouped->column[i], 0, &grouped->op->step, &value));
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
        TRY(partial_columns_make(&grouped->columns, &grouped->table->states, &bound->measures.item[bound->rows],
                                 op->context->names, &op->arena));
        *count = grouped->columns.count;
        return OK;
    }
    s = tallies_columns(&grouped->table->tallies, &op->arena, &grouped->column, count, &clash);
    if (clash)
        return op_fail(op, FAIL_DATA, "name-clash", "'%.*s' stands for several fields, but they have one name",
                       SHOW(clash->field));
    return s;
}

static status prepare_results(struct grouped *grouped)
{
    struct op          *op = grouped->op;
    uint32_t            count;
    const struct name **name;
    bool                aside;

    if (grouped->met)
        states_note_missing(&grouped->table->states, op);
    TRY(group_table_read(grouped->table));
    TRY(make_columns(grouped, &count));
    TRY_NEW(name = arena_alloc(&op->arena, (grouped->bys + count + (size_t)1) * sizeof *name));
    for (uint32_t i = 0; i < grouped->bys; i++)
        name[i] = grouped->by[i];
    for (uint32_t i = 0; i < count; i++)
        name[grouped->bys + i] = grouped->bound->emits ? grouped->columns.name[i] : grouped->column[i]->name;
    aside = group_table_is_aside(grouped->table);
    grouped->results = (struct results){ .op = op, .cell = cell, .ahead = ahead, .host = grouped, .rests = !aside,
                                         .passing = aside, .name = name, .columns = grouped->bys + count };
    return OK;
}

/* The groups at hand are the next rows. */
static status emit_groups(struct grouped *grouped)
{
    bool any;

    grouped->base = grouped->results.rows;
    TRY(has_value(grouped, grouped->results.columns - grouped->bys, &any));
    grouped->results.rows += any ? grouped->table->count : 0;
    return results_emit(&grouped->results);
}

status grouped_finish(struct grouped *grouped)
{
    status result;

    if (!grouped->results.op)
        TRY(prepare_results(grouped));
    else if (!group_table_is_aside(grouped->table))
        return results_emit(&grouped->results);
    while ((result = group_table_next(grouped->table)) == OK) {
        TRY(emit_groups(grouped));
        if (group_table_is_aside(grouped->table) && op_rests(grouped->op))
            return AGAIN;
    }
    return result == DONE ? OK : result;
}

void grouped_close(struct grouped *grouped)
{
    group_table_close(grouped->table);
}

status grouped_open(struct grouped *grouped, struct op *op, const struct grouped_bound *bound)
{
    struct group_shape shape = { .measures = &bound->measures, .keys = bound->measures.bys,
                                 .natural = op->context->natural_sort ? ~GROUPS_BINS : 0,
                                 .single_values = bound->single_values, .pooled = bound->rekeys, .whole = bound->emits };

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
    return group_table_open(op, &shape, &grouped->table);
}
