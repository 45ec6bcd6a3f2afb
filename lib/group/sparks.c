#include "group/sparks.h"

#include "aggregate/collect.h"
#include "base/search.h"
#include "group/states.h"
#include "group/timeline.h"
#include "value/number.h"

#include <math.h>
#include <stdlib.h>

enum { CELL_BYTES = 128 };                  /* of a cell, besides its state: pairs, chains, what it keeps */

struct sparks {
    struct context  *context;
    struct arena    *arena;
    struct measure   measure;               /* the inner aggregate */
    struct measures  measures;
    const struct name *only;                /* of a wildcard: rows without the field do not count; NULL: all do */
    struct timeline  timeline;
    struct interner  bins;                  /* starts of fine bins */
    struct pairs     cells;                 /* (group, bin) */
    struct tallies   tallies;               /* over the cells */
    struct arena     kept;                  /* what their states keep */
    struct states    states;                /* of the tallies, when partial states come or go */
    bool             chained;               /* the chains are up to date, */
    bool             indexed;               /* and all of the rest */
    uint32_t        *newest, *next;         /* by group, by cell: chains of cells, + 1 */
    uint32_t         groups, newest_room, next_room;
    struct arena     shown;
    double          *start;                 /* of the bins shown; in `shown` */
    uint32_t         starts;
};

static status open_cells(struct sparks *sparks)
{
    interner_init(&sparks->bins, sparks->context->heap);
    pairs_init(&sparks->cells, sparks->context->heap);
    arena_init(&sparks->kept, sparks->context->heap);
    TRY(tallies_init(&sparks->tallies, &sparks->measures, sparks->context, sparks->arena,
                     sparks->context->partitioned));
    tallies_keep_in(&sparks->tallies, &sparks->kept);
    tallies_sum_exactly(&sparks->tallies);  /* cells are merged while the range grows, wherever that may be in a segment */
    states_init(&sparks->states, &sparks->tallies);
    return OK;
}

static void close_cells(struct sparks *sparks)
{
    interner_free(&sparks->bins);
    pairs_free(&sparks->cells);
    states_free(&sparks->states);
    tallies_free(&sparks->tallies);
    arena_free(&sparks->kept);
}

void sparks_clear(struct sparks *sparks)
{
    sparks->indexed = sparks->chained = false;
    interner_free(&sparks->bins);
    interner_init(&sparks->bins, sparks->context->heap);
    pairs_free(&sparks->cells);
    pairs_init(&sparks->cells, sparks->context->heap);
    tallies_drop(&sparks->tallies);
    arena_free(&sparks->kept);
}

size_t sparks_growth(const struct sparks *sparks, uint32_t more)
{
    size_t cell = sparks->tallies.work[0]->tally.aggregate->size + CELL_BYTES;

    return pairs_growth(&sparks->cells, more) + tallies_growth(&sparks->tallies, more) +
        2 * cell * ((size_t)sparks->cells.count + more);
}

uint64_t sparks_width(const struct sparks *sparks)
{
    double bins = (sparks->timeline.to - sparks->timeline.from) / time_span_seconds(&sparks->timeline.shown);

    return sparks->timeline.seen && bins < 1e6 ? (uint64_t)bins + 1 : 1;
}

uint32_t sparks_cells(const struct sparks *sparks) { return sparks->cells.count; }

status sparks_new(const struct measure *measure, str field, struct context *context, struct arena *arena,
                  struct sparks **out)
{
    struct sparks *sparks = ARENA_NEW(arena, struct sparks);

    TRY_NEW(*out = sparks);
    sparks->context = context;
    sparks->arena = arena;
    sparks->measure = *measure;
    sparks->measure.sparkline = sparks->measure.wild = false;
    sparks->measure.field = field;
    if (measure->wild)
        TRY_NEW(sparks->only = names_intern(context->names, field));
    arena_init(&sparks->shown, context->heap);
    sparks->measures = (struct measures){ .item = &sparks->measure, .count = 1, .capacity = 1 };
    timeline_init(&sparks->timeline, context, (uint32_t)context_limit(context, LIMIT_SPARKLINE));
    sparks->timeline.strict = true;
    if (measure->step)
        timeline_fix(&sparks->timeline, measure->step);
    if (isfinite(context->earliest) && isfinite(context->latest) && context->earliest < context->latest)
        timeline_widen(&sparks->timeline, context->earliest, nextafter(context->latest, -INFINITY));
    return open_cells(sparks);
}

