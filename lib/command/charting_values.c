#include "command/charting.h"

#include "flow/run.h"
#include "value/order.h"

enum { SLICE = 4096 };

static const struct tally_work *work_of(const struct chart *chart, const struct measure *measure)
{
    for (uint32_t i = 0; i < chart->cells->tallies.works; i++)
        if (chart->cells->tallies.work[i]->measure == measure)
            return chart->cells->tallies.work[i];
    return NULL;
}

/* per_second and its like: the sum over the length of the bin. */
static status scale(struct chart *chart, double per, uint32_t group, struct cell *cell)
{
    struct cell row = groups_cell(&chart->cells->groups, group, 0);
    double      start;

    if (cell->kind == KIND_NUMBER && cell_reads_number(&row, &start))
        cell->number = cell->number * per / chart_bin_seconds(chart, start);
    return OK;
}

static status tally_cell(struct chart *chart, const struct tally_work *work, uint32_t group,
                         struct arena *arena,
                         struct cell *out)
{
    TRY(tallies_cell(&chart->cells->tallies, work, group, arena, out));
    return work->tally.aggregate->per > 0 ? scale(chart, work->tally.aggregate->per, group, out) : OK;
}

status chart_value_cell(struct chart *chart, const struct chart_value *value, uint32_t group,
                        struct arena *arena,
                        struct cell *out)
{
    if (value->work)
        return tally_cell(chart, value->work, group, arena, out);
    *out = value->cell[group];
    return OK;
}

/* --- eval() over aggregates ----------------------------------------------------------------------------- */

/* The hidden measures that a program reads, as columns of a batch of groups. */
static status fill(struct chart *chart, const struct program *program, uint32_t from, struct batch *batch)
{
    struct program_names reads = program_reads(program);

    for (uint32_t m = 0; m < chart->bound->measures.count; m++) {
        const struct measure    *measure = &chart->bound->measures.item[m];
        const struct tally_work *work = work_of(chart, measure);
        struct column           *column;
        bool                     read = false;
        for (uint32_t i = 0; i < reads.count; i++)
            read |= str_equal(reads.name[i], measure->name);
        if (!read || !measure->hidden)
            continue;
        TRY_NEW(column = column_cells(&batch->arena, batch->size, KINDS_ANY));
        for (uint32_t i = 0; i < batch->size; i++) {
            TRY(tally_cell(chart, work, from + i, &batch->arena, &column->cell[i]));
            if (column->cell[i].kind == KIND_NUMBER)
                column->cell[i].flags |= CELL_SOFT;
        }
        TRY(batch_set(batch, work->name, column, 0));
    }
    return OK;
}

static status keep(struct arena *arena, struct cell *cell)
{
    struct cell *member;

    if (cell->kind == KIND_TEXT) {
        *cell = cell_field_text(arena_str(arena, cell_str(cell)));
        TRY_NEW(cell->text);
    } else if (cell->kind == KIND_LIST) {
        TRY_NEW(member = arena_alloc(arena, cell->size * sizeof *member));
        for (uint32_t i = 0; i < cell->size; i++) {
            member[i] = cell->list[i];
            TRY(keep(arena, &member[i]));
        }
        cell->list = member;
    }
    return OK;
}

static status evaluate_some(struct chart *chart, const struct program *program, struct machine *machine,
                            uint32_t from,
                            struct batch *batch, struct cell *out)
{
    struct column *column;

    TRY(fill(chart, program, from, batch));
    TRY(machine_value(machine, batch, &batch->arena, &column));
    TRY(batch_decode(batch, column));
    for (uint32_t i = 0; i < batch->size; i++) {
        out[from + i] = column_cell(column, i);
        TRY(keep(&chart->at_hand, &out[from + i]));
    }
    return OK;
}

static status evaluate(struct chart *chart, struct chart_value *value)
{
    uint32_t groups = groups_count(&chart->cells->groups);
    status   s = OK;

    TRY_NEW(value->cell = arena_alloc(&chart->at_hand, (groups + (size_t)1) * sizeof *value->cell));
    for (uint32_t from = 0; from < groups && s == OK; from += SLICE) {
        struct batch *batch = batch_new(chart->op.context->heap, groups - from < SLICE ? groups - from : SLICE);
        s = batch ? evaluate_some(chart, value->program, value->machine, from, batch, value->cell) : FAIL_MEMORY;
        batch_release(batch);
    }
    return s;
}

status chart_next(struct chart *chart)
{
    TRY(group_table_next(chart->cells));
    arena_reset(&chart->at_hand);
    for (uint32_t i = 0; i < chart->values; i++)
        if (chart->value[i].program)
            TRY(evaluate(chart, &chart->value[i]));
    return OK;
}

/* --- all of them ---------------------------------------------------------------------------------------- */

/* Columns of one measure, in their order: tallies_columns has all of them. */
static void add_measure(struct chart *chart, struct tally_work **column, uint32_t columns, const struct measure *measure)
{
    for (uint32_t i = 0; i < columns; i++)
        if (column[i]->measure == measure)
            chart->value[chart->values++] = (struct chart_value){ .name = name_str(column[i]->name), .work = column[i] };
}

static status find_values(struct chart *chart)
{
    const struct chart_bound *bound = chart->bound;
    struct tally_work       **column;
    const struct measure     *clash;
    uint32_t                  columns;
    status                    s = tallies_columns(&chart->cells->tallies, &chart->op.arena, &column, &columns, &clash);

    if (clash)
        return op_fail(&chart->op, FAIL_DATA, "name-clash",
                       "'%.*s' stands for several fields, but they have one name",
                       SHOW(clash->field));
    TRY(s);
    TRY_NEW(chart->value = ARENA_ARRAY(&chart->op.arena, struct chart_value, bound->terms + columns + 1));
    for (uint32_t i = 0; i < bound->terms; i++) {
        const struct chart_term *term = &bound->term[i];
        if (!term->program) {
            add_measure(chart, column, columns, &bound->measures.item[term->measure]);
            continue;
        }
        chart->value[chart->values++] = (struct chart_value){ .name = term->name, .program = term->program };
        TRY(machine_new(term->program, chart->op.context, &chart->value[chart->values - 1].machine));
    }
    return OK;
}

void chart_values_free(struct chart *chart)
{
    for (uint32_t i = 0; i < chart->values; i++)
        if (chart->value[i].machine)
            machine_free(chart->value[i].machine);
    chart->values = 0;
}

status chart_read(struct chart *chart)
{
    chart_values_free(chart);
    TRY(group_table_read(chart->cells));
    return find_values(chart);
}
