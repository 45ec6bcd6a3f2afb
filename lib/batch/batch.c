#include "batch/batch.h"

#include "base/thread.h"

#include <assert.h>

struct block *block_new(struct heap *heap, size_t capacity)
{
    struct block *block = heap_zero(heap, 1, sizeof *block);

    if (!block)
        return NULL;
    block->bytes = heap_alloc(heap, capacity + BLOCK_PADDING);
    if (!block->bytes) {
        heap_free(heap, block, sizeof *block);
        return NULL;
    }
    memset(block->bytes + capacity, 0, BLOCK_PADDING);
    block->heap = heap;
    block->capacity = capacity;
    atomic_store(&block->references, 1);
    return block;
}

enum { POOL_MOST = 8 };             /* blocks that wait for use */

struct block_pool {
    struct heap  *heap;
    struct mutex  lock;
    size_t        capacity;
    struct block *waiting[POOL_MOST];
    uint32_t      count;
};

struct block_pool *block_pool_new(struct heap *heap, size_t capacity)
{
    struct block_pool *pool = heap_zero(heap, 1, sizeof *pool);

    if (!pool)
        return NULL;
    pool->heap = heap;
    pool->capacity = capacity;
    if (mutex_init(&pool->lock) == OK)
        return pool;
    heap_free(heap, pool, sizeof *pool);
    return NULL;
}

void block_pool_free(struct block_pool *pool)
{
    if (!pool)
        return;
    while (pool->count) {
        struct block *block = pool->waiting[--pool->count];

        block->pool = NULL;
        atomic_store(&block->references, 1);
        block_release(block);
    }
    mutex_free(&pool->lock);
    heap_free(pool->heap, pool, sizeof *pool);
}

struct block *block_pool_get(struct block_pool *pool)
{
    struct block *block = NULL;

    mutex_lock(&pool->lock);
    if (pool->count)
        block = pool->waiting[--pool->count];
    mutex_unlock(&pool->lock);
    if (block) {
        *block = (struct block){ .heap = block->heap, .bytes = block->bytes, .capacity = block->capacity };
        atomic_store(&block->references, 1);
    } else {
        block = block_new(pool->heap, pool->capacity);
    }
    if (block)
        block->pool = pool;
    return block;
}

/* False: there are enough of them, or it has grown. */
static bool take_back(struct block_pool *pool, struct block *block)
{
    bool taken = false;

    mutex_lock(&pool->lock);
    if (pool->count < POOL_MOST && block->capacity == pool->capacity) {
        pool->waiting[pool->count++] = block;
        taken = true;
    }
    mutex_unlock(&pool->lock);
    return taken;
}

void block_retain(struct block *block)
{
    atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
}

void block_release(struct block *block)
{
    if (!block || atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) != 1)
        return;
    if (block->pool && take_back(block->pool, block))
        return;
    heap_free(block->heap, block->bytes, block->capacity + BLOCK_PADDING);
    heap_free(block->heap, block, sizeof *block);
}

struct batch *batch_new(struct heap *heap, uint32_t size)
{
    struct batch *batch = heap_zero(heap, 1, sizeof *batch);

    if (!batch)
        return NULL;
    batch->heap = heap;
    batch->size = size;
    batch->rows.count = size;
    atomic_store(&batch->references, 1);
    arena_init(&batch->arena, heap);
    return batch;
}

struct batch *batch_derive(struct batch *parent)
{
    struct batch *batch = batch_new(parent->heap, parent->size);

    if (!batch)
        return NULL;
    if (parent->fields) {
        batch->capacity = parent->fields + 4;
        batch->field = arena_alloc(&batch->arena, batch->capacity * sizeof *batch->field);
        if (!batch->field) {
            batch_release(batch);
            return NULL;
        }
        memcpy(batch->field, parent->field, parent->fields * sizeof *batch->field);
        batch->fields = parent->fields;
    }
    batch->rows = parent->rows;
    batch->ordinal = parent->ordinal;
    batch->segment = parent->segment;
    batch->as_read = parent->as_read;
    batch->origin = parent->origin;
    batch->line = parent->line;
    batch->parent = parent;
    batch_retain(parent);
    return batch;
}

void batch_retain(struct batch *batch)
{
    atomic_fetch_add_explicit(&batch->references, 1, memory_order_relaxed);
}

