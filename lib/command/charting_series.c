/* Which values of the column field become columns (reporting 5.1, series selection). */
#include "command/charting.h"

#include "value/number.h"
#include "value/order.h"

#include <math.h>
#include <stdlib.h>

enum { SLICE = 4096 };

struct candidate {
    uint32_t code, place;                   /* place: by bytes */
    double   score;
};

struct scoring {
    struct chart    *chart;
    struct arena     arena, step;
    struct measure   measure;
    struct measures  measures;
    struct tallies   tallies;               /* over series: groups are codes of the column field */
    const struct name *name;
};

/* --- scores --------------------------------------------------------------------------------------------- */

static status score_some(struct scoring *scoring, const struct cell *cell, const uint32_t *series,
                         uint32_t count)
{
    struct batch   *batch = batch_new(scoring->chart->op.context->heap, count);
    struct column  *column;
    struct grouping grouping = { .count = count, .group = series };
    status          s = FAIL_MEMORY;

    if (batch && (column = column_cells(&batch->arena, count, KINDS_ANY))) {
        memcpy(column->cell, cell, count * sizeof *cell);
        s = batch_set(batch, scoring->name, column, 0);
        if (s == OK)
            s = tallies_push(&scoring->tallies, batch, &grouping, scoring->chart->groups.key[1].values.count,
                             &scoring->step);
    }
    batch_release(batch);
    arena_reset(&scoring->step);
    return s;
}

struct slice {
    struct cell cell[SLICE];
    uint32_t    series[SLICE], count;
};

static status slice_flush(struct scoring *scoring, struct slice *slice)
{
    uint32_t count = slice->count;

    slice->count = 0;
    return count ? score_some(scoring, slice->cell, slice->series, count) : OK;
}

static status slice_add(struct scoring *scoring, struct slice *slice, struct cell cell, uint32_t series)
{
    slice->cell[slice->count] = cell;
    slice->series[slice->count++] = series;
    return slice->count == SLICE ? slice_flush(scoring, slice) : OK;
}

static bool is_count(const struct aggregate *aggregate)
{
    return aggregate && str_is(str_of(aggregate->name), "count");
}

/* The cells of every series; where a count has no events it shows 0, and that counts as well (a sum does not
 * mind). */
static status score_cells(struct scoring *scoring, const struct chart_value *value, bool zeros, uint64_t rows,
                          struct slice *slice)
{
    struct chart *chart = scoring->chart;
    uint32_t      groups = groups_count(&chart->groups), all = chart->groups.key[1].values.count;
    uint64_t     *present;

    TRY_NEW(present = ARENA_ARRAY(&scoring->arena, uint64_t, all + (size_t)1));
    for (uint32_t i = 0; i < groups; i++) {
        uint32_t    series = groups_code(&chart->groups, i, 1);
        struct cell cell;
        TRY(chart_value_cell(chart, value, i, &scoring->arena, &cell));
        if (is_count(scoring->measure.aggregate) && cell.kind == KIND_LIST)
            cell = cell_number(1);          /* cells are counted, not the values in them */
        present[series]++;
        TRY(slice_add(scoring, slice, cell, series));
    }
    for (uint32_t i = 0; zeros && i < all; i++)
        for (uint64_t n = present[i]; n < rows; n++)
            TRY(slice_add(scoring, slice, cell_number(0), i));
    return slice_flush(scoring, slice);
}

/* The function that scores: count is the sum of counts, or the number of cells that have a value. */
static status scoring_open(struct scoring *scoring, bool value_counts)
{
    struct chart               *chart = scoring->chart;
    const struct series_choice *choice = &chart->bound->choice;
    const struct aggregate     *aggregate = choice->aggregate;

    if (!aggregate || (is_count(aggregate) && value_counts))
        aggregate = chart->bound->sum;
    scoring->measure = (struct measure){ .aggregate = aggregate, .percent = choice->percent,
                                         .field = STR("value"),
                                         .name = STR("value") };
    scoring->measures = (struct measures){ .item = &scoring->measure, .count = 1, .capacity = 1 };
    TRY_NEW(scoring->name = names_intern(chart->op.context->names, scoring->measure.field));
    return tallies_init(&scoring->tallies, &scoring->measures, chart->op.context, &scoring->arena);
}

