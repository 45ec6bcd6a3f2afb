#include "command/geotiles.h"

#include "command/results.h"
#include "value/order.h"

#include <math.h>
#include <stdlib.h>

status geostats_partials_open(struct geostats *geostats)
{
    struct op *op = &geostats->op;

    geostats->meets = geostats->bound->meets || op->context->takes_partials;
    TRY_NEW(geostats->bin_field = names_intern(op->context->names, STR("psrsvd_bin")));
    TRY_NEW(geostats->place_field = names_intern(op->context->names, STR("psrsvd_place")));
    states_init(&geostats->states, &geostats->tallies);
    states_init(&geostats->place_states, &geostats->places);
    return partial_fields_init(&geostats->partial, op->context->names);
}

/* --- in ------------------------------------------------------------------------------------------------------------ */

static bool is_bin(const struct grid *grid, const struct column *column, uint32_t row)
{
    uint32_t    last = grid->levels - 1;
    struct cell cell = column ? column_cell(column, row) : cell_null();
    double      bin;

    return cell_reads_number(&cell, &bin) && bin >= 0 && bin == floor(bin) &&
           bin < grid->first[last] + grid->rows[last] * grid->columns[last];
}

/* Rows of places to the front, of groups behind them; those of neither are noted and left out. */
static status sort_rows(struct geostats *geostats, struct batch *in, const struct rows *rows, struct rows *place,
                        struct rows *group)
{
    struct column *bin = batch_column(in, geostats->bin_field), *mark = batch_column(in, geostats->place_field);
    uint32_t      *row, places = 0, groups = 0;

    TRY(batch_decode(in, bin));
    TRY(batch_decode(in, mark));
    TRY_NEW(row = arena_alloc(&geostats->op.step, 2 * (rows->count + (size_t)1) * sizeof *row));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t at = rows_at(rows, i);
        if (!is_bin(&geostats->bound->grid, bin, at))
            partial_note_bad(&geostats->op);
        else if (mark && !column_is_null(mark, at))
            row[places++] = at;
        else
            row[rows->count + groups++] = at;
    }
    *place = (struct rows){ places, row };
    *group = (struct rows){ groups, row + rows->count };
    return OK;
}

static status load_groups(struct geostats *geostats, struct batch *in, const struct rows *rows)
{
    struct grouping grouping;

    geostats->key[0] = batch_column(in, geostats->bin_field);
    for (uint32_t i = 1; i < geostats->groups.keys; i++) {
        geostats->key[i] = batch_column(in, geostats->by[i - 1]);
        TRY(batch_decode(in, geostats->key[i]));
    }
    TRY(groups_assign(&geostats->groups, (const struct column *const *)geostats->key, rows, &geostats->op.step, &grouping));
    TRY(tallies_reserve(&geostats->tallies, groups_count(&geostats->groups)));
    return partial_load(&geostats->states, &geostats->partial, in, &grouping, &geostats->op);
}

static status load_places(struct geostats *geostats, struct batch *in, const struct rows *rows)
{
    struct interner *bins = &geostats->groups.key[0].values;
    uint32_t        *code;
    struct grouping  grouping;

    TRY_NEW(code = arena_alloc(&geostats->op.step, (rows->count + (size_t)1) * sizeof *code));
    TRY(interner_column(bins, batch_column(in, geostats->bin_field), rows->row, rows->count, code));
    TRY(tallies_reserve(&geostats->places, bins->count));
    grouping = (struct grouping){ rows->count, rows->row, code };
    return partial_load(&geostats->place_states, &geostats->partial, in, &grouping, &geostats->op);
}

status geostats_take_partials(struct geostats *geostats, struct batch *in, const struct rows *rows)
{
    struct rows place, group;

    geostats->met = true;
    TRY(sort_rows(geostats, in, rows, &place, &group));
    if (group.count)
        TRY(load_groups(geostats, in, &group));
    return place.count ? load_places(geostats, in, &place) : OK;
}

/* --- in order ------------------------------------------------------------------------------------------------------ */

static status copy_groups(const struct groups *from, const uint32_t *order, struct groups *into, struct arena *step,
                          uint32_t *group)
{
    uint32_t *code = ARENA_ARRAY(step, uint32_t, from->keys);

    TRY_NEW(code);
    for (uint32_t i = 0; i < groups_count(from); i++) {
        for (uint32_t k = 0; k < from->keys; k++) {
            struct cell cell = groups_cell(from, order[i], k);
            TRY(interner_cell(&into->key[k].values, &cell, &code[k]));
        }
        TRY(groups_number(into, code, &group[order[i]]));
    }
    return OK;
}

/* Tallies over things that get other numbers. */
static status renumber(struct tallies *tallies, const uint32_t *number, uint32_t count, struct op *op)
{
    struct tallies before = *tallies;
    status         s;

    *tallies = (struct tallies){ 0 };
    s = tallies_init(tallies, before.measures, op->context, &op->arena);
    if (s == OK && before.parted)
        tallies_expect_parts(tallies);
    if (s == OK) {
        tallies->counted = before.counted;
        s = tallies_reserve(tallies, count);
    }
    if (s == OK)
        s = tallies_merge(tallies, &before, number, 0);
    tallies_free(&before);
    return s;
}

