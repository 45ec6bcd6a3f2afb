#include "state/rows.h"

#include "base/compiler.h"
#include "state/gather.h"

enum {
    COPY_ROWS = 4096,                   /* rows of a batch made by copying */
    PINNED_MOST = 4 * 1024 * 1024,      /* look for something to copy when the unsettled batches hold so much, */
    UNSETTLED_MOST = 256,               /* or are so many */
    SAMPLE = 16,                        /* of so many rows one is measured */
    AHEAD = 16                          /* rows whose places are fetched from far memory */
};

void row_store_init(struct row_store *store, struct heap *heap)
{
    *store = (struct row_store){ .heap = heap };
    layout_init(&store->layout, heap);
}

static void unseal(struct row_store *store)
{
    if (!store->sealed)
        return;
    store->sealed = false;
    heap_free(store->heap, store->table, store->table_size);
    store->table = NULL;
    store->table_size = 0;
    layout_free(&store->layout);
}

void row_store_clear(struct row_store *store)
{
    unseal(store);
    for (uint32_t i = 0; i < store->count; i++)
        batch_release(store->kept[i].batch);
    store->count = store->rows = store->settled = 0;
    store->pinned = 0;
    store->newest = NULL;
}

void row_store_free(struct row_store *store)
{
    row_store_clear(store);
    heap_free(store->heap, store->kept, store->capacity * sizeof *store->kept);
    heap_free(store->heap, store->column, store->column_capacity * sizeof *store->column);
    heap_free(store->heap, store->position, store->positions * sizeof *store->position);
    heap_free(store->heap, store->place, store->place_capacity * sizeof *store->place);
    row_store_init(store, store->heap);
}

static bool appears_before(const struct kept_column *a, const struct kept_column *b)
{
    if (a->ordinal != b->ordinal)
        return a->ordinal < b->ordinal;
    return a->place != b->place ? a->place < b->place : str_compare(name_str(a->name), name_str(b->name)) < 0;
}

/* Sorts the columns from number `from` on by where they first appeared. */
static void sort_columns(struct row_store *store, uint32_t from)
{
    for (uint32_t i = from; i < store->columns; i++) {
        struct kept_column column = store->column[i];
        uint32_t           at = i;
        for (; at > from && appears_before(&column, &store->column[at - 1]); at--)
            store->column[at] = store->column[at - 1];
        store->column[at] = column;
    }
    for (uint32_t i = from; i < store->columns; i++)
        store->position[store->column[i].name->number] = i + 1;
}

static struct kept_column *known_column(const struct row_store *store, const struct name *name)
{
    uint32_t position = name->number < store->positions ? store->position[name->number] : 0;
    return position ? &store->column[position - 1] : NULL;
}

static status see(struct row_store *store, const struct kept_column *column)
{
    uint32_t            number = column->name->number;
    struct kept_column *known = known_column(store, column->name);

    if (known) {
        if (appears_before(column, known))
            *known = *column;
        return OK;
    }
    if (!heap_grow_zero(store->heap, &store->position, &store->positions, number + 1, sizeof *store->position)
        || !heap_grow(store->heap, &store->column, &store->column_capacity, store->columns + 1, sizeof *store->column))
        return FAIL_MEMORY;
    store->column[store->columns++] = *column;
    store->position[number] = store->columns;
    return OK;
}

status row_store_see(struct row_store *store, const struct batch *batch)
{
    uint32_t before = store->columns;

    for (uint32_t i = 0; i < batch->fields; i++) {
        const struct field *field = &batch->field[i];
        uint32_t            first, rank, place = i;
        if (known_column(store, field->name) || !field_shows(batch, field, &first, &rank))
            continue;
        if (first < batch_rows(batch)) {
            first = batch_row(batch, first);
            place = field_place(batch, i, first);
        } else {
            first = 0;
        }
        TRY(see(store, &(struct kept_column){ field->name, rank, batch->ordinal + first, place }));
    }
    sort_columns(store, before);
    return OK;
}

/* What lives because of the batch. A block is counted once for the batches made from it in a row. */
static size_t pinned_by(struct row_store *store, const struct batch *batch)
{
    size_t size = 0;

    for (; batch; batch = batch->parent) {
        size += sizeof *batch + arena_size(&batch->arena);
        if (batch->block && batch->block != store->newest) {
            store->newest = batch->block;
            size += batch->block->capacity;
        }
    }
    return size;
}

