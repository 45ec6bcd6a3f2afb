#include "group/feeds.h"

#include "value/number.h"

#include <math.h>

static inline uint32_t row_of(const uint32_t *row, uint32_t i) { return row ? row[i] : i; }

/* How many values all entries have together. */
static uint64_t count_values(const struct column *column, const struct grouping *grouping)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < grouping->count; i++) {
        struct cell cell = column_cell(column, row_of(grouping->row, i));
        count += cell.kind == KIND_LIST ? cell.size : cell.kind != KIND_NULL;
    }
    return count;
}

static status split_lists(struct feed *feed, const struct column *column, const struct grouping *grouping,
                          struct arena *arena)
{
    uint64_t     total = count_values(column, grouping);
    uint32_t    *row, *group = NULL, count = 0;
    struct cell *cells;

    if (total > UINT32_MAX)
        return FAIL_LIMIT;
    TRY_NEW(row = arena_alloc(arena, (total + 1) * sizeof *row));
    TRY_NEW(cells = arena_alloc(arena, (total + 1) * sizeof *cells));
    if (grouping->group)
        TRY_NEW(group = arena_alloc(arena, (total + 1) * sizeof *group));
    for (uint32_t i = 0; i < grouping->count; i++) {
        uint32_t           at = row_of(grouping->row, i);
        struct cell        cell = column_cell(column, at);
        const struct cell *member = cell.kind == KIND_LIST ? cell.list : &cell;
        for (uint32_t m = 0, members = cell.kind == KIND_LIST ? cell.size : 1; m < members; m++) {
            if (member[m].kind == KIND_NULL)
                continue;
            row[count] = at;
            if (group)
                group[count] = grouping->group[i];
            cells[count++] = member[m];
        }
    }
    feed->count = count;
    feed->row = row;
    feed->group = group;
    feed->cell = cells;
    return OK;
}

static status drop_nulls(struct feed *feed, const struct column *column, const struct grouping *grouping,
                         struct arena *arena)
{
    uint32_t *row, *group = NULL, count = 0;

    TRY_NEW(row = arena_alloc(arena, (grouping->count + (size_t)1) * sizeof *row));
    if (grouping->group)
        TRY_NEW(group = arena_alloc(arena, (grouping->count + (size_t)1) * sizeof *group));
    for (uint32_t i = 0; i < grouping->count; i++) {
        uint32_t at = row_of(grouping->row, i);
        if (column_is_null(column, at))
            continue;
        row[count] = at;
        if (group)
            group[count] = grouping->group[i];
        count++;
    }
    feed->count = count;
    feed->row = row;
    feed->group = group;
    return OK;
}

status feed_entries(struct feed *feed, const struct column *column, const struct grouping *grouping,
                    struct arena *arena)
{
    feed->count = grouping->count;
    feed->row = grouping->row;
    feed->group = grouping->group;
    if (!column)
        return OK;
    if (column->encoding == ENCODING_ABSENT) {
        feed->count = 0;
        return OK;
    }
    if (column_may_hold(column, KIND_LIST))
        return split_lists(feed, column, grouping, arena);
    return column_may_hold(column, KIND_NULL) ? drop_nulls(feed, column, grouping, arena) : OK;
}

status feed_cells(struct feed *feed, const struct column *column, struct arena *arena)
{
    struct cell *cell;

    if (feed->cell || feed->count == 0)
        return OK;
    if (column->encoding == ENCODING_CELLS && !feed->row) {
        feed->cell = column->cell;
        return OK;
    }
    TRY_NEW(cell = arena_alloc(arena, (feed->count + (size_t)1) * sizeof *cell));
    if (column->encoding == ENCODING_CELLS)
        for (uint32_t i = 0; i < feed->count; i++)
            cell[i] = column->cell[feed->row[i]];
    else
        for (uint32_t i = 0; i < feed->count; i++)
            cell[i] = column_cell(column, row_of(feed->row, i));
    feed->cell = cell;
    return OK;
}

/* Whole numbers of up to fifteen digits, the bulk of what logs count, without the general parser. */
static inline bool read_number(const struct cell *cell, double *number)
{
    uint64_t whole = 0;
    uint32_t i = 0;

    if (cell->kind == KIND_NUMBER) {
        *number = cell->number;
        return isfinite(cell->number);
    }
    if (cell->kind != KIND_TEXT)
        return false;
    if (cell->size <= 15)
        for (; i < cell->size && (unsigned char)(cell->text[i] - '0') < 10; i++)
            whole = whole * 10 + (uint64_t)(cell->text[i] - '0');
    if (i == cell->size && i > 0) {
        *number = (double)whole;
        return true;
    }
    return number_parse_loose(cell_str(cell), number);
}