status geostats_renumber(struct geostats *geostats)
{
    struct op     *op = &geostats->op;
    struct heap   *heap = op->context->heap;
    struct groups  before = geostats->groups;
    uint32_t       count = groups_count(&before), bins = before.key[0].values.count, *order = NULL, *group, *bin;
    status         s = groups_sort(&before, 1, &order);

    states_free(&geostats->states);             /* they are of the tallies as they were */
    states_free(&geostats->place_states);
    group = heap_alloc(heap, (count + (size_t)1) * sizeof *group);
    bin = heap_alloc(heap, (bins + (size_t)1) * sizeof *bin);
    if (s == OK)
        s = group && bin ? groups_init(&geostats->groups, heap, before.keys) : FAIL_MEMORY;
    if (s == OK)
        s = copy_groups(&before, order, &geostats->groups, &op->step, group);
    if (s == OK)
        s = renumber(&geostats->tallies, group, count, op);
    for (uint32_t i = 0; i < bins && s == OK; i++) {
        uint32_t code = interner_find(&geostats->groups.key[0].values, interner_str(&before.key[0].values, i));
        bin[i] = code == INTERNER_NULL ? GROUP_NONE : code;
    }
    if (s == OK)
        s = tallies_reserve(&geostats->places, bins);
    if (s == OK)
        s = renumber(&geostats->places, bin, geostats->groups.key[0].values.count, op);
    heap_free(heap, order, (count + (size_t)1) * sizeof *order);
    heap_free(heap, group, (count + (size_t)1) * sizeof *group);
    heap_free(heap, bin, (bins + (size_t)1) * sizeof *bin);
    if (geostats->groups.key != before.key)
        groups_free(&before);
    return s;
}

/* --- out ----------------------------------------------------------------------------------------------------------- */

/* psrsvd_bin, BY fields, and behind them: */
enum { OUT_PLACE, OUT_ROWS, OUT_STATE, OUT_VERSION, OUT_COLUMNS };

static status number_of(struct tallies *tallies, uint32_t work, uint32_t group, struct arena *arena, struct cell *out)
{
    return tallies_cell(tallies, tallies->work[work], group, arena, out);
}

static status partial_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct geostats *geostats = host;
    bool             place = row >= geostats->groups_out;
    uint32_t         at = place ? geostats->bins[row - geostats->groups_out] : geostats->order[row];
    double           bin;

    if (column < geostats->groups.keys) {
        if (place && column > 0)
            return OK;
        *out = place ? geostats->groups.key[0].values.cell[at] : groups_cell(&geostats->groups, at, column);
        if (column == 0 && cell_reads_number(out, &bin))
            *out = cell_number(bin);
        return OK;
    }
    switch (column - geostats->groups.keys) {
    case OUT_PLACE:
        *out = place ? cell_number(1) : cell_null();
        return OK;
    case OUT_ROWS:
        return place ? number_of(&geostats->places, PLACE_ROWS, at, arena, out)
                     : number_of(&geostats->tallies, geostats->bound->events, at, arena, out);
    case OUT_STATE:
        return states_save(place ? &geostats->place_states : &geostats->states, at, arena, out);
    default:
        *out = cell_number(1);
        return OK;
    }
}

struct numbered { double number; uint32_t code; };

static int by_number(const void *left, const void *right)
{
    const struct numbered *a = left, *b = right;

    return a->number < b->number ? -1 : a->number > b->number;
}

static status sort_bins(struct geostats *geostats)
{
    const struct interner *values = &geostats->groups.key[0].values;
    struct numbered       *bin = ARENA_ARRAY(&geostats->op.arena, struct numbered, values->count + (size_t)1);

    TRY_NEW(bin);
    TRY_NEW(geostats->bins = ARENA_ARRAY(&geostats->op.arena, uint32_t, values->count + (size_t)1));
    for (uint32_t i = 0; i < values->count; i++) {
        bin[i].code = i;
        (void)cell_reads_number(&values->cell[i], &bin[i].number);
    }
    qsort(bin, values->count, sizeof *bin, by_number);
    for (uint32_t i = 0; i < values->count; i++)
        geostats->bins[i] = bin[i].code;
    return OK;
}

status geostats_emit_partials(struct geostats *geostats)
{
    struct op          *op = &geostats->op;
    uint32_t            keys = geostats->groups.keys, groups = groups_count(&geostats->groups);
    uint32_t            bins = geostats->groups.key[0].values.count;
    const struct name **name = ARENA_ARRAY(&op->arena, const struct name *, keys + (size_t)OUT_COLUMNS);
    status              s;

    TRY_NEW(name);
    name[0] = geostats->bin_field;
    for (uint32_t i = 1; i < keys; i++)
        name[i] = geostats->by[i - 1];
    name[keys + OUT_PLACE] = geostats->place_field;
    name[keys + OUT_ROWS] = geostats->partial.rows;
    name[keys + OUT_STATE] = geostats->partial.state;
    name[keys + OUT_VERSION] = geostats->partial.version;
    tallies_one_part(&geostats->tallies, !geostats->met);
    tallies_one_part(&geostats->places, !geostats->met);
    TRY(tallies_reserve(&geostats->places, bins));
    TRY(sort_bins(geostats));
    TRY(groups_sort(&geostats->groups, 1, &geostats->order));
    geostats->groups_out = groups;
    s = results_emit(&(struct results){ op, name, keys + OUT_COLUMNS, (uint64_t)groups + bins, partial_cell, geostats });
    heap_free(op->context->heap, geostats->order, (groups + (size_t)1) * sizeof *geostats->order);
    geostats->order = NULL;
    return s;
}