/* What a copy of the selected rows would take, from a sample of them. */
static size_t copied_size(const struct batch *batch)
{
    uint32_t rows = batch_rows(batch), step = rows > 4 * SAMPLE ? SAMPLE : 1, looked = (rows + step - 1) / step;
    size_t   text = 0, fixed = 0;

    for (uint32_t f = 0; f < batch->fields; f++) {
        const struct column *column = batch->field[f].column;
        fixed += column->encoding == ENCODING_NUMBER ? sizeof(double) : sizeof(struct cell);
        if (column->encoding == ENCODING_NUMBER || column->encoding == ENCODING_CONSTANT)
            continue;
        for (uint32_t i = 0; i < rows; i += step) {
            struct cell cell = column_cell(column, batch_row(batch, i));
            if (cell.kind == KIND_TEXT)
                text += cell.size;
            else if (cell.kind == KIND_LIST)
                text += cell.size * (sizeof cell + 16);
        }
    }
    return rows * fixed + (looked ? text / looked * rows : 0);
}

static status keep_batch(struct row_store *store, struct batch *takes, const uint64_t *ordinal)
{
    if (!heap_grow(store->heap, &store->kept, &store->capacity, store->count + 1, sizeof *store->kept)) {
        batch_release(takes);
        return FAIL_MEMORY;
    }
    store->kept[store->count++] = (struct kept_rows){ takes, ordinal, store->rows };
    store->rows += batch_rows(takes);
    return OK;
}

/* Copies `count` sealed rows (all of `row`, or those from `from` on) into new batches at the end of `into`. */
static status copy_rows(struct row_store *store, const uint32_t *row, uint32_t from, uint32_t count,
                        struct row_store *into)
{
    for (uint32_t done = 0; done < count;) {
        uint32_t      part = count - done < COPY_ROWS ? count - done : COPY_ROWS;
        struct batch *batch;
        uint64_t     *ordinal;

        TRY(row_store_gather(store, row ? row + done : NULL, from + done, part, &batch));
        ordinal = arena_alloc(&batch->arena, part * sizeof *ordinal);
        if (!ordinal) {
            batch_release(batch);
            return FAIL_MEMORY;
        }
        for (uint32_t i = 0; i < part; i++)
            ordinal[i] = row_store_ordinal(store, row ? row[done + i] : from + done + i);
        batch->ordinal = ordinal[0];
        TRY(keep_batch(into, batch, ordinal));
        done += part;
    }
    return OK;
}

/* The batches of `from` (all copies) go to the end of `store`; `from` keeps none. */
static status take_batches(struct row_store *store, struct row_store *from)
{
    for (uint32_t i = 0; i < from->count; i++) {
        struct kept_rows kept = from->kept[i];
        batch_retain(kept.batch);
        TRY(keep_batch(store, kept.batch, kept.ordinal));
    }
    row_store_clear(from);
    return OK;
}

/* The unsettled batches in a store of their own, so that the settled ones need not be looked at. */
static status unsettled_rows(struct row_store *store, struct row_store *out)
{
    for (uint32_t i = store->settled; i < store->count; i++) {
        struct batch *batch = store->kept[i].batch;
        TRY(row_store_see(out, batch));
        batch_retain(batch);
        TRY(keep_batch(out, batch, NULL));
    }
    return row_store_seal(out);
}

static status copy_unsettled(struct row_store *store)
{
    struct row_store originals, copies;
    status           result;

    row_store_init(&originals, store->heap);
    row_store_init(&copies, store->heap);
    result = unsettled_rows(store, &originals);
    if (result == OK)
        result = copy_rows(&originals, NULL, 0, originals.rows, &copies);
    if (result == OK) {
        store->rows -= originals.rows;
        while (store->count > store->settled)
            batch_release(store->kept[--store->count].batch);
        result = take_batches(store, &copies);
    }
    row_store_free(&originals);
    row_store_free(&copies);
    return result;
}

/* Decides once about each batch: worth keeping as it is, or better copied out of what it pins. */
static status settle(struct row_store *store)
{
    size_t copied = 0;

    for (uint32_t i = store->settled; i < store->count; i++)
        copied += copied_size(store->kept[i].batch);
    if (copied < store->pinned / 2)
        TRY(copy_unsettled(store));
    store->settled = store->count;
    store->pinned = 0;
    store->newest = NULL;
    return OK;
}

/* Copying takes memory of its own for a moment: with a small bound it is done in small pieces. */
static size_t pinned_most(const struct heap *heap)
{
    return heap->limit && heap->limit / 16 < PINNED_MOST ? heap->limit / 16 : PINNED_MOST;
}

status row_store_add(struct row_store *store, struct batch *batch)
{
    if (batch_rows(batch) > UINT32_MAX - 1 - store->rows)
        return FAIL_MEMORY;
    TRY(row_store_see(store, batch));
    if (batch_rows(batch) == 0)
        return OK;
    unseal(store);
    batch_retain(batch);
    TRY(keep_batch(store, batch, NULL));
    store->pinned += pinned_by(store, batch);
    if (store->pinned > pinned_most(store->heap) || store->count - store->settled > UNSETTLED_MOST)
        return settle(store);
    return OK;
}

status row_store_add_decoded(struct row_store *store, struct batch *batch)
{
    for (uint32_t i = 0; i < batch->fields; i++)
        TRY(batch_decode(batch, batch->field[i].column));
    return row_store_add(store, batch);
}

