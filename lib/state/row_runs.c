#include "state/row_runs.h"

#include "base/compiler.h"

enum {
    AT_ONCE = 32,                       /* runs that are merged together */
    CELLS_MOST = 1 << 20,               /* of a batch that comes back */
    TEXTS = 32 * 1024,
    TOGETHER = 32                       /* rows on their way out */
};

/* --- rows going out ------------------------------------------------------------------------------------------------ */

void row_runs_init(struct row_runs *runs, struct heap *heap, const char *folder, struct diag *diag)
{
    *runs = (struct row_runs){ .heap = heap, .folder = folder, .diag = diag,
                               .piece = record_piece(heap->limit / 16, AT_ONCE) };
}

void row_runs_free(struct row_runs *runs)
{
    for (uint32_t i = 0; i < runs->spools; i++) {
        spool_free(runs->spool[i]);
        heap_free(runs->heap, runs->spool[i], sizeof *runs->spool[i]);
    }
    if (runs->heap) {
        heap_free(runs->heap, runs->spool, runs->spool_room * sizeof *runs->spool);
        heap_free(runs->heap, runs->run, runs->room * sizeof *runs->run);
    }
    *runs = (struct row_runs){ .heap = runs->heap, .folder = runs->folder, .diag = runs->diag, .piece = runs->piece };
}

static status own_spool(struct row_runs *runs)
{
    struct spool *spool;

    if (runs->spools)
        return OK;
    if (!heap_grow(runs->heap, &runs->spool, &runs->spool_room, 1, sizeof *runs->spool))
        return FAIL_MEMORY;
    TRY_NEW(spool = heap_alloc(runs->heap, sizeof *spool));
    spool_init(spool, runs->folder, runs->diag);
    runs->spool[runs->spools++] = spool;
    return OK;
}

/* A few rows together: in their order they lie far apart in memory, so their texts are asked for before they are copied. */
struct some_rows {
    struct row_store *store;
    struct cell      *cell;             /* by row, then by column of the layout */
    uint32_t          count;
    uint32_t          row[TOGETHER];
};

static void fetch_rows(struct some_rows *some)
{
    const struct row_store *store = some->store;
    uint32_t                columns = store->layout.count;

    for (uint32_t i = 0; i < some->count; i++) {
        const struct row_place *place = &store->place[some->row[i]];
        for (uint32_t c = 0; c < columns; c++) {
            const struct column *column = row_store_column(store, place->kept, c);
            struct cell         *cell = &some->cell[(size_t)i * columns + c];
            *cell = column ? column_cell(column, place->row) : cell_null();
            if (cell->kind == KIND_NUMBER && column->encoding == ENCODING_NUMBER && column->unsettled)
                cell_settle(cell);
            if (cell->kind == KIND_TEXT)
                PREFETCH(cell->text);
        }
    }
}

/* A field is known by its name's number; nulls are left out. */
static status put_rows(struct record_writer *writer, const struct some_rows *some)
{
    const struct layout *layout = &some->store->layout;

    for (uint32_t i = 0; i < some->count; i++) {
        record_begin(writer);
        record_put_number(writer, row_store_ordinal(some->store, some->row[i]));
        for (uint32_t c = 0; c < layout->count; c++) {
            const struct cell *cell = &some->cell[(size_t)i * layout->count + c];
            if (cell->kind == KIND_NULL)
                continue;
            record_put_number(writer, layout->column[c].name->number);
            record_put_cell(writer, cell);
        }
        TRY(record_end(writer));
    }
    return OK;
}

static status put_all(struct record_writer *writer, struct row_store *store, const uint32_t *order, uint32_t count)
{
    struct some_rows some = { .store = store };
    size_t           size = ((size_t)store->layout.count * TOGETHER + 1) * sizeof *some.cell;
    status           result = OK;

    TRY_NEW(some.cell = heap_alloc(store->heap, size));
    for (uint32_t i = 0; i < count && result == OK; i += some.count) {
        for (some.count = 0; some.count < TOGETHER && i + some.count < count; some.count++)
            some.row[some.count] = order ? order[i + some.count] : i + some.count;
        fetch_rows(&some);
        result = put_rows(writer, &some);
    }
    heap_free(store->heap, some.cell, size);
    return result;
}

