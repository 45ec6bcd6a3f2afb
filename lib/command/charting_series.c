/* Which values of the column field become columns (reporting 5.1, series selection).
 *
 * Scores are aggregates over the cells of each value: a table of groups like any other, so there may be more values than
 * fit into memory. Those that are shown must fit, as their names do. */
#include "group/best.h"
#include "command/charting.h"

#include "value/number.h"
#include "value/order.h"

#include <math.h>

enum { SLICE = 4096 };

struct scoring {
    struct chart             *chart;
    const struct chart_value *value;        /* whose cells are scored */
    bool                      zeros;        /* a cell that is missing is 0, and that counts */
    uint64_t                  rows;         /* of the result, */
    bool                      counts_rows;  /* which is as many as cells have */
    double                    bin;          /* the one that was a row last, if */
    bool                      any_bin;
    struct arena              arena, step;
    struct measure            measure[2];   /* the score; how many cells there are */
    struct measures           measures;
    struct group_table       *table;        /* by value of the column field */
    const struct name        *name;
    uint64_t                  cells;        /* scored so far: their order decides about the last digit of a score */
    uint32_t                  count;
    struct cell               key[SLICE], cell[SLICE];
    bool                      filled;       /* the zeros of groups in memory are there */

    bool                      saw_null, saw_other;
    bool                      folds;        /* some cells belong to others' */
    uint64_t                  candidates;   /* values that may become a column of their own */
};

/* --- scores --------------------------------------------------------------------------------------------- */

static bool is_null(const struct chart_bound *bound, const struct cell *column)
{
    return column->kind == KIND_NULL || (bound->usenull && str_equal(cell_str(column), bound->null));
}

static bool is_other(const struct chart_bound *bound, const struct cell *column)
{
    return bound->useother && str_equal(cell_str(column), bound->other);
}

static status make_slice(const struct scoring *scoring, const struct cell *cell, uint32_t count, uint64_t segment,
                         struct batch **out)
{
    struct batch  *batch = batch_new(scoring->chart->op.context->heap, count);
    struct column *column;

    TRY_NEW(*out = batch);
    TRY_NEW(column = column_cells(&batch->arena, count, KINDS_ANY));
    memcpy(column->cell, cell, count * sizeof *cell);
    batch->ordinal = scoring->cells;
    batch->segment = (uint32_t)segment;
    return batch_set(batch, scoring->name, column, 0);
}

static status count_slice(struct scoring *scoring, struct batch *batch)
{
    struct column       *key;
    const struct column *keys[1];
    struct grouping      grouping;

    TRY_NEW(key = column_cells(&batch->arena, scoring->count, KINDS_ANY));
    memcpy(key->cell, scoring->key, scoring->count * sizeof *key->cell);
    keys[0] = key;
    TRY(group_table_assign(scoring->table, keys, batch, &batch->rows, &scoring->step, &grouping));
    return group_table_push(scoring->table, batch, &grouping, &scoring->step);
}

static status flush(struct scoring *scoring)
{
    struct batch *batch = NULL;
    status        result;

    if (scoring->count == 0)
        return OK;
    result = make_slice(scoring, scoring->cell, scoring->count, scoring->cells / SLICE, &batch);
    if (result == OK)
        result = count_slice(scoring, batch);
    batch_release(batch);
    scoring->cells += scoring->count;
    scoring->count = 0;
    arena_reset(&scoring->step);
    return result;
}

static status add_cell(struct scoring *scoring, const struct cell *series, struct cell cell)
{
    scoring->key[scoring->count] = *series;
    scoring->cell[scoring->count++] = cell;
    return (scoring->cells + scoring->count) % SLICE == 0 ? flush(scoring) : OK;
}

static bool is_count(const struct aggregate *aggregate)
{
    return aggregate && str_is(str_of(aggregate->name), "count");
}