status row_store_learn(struct row_store *store, const struct row_store *from)
{
    unseal(store);
    for (uint32_t i = 0; i < from->columns; i++)
        TRY(see(store, &from->column[i]));
    sort_columns(store, 0);
    return OK;
}

status row_store_merge(struct row_store *store, struct row_store *from)
{
    if (from->rows > UINT32_MAX - 1 - store->rows)
        return FAIL_MEMORY;
    TRY(row_store_learn(store, from));
    TRY(settle(store));
    TRY(settle(from));
    TRY(take_batches(store, from));
    store->settled = store->count;
    store->merged = true;
    return OK;
}

void row_store_trim(struct row_store *store, uint32_t least)
{
    uint32_t gone = 0, first;

    while (gone < store->count && store->rows - store->kept[gone].first - batch_rows(store->kept[gone].batch) >= least)
        gone++;
    if (gone == 0 || (gone < store->count && gone * 2 < store->count))
        return;         /* moving what stays must pay */
    unseal(store);
    first = gone < store->count ? store->kept[gone].first : store->rows;
    for (uint32_t i = 0; i < gone; i++)
        batch_release(store->kept[i].batch);
    store->count -= gone;
    store->rows -= first;
    store->settled -= store->settled < gone ? store->settled : gone;
    memmove(store->kept, store->kept + gone, store->count * sizeof *store->kept);
    for (uint32_t i = 0; i < store->count; i++)
        store->kept[i].first -= first;
}

status row_store_keep(struct row_store *store, const uint32_t *row, uint32_t count)
{
    struct row_store copies;
    status           result;

    row_store_init(&copies, store->heap);
    result = row_store_seal(store);
    if (result == OK)
        result = copy_rows(store, row, 0, count, &copies);
    if (result == OK) {
        row_store_clear(store);
        result = take_batches(store, &copies);
        store->settled = store->count;
    }
    row_store_free(&copies);
    return result;
}

static status fill_table(struct row_store *store)
{
    size_t width = store->layout.count, cells = width * store->count;

    if (cells == 0)
        return OK;
    store->table = heap_zero(store->heap, cells, sizeof *store->table);
    TRY_NEW(store->table);
    store->table_size = cells * sizeof *store->table;
    for (uint32_t k = 0; k < store->count; k++) {
        const struct batch *batch = store->kept[k].batch;
        for (uint32_t f = 0; f < batch->fields; f++) {
            int64_t column = layout_find(&store->layout, batch->field[f].name);
            if (column >= 0)            /* without a value in any row it is not there */
                store->table[k * width + (size_t)column] = batch->field[f].column;
        }
    }
    return OK;
}

status row_store_seal(struct row_store *store)
{
    uint32_t row = 0;

    if (store->sealed)
        return OK;
    if (store->merged)
        sort_columns(store, 0);         /* they stand as the instances met them: back to the order of the input */
    store->sealed = true;               /* so that a failure below is undone by unseal */
    for (uint32_t i = 0; i < store->columns; i++)
        TRY(layout_add(&store->layout, store->column[i].name, store->column[i].rank));
    TRY(fill_table(store));
    if (!heap_grow(store->heap, &store->place, &store->place_capacity, store->rows, sizeof *store->place))
        return FAIL_MEMORY;
    for (uint32_t k = 0; k < store->count; k++) {
        const struct batch *batch = store->kept[k].batch;
        for (uint32_t i = 0; i < batch_rows(batch); i++)
            store->place[row++] = (struct row_place){ k, batch_row(batch, i) };
    }
    return OK;
}

static status gather_fields(struct row_store *store, const struct row_place *place, struct batch *batch)
{
    for (uint32_t c = 0; c < store->layout.count; c++) {
        struct column *column;
        TRY(gather_column(store, c, place, batch->size, &batch->arena, &column));
        TRY(batch_set(batch, store->layout.column[c].name, column, store->layout.column[c].rank));
    }
    return OK;
}

status row_store_gather(struct row_store *store, const uint32_t *row, uint32_t from, uint32_t count,
                        struct batch **out)
{
    struct batch     *batch = batch_new(store->heap, count);
    struct row_place *place = store->place + from;
    status            result = OK;

    TRY_NEW(batch);
    if (row) {
        place = heap_alloc(store->heap, (count + 1) * sizeof *place);
        for (uint32_t i = 0; place && i < count; i++) {
            if (i + AHEAD < count)
                PREFETCH(&store->place[row[i + AHEAD]]);
            place[i] = store->place[row[i]];
        }
    }
    result = place ? gather_fields(store, place, batch) : FAIL_MEMORY;
    if (row)
        heap_free(store->heap, place, (count + 1) * sizeof *place);
    if (result != OK) {
        batch_release(batch);
        return result;
    }
    *out = batch;
    return OK;
}
