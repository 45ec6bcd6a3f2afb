#include "batch/layout.h"

#include <stdlib.h>

void layout_init(struct layout *layout, struct heap *heap)
{
    *layout = (struct layout){ .heap = heap };
}

void layout_init_all(struct layout *layout, struct heap *heap)
{
    static const str internal = { "_*", 2 };

    *layout = (struct layout){ .heap = heap, .shown = &internal, .showns = 1 };
}

void layout_free(struct layout *layout)
{
    heap_free(layout->heap, layout->column, layout->capacity * sizeof *layout->column);
    heap_free(layout->heap, layout->position, layout->positions * sizeof *layout->position);
    layout_init(layout, layout->heap);
}

int64_t layout_find(const struct layout *layout, const struct name *name)
{
    return name->number < layout->positions ? (int64_t)layout->position[name->number] - 1 : -1;
}

static status room_for(struct layout *layout, uint32_t number)
{
    if (number >= layout->positions
        && !heap_grow_zero(layout->heap, &layout->position, &layout->positions, number + 1, sizeof *layout->position))
        return FAIL_MEMORY;
    return OK;
}

/* Does a new column of this rank stand before `other`? */
static bool precedes(const struct name *name, uint32_t rank, const struct layout_column *other)
{
    if (rank != other->rank)
        return rank < other->rank;
    return rank & RANK_BY_NAME && str_compare(name_str(name), name_str(other->name)) < 0;
}

status layout_add(struct layout *layout, const struct name *name, uint32_t rank)
{
    uint32_t at = layout->count;

    if (layout_find(layout, name) >= 0)
        return OK;
    TRY(room_for(layout, name->number));
    if (!heap_grow(layout->heap, &layout->column, &layout->capacity, at + 1, sizeof *layout->column))
        return FAIL_MEMORY;
    for (; at > 0 && precedes(name, rank, &layout->column[at - 1]); at--) {
        layout->column[at] = layout->column[at - 1];
        layout->position[layout->column[at].name->number] = at + 1;
    }
    layout->column[at] = (struct layout_column){ name, rank, rank != 0 && !(rank & RANK_BY_NAME) };
    layout->position[name->number] = at + 1;
    layout->count++;
    return OK;
}

/* `*` matches any run. Names are short and this is asked once a name and batch. */
static bool matches(str pattern, str text)
{
    size_t at = 0, star = SIZE_MAX, from = 0, i = 0;

    while (i < text.size) {
        if (at < pattern.size && pattern.at[at] == '*') {
            star = at++;
            from = i;
        } else if (at < pattern.size && pattern.at[at] == text.at[i]) {
            at++;
            i++;
        } else if (star != SIZE_MAX) {
            at = star + 1;
            i = ++from;
        } else {
            return false;
        }
    }
    while (at < pattern.size && pattern.at[at] == '*')
        at++;
    return at == pattern.size;
}

static bool is_hidden(const struct layout *layout, const struct name *name)
{
    if (!name_is_internal(name) || str_is(name_str(name), "_raw") || str_is(name_str(name), "_time"))
        return false;
    for (uint32_t i = 0; i < layout->showns; i++)
        if (matches(layout->shown[i], name_str(name)))
            return false;
    return true;
}

/* A column that wants to join from the selected row number `row` on. */
struct newcomer {
    const struct name *name;
    uint32_t           rank, row, place;
    bool               asked;
};

static int compare_newcomers(const void *a, const void *b)
{
    const struct newcomer *left = a, *right = b;

    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    if (left->rank & RANK_BY_NAME)
        return str_compare(name_str(left->name), name_str(right->name));
    if (left->row != right->row)
        return left->row < right->row ? -1 : 1;
    if (left->place != right->place)
        return left->place < right->place ? -1 : 1;
    return str_compare(name_str(left->name), name_str(right->name));
}

/* Newcomers in their order take their places among those that are there: from the end, each moves once. */
static status join(struct layout *layout, const struct newcomer *newcomer, uint32_t count)
{
    uint32_t old = layout->count;

    for (uint32_t i = 0; i < count; i++)
        TRY(room_for(layout, newcomer[i].name->number));
    if (!heap_grow(layout->heap, &layout->column, &layout->capacity, old + count, sizeof *layout->column))
        return FAIL_MEMORY;
    layout->count = old + count;
    for (uint32_t at = layout->count; count > 0; at--) {
        const struct newcomer *last = &newcomer[count - 1];
        if (old > 0 && precedes(last->name, last->rank, &layout->column[old - 1])) {
            layout->column[at - 1] = layout->column[--old];
        } else {
            layout->column[at - 1] = (struct layout_column){ last->name, last->rank, last->asked };
            count--;
        }
        layout->position[layout->column[at - 1].name->number] = at;
    }
    return OK;
}