void sparks_free(struct sparks *sparks)
{
    struct heap *heap;

    if (!sparks)
        return;
    heap = sparks->context->heap;
    close_cells(sparks);
    arena_free(&sparks->shown);
    heap_free(heap, sparks->newest, sparks->newest_room * sizeof *sparks->newest);
    heap_free(heap, sparks->next, sparks->next_room * sizeof *sparks->next);
}

/* The cells of `from` come to ours: its groups as told (NULL: the same), its bins as the span wants now. */
static status take_cells(struct sparks *sparks, struct sparks *from, const struct time_span *span,
                         const uint32_t *group)
{
    uint32_t  count = from->cells.count, *map;
    status    result = OK;

    TRY_NEW(map = heap_alloc(sparks->context->heap, (count + (size_t)1) * sizeof *map));
    for (uint32_t i = 0; i < count && result == OK; i++) {
        uint32_t target = pairs_first(&from->cells, i), code = 0;
        double   start = 0;
        if (group)
            target = group[target];
        map[i] = GROUP_NONE;
        if (target == GROUP_NONE)
            continue;
        number_parse(interner_str(&from->bins, pairs_second(&from->cells, i)), &start, NULL);
        result = interner_number(&sparks->bins, timeline_start(&sparks->timeline, span, start), EXACT, &code);
        if (result == OK)
            result = pairs_number(&sparks->cells, &target, &code, 1, target + 1, sparks->bins.count, &map[i]);
    }
    if (result == OK)
        result = tallies_reserve(&sparks->tallies, sparks->cells.count);
    if (result == OK)
        result = tallies_merge(&sparks->tallies, &from->tallies, map, 0);
    heap_free(sparks->context->heap, map, (count + (size_t)1) * sizeof *map);
    return result;
}

/* Counts by `span` from now on. */
static status coarsen(struct sparks *sparks, const struct time_span *span)
{
    struct sparks before = *sparks;
    status        result;

    sparks->states = (struct states){ 0 };
    result = open_cells(sparks);

    if (result == OK)
        result = take_cells(sparks, &before, span, NULL);
    close_cells(&before);
    sparks->indexed = sparks->chained = false;
    return result;
}

/* The times of rows that have the field: which columns a batch brings depends on how the input was cut. */
static status times_of_field(const struct sparks *sparks, struct batch *batch, struct arena *step, const double **time)
{
    const struct column *column = batch_column(batch, sparks->only);
    double              *masked = ARENA_ARRAY(step, double, batch->size + (size_t)1);

    TRY_NEW(masked);
    for (uint32_t i = 0; i < batch->size; i++)
        masked[i] = !column || column_is_null(column, i) ? NAN : (*time)[i];
    *time = masked;
    return OK;
}

static bool range_of(const struct grouping *grouping, const double *time, double *from, double *to)
{
    bool any = false;

    for (uint32_t i = 0; i < grouping->count; i++) {
        double at = time[grouping->row ? grouping->row[i] : i];
        if (isnan(at))
            continue;
        *from = !any || at < *from ? at : *from;
        *to = !any || at > *to ? at : *to;
        any = true;
    }
    return any;
}

status sparks_push(struct sparks *sparks, struct batch *batch, const struct grouping *grouping,
                   const double *time,
                   struct arena *step)
{
    uint32_t       *row, *group, *code, count = 0, bound = 0;
    double          from = 0, to = 0;
    struct grouping cells;

