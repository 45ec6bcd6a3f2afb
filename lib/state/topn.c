#include "state/topn.h"

enum { SLACK = 8192 };      /* so many dead rows may lie in the store, beside as many as there are live ones */

status topn_init(struct topn *topn, struct heap *heap, const struct sort_by *by, uint32_t keys, uint32_t most)
{
    *topn = (struct topn){ .heap = heap, .by = by, .keys = keys, .most = most };
    row_store_init(&topn->store, heap);
    TRY_NEW(topn->offered = heap_zero(heap, keys, sizeof *topn->offered));
    TRY_NEW(topn->rooms = heap_alloc(heap, (size_t)keys * NUMBER_ROOM));
    return OK;
}

void topn_free(struct topn *topn)
{
    struct heap *heap = topn->heap;

    if (!heap)
        return;
    for (uint32_t i = 0; i < topn->key_room; i++)
        heap_free(heap, topn->key[i].text, topn->key[i].room);
    heap_free(heap, topn->top, topn->top_room * sizeof *topn->top);
    heap_free(heap, topn->slot, topn->slot_room * sizeof *topn->slot);
    heap_free(heap, topn->key, topn->key_room * sizeof *topn->key);
    heap_free(heap, topn->offered, topn->keys * sizeof *topn->offered);
    heap_free(heap, topn->rooms, (size_t)topn->keys * NUMBER_ROOM);
    row_store_free(&topn->store);
    *topn = (struct topn){ 0 };
}

static struct top_key *keys_of(const struct topn *topn, uint32_t slot)
{
    return &topn->key[(size_t)slot * topn->keys];
}

/* --- the heap ------------------------------------------------------------------------------------------------------ */

/* Does a come after b in the input? What one instance gets stands in order, whatever the ordinals of its batches. */
static bool later(const struct topn *topn, const struct top_row *a, const struct top_row *b)
{
    return topn->merged ? a->ordinal > b->ordinal : a->arrival > b->arrival;
}

/* Does a stand behind b? */
static bool worse(const struct topn *topn, const struct top_row *a, const struct top_row *b)
{
    const struct top_key *x, *y;

    if (a->mark != b->mark)
        return a->mark > b->mark;
    x = keys_of(topn, a->slot);
    y = keys_of(topn, b->slot);
    for (uint32_t k = 0; k < topn->keys; k++) {
        int order = sort_value_compare(&x[k].value, &y[k].value, topn->by[k].descending);
        if (order != 0)
            return order > 0;
    }
    return later(topn, a, b);
}