void batch_release(struct batch *batch)
{
    while (batch && atomic_fetch_sub_explicit(&batch->references, 1, memory_order_acq_rel) == 1) {
        struct batch *parent = batch->parent;
        arena_free(&batch->arena);
        block_release(batch->block);
        heap_free(batch->heap, batch, sizeof *batch);
        batch = parent;
    }
}

struct field *batch_field(const struct batch *batch, const struct name *name)
{
    for (uint32_t i = 0; i < batch->fields; i++)
        if (batch->field[i].name == name)
            return &batch->field[i];
    return NULL;
}

struct column *batch_column(const struct batch *batch, const struct name *name)
{
    struct field *field = batch_field(batch, name);
    return field ? field->column : NULL;
}

static status reserve(struct batch *batch)
{
    uint32_t      capacity = batch->capacity ? batch->capacity * 2 : 8;
    struct field *moved;

    if (batch->fields < batch->capacity)
        return OK;
    moved = arena_alloc(&batch->arena, capacity * sizeof *moved);
    TRY_NEW(moved);
    if (batch->fields)
        memcpy(moved, batch->field, batch->fields * sizeof *moved);
    batch->field = moved;
    batch->capacity = capacity;
    return OK;
}

status batch_set(struct batch *batch, const struct name *name, struct column *column, uint32_t rank)
{
    struct field *field = batch_field(batch, name);

    if (field) {
        field->column = column;
        return OK;
    }
    return batch_append(batch, name, column, rank);
}

static status field_assign(struct batch *batch, struct field *field, struct column *column, uint32_t rank)
{
    if (field->made.rank && field->some && field->made.rank < rank) {
        struct making *earlier = ARENA_NEW(&batch->arena, struct making);
        TRY_NEW(earlier);
        *earlier = field->made;
        field->made = (struct making){ rank, field->column, earlier };
        field->some = false;
    } else if (!field->made.rank && field->rank < rank && (field->rank == 0 || field->rank & RANK_BY_NAME)) {
        field->made = (struct making){ .rank = rank, .before = field->column };
    }
    field->column = column;
    return OK;
}

static status assign_new(struct batch *batch, const struct name *name, struct column *column, uint32_t rank)
{
    TRY(batch_append(batch, name, column, rank));
    batch->field[batch->fields - 1].made.rank = rank;
    return OK;
}

status batch_assign(struct batch *batch, const struct name *name, struct column *column, uint32_t rank)
{
    struct field *field = batch_field(batch, name);

    return field ? field_assign(batch, field, column, rank) : assign_new(batch, name, column, rank);
}

status batch_assign_some(struct batch *batch, const struct name *name, struct column *column, uint32_t rank)
{
    return batch_assign_some_at(batch, batch_field(batch, name), name, column, rank);
}

status batch_assign_some_at(struct batch *batch, struct field *field, const struct name *name, struct column *column,
                            uint32_t rank)
{
    if (field) {
        TRY(field_assign(batch, field, column, rank));
    } else {
        TRY(assign_new(batch, name, column, rank));
        field = &batch->field[batch->fields - 1];
    }
    field->some |= field->made.rank == rank;
    return OK;
}

static bool made_here(const struct making *made, uint32_t row)
{
    return made->rank && (!made->before || column_is_null(made->before, row));
}

uint32_t field_rank(const struct field *field, uint32_t row)
{
    const struct making *made = &field->made;

    while (made && !made_here(made, row))
        made = made->earlier;
    return made ? made->rank : field->rank;
}

bool field_shows(const struct batch *batch, const struct field *field, uint32_t *i, uint32_t *rank)
{
    bool asked = field->rank != 0 && !(field->rank & RANK_BY_NAME) && !field->made.rank;

    *rank = field->rank;
    *i = 0;
    if (asked || (field->column->encoding == ENCODING_ABSENT && !field->made.rank))
        return asked;
    for (; *i < batch_rows(batch); ++*i) {
        uint32_t row = batch_row(batch, *i);
        bool is_null = field->column->encoding == ENCODING_ABSENT || column_is_null(field->column, row);
        if (is_null && (!made_here(&field->made, row) || field->some))
            continue;
        *rank = field_rank(field, row);
        return true;
    }
    return false;
}