    sparks->indexed = sparks->chained = false;
    if (sparks->only)
        TRY(times_of_field(sparks, batch, step, &time));
    if (!range_of(grouping, time, &from, &to))
        return OK;
    if (timeline_widen(&sparks->timeline, from, to))
        TRY(coarsen(sparks, &sparks->timeline.fine));
    TRY_NEW(row = arena_alloc(step, 3 * (grouping->count + (size_t)1) * sizeof *row));
    group = row + grouping->count;
    code = group + grouping->count;
    for (uint32_t i = 0; i < grouping->count; i++) {
        uint32_t at = grouping->row ? grouping->row[i] : i;
        if (isnan(time[at]))
            continue;
        row[count] = at;
        group[count] = grouping->group ? grouping->group[i] : 0;
        bound = group[count] >= bound ? group[count] + 1 : bound;
        TRY(interner_number(&sparks->bins, timeline_bin(&sparks->timeline, time[at]), EXACT, &code[count]));
        count++;
    }
    TRY(pairs_number(&sparks->cells, group, code, count, bound, sparks->bins.count, code));
    cells = (struct grouping){ count, row, code };
    return tallies_push(&sparks->tallies, batch, &cells, sparks->cells.count, step);
}

status sparks_merge(struct sparks *into, struct sparks *from, const uint32_t *group)
{
    into->indexed = into->chained = false;
    if (!from->timeline.seen)
        return OK;
    if (timeline_widen(&into->timeline, from->timeline.from, from->timeline.to))
        TRY(coarsen(into, &into->timeline.fine));
    return take_cells(into, from, &into->timeline.fine, group);
}

static status chain_cells(struct sparks *sparks)
{
    struct heap *heap = sparks->context->heap;
    uint32_t     count = sparks->cells.count;

    sparks->groups = 0;
    sparks->chained = true;
    for (uint32_t i = 0; i < count; i++)
        if (pairs_first(&sparks->cells, i) >= sparks->groups)
            sparks->groups = pairs_first(&sparks->cells, i) + 1;
    if (!heap_grow(heap, &sparks->newest, &sparks->newest_room, sparks->groups, sizeof *sparks->newest) ||
        !heap_grow(heap, &sparks->next, &sparks->next_room, count, sizeof *sparks->next))
        return FAIL_MEMORY;
    if (sparks->groups)
        memset(sparks->newest, 0, sparks->groups * sizeof *sparks->newest);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t *newest = &sparks->newest[pairs_first(&sparks->cells, i)];
        sparks->next[i] = *newest;
        *newest = i + 1;
    }
    return OK;
}

static status index_cells(struct sparks *sparks)
{
    uint32_t most = (uint32_t)context_limit(sparks->context, LIMIT_BINS_MOST);
    status   result;

    sparks->starts = 0;
    sparks->indexed = true;
    if (!sparks->timeline.seen)
        return OK;
    TRY(coarsen(sparks, &sparks->timeline.shown));
    sparks->indexed = true;
    TRY(chain_cells(sparks));
    arena_reset(&sparks->shown);
    result = timeline_bins(&sparks->timeline, sparks->timeline.from, sparks->timeline.to, most, &sparks->shown,
                           &sparks->start, &sparks->starts);
    return result != FAIL_LIMIT ? result
        : diag_at(sparks->context->diag, FAIL_LIMIT, sparks->measure.span, "limit-table",
                  "a sparkline would have more than %u points", most);
}

/* --- partial states ------------------------------------------------------------------------------------- */

struct told_cell {
    double   start;
    uint32_t cell;
};

static int by_start(const void *left, const void *right)
{
    const struct told_cell *a = left, *b = right;

    return (a->start > b->start) - (a->start < b->start);
}

/* The group's cells in the order of time: they came in any. */
static status list_cells(const struct sparks *sparks, uint32_t group, struct arena *arena, struct told_cell **out,
                         uint32_t *count)
{
    uint32_t newest = group < sparks->groups ? sparks->newest[group] : 0;

    *count = 0;
    for (uint32_t at = newest; at; at = sparks->next[at - 1])
        ++*count;
    TRY_NEW(*out = ARENA_ARRAY(arena, struct told_cell, *count + (size_t)1));
    *count = 0;
    for (uint32_t at = newest; at; at = sparks->next[at - 1], ++*count) {
        (*out)[*count].cell = at - 1;
        number_parse(interner_str(&sparks->bins, pairs_second(&sparks->cells, at - 1)), &(*out)[*count].start, NULL);
    }
    qsort(*out, *count, sizeof **out, by_start);
    return OK;
}