static bool is_asked(const struct field *field, uint32_t rank)
{
    return rank != 0 && !(rank & RANK_BY_NAME) && !field->made.rank;
}

status layout_show(struct layout *layout, const struct batch *batch)
{
    struct newcomer *newcomer = NULL;
    uint32_t         count = 0, capacity = 0, row, rank, place;
    status           result = OK;

    for (uint32_t i = 0; i < batch->fields && result == OK; i++) {
        const struct field *field = &batch->field[i];
        if (layout_find(layout, field->name) >= 0 || is_hidden(layout, field->name))
            continue;
        if (!field_shows(batch, field, &row, &rank))
            continue;
        place = row < batch_rows(batch) ? field_place(batch, i, batch_row(batch, row)) : i;
        if (heap_grow(layout->heap, &newcomer, &capacity, count + 1, sizeof *newcomer))
            newcomer[count++] = (struct newcomer){ field->name, rank, row, place, is_asked(field, rank) };
        else
            result = FAIL_MEMORY;
    }
    if (count > 1)
        qsort(newcomer, count, sizeof *newcomer, compare_newcomers);
    if (result == OK)
        result = join(layout, newcomer, count);
    heap_free(layout->heap, newcomer, capacity * sizeof *newcomer);
    return result;
}

/* Heap sort by position: no memory, no bad case. */
static uint32_t pick_sorted(const struct layout *layout, struct field *field, uint32_t count)
{
    for (uint32_t end = count, start = count / 2; end > 1;) {
        uint32_t     root;
        struct field moved;

        if (start > 0) {
            moved = field[--start];
            root = start;
        } else {
            moved = field[--end];
            field[end] = field[0];
            root = 0;
        }
        for (uint32_t kid = 2 * root + 1; kid < end; kid = 2 * root + 1) {
            if (kid + 1 < end && layout_find(layout, field[kid].name) < layout_find(layout, field[kid + 1].name))
                kid++;
            if (layout_find(layout, field[kid].name) <= layout_find(layout, moved.name))
                break;
            field[root] = field[kid];
            root = kid;
        }
        field[root] = moved;
    }
    return count;
}

uint32_t layout_pick(const struct layout *layout, const struct batch *batch, struct field *out)
{
    uint32_t count = 0;
    int64_t  last = -1;
    bool     sorted = true;

    for (uint32_t i = 0; i < batch->fields; i++) {
        int64_t position = layout_find(layout, batch->field[i].name);
        if (position < 0)
            continue;
        sorted = sorted && position > last;
        last = position;
        out[count] = batch->field[i];
        out[count++].rank = layout->column[position].rank;
    }
    return sorted ? count : pick_sorted(layout, out, count);
}

/* Without what stages left of its history. */
static struct field settled(const struct layout_column *column, struct column *values)
{
    struct field field = { .name = column->name, .column = values, .rank = column->rank };

    if (!column->asked) {
        field.made.rank = column->rank;
        field.some = column->rank != 0;
    }
    return field;
}

status layout_arrange(const struct layout *layout, struct batch *batch, bool whole)
{
    struct field *there = ARENA_ARRAY(&batch->arena, struct field, batch->fields + (size_t)1);
    struct field *field = ARENA_ARRAY(&batch->arena, struct field, (whole ? layout->count : batch->fields) + (size_t)1);
    uint32_t      count, next = 0, fields = 0;

    if (!there || !field)
        return FAIL_MEMORY;
    count = layout_pick(layout, batch, there);
    for (uint32_t i = 0; i < (whole ? layout->count : count); i++) {
        const struct layout_column *column = &layout->column[whole ? i : (uint32_t)layout_find(layout, there[i].name)];
        struct column              *values = NULL;

        if (next < count && there[next].name == column->name)
            values = there[next++].column;
        else
            TRY_NEW(values = column_absent(&batch->arena));
        field[fields++] = settled(column, values);
    }
    batch->fields = batch->capacity = fields;
    batch->field = field;
    batch->as_read = false;
    return OK;
}