static status read_scores(struct scoring *scoring, double *score)
{
    uint32_t all = scoring->chart->groups.key[1].values.count;

    TRY(tallies_reserve(&scoring->tallies, all));
    for (uint32_t i = 0; i < all; i++) {
        struct cell cell;
        TRY(tallies_cell(&scoring->tallies, scoring->tallies.work[0], i, &scoring->arena, &cell));
        if (cell.kind == KIND_TEXT ? !number_parse_loose(cell_str(&cell), &score[i]) : !cell_spells_number(&cell, &score[i]))
            score[i] = NAN;
    }
    return OK;
}

static status compute_scores(struct chart *chart, uint64_t rows, double *score)
{
    const struct chart_bound *bound = chart->bound;
    struct scoring            scoring = { .chart = chart };
    struct slice             *slice = NULL;
    struct chart_value       *value;
    uint32_t                  values;
    bool                      counts;
    status                    s;

    TRY(chart_values(chart, &value, &values));
    if (values == 0 || (values > 1 && !bound->choice.by_where))         /* several terms: by frequency */
        *value = (struct chart_value){ .work = chart->tallies.work[0] };
    for (uint32_t i = 0; (values != 1 && !bound->choice.by_where) && i < chart->tallies.works; i++)
        if (chart->tallies.work[i]->measure == &bound->measures.item[bound->events])
            value->work = chart->tallies.work[i];
    counts = value->work && tally_counts(value->work);
    arena_init(&scoring.arena, chart->op.context->heap);
    arena_init(&scoring.step, chart->op.context->heap);
    s = scoring_open(&scoring, counts);
    if (s == OK && !(slice = arena_alloc(&scoring.arena, sizeof *slice)))
        s = FAIL_MEMORY;
    if (s == OK) {
        slice->count = 0;
        s = score_cells(&scoring, value, counts && bound->choice.aggregate &&
                        !is_count(bound->choice.aggregate), rows, slice);
    }
    if (s == OK)
        s = read_scores(&scoring, score);
    tallies_free(&scoring.tallies);
    arena_free(&scoring.step);
    arena_free(&scoring.arena);
    return s;
}

/* --- choice --------------------------------------------------------------------------------------------- */