uint32_t field_place(const struct batch *batch, uint32_t field, uint32_t row)
{
    const struct column *read = batch->field[field].read;
    struct cell          cell;

    if (!batch->as_read)
        return field;
    if (str_is(name_str(batch->field[field].name), "_time"))
        return 0;
    if (!read || (read->encoding != ENCODING_CELLS && read->encoding != ENCODING_CONSTANT))
        return FIELD_LAST;
    cell = column_cell(read, row);
    return cell.kind == KIND_TEXT || cell.kind == KIND_LIST ? cell.place : FIELD_LAST;
}

status batch_append(struct batch *batch, const struct name *name, struct column *column, uint32_t rank)
{
    TRY(reserve(batch));
    batch->field[batch->fields++] = (struct field){ .name = name, .column = column, .rank = rank };
    return OK;
}

void batch_remove(struct batch *batch, const struct name *name)
{
    struct field *field = batch_field(batch, name);

    if (!field)
        return;
    batch->fields--;
    memmove(field, field + 1, (size_t)(batch->field + batch->fields - field) * sizeof *field);
}

void batch_clear_fields(struct batch *batch)
{
    batch->fields = 0;
}

struct batch *batch_slice(struct batch *parent, uint32_t from, uint32_t count)
{
    struct batch *batch = batch_derive(parent);
    uint32_t     *row;

    if (!batch)
        return NULL;
    assert(from + count <= parent->rows.count);
    if (parent->rows.row) {
        batch->rows = (struct rows){ count, parent->rows.row + from };
        return batch;
    }
    if (from == 0) {
        batch->rows.count = count;
        return batch;
    }
    row = arena_alloc(&batch->arena, (count + 1) * sizeof *row);
    if (!row) {
        batch_release(batch);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++)
        row[i] = from + i;
    batch->rows = (struct rows){ count, row };
    return batch;
}

static status complete_half(struct batch *batch, uint32_t from, uint32_t count, batch_sink sink, void *host)
{
    struct batch *half = batch_slice(batch, from, count);
    status        result;

    TRY_NEW(half);
    result = batch_complete(half, sink, host);      /* as deep as a batch can be halved */
    batch_release(half);
    return result;
}

status batch_complete(struct batch *batch, batch_sink sink, void *host)
{
    uint32_t      count = batch_rows(batch);
    struct batch *full = batch;
    status        result = OK;

    if (batch->origin && batch->origin->complete)
        result = batch->origin->complete(batch->origin, batch, &full);
    else
        batch_retain(batch);            /* made of all fields already: pushed as batches, or by a format without lines */
    if (result == FAIL_LIMIT && count > 1) {
        TRY(complete_half(batch, 0, count / 2, sink, host));
        return complete_half(batch, count / 2, count - count / 2, sink, host);
    }
    return result == OK ? sink(host, full) : result;
}

struct arena *batch_eldest_arena(struct batch *batch)
{
    while (batch->parent)
        batch = batch->parent;
    return &batch->arena;
}

status batch_decode(struct batch *batch, struct column *column)
{
    return column ? column_decode(column, &batch->rows, batch_eldest_arena(batch)) : OK;
}

void batch_check(const struct batch *batch)
{
    assert(batch->rows.count <= batch->size);
    for (uint32_t i = 1; batch->rows.row && i < batch->rows.count; i++)
        assert(batch->rows.row[i - 1] < batch->rows.row[i]);
    if (batch->rows.row && batch->rows.count)
        assert(batch->rows.row[batch->rows.count - 1] < batch->size);
    for (uint32_t i = 0; i < batch->fields; i++) {
        const struct column *column = batch->field[i].column;
        assert(column && column->encoding <= ENCODING_DICTIONARY);
        for (uint32_t j = 0; column->encoding == ENCODING_CELLS && j < batch->rows.count; j++)
            assert(column->kinds & KINDS(column->cell[batch_row(batch, j)].kind));
    }
}

bool batch_has_nulls(const struct batch *batch, const struct column *column)
{
    if (column->encoding == ENCODING_NUMBER && !column->null)
        return false;
    for (uint32_t i = 0; i < batch_rows(batch); i++)
        if (column_is_null(column, batch_row(batch, i)))
            return true;
    return false;
}