status row_runs_put(struct row_runs *runs, struct row_store *store, const uint32_t *order, uint32_t count)
{
    struct record_writer writer;
    struct record_run    run;
    status               result;

    TRY(row_store_seal(store));
    TRY(own_spool(runs));
    if (!heap_grow(runs->heap, &runs->run, &runs->room, runs->count + 1, sizeof *runs->run))
        return FAIL_MEMORY;
    record_writer_init(&writer, runs->heap, runs->spool[0]);
    result = put_all(&writer, store, order, count);
    if (result == OK)
        result = record_run_end(&writer, &run);
    record_writer_free(&writer);
    TRY(result);
    runs->run[runs->count++] = run;
    runs->rows += count;
    return OK;
}

status row_runs_merge(struct row_runs *runs, struct row_runs *from)
{
    if (!heap_grow(runs->heap, &runs->spool, &runs->spool_room, runs->spools + from->spools, sizeof *runs->spool)
        || !heap_grow(runs->heap, &runs->run, &runs->room, runs->count + from->count, sizeof *runs->run))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < from->spools; i++)
        runs->spool[runs->spools++] = from->spool[i];
    for (uint32_t i = 0; i < from->count; i++)
        runs->run[runs->count++] = from->run[i];
    runs->rows += from->rows;
    from->spools = from->count = 0;
    from->rows = 0;
    return OK;
}

void row_runs_turn(struct row_runs *runs)
{
    for (uint32_t i = 0; i < runs->count / 2; i++) {
        struct record_run run = runs->run[i];
        runs->run[i] = runs->run[runs->count - 1 - i];
        runs->run[runs->count - 1 - i] = run;
    }
}

/* --- one run coming back ------------------------------------------------------------------------------------------- */

static status source_open(struct row_merge *merge, struct row_source *source, const struct record_run *run)
{
    uint32_t keys = merge->order.keys;

    arena_init(&source->lists, merge->runs->heap);
    record_reader_init(&source->reader, merge->runs->heap, run, merge->runs->piece);
    if (source->cell)                   /* the place was used for another run before */
        return OK;
    TRY_NEW(source->cell = ARENA_ARRAY(&merge->arena, struct cell, merge->layout.count + (size_t)1));
    TRY_NEW(source->value = ARENA_ARRAY(&merge->arena, struct sort_value, keys + (size_t)1));
    TRY_NEW(source->texts = arena_alloc(&merge->arena, (keys + (size_t)1) * NUMBER_ROOM));
    return OK;
}

static void source_close(struct row_source *source)
{
    if (!source->reader.heap)
        return;
    record_reader_free(&source->reader);
    arena_free(&source->lists);
    source->reader.heap = NULL;
}

/* The next row at hand, or DONE. */
static status source_step(struct row_merge *merge, struct row_source *source)
{
    struct record_reader *reader = &source->reader;

    TRY(record_next(reader));
    arena_reset(&source->lists);
    memset(source->cell, 0, merge->layout.count * sizeof *source->cell);
    source->ordinal = record_number(reader);
    while (!record_is_over(reader)) {
        uint32_t number = (uint32_t)record_number(reader);
        TRY(record_cell(reader, &source->lists, &source->cell[merge->layout.position[number] - 1]));
    }
    for (uint32_t i = 0; i < merge->order.keys; i++) {
        static const struct cell nothing = { .kind = KIND_NULL };
        const struct cell       *cell = merge->key[i] < 0 ? &nothing : &source->cell[merge->key[i]];
        source->value[i] = sort_value_of(merge->order.by[i].kind, cell, source->texts + i * NUMBER_ROOM);
    }
    return OK;
}