static status save_cells(struct sparks *sparks, uint32_t group, struct arena *arena, struct cell *part)
{
    struct told_cell *told;
    uint32_t          count;
    struct cell      *start, *state;

    TRY(list_cells(sparks, group, arena, &told, &count));
    TRY_NEW(start = arena_alloc(arena, 2 * (count + (size_t)1) * sizeof *start));
    state = start + count;
    for (uint32_t i = 0; i < count; i++) {
        start[i] = cell_number(told[i].start);
        TRY(states_save(&sparks->states, told[i].cell, arena, &state[i]));
    }
    part[2] = collect_cell(start, count);
    part[3] = collect_cell(state, count);
    return OK;
}

status sparks_save(struct sparks *sparks, uint32_t group, struct arena *arena, struct cell *part)
{
    for (uint32_t i = 0; i < SPARKS_PARTS; i++)
        part[i] = cell_null();
    if (!sparks->timeline.seen)
        return OK;
    if (!sparks->chained)
        TRY(chain_cells(sparks));
    part[0] = cell_number(sparks->timeline.from);
    part[1] = cell_number(sparks->timeline.to);
    return save_cells(sparks, group, arena, part);
}

status sparks_load(struct sparks *sparks, uint32_t group, const struct cell *part, uint64_t holder)
{
    uint32_t           count, states, code, cell;
    const struct cell *start = collect_members(&part[2], &count), *state = collect_members(&part[3], &states);
    status             s = OK;

    sparks->states.holder = holder;
    sparks->indexed = sparks->chained = false;
    if (states != count || !collect_finite(&part[0]) || !collect_finite(&part[1]) || part[0].number > part[1].number)
        return FAIL_DATA;
    if (timeline_widen(&sparks->timeline, part[0].number, part[1].number))
        TRY(coarsen(sparks, &sparks->timeline.fine));
    for (uint32_t i = 0; i < count && s == OK; i++) {
        if (!collect_finite(&start[i]) || state[i].kind != KIND_TEXT) {
            s = FAIL_DATA;
            break;
        }
        s = interner_number(&sparks->bins, timeline_bin(&sparks->timeline, start[i].number), EXACT, &code);
        if (s == OK)
            s = pairs_number(&sparks->cells, &group, &code, 1, group + 1, sparks->bins.count, &cell);
        if (s == OK)
            s = tallies_reserve(&sparks->tallies, sparks->cells.count);
        if (s == OK)
            s = states_load(&sparks->states, cell, cell_str(&state[i]));
    }
    return s;
}

bool sparks_show(const struct sparks *sparks)
{
    const struct tally_work *work = sparks->tallies.work[0];

    return work->tally.aggregate->numeric ? work->argument->any_number : work->argument->any_value;
}

status sparks_cell(struct sparks *sparks, uint32_t group, struct arena *arena, struct cell *out)
{
    struct cell *cell;

    if (!sparks->indexed)
        TRY(index_cells(sparks));
    TRY_NEW(cell = arena_alloc(arena, (sparks->starts + (size_t)1) * sizeof *cell));
    cell[0] = cell_field_text(STR("##__SPARKLINE__##"));
    for (uint32_t i = 0; i < sparks->starts; i++)
        cell[i + 1] = cell_number(0);
    for (uint32_t at = group < sparks->groups ? sparks->newest[group] : 0; at; at = sparks->next[at - 1]) {
        double      start = 0;
        struct cell value;
        number_parse(interner_str(&sparks->bins, pairs_second(&sparks->cells, at - 1)), &start, NULL);
        TRY(tallies_cell(&sparks->tallies, sparks->tallies.work[0], at - 1, arena, &value));
        if (value.kind != KIND_NULL)
            cell[1 + search_last_double(sparks->start, sizeof *sparks->start, sparks->starts, start)] = value;
    }
    *out = sparks->starts ? (struct cell){ .kind = KIND_LIST, .size = sparks->starts + 1, .list = cell }
        : cell_null();
    return OK;
}
