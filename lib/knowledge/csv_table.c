#include "knowledge/csv_table.h"

#include "read/csv.h"
#include "read/source.h"

#include <stdio.h>

enum { PIECE = 1 << 20 };

static void *resize_inside(void *host, void *block, size_t old_size, size_t size)
{
    return heap_resize(host, block, old_size, size);
}

void heap_inside(struct heap *heap, struct heap *parent, size_t limit)
{
    heap_init(heap, resize_inside, parent, limit);
}

/* --- life ---------------------------------------------------------------------------------------------------------- */

void csv_table_retain(struct csv_table *table)
{
    atomic_fetch_add_explicit(&table->references, 1, memory_order_relaxed);
}

void csv_table_release(struct csv_table *table)
{
    struct heap *parent;

    if (!table || atomic_fetch_sub_explicit(&table->references, 1, memory_order_acq_rel) != 1)
        return;
    parent = table->parent;
    heap_free(&table->heap, table->bytes, table->capacity);
    arena_free(&table->arena);
    heap_free(parent, table, sizeof *table);
}

/* --- bytes --------------------------------------------------------------------------------------------------------- */

static status take_bytes(struct source *source, struct block *block, struct buf *bytes)
{
    if (source->base >= 0 && source->end > source->base)
        TRY(buf_reserve(bytes, (size_t)(source->end - source->base) + 1));
    do {
        block->size = 0;
        TRY(source_fill(source, block, PIECE));
        buf_put(bytes, str_make(block->bytes, block->size));
        TRY(buf_status(bytes));
    } while (block->size);
    return source->failure;
}

static status read_bytes(struct csv_table *table, const char *path, struct buf *bytes, char reason[CSV_REASON])
{
    struct source source;
    struct block *block = block_new(&table->heap, PIECE);
    status        result = block ? OK : FAIL_MEMORY;

    source_init(&source, &table->heap, NULL);
    if (result == OK)
        result = source_open(&source, path);
    if (result == OK)
        result = take_bytes(&source, block, bytes);
    if (result == FAIL_IO)
        snprintf(reason, CSV_REASON, "%s", strerror(source.error));
    if (result == FAIL_DATA)
        snprintf(reason, CSV_REASON, "it is compressed, and damaged");
    source_close(&source);
    block_release(block);
    return result;
}

/* --- records ------------------------------------------------------------------------------------------------------- */

struct csv_reading {
    struct csv_table *table;
    const char       *at, *end;
    uint32_t         *place;            /* by value of a record: its column, UINT32_MAX: none */
    uint32_t          places;
    uint32_t          room;             /* rows there is room for */
};

/* The value where it stands in the bytes, which are ours to change. */
static str next(struct csv_reading *in, bool *last)
{
    struct csv_value value;

    in->at = csv_next(in->at, in->end, ',', &value);
    *last = in->at == in->end || *in->at == '\n';
    in->at += in->at < in->end;
    if (value.doubled)
        value.text.size = csv_undouble(value.text, (char *)value.text.at);
    return value.text;
}

static void skip_blank_lines(struct csv_reading *in)
{
    while (in->at < in->end && (*in->at == '\n' || (*in->at == '\r' && (in->at + 1 == in->end || in->at[1] == '\n'))))
        in->at++;
}

static uint32_t column_named(const struct csv_table *table, str name)
{
    for (uint32_t i = 0; i < table->columns; i++)
        if (str_equal(table->name[i], name))
            return i;
    return UINT32_MAX;
}

enum { COLUMNS_MOST = 4096 };

static status read_names(struct csv_reading *in, char reason[CSV_REASON])
{
    struct csv_table *table = in->table;
    bool              last = false;

    TRY_NEW(table->name = ARENA_ARRAY(&table->arena, str, COLUMNS_MOST));
    TRY_NEW(in->place = ARENA_ARRAY(&table->arena, uint32_t, COLUMNS_MOST));
    skip_blank_lines(in);
    if (in->at == in->end) {
        snprintf(reason, CSV_REASON, "it is empty: there is no line with names");
        return FAIL_DATA;
    }
    while (!last) {
        str name = str_trim_blanks(next(in, &last));

        if (in->places == COLUMNS_MOST) {
            snprintf(reason, CSV_REASON, "it has more than %d columns", COLUMNS_MOST);
            return FAIL_DATA;
        }
        in->place[in->places] = UINT32_MAX;
        if (name.size && column_named(table, name) == UINT32_MAX) {
            in->place[in->places] = table->columns;
            table->name[table->columns++] = name;
        }
        in->places++;
    }
    if (table->columns)
        return OK;
    snprintf(reason, CSV_REASON, "its first line names no columns");
    return FAIL_DATA;
}