struct split {                              /* entries by whether they are numbers */
    double   *number;
    uint32_t *entry, *other;
    uint32_t  numbers, others;
};

static inline void split_one(struct split *split, uint32_t entry, bool is_number, double number)
{
    split->number[split->numbers] = number;
    split->entry[split->numbers] = entry;
    split->numbers += is_number;
    split->other[split->others] = entry;
    split->others += !is_number;
}

static void split_cells(struct split *split, const struct feed *feed, const struct column *column)
{
    for (uint32_t i = 0; i < feed->count; i++) {
        struct cell cell = feed->cell ? feed->cell[i] : column_cell(column, row_of(feed->row, i));
        double      number = 0;
        bool        is_number = read_number(&cell, &number);
        split_one(split, i, is_number, number);
    }
}

static void split_numbers(struct split *split, const struct feed *feed, const struct column *column)
{
    const double *restrict number = column->number;

    for (uint32_t i = 0; i < feed->count; i++) {
        double value = number[row_of(feed->row, i)];
        split_one(split, i, isfinite(value), value);
    }
}

status feed_numbers(struct feed *feed, const struct column *column, struct arena *arena)
{
    size_t       room = feed->count + (size_t)1;
    struct split split = { 0 };
    uint32_t    *group;

    TRY_NEW(split.number = arena_alloc(arena, room * sizeof *split.number));
    TRY_NEW(split.entry = arena_alloc(arena, room * sizeof *split.entry));
    TRY_NEW(split.other = arena_alloc(arena, room * sizeof *split.other));
    if (column->encoding == ENCODING_NUMBER)
        split_numbers(&split, feed, column);
    else
        split_cells(&split, feed, column);
    feed->number = split.number;
    feed->numbers = split.numbers;
    feed->others = split.others;
    feed->other_entry = split.other;
    if (split.others == 0) {
        feed->number_group = feed->group;
        return OK;
    }
    feed->number_entry = split.entry;
    if (!feed->group)
        return OK;
    TRY_NEW(group = arena_alloc(arena, room * sizeof *group));
    for (uint32_t i = 0; i < split.numbers; i++)
        group[i] = feed->group[split.entry[i]];
    feed->number_group = group;
    return OK;
}

status feed_times(struct feed *feed, const double *time, struct arena *arena)
{
    double *gathered;

    if (!feed->row) {
        feed->time = time;
        return OK;
    }
    TRY_NEW(gathered = arena_alloc(arena, (feed->count + (size_t)1) * sizeof *gathered));
    for (uint32_t i = 0; i < feed->count; i++)
        gathered[i] = time[feed->row[i]];
    feed->time = gathered;
    return OK;
}

status feed_codes(struct feed *feed, const struct column *column, struct interner *values, uint32_t *code)
{
    if (feed->cell && column_may_hold(column, KIND_LIST)) {
        struct column members = { .encoding = ENCODING_CELLS, .kinds = KINDS_ANY,
                                  .cell = (struct cell *)feed->cell };
        return interner_column(values, &members, NULL, feed->count, code);
    }
    return interner_column(values, column, feed->row, feed->count, code);
}

status feed_distinct(struct feed *feed, const struct column *column, struct distinct *distinct,
                     struct arena *arena)
{
    uint32_t *code, *pair;

    TRY_NEW(code = arena_alloc(arena, (feed->count + (size_t)1) * sizeof *code));
    TRY_NEW(pair = arena_alloc(arena, (feed->count + (size_t)1) * sizeof *pair));
    TRY(feed_codes(feed, column, &distinct->values, code));
    return distinct_add(distinct, feed->group, code, NULL, feed->count, pair);
}

status feed_read_numbers(const struct batch *batch, const struct column *column, struct arena *arena,
                         const double **out)
{
    double *number;

    if (column && column->encoding == ENCODING_NUMBER && !column->null) {
        *out = column->number;
        return OK;
    }
    TRY_NEW(*out = number = arena_alloc(arena, (batch->size + (size_t)1) * sizeof *number));
    for (uint32_t i = 0; i < batch->rows.count; i++) {
        uint32_t           row = batch_row(batch, i);
        struct cell        cell = column ? column_cell(column, row) : cell_null();
        const struct cell *at = cell.kind == KIND_LIST ? cell.list : &cell;
        if (!read_number(at, &number[row]))
            number[row] = NAN;
    }
    return OK;
}