static void sift_up(struct topn *topn, uint32_t at)
{
    struct top_row *top = topn->top, row = top[at];

    while (at > 0 && worse(topn, &row, &top[(at - 1) / 2])) {
        top[at] = top[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    top[at] = row;
}

static void sift_down(struct topn *topn, uint32_t count)
{
    struct top_row *top = topn->top, row = top[0];
    uint32_t        at = 0;

    for (;;) {
        uint32_t kid = 2 * at + 1;
        if (kid >= count)
            break;
        if (kid + 1 < count && worse(topn, &top[kid + 1], &top[kid]))
            kid++;
        if (!worse(topn, &top[kid], &row))
            break;
        top[at] = top[kid];
        at = kid;
    }
    top[at] = row;
}

/* --- one row ------------------------------------------------------------------------------------------------------- */

static status set_key(struct topn *topn, struct top_key *key, const struct sort_value *value)
{
    key->value = *value;
    if (value->rank != SORTS_TEXT)
        return OK;
    if (value->size > key->room) {
        char *text = heap_resize(topn->heap, key->text, key->room, value->size);
        TRY_NEW(text);
        key->text = text;
        key->room = value->size;
    }
    if (value->size)
        memcpy(key->text, value->text, value->size);
    key->value.text = key->text;
    return OK;
}

static status new_slot(struct topn *topn)
{
    uint32_t keys = topn->keys;

    if (!heap_grow(topn->heap, &topn->top, &topn->top_room, topn->count + 1, sizeof *topn->top)
        || !heap_grow(topn->heap, &topn->slot, &topn->slot_room, topn->count + 1, sizeof *topn->slot)
        || !heap_grow_zero(topn->heap, &topn->key, &topn->key_room, (topn->count + 1) * keys, sizeof *topn->key))
        return FAIL_MEMORY;
    topn->slot[topn->count] = (struct top_slot){ 0 };
    topn->top[topn->count].slot = topn->count;
    topn->count++;
    return OK;
}

/* A row whose values are in topn->offered: *slot is where it was taken, UINT32_MAX if it is not among the first. */
static status offer(struct topn *topn, const struct top_row *offered, uint32_t *slot)
{
    bool            full = topn->count == topn->most;
    struct top_row *row;

    *slot = UINT32_MAX;
    if (full) {
        const struct top_key *worst = keys_of(topn, topn->top[0].slot);
        int                   order = 0;
        for (uint32_t k = 0; k < topn->keys && order == 0; k++)
            order = sort_value_compare(&topn->offered[k], &worst[k].value, topn->by[k].descending);
        if (order > 0 || (order == 0 && later(topn, offered, &topn->top[0])))
            return OK;
    } else {
        TRY(new_slot(topn));
    }
    row = &topn->top[full ? 0 : topn->count - 1];
    *slot = row->slot;
    *row = *offered;
    row->slot = *slot;
    for (uint32_t k = 0; k < topn->keys; k++)
        TRY(set_key(topn, &keys_of(topn, *slot)[k], &topn->offered[k]));
    if (full)
        sift_down(topn, topn->count);
    else
        sift_up(topn, topn->count - 1);
    return OK;
}

/* --- a batch ------------------------------------------------------------------------------------------------------- */

static uint64_t mark_of(const struct sort_by *by, const struct cell *cell)
{
    char              room[NUMBER_ROOM];
    struct sort_value value = sort_value_of(by->kind, cell, room);

    return sort_value_mark(&value, by->descending);
}

static void mark_numbers(const struct sort_by *by, const struct column *column, const struct rows *rows, uint64_t *mark)
{
    const double  *restrict number = column->number;
    const uint8_t *restrict null = column->null;

    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        mark[i] = null && null[row] ? UINT64_MAX : sort_number_mark(number[row], by->descending);
    }
}

/* A dictionary's values are looked at once. */
static status mark_codes(const struct sort_by *by, const struct column *column, const struct rows *rows,
                         struct arena *step, uint64_t *mark)
{
    const struct dictionary *dictionary = column->dictionary;
    uint32_t                 count = dictionary->count;
    uint64_t                *known = arena_alloc(step, count * sizeof *known);

    TRY_NEW(known);
    for (uint32_t i = 0; i < count; i++)
        known[i] = mark_of(by, &dictionary->cell[i]);
    for (uint32_t i = 0; i < rows->count; i++)
        mark[i] = known[column->code[rows_at(rows, i)]];
    return OK;
}

/* The mark of the first key for every selected row. */
static status mark_rows(const struct topn *topn, const struct batch *batch, const struct column *column,
                        struct arena *step, uint64_t **out)
{
    const struct sort_by *by = &topn->by[0];
    const struct rows    *rows = &batch->rows;
    uint64_t             *mark = arena_alloc(step, (rows->count + 1) * sizeof *mark);

    TRY_NEW(mark);
    *out = mark;
    if (column && column->encoding == ENCODING_NUMBER && (by->kind == SORT_AUTO || by->kind == SORT_NUMBER)) {
        mark_numbers(by, column, rows, mark);
        return OK;
    }
    if (column && column->encoding == ENCODING_DICTIONARY && column->dictionary->count <= rows->count)
        return mark_codes(by, column, rows, step, mark);
    for (uint32_t i = 0; i < rows->count; i++) {
        struct cell cell = column ? column_cell(column, rows_at(rows, i)) : cell_null();
        mark[i] = mark_of(by, &cell);
    }
    return OK;
}

static status store_rows(void *host, struct batch *takes)
{
    struct topn *topn = host;
    status       result = row_store_add(&topn->store, takes);

    batch_release(takes);
    return result;
}

/* Rows of the batch that are among the first now, and were not pushed out by a later row of it, go to the store. */
static status keep_fresh(struct topn *topn, struct batch *batch, struct arena *step)
{
    uint32_t     *slot_of = arena_zero(step, batch->size, sizeof *slot_of), count = 0, first = topn->store.rows, *row;
    struct batch *chosen;
    status        result;

    TRY_NEW(slot_of);
    for (uint32_t s = 0; s < topn->count; s++)
        if (topn->slot[s].fresh)
            slot_of[topn->slot[s].fresh - 1] = s + 1;
    chosen = batch_derive(batch);
    TRY_NEW(chosen);
    row = arena_alloc(&chosen->arena, (batch_rows(batch) + 1) * sizeof *row);
    if (!row) {
        batch_release(chosen);
        return FAIL_MEMORY;
    }
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        uint32_t at = batch_row(batch, i);
        if (slot_of[at]) {
            topn->slot[slot_of[at] - 1] = (struct top_slot){ .row = first + count };
            row[count++] = at;
        }
    }
    chosen->rows = (struct rows){ count, row };
    result = batch_complete(chosen, store_rows, topn);  /* it may have been read with its keys only */
    batch_release(chosen);
    return result;
}

