#include "command/tabulation.h"

#include "value/number.h"

#include <math.h>
#include <stdlib.h>

void tabulation_init(struct tabulation *tabulation, struct heap *heap, const struct argument *listed)
{
    *tabulation = (struct tabulation){ .heap = heap, .listed = listed };
    distinct_init(&tabulation->distinct, heap, true, true);
}

void tabulation_free(struct tabulation *tabulation)
{
    if (!tabulation->heap)
        return;
    distinct_free(&tabulation->distinct);
    heap_free(tabulation->heap, tabulation->field, tabulation->field_room * sizeof *tabulation->field);
    heap_free(tabulation->heap, tabulation->position, tabulation->positions * sizeof *tabulation->position);
}

static bool is_listed(const struct argument *listed, const struct name *name)
{
    for (uint32_t i = 0; i < listed->count; i++)
        if (names_match(listed->names[i], name_str(name)))
            return true;
    return listed->count == 0 && !name_is_internal(name);
}

uint32_t tabulation_find(const struct tabulation *tabulation, const struct name *name)
{
    return name->number < tabulation->positions ? tabulation->position[name->number] - 1 : TABULATION_NONE;
}

static status field_number(struct tabulation *tabulation, const struct name *name, uint32_t *out)
{
    uint32_t before = tabulation->positions;

    if (name->number >= before) {
        if (!heap_grow(tabulation->heap, &tabulation->position, &tabulation->positions, name->number + 1,
                       sizeof *tabulation->position))
            return FAIL_MEMORY;
        memset(tabulation->position + before, 0, (tabulation->positions - before) * sizeof *tabulation->position);
    }
    if (tabulation->position[name->number] == 0) {
        if (!heap_grow(tabulation->heap, &tabulation->field, &tabulation->field_room, tabulation->fields + 1,
                       sizeof *tabulation->field))
            return FAIL_MEMORY;
        tabulation->field[tabulation->fields] = (struct tabulated){ .name = name };
        tabulation->position[name->number] = ++tabulation->fields;
    }
    *out = tabulation->position[name->number] - 1;
    return OK;
}

static status add_field(struct tabulation *tabulation, struct batch *batch, const struct field *field,
                        uint32_t *group, struct arena *step)
{
    struct grouping grouping = { .count = batch_rows(batch), .row = batch->rows.row, .group = group };
    struct feed     feed = { 0 };
    uint32_t        number;

    TRY(batch_decode(batch, field->column));
    TRY(field_number(tabulation, field->name, &number));
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        group[i] = number;
        tabulation->field[number].rows += !column_is_null(field->column, batch_row(batch, i));
    }
    TRY(feed_entries(&feed, field->column, &grouping, step));
    return feed.count ? feed_distinct(&feed, field->column, &tabulation->distinct, step) : OK;
}

status tabulation_add(struct tabulation *tabulation, struct batch *batch, struct arena *step)
{
    uint32_t *group = ARENA_ARRAY(step, uint32_t, batch_rows(batch) + (size_t)1);

    TRY_NEW(group);
    for (uint32_t i = 0; i < batch->fields; i++)
        if (is_listed(tabulation->listed, batch->field[i].name))
            TRY(add_field(tabulation, batch, &batch->field[i], group, step));
    tabulation->rows += batch_rows(batch);
    return OK;
}

status tabulation_add_counts(struct tabulation *tabulation, const struct name *name, uint64_t rows,
                             const struct cell *value, const uint64_t *times, uint32_t count)
{
    uint32_t number;

    if (!is_listed(tabulation->listed, name))
        return OK;
    TRY(field_number(tabulation, name, &number));
    tabulation->field[number].rows += rows;
    for (uint32_t i = 0; i < count; i++)
        TRY(distinct_add_cell(&tabulation->distinct, number, &value[i], times[i]));
    return OK;
}

status tabulation_merge(struct tabulation *into, const struct tabulation *from)
{
    size_t    size = (from->fields + (size_t)1) * sizeof(uint32_t);
    uint32_t *group = heap_alloc(into->heap, size);
    status    result = group ? OK : FAIL_MEMORY;

    for (uint32_t i = 0; i < from->fields && result == OK; i++) {
        result = field_number(into, from->field[i].name, &group[i]);
        if (result == OK)
            into->field[group[i]].rows += from->field[i].rows;
    }
    if (result == OK)
        result = distinct_merge(&into->distinct, &from->distinct, group);
    into->rows += from->rows;
    heap_free(into->heap, group, size);
    return result;
}