/* A row of the result begins, or is left out; bins before it may be rows as well. */
static void count_row(struct scoring *scoring, uint32_t group)
{
    struct chart *chart = scoring->chart;
    struct cell   row = groups_cell(&chart->cells->groups, group, 0);
    double        start;

    if (chart->bound->is_timechart && chart_is_cut(chart, group_table_number(chart->cells, group, 0)))
        return;
    scoring->rows++;
    if (!chart_fills(chart) || !chart_row_bin(chart, &row, &start))
        return;
    for (double at = scoring->bin, next; scoring->any_bin; at = next) {
        next = chart_next_bin(chart, at);
        if (!(next > at && next < start) || scoring->rows > UINT32_MAX)
            break;
        scoring->rows++;
    }
    scoring->bin = start;
    scoring->any_bin = true;
}

/* Those at hand. */
static status score_cells(struct scoring *scoring)
{
    struct chart             *chart = scoring->chart;
    const struct group_table *cells = chart->cells;

    for (uint32_t i = 0; i < cells->count; i++) {
        struct cell series = groups_cell(&cells->groups, cells->order[i], 1), cell = cell_null();
        group_table_fetch(cells, i);
        if (scoring->counts_rows && !group_table_follows(cells, i, 1))
            count_row(scoring, cells->order[i]);
        if (is_null(chart->bound, &series)) {
            scoring->saw_null = true;
            scoring->folds |= series.kind != KIND_NULL;
            continue;
        }
        if (is_other(chart->bound, &series)) {
            scoring->saw_other = true;
            continue;
        }
        if (scoring->value)
            TRY(chart_value_cell(chart, scoring->value, cells->order[i], &scoring->step, &cell));
        if (cell.kind == KIND_LIST && is_count(scoring->measure[0].aggregate))
            cell = cell_number(1);          /* cells are counted, not the values in them */
        TRY(add_cell(scoring, &series, cell));
    }
    return flush(scoring);                  /* texts are those of the cells at hand */
}

/* What is scored: the only value; of several the number of events, unless a where clause says otherwise. */
static const struct chart_value *scored_value(struct scoring *scoring)
{
    struct chart             *chart = scoring->chart;
    const struct chart_bound *bound = chart->bound;
    struct chart_value       *events;

    if (chart->values == 1 || (chart->values && bound->choice.by_where))
        return chart->value;
    events = ARENA_NEW(&scoring->arena, struct chart_value);
    for (uint32_t i = 0; events && i < chart->cells->tallies.works; i++)
        if (chart->cells->tallies.work[i]->measure == &bound->measures.item[bound->events])
            events->work = chart->cells->tallies.work[i];
    return events;
}

/* The function that scores: count is the sum of counts, or the number of cells that have a value. */
static status open_scores(struct scoring *scoring)
{
    struct chart               *chart = scoring->chart;
    const struct series_choice *choice = &chart->bound->choice;
    const struct aggregate     *aggregate = choice->aggregate;
    struct group_shape          shape = { .measures = &scoring->measures, .keys = 1, .pooled = true };
    bool                        counts = false;

    if (choice->kind != SERIES_ALL) {
        TRY_NEW(scoring->value = scored_value(scoring));
        counts = scoring->value->work && tally_counts(scoring->value->work);
        scoring->zeros = counts && aggregate && !is_count(aggregate);
    }
    if (!aggregate || (is_count(aggregate) && counts))
        aggregate = chart->bound->sum;
    scoring->measure[0] = (struct measure){ .aggregate = aggregate, .percent = choice->percent,
                                            .field = STR("value"), .name = STR("value") };
    scoring->measure[1] = (struct measure){ .aggregate = chart->bound->measures.item[chart->bound->events].aggregate,
                                            .name = STR("cells") };
    scoring->measures = (struct measures){ .item = scoring->measure, .count = 2, .capacity = 2 };
    TRY_NEW(scoring->name = names_intern(chart->op.context->names, STR("value")));
    shape.amended = scoring->zeros;
    return group_table_open(&chart->op, &shape, &scoring->table);
}

static status compute_scores(struct scoring *scoring)
{
    status result;

    TRY(chart_read(scoring->chart));
    TRY(open_scores(scoring));
    while ((result = chart_next(scoring->chart)) == OK)
        TRY(score_cells(scoring));
    return result == DONE ? OK : result;
}