/* Rows that were pushed out leave the store, once they are the greater part. */
static status drop_dead(struct topn *topn)
{
    uint32_t  rows = topn->store.rows, count = 0;
    uint32_t *slot_of, *row;
    status    result = FAIL_MEMORY;

    if (rows / 2 < topn->count + SLACK / 2)
        return OK;
    slot_of = heap_zero(topn->heap, rows, sizeof *slot_of);
    row = heap_alloc(topn->heap, (topn->count + 1) * sizeof *row);
    if (slot_of && row) {
        for (uint32_t s = 0; s < topn->count; s++)
            slot_of[topn->slot[s].row] = s + 1;
        for (uint32_t i = 0; i < rows; i++) {
            if (!slot_of[i])
                continue;
            topn->slot[slot_of[i] - 1].row = count;
            row[count++] = i;
        }
        result = row_store_keep(&topn->store, row, count);
    }
    heap_free(topn->heap, slot_of, rows * sizeof *slot_of);
    heap_free(topn->heap, row, (topn->count + 1) * sizeof *row);
    return result;
}

static void read_values(struct topn *topn, struct column *const *column, uint32_t row)
{
    for (uint32_t k = 0; k < topn->keys; k++) {
        struct cell cell = column[k] ? column_cell(column[k], row) : cell_null();
        topn->offered[k] = sort_value_of(topn->by[k].kind, &cell, topn->rooms + (size_t)k * NUMBER_ROOM);
    }
}

status topn_add(struct topn *topn, struct batch *batch, struct arena *step)
{
    struct column **column = arena_alloc(step, topn->keys * sizeof *column);
    uint64_t       *mark = NULL;
    bool            any = false;

    TRY_NEW(column);
    TRY(row_store_see(&topn->store, batch));
    for (uint32_t k = 0; k < topn->keys; k++) {
        column[k] = batch_column(batch, topn->by[k].name);
        TRY(batch_decode(batch, column[k]));
    }
    TRY(mark_rows(topn, batch, column[0], step, &mark));
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        struct top_row offered;
        uint32_t       row, slot;
        if (LIKELY(topn->count == topn->most && mark[i] > topn->top[0].mark))
            continue;
        row = batch_row(batch, i);
        read_values(topn, column, row);
        offered = (struct top_row){ .mark = mark[i], .arrival = topn->seen + i, .ordinal = batch->ordinal + row };
        TRY(offer(topn, &offered, &slot));
        if (slot != UINT32_MAX) {
            topn->slot[slot].fresh = 1 + row;
            any = true;
        }
    }
    topn->seen += batch_rows(batch);
    if (!any)
        return OK;
    TRY(keep_fresh(topn, batch, step));
    return drop_dead(topn);
}

status topn_merge(struct topn *topn, struct topn *from)
{
    uint32_t base = topn->store.rows;

    topn->merged = true;
    TRY(row_store_merge(&topn->store, &from->store));
    for (uint32_t i = 0; i < from->count; i++) {
        const struct top_row *row = &from->top[i];
        const struct top_key *key = keys_of(from, row->slot);
        uint32_t              slot;
        for (uint32_t k = 0; k < topn->keys; k++)
            topn->offered[k] = key[k].value;
        TRY(offer(topn, row, &slot));
        if (slot != UINT32_MAX)
            topn->slot[slot].row = base + from->slot[row->slot].row;
    }
    from->count = 0;
    return drop_dead(topn);
}

status topn_order(struct topn *topn, struct arena *arena, uint32_t **order)
{
    uint32_t count = topn->count;

    *order = arena_alloc(arena, (count + 1) * sizeof **order);
    TRY_NEW(*order);
    for (uint32_t left = count; left > 0; left--) {         /* heap sort: the worst goes to the end */
        (*order)[left - 1] = topn->slot[topn->top[0].slot].row;
        topn->top[0] = topn->top[left - 1];
        sift_down(topn, left - 1);
    }
    return OK;
}