static int compare(const void *host, uint32_t a, uint32_t b)
{
    const struct row_merge  *merge = host;
    const struct row_source *left = &merge->source[a], *right = &merge->source[b];

    for (uint32_t i = 0; i < merge->order.keys; i++) {
        int order = sort_value_compare(&left->value[i], &right->value[i], merge->order.by[i].descending);
        if (order)
            return order;
    }
    return merge->order.by_ordinal ? (left->ordinal > right->ordinal) - (left->ordinal < right->ordinal) : 0;
}

/* --- many ---------------------------------------------------------------------------------------------------------- */

static void close_sources(struct row_merge *merge)
{
    for (uint32_t i = 0; i < merge->sources; i++)
        source_close(&merge->source[i]);
    merge->sources = 0;
    merge_free(&merge->merge);
}

static status open_sources(struct row_merge *merge, uint32_t from, uint32_t count)
{
    close_sources(merge);
    TRY(merge_init(&merge->merge, merge->runs->heap, count, compare, merge));
    for (uint32_t i = 0; i < count; i++) {
        status result;
        merge->sources = i + 1;
        TRY(source_open(merge, &merge->source[i], &merge->runs->run[from + i]));
        result = source_step(merge, &merge->source[i]);
        if (result != OK && result != DONE)
            return result;
        if (result == OK)
            merge_add(&merge->merge, i);
    }
    return OK;
}

/* The first source moves on. Without keys the next run takes its place. */
static status step(struct row_merge *merge)
{
    status result = source_step(merge, &merge->source[merge->merge.source[0]]);

    if (result == OK) {
        merge_moved(&merge->merge);
        return OK;
    }
    if (result != DONE)
        return result;
    merge_drop(&merge->merge);
    while (merge->order.keys == 0 && merge->merge.count == 0 && merge->next < merge->runs->count)
        TRY(open_sources(merge, merge->next++, 1));
    return OK;
}

static status merge_on_disk(struct row_merge *merge, uint32_t from, uint32_t count, struct record_run *out)
{
    struct record_writer writer;
    status               result = open_sources(merge, from, count);

    record_writer_init(&writer, merge->runs->heap, merge->runs->spool[0]);
    while (result == OK && merge->merge.count) {
        result = record_copy(&writer, &merge->source[merge->merge.source[0]].reader);
        if (result == OK)
            result = step(merge);
    }
    if (result == OK)
        result = record_run_end(&writer, out);
    record_writer_free(&writer);
    return result;
}

/* Neighbours are merged until few enough are left to be merged at once; so ties keep their order. */
static status merge_many(struct row_merge *merge)
{
    struct row_runs *runs = merge->runs;

    while (runs->count > AT_ONCE) {
        uint32_t kept = 0;
        for (uint32_t from = 0; from < runs->count; from += AT_ONCE) {
            uint32_t          count = runs->count - from < AT_ONCE ? runs->count - from : AT_ONCE;
            struct record_run run = runs->run[from];
            if (count > 1)
                TRY(merge_on_disk(merge, from, count, &run));
            runs->run[kept++] = run;
        }
        runs->count = kept;
    }
    return OK;
}

static status prepare(struct row_merge *merge, struct row_store *store)
{
    uint32_t keys = merge->order.keys, most = keys ? AT_ONCE : 1;

    TRY(row_store_seal(store));
    for (uint32_t i = 0; i < store->layout.count; i++)
        TRY(layout_add(&merge->layout, store->layout.column[i].name, store->layout.column[i].rank));
    TRY_NEW(merge->key = ARENA_ARRAY(&merge->arena, int64_t, keys + (size_t)1));
    for (uint32_t i = 0; i < keys; i++)
        merge->key[i] = layout_find(&merge->layout, merge->order.by[i].name);
    TRY_NEW(merge->source = ARENA_ARRAY(&merge->arena, struct row_source, most));
    if (keys)
        TRY(merge_many(merge));
    if (keys == 0 && merge->runs->count)
        merge->next = 1;
    return open_sources(merge, 0, keys || merge->runs->count == 0 ? merge->runs->count : 1);
}

status row_merge_open(struct row_merge *merge, struct row_runs *runs, struct row_store *store, struct row_order order)
{
    *merge = (struct row_merge){ .runs = runs, .order = order };
    arena_init(&merge->arena, runs->heap);
    layout_init(&merge->layout, runs->heap);
    return prepare(merge, store);
}