/* Cells that are missing, for the groups at hand; a sum does not mind them. */
static status add_zeros(struct scoring *scoring)
{
    struct group_table *table = scoring->table;
    uint32_t           *group;
    struct batch       *batch = NULL;
    struct cell         present;
    status              result = OK;

    TRY_NEW(group = ARENA_ARRAY(&scoring->arena, uint32_t, SLICE));
    for (uint32_t i = 0; i < SLICE; i++)
        scoring->cell[i] = cell_number(0);
    for (uint32_t i = 0; i < table->count && result == OK; i++) {
        TRY(tallies_cell(&table->tallies, table->tallies.work[1], table->order[i], &scoring->step, &present));
        for (uint32_t n = 0; n < SLICE; n++)
            group[n] = table->order[i];
        for (uint64_t left = scoring->rows - (uint64_t)fmin(present.number, (double)scoring->rows); left && result == OK;) {
            struct grouping grouping = { .count = left < SLICE ? (uint32_t)left : SLICE, .group = group };
            /* What has been on disk is in segments that are over; so are the others. */
            result = make_slice(scoring, scoring->cell, grouping.count, scoring->cells / SLICE + 1, &batch);
            if (result == OK)
                result = group_table_push(table, batch, &grouping, &scoring->step);
            batch_release(batch);
            batch = NULL;
            arena_reset(&scoring->step);
            left -= grouping.count;
        }
    }
    return result;
}

static status next_scores(struct scoring *scoring)
{
    arena_reset(&scoring->step);
    TRY(group_table_next(scoring->table));
    if (!scoring->zeros || scoring->filled)
        return OK;
    scoring->filled = !group_table_is_aside(scoring->table);
    return add_zeros(scoring);
}

static status score_at(struct scoring *scoring, uint32_t at, double *out)
{
    struct group_table *table = scoring->table;
    struct cell         cell;

    TRY(tallies_cell(&table->tallies, table->tallies.work[0], table->order[at], &scoring->step, &cell));
    if (cell.kind == KIND_TEXT ? !number_parse_loose(cell_str(&cell), out) : !cell_spells_number(&cell, out))
        *out = NAN;
    return OK;
}

/* --- choice --------------------------------------------------------------------------------------------- */

/* In the order of their places. */
static status find_best(struct scoring *scoring, struct best *best)
{
    uint64_t place = 0;
    double   score;
    status   result;

    TRY(group_table_read(scoring->table));
    while ((result = next_scores(scoring)) == OK)
        for (uint32_t i = 0; i < scoring->table->count; i++, place++) {
            TRY(score_at(scoring, i, &score));
            TRY(best_add(best, score, place));
        }
    best_settle(best);
    best_by_place(best);
    return result == DONE ? OK : result;
}

static status is_chosen(struct scoring *scoring, const struct best *best, uint32_t *next, uint32_t at, bool *out)
{
    const struct series_choice *choice = &scoring->chart->bound->choice;
    double                      score;
    bool                        is_best = *next < best->count && best->item[*next].place == scoring->candidates;

    *out = true;
    *next += is_best;
    if (choice->kind == SERIES_TOP || choice->kind == SERIES_BOTTOM)
        *out = is_best != choice->inverted;
    if (choice->kind != SERIES_ABOVE && choice->kind != SERIES_BELOW)
        return OK;
    TRY(score_at(scoring, at, &score));
    *out = choice->kind == SERIES_ABOVE ? score > choice->number : score < choice->number;
    return OK;
}

/* The first of the candidates are chosen, or, inverted, the others. */
static status choose(struct scoring *scoring, struct interner *chosen)
{
    const struct series_choice *choice = &scoring->chart->bound->choice;
    struct best                 best;
    uint32_t                    next = 0, code;
    bool                        in;
    status                      result = OK;

    best_init(&best, scoring->chart->op.context->heap, choice->number, choice->kind == SERIES_TOP);
    if (choice->kind == SERIES_TOP || choice->kind == SERIES_BOTTOM)
        result = find_best(scoring, &best);
    if (result == OK)
        result = group_table_read(scoring->table);
    while (result == OK && (result = next_scores(scoring)) == OK)
        for (uint32_t i = 0; i < scoring->table->count && result == OK; i++, scoring->candidates++) {
            struct cell cell = groups_cell(&scoring->table->groups, scoring->table->order[i], 0);
            result = is_chosen(scoring, &best, &next, i, &in);
            if (result == OK && in)
                result = interner_cell(chosen, &cell, &code);
        }
    best_free(&best);
    return result == DONE ? OK : result;
}