status tabulation_needs(const struct argument *listed, struct wanted *wanted)
{
    for (uint32_t i = 0; i < listed->count; i++)
        TRY(wanted_add_pattern(wanted, listed->names[i]));
    return listed->count ? OK : wanted_add_pattern(wanted, STR("*"));
}

/* --- numbers ------------------------------------------------------------------------------------------------------- */

static int by_number(const void *left, const void *right)
{
    const struct numbered *a = left, *b = right;

    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->times < b->times ? -1 : a->times > b->times;
}

status tabulation_numbers(const struct tabulation *tabulation, uint32_t field, struct arena *arena, struct numbers *out)
{
    const struct distinct *distinct = &tabulation->distinct;
    uint32_t               members = distinct_count(distinct, field);

    *out = (struct numbers){ 0 };
    TRY_NEW(out->item = ARENA_ARRAY(arena, struct numbered, members + (size_t)1));
    for (uint32_t pair = distinct_newest(distinct, field); pair != PAIR_NONE; pair = distinct->next[pair]) {
        struct numbered *item = &out->item[out->count];
        if (!number_parse_loose(distinct_text(distinct, pair), &item->number) || !isfinite(item->number))
            continue;
        item->times = distinct->times[pair];
        out->times += item->times;
        out->count++;
    }
    qsort(out->item, out->count, sizeof *out->item, by_number);
    return OK;
}

double numbers_mean(const struct numbers *numbers)
{
    double sum = 0;

    for (uint32_t i = 0; i < numbers->count; i++)
        sum += numbers->item[i].number * (double)numbers->item[i].times;
    return sum / (double)numbers->times;
}

double numbers_stdev(const struct numbers *numbers, double mean)
{
    double squares = 0;

    for (uint32_t i = 0; i < numbers->count; i++) {
        double off = numbers->item[i].number - mean;
        squares += off * off * (double)numbers->item[i].times;
    }
    return numbers->times > 1 ? sqrt(squares / (double)(numbers->times - 1)) : 0;
}

static double number_at(const struct numbers *numbers, uint64_t rank)
{
    uint32_t i = 0;

    for (; i + 1 < numbers->count && rank >= numbers->item[i].times; i++)
        rank -= numbers->item[i].times;
    return numbers->item[i].number;
}

double numbers_quantile(const struct numbers *numbers, double part)
{
    double   place = part * (double)(numbers->times - 1), rank = floor(place);
    double   low = number_at(numbers, (uint64_t)rank), high;

    if (place == rank)
        return low;
    high = number_at(numbers, (uint64_t)rank + 1);
    return low + (place - rank) * (high - low);
}

/* --- looking values up again --------------------------------------------------------------------------------------- */

status tabulation_values(struct tabulation *tabulation, uint32_t field, struct batch *batch, struct column *column,
                         struct arena *arena, struct tabulated_values *out)
{
    struct grouping grouping = { .count = batch_rows(batch), .row = batch->rows.row };
    struct feed     feed = { 0 };
    uint32_t       *code, *group;

    *out = (struct tabulated_values){ 0 };
    TRY(batch_decode(batch, column));
    TRY(feed_entries(&feed, column, &grouping, arena));
    TRY_NEW(code = arena_alloc(arena, (feed.count + (size_t)1) * sizeof *code));
    TRY_NEW(group = arena_alloc(arena, (feed.count + (size_t)1) * sizeof *group));
    for (uint32_t i = 0; i < feed.count; i++)
        group[i] = field;
    if (feed.count)
        TRY(feed_codes(&feed, column, &tabulation->distinct.values, code));
    if (feed.count)
        TRY(pairs_number(&tabulation->distinct.pairs, group, code, feed.count, tabulation->distinct.groups,
                         tabulation->distinct.values.count, code));
    out->count = feed.count;
    out->row = feed.row;
    out->pair = code;
    return OK;
}