/* Newlines inside quotes are counted as well: the bound is not tight. */
static status make_columns(struct csv_reading *in)
{
    struct csv_table *table = in->table;
    size_t            lines = 1;

    for (const char *at = in->at; at < in->end && (at = memchr(at, '\n', (size_t)(in->end - at))); at++)
        lines++;
    if (lines >= UINT32_MAX)
        return FAIL_MEMORY;
    in->room = (uint32_t)lines;
    TRY_NEW(table->column = ARENA_ARRAY(&table->arena, struct cell *, table->columns));
    for (uint32_t i = 0; i < table->columns; i++)
        TRY_NEW(table->column[i] = ARENA_ARRAY(&table->arena, struct cell, in->room));      /* KIND_NULL is 0 */
    return OK;
}

static void read_record(struct csv_reading *in)
{
    struct csv_table *table = in->table;
    bool              last = false;

    for (uint32_t i = 0; !last; i++) {
        str value = next(in, &last);
        if (i < in->places && in->place[i] != UINT32_MAX && value.size)
            table->column[in->place[i]][table->rows] = cell_field_text(value);
    }
    table->rows++;
}

static status read_table(struct csv_table *table, str bytes, char reason[CSV_REASON])
{
    struct csv_reading in = { .table = table, .at = bytes.at, .end = bytes.at + bytes.size };

    if (str_starts(bytes, STR("\xef\xbb\xbf")))
        in.at += 3;
    if (str_starts(bytes, STR("\xff\xfe")) || str_starts(bytes, STR("\xfe\xff"))) {
        snprintf(reason, CSV_REASON, "it is in UTF-16; it must be converted to UTF-8");
        return FAIL_DATA;
    }
    TRY(read_names(&in, reason));
    skip_blank_lines(&in);
    TRY(make_columns(&in));
    for (; in.at < in.end; skip_blank_lines(&in))
        read_record(&in);
    return OK;
}

static struct csv_table *allocate(struct heap *parent, size_t limit)
{
    struct csv_table *table = heap_zero(parent, 1, sizeof *table);

    if (!table)
        return NULL;
    atomic_store(&table->references, 1);
    table->parent = parent;
    heap_inside(&table->heap, parent, limit);
    arena_init(&table->arena, &table->heap);
    return table;
}

/* Of the bytes, which are the table's from here on; unless what gave them failed. */
static status finish(struct csv_table *table, struct buf *bytes, status result, struct csv_table **out,
                     char reason[CSV_REASON])
{
    table->bytes = bytes->at;
    table->capacity = bytes->capacity;
    if (result == OK)
        result = read_table(table, buf_str(bytes), reason);
    if (result == FAIL_MEMORY && atomic_load(&table->heap.refused)) {
        snprintf(reason, CSV_REASON, "it needs more than the %zu bytes of limit.lookup", table->heap.limit);
        result = FAIL_LIMIT;
    }
    if (result == OK)
        *out = table;
    else
        csv_table_release(table);
    return result;
}

status csv_table_read(struct heap *parent, const char *path, size_t limit, struct csv_table **out, char reason[CSV_REASON])
{
    struct csv_table *table = allocate(parent, limit);
    struct buf        bytes;

    *out = NULL;
    TRY_NEW(table);
    buf_init(&bytes, &table->heap);
    return finish(table, &bytes, read_bytes(table, path, &bytes, reason), out, reason);
}

status csv_table_empty(struct heap *parent, str columns, size_t limit, struct csv_table **out, char reason[CSV_REASON])
{
    struct csv_table *table = allocate(parent, limit);
    struct buf        bytes;

    *out = NULL;
    TRY_NEW(table);
    buf_init(&bytes, &table->heap);
    buf_put(&bytes, columns);
    return finish(table, &bytes, buf_status(&bytes), out, reason);
}