/* --- what is left --------------------------------------------------------------------------------------- */

/* A value that is called as the column of nulls, or of the others, goes there. */
static status fold(void *host, const struct group_table *cells, uint32_t group, struct cell *key)
{
    const struct chart       *chart = host;
    const struct chart_bound *bound = chart->bound;

    key[0] = groups_cell(&cells->groups, group, 0);
    key[1] = groups_cell(&cells->groups, group, 1);
    if (is_null(bound, &key[1]))
        key[1] = cell_null();
    else if (bound->useother && interner_find(&chart->series.chosen, cell_str(&key[1])) == INTERNER_NULL)
        key[1] = cell_field_text(bound->other);
    return OK;
}

static status order_series(struct chart *chart, bool null, bool other)
{
    struct chart_series *series = &chart->series;
    uint32_t             all = series->chosen.count;
    bool                 other_first = context_choice(chart->op.context, CHOICE_OTHER_FIRST);

    TRY_NEW(series->place = arena_alloc(&chart->op.arena, (all + (size_t)1) * sizeof *series->place));
    TRY(interner_rank(&series->chosen, ORDER_NATURAL, series->place));
    series->count = all + null + other;
    series->null = !null ? SERIES_NONE : all + (other && other_first);
    series->other = !other ? SERIES_NONE : all + (null && !other_first);
    return OK;
}

uint32_t chart_series_place(const struct chart *chart, const struct cell *column)
{
    const struct chart_series *series = &chart->series;
    uint32_t                   code;

    if (column->kind == KIND_NULL)
        return series->null;
    code = interner_find(&series->chosen, cell_str(column));
    if (code != INTERNER_NULL)
        return series->place[code];
    return is_other(chart->bound, column) ? series->other : SERIES_NONE;
}

void chart_series_free(struct chart_series *series)
{
    if (series->chosen.heap)
        interner_free(&series->chosen);
}

status chart_choose_series(struct chart *chart, uint64_t rows)
{
    const struct chart_bound *bound = chart->bound;
    struct heap              *heap = chart->op.context->heap;
    struct scoring           *scoring = heap_zero(heap, 1, sizeof *scoring);
    bool                      null, other;
    status                    s;

    TRY_NEW(scoring);
    scoring->chart = chart;
    scoring->rows = rows;
    scoring->counts_rows = rows == 0;
    arena_init(&scoring->arena, heap);
    arena_init(&scoring->step, heap);
    interner_init(&chart->series.chosen, heap);
    s = compute_scores(scoring);
    if (s == OK)
        s = choose(scoring, &chart->series.chosen);
    group_table_close(scoring->table);
    null = scoring->saw_null;
    other = bound->useother && scoring->candidates > chart->series.chosen.count;
    scoring->folds |= other;
    other |= scoring->saw_other;
    if (s == OK && scoring->folds)
        s = group_table_rekey(&chart->cells, fold, chart, false);
    arena_free(&scoring->step);
    arena_free(&scoring->arena);
    heap_free(heap, scoring, sizeof *scoring);
    return s == OK ? order_series(chart, null, other) : s;
}

status chart_series_text(struct chart *chart, const struct cell *cell, str *out)
{
    char   room[LABEL_ROOM];
    double number, low;
    size_t size = 0;

    *out = cell->kind == KIND_NULL ? chart->bound->null : cell_str(cell);
    if (cell->kind != KIND_NULL && cell_reads_number(cell, &number))
        size = binning_label(&chart->column_bins, number, room, &low);
    if (size)
        TRY_NEW((*out = arena_str(&chart->op.arena, (str){ room, size })).at);
    return OK;
}