void row_merge_free(struct row_merge *merge)
{
    if (!merge->runs)
        return;
    close_sources(merge);
    layout_free(&merge->layout);
    arena_free(&merge->arena);
    *merge = (struct row_merge){ 0 };
}

/* --- batches ------------------------------------------------------------------------------------------------------- */

struct texts {                          /* texts of a batch, packed */
    char  *at;
    size_t left;
};

static status own_text(struct cell *cell, struct texts *texts, struct arena *arena)
{
    if (cell->kind != KIND_TEXT)
        return OK;
    if (cell->size > texts->left || !texts->at) {
        texts->left = cell->size > TEXTS ? cell->size : TEXTS;
        TRY_NEW(texts->at = arena_alloc(arena, texts->left));
    }
    memcpy(texts->at, cell->text, cell->size);
    cell->text = texts->at;
    texts->at += cell->size;
    texts->left -= cell->size;
    return OK;
}

static status own(struct cell *cell, struct texts *texts, struct arena *arena)
{
    struct cell *member;

    if (cell->kind != KIND_LIST)
        return own_text(cell, texts, arena);
    TRY_NEW(member = arena_alloc(arena, cell->size * sizeof *member));
    memcpy(member, cell->list, cell->size * sizeof *member);
    cell->list = member;
    for (uint32_t i = 0; i < cell->size; i++)
        TRY(own_text(&member[i], texts, arena));
    return OK;
}

/* Columns are made when the first value comes. */
static status set(struct column **column, uint32_t row, struct cell cell, struct batch *batch, struct texts *texts)
{
    if (!*column) {
        if (cell.kind == KIND_NULL)
            return OK;
        TRY_NEW(*column = column_cells(&batch->arena, batch->size, 0));
        memset((*column)->cell, 0, row * sizeof(struct cell));
        (*column)->kinds = row ? KINDS(KIND_NULL) : 0;
    }
    TRY(own(&cell, texts, &batch->arena));
    (*column)->cell[row] = cell;
    (*column)->kinds |= (uint8_t)KINDS(cell.kind);
    (*column)->escaped |= cell.kind == KIND_TEXT && cell.flags & CELL_ESCAPED;
    for (uint32_t i = 0; cell.kind == KIND_LIST && i < cell.size; i++)
        (*column)->escaped |= cell.list[i].kind == KIND_TEXT && cell.list[i].flags & CELL_ESCAPED;
    return OK;
}

static status fill(struct row_merge *merge, struct batch *batch)
{
    struct column **column = ARENA_ARRAY(&batch->arena, struct column *, merge->layout.count + (size_t)1);
    struct texts    texts = { 0 };
    uint32_t        row = 0;

    TRY_NEW(column);
    for (; row < batch->size && merge->merge.count; row++) {
        const struct row_source *source = &merge->source[merge->merge.source[0]];
        for (uint32_t i = 0; i < merge->layout.count; i++)
            TRY(set(&column[i], row, source->cell[i], batch, &texts));
        TRY(step(merge));
    }
    batch->size = row;
    batch->rows = (struct rows){ row, NULL };
    for (uint32_t i = 0; i < merge->layout.count; i++) {
        if (!column[i])
            TRY_NEW(column[i] = column_absent(&batch->arena));
        TRY(batch_append(batch, merge->layout.column[i].name, column[i], merge->layout.column[i].rank));
    }
    return OK;
}

status row_merge_next(struct row_merge *merge, uint32_t most, struct batch **out)
{
    uint32_t      rows = CELLS_MOST / (merge->layout.count + 1);
    struct batch *batch;
    status        result;

    if (!merge->merge.count)
        return DONE;
    rows = rows < 1 ? 1 : rows < most ? rows : most;
    TRY_NEW(batch = batch_new(merge->runs->heap, rows));
    result = fill(merge, batch);
    if (result != OK) {
        batch_release(batch);
        return result;
    }
    *out = batch;
    return OK;
}