/* A series without a score comes last either way. */
static int compare(const struct candidate *a, const struct candidate *b, bool top)
{
    if (isnan(a->score) != isnan(b->score))
        return isnan(a->score) ? 1 : -1;
    if (!isnan(a->score) && a->score != b->score)
        return (a->score > b->score) == top ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static int best_first(const void *a, const void *b) { return compare(a, b, true); }
static int worst_first(const void *a, const void *b) { return compare(a, b, false); }

static bool is_special(const struct chart *chart, uint32_t code)
{
    const struct interner    *values = &chart->groups.key[1].values;
    const struct chart_bound *bound = chart->bound;

    return values->cell[code].kind == KIND_NULL ||
        (bound->usenull && str_equal(interner_str(values, code), bound->null)) ||
           (bound->useother && str_equal(interner_str(values, code), bound->other));
}

/* The first `kept` of the candidates are chosen, or, inverted, the others. */
static status choose(struct chart *chart, struct candidate *candidate, uint32_t count,
                     struct interner *chosen)
{
    const struct series_choice *choice = &chart->bound->choice;
    const struct interner      *values = &chart->groups.key[1].values;
    uint32_t                    code;

    if (choice->kind == SERIES_TOP || choice->kind == SERIES_BOTTOM)
        qsort(candidate, count, sizeof *candidate, choice->kind == SERIES_TOP ? best_first : worst_first);
    for (uint32_t i = 0; i < count; i++) {
        bool in = choice->kind == SERIES_ALL || choice->kind == SERIES_ABOVE
            ? candidate[i].score > choice->number
                                                                             : candidate[i].score < choice->number;
        if (choice->kind == SERIES_ALL)
            in = true;
        else if (choice->kind == SERIES_TOP || choice->kind == SERIES_BOTTOM)
            in = (i < choice->number) != choice->inverted;
        if (in)
            TRY(interner_text(chosen, interner_str(values, candidate[i].code), &code));
    }
    return OK;
}

static status choose_all(struct chart *chart, uint64_t rows, struct interner *chosen)
{
    struct interner  *values = &chart->groups.key[1].values;
    struct heap      *heap = chart->op.context->heap;
    uint32_t          all = values->count, count = 0,
        *place = heap_alloc(heap, (all + (size_t)1) * sizeof *place);
    double           *score = heap_zero(heap, all + (size_t)1, sizeof *score);
    struct candidate *candidate = heap_alloc(heap, (all + (size_t)1) * sizeof *candidate);
    status            s = place && score && candidate ? interner_rank(values, false, place) : FAIL_MEMORY;

    if (s == OK && chart->bound->choice.kind != SERIES_ALL)
        s = compute_scores(chart, rows, score);
    for (uint32_t i = 0; i < all && s == OK; i++)
        if (!is_special(chart, i))
            candidate[count++] = (struct candidate){ i, place[i], score[i] };
    if (s == OK)
        s = choose(chart, candidate, count, chosen);
    heap_free(heap, candidate, (all + (size_t)1) * sizeof *candidate);
    heap_free(heap, score, (all + (size_t)1) * sizeof *score);
    heap_free(heap, place, (all + (size_t)1) * sizeof *place);
    return s;
}

/* --- what is left --------------------------------------------------------------------------------------- */

struct folding {
    struct chart    *chart;
    struct interner *chosen;
};

/* A value that is called as the column of nulls, or of the others, goes there. */
static status fold(void *host, struct cell *row, struct cell *column)
{
    const struct folding     *folding = host;
    const struct chart_bound *bound = folding->chart->bound;

    (void)row;
    if (column->kind == KIND_NULL)
        return OK;
    if (bound->usenull && str_equal(cell_str(column), bound->null))
        *column = cell_null();
    else if (bound->useother && interner_find(folding->chosen, cell_str(column)) == INTERNER_NULL)
        *column = cell_field_text(bound->other);
    return OK;
}

static status needs_folding(struct chart *chart, const struct interner *chosen, bool *out)
{
    const struct interner *values = &chart->groups.key[1].values;

    *out = false;
    for (uint32_t i = 0; i < values->count && !*out; i++)
        *out = values->cell[i].kind != KIND_NULL &&
            interner_find(chosen, interner_str(values, i)) == INTERNER_NULL;
    return OK;
}

/* Chosen ones, then NULL, then OTHER; -1: not shown. */
static int class_of(const struct chart *chart, const struct interner *chosen, uint32_t code)
{
    const struct interner *values = &chart->groups.key[1].values;

    if (values->cell[code].kind == KIND_NULL)
        return 1;
    if (interner_find(chosen, interner_str(values, code)) != INTERNER_NULL)
        return 0;
    return chart->bound->useother && str_equal(interner_str(values, code), chart->bound->other) ? 2 : -1;
}

static status order_series(struct chart *chart, const struct interner *chosen, uint32_t **series,
                           uint32_t *count)
{
    const struct interner *values = &chart->groups.key[1].values;
    uint32_t               all = values->count, *rank, *by_rank;
    bool                   other_first = context_choice(chart->op.context, CHOICE_OTHER_FIRST);

    *count = 0;
    TRY_NEW(rank = arena_alloc(&chart->op.arena, (all + (size_t)1) * sizeof *rank));
    TRY_NEW(by_rank = arena_alloc(&chart->op.arena, (all + (size_t)1) * sizeof *by_rank));
    TRY_NEW(*series = arena_alloc(&chart->op.arena, (all + (size_t)1) * sizeof **series));
    TRY(interner_rank(values, true, rank));
    for (uint32_t i = 0; i < all; i++)
        by_rank[rank[i]] = i;
    for (int class = 0; class < 3; class++)
        for (uint32_t i = 0; i < all; i++)
            if (class_of(chart, chosen, by_rank[i]) == (class && other_first ? 3 - class : class))
                (*series)[(*count)++] = by_rank[i];
    return OK;
}

status chart_choose_series(struct chart *chart, uint64_t rows, uint32_t **series, uint32_t *count)
{
    struct interner chosen;
    struct folding  folding = { chart, &chosen };
    bool            folds = false;
    status          s;

    interner_init(&chosen, chart->op.context->heap);
    s = choose_all(chart, rows, &chosen);
    if (s == OK)
        s = needs_folding(chart, &chosen, &folds);
    if (s == OK && folds)
        s = chart_rekey(chart, fold, &folding);
    if (s == OK)
        s = order_series(chart, &chosen, series, count);
    interner_free(&chosen);
    return s;
}

status chart_series_text(struct chart *chart, uint32_t code, str *out)
{
    const struct cell *cell = &chart->groups.key[1].values.cell[code];
    char               room[LABEL_ROOM];
    double             number, low;
    size_t             size = 0;

    *out = cell->kind == KIND_NULL ? chart->bound->null : cell_str(cell);
    if (cell->kind != KIND_NULL && cell_reads_number(cell, &number))
        size = binning_label(&chart->column_bins, number, room, &low);
    if (size)
        TRY_NEW((*out = arena_str(&chart->op.arena, (str){ room, size })).at);
    return OK;
}
