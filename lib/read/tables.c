/* Tables in the text of events (KV mode multi, language 11.3): as if the command multikv came first, each row
 * of a table is an event with the fields of its columns and what else was known of the event. Its _raw is the
 * row's line. An event without a table stays as it is.
 *
 * Text becomes tables by its paragraphs: what stands between empty lines is an event. */
#include "read/formats.h"
#include "read/worker.h"

#include "text/table.h"

#include <stdlib.h>

struct common {                         /* what every row of the event has */
    struct slot *slot;
    struct cell  kept, cell;            /* in `arena`, and in the batch that is being built */
    bool         escaped;               /* it, or an element of it */
};

struct table_rows {                           /* of one event */
    struct worker  *worker;
    struct table    table;
    struct place   *place[TABLE_COLUMNS];
    struct arena    arena;              /* of copies: the batch in which the event began may be gone before its rows are */
    struct common  *common;
    uint32_t        commons;
    uint8_t         time_rank;
    bool            copied;             /* the text is in `arena` */
    bool            repeated;           /* common->cell is set */
};

/* --- texts that outlive their batch --------------------------------------------------------------------- */

static status copy_cell(struct arena *arena, struct cell *cell)
{
    struct cell *list;
    str          text;

    if (cell->kind == KIND_TEXT) {
        uint8_t flags = cell->flags;
        TRY_NEW((text = arena_str(arena, cell_str(cell))).at);
        *cell = cell_field_text(text);
        cell->flags = flags;
    } else if (cell->kind == KIND_LIST) {
        TRY_NEW(list = arena_alloc(arena, cell->size * sizeof *list));
        memcpy(list, cell->list, cell->size * sizeof *list);
        for (uint32_t i = 0; i < cell->size; i++)
            TRY(copy_cell(arena, &list[i]));
        cell->list = list;
    }
    return OK;
}

static int compare_places(const void *a, const void *b)
{
    const struct common *left = a, *right = b;

    return (left->kept.place > right->kept.place) - (left->kept.place < right->kept.place);
}

/* What the current row has, but for its text, in the order of the event. */
static status remember(struct table_rows *rows)
{
    struct builder *builder = &rows->worker->builder;

    TRY_NEW(rows->common = ARENA_ARRAY(&rows->arena, struct common, builder->placed_count + 1));
    for (uint32_t i = 0; i < builder->placed_count; i++) {
        struct slot *slot = builder->placed[i];
        if (!slot->cell || slot->filled <= builder->row || slot == builder->raw)
            continue;
        rows->common[rows->commons++] = (struct common){ slot, .kept = slot->cell[builder->row], .escaped = slot->escaped };
    }
    if (rows->commons)
        qsort(rows->common, rows->commons, sizeof *rows->common, compare_places);
    for (uint32_t i = 0; i < rows->commons; i++)
        TRY(copy_cell(&rows->arena, &rows->common[i].kept));
    rows->time_rank = builder->time ? builder->time_rank[builder->row] : 0;
    return OK;
}

/* Into the current row; every batch has one copy. */
static status repeat(struct table_rows *rows)
{
    struct builder *builder = &rows->worker->builder;
    bool            copy = builder->row == 0 || !rows->repeated;

    for (uint32_t i = 0; i < rows->commons && copy; i++) {
        rows->common[i].cell = rows->common[i].kept;
        TRY(copy_cell(&builder->batch->arena, &rows->common[i].cell));
    }
    rows->repeated = true;
    for (uint32_t i = 0; i < rows->commons; i++) {
        const struct common *common = &rows->common[i];
        if (common->slot == builder->time)
            TRY(slot_put_time(builder, rows->time_rank, common->cell));
        else
            TRY(slot_put(builder, common->slot, common->cell));
        common->slot->kinds |= KINDS(common->cell.kind);
        common->slot->escaped |= common->escaped;
    }
    return OK;
}

/* --- rows ----------------------------------------------------------------------------------------------- */

/* Where the columns go; names are known by their spelling, as those of pairs. */
static status find_places(struct table_rows *rows)
{
    struct paths *paths = worker_full(rows->worker);
    struct key   *key;
    char          name[TABLE_NAME + 8];

    TRY(paths_plain(paths));
    key = paths->plain->none;
    for (uint32_t i = 0; i < rows->table.columns; i++) {
        size_t size = table_name(&rows->table, i, name);
        memset(name + size, 0, 8);
        TRY(keys_next(paths, paths->plain, key, str_make(name, size), &key));
        rows->place[i] = &key->place;
    }
    rows->table.renamed = false;
    return OK;
}

static status put_columns(struct table_rows *rows)
{
    struct builder *builder = &rows->worker->builder;
    struct table   *table = &rows->table;
    str             line = table->line;

    if (rows->copied)
        TRY_NEW((line = arena_str(&builder->batch->arena, line)).at);
    if (builder->raw) {
        if (builder->raw->cell && builder->raw->filled > builder->row)
            builder->raw->filled = builder->row;
        TRY(slot_put(builder, builder->raw, cell_field_text(line)));
    }
    for (uint32_t i = 0; i < table->columns; i++) {
        str value = table->value[i];
        if (value.at && rows->place[i]->scalar)
            TRY(place_put(builder, rows->place[i],
                          cell_field_text(str_make(line.at + (value.at - table->line.at), value.size))));
    }
    return OK;
}

static status put_row(struct table_rows *rows, bool first)
{
    struct builder *builder = &rows->worker->builder;
    status          failure = OK;

    if (rows->table.renamed)
        TRY(find_places(rows));
    TRY(builder_open(builder));
    if (!first)
        failure = repeat(rows);
    if (failure == OK)
        failure = put_columns(rows);
    if (failure == FAIL_LIMIT) {                /* very many fields: they get a batch of their own */
        TRY(builder_spill(builder));
        TRY(repeat(rows));
        failure = put_columns(rows);
    }
    return failure;
}

static status put_rows(struct table_rows *rows, str text, bool copy, str line)
{
    bool first = true;

    if (copy)
        TRY_NEW((text = arena_str(&rows->arena, text)).at);
    rows->copied = copy;
    if (!table_begin(&rows->table, text))
        return builder_keep(&rows->worker->builder, line);
    TRY(remember(rows));
    for (; table_next(&rows->table); first = false) {
        TRY(put_row(rows, first));
        TRY(builder_keep(&rows->worker->builder, line));
    }
    return OK;
}

status tables_keep(struct worker *worker, str text, bool copy, str line)
{
    struct heap *heap = worker->input->reading->heap;
    struct table_rows *rows = heap_zero(heap, 1, sizeof *rows);
    status       failure;

    TRY_NEW(rows);
    rows->worker = worker;
    arena_init(&rows->arena, heap);
    failure = put_rows(rows, text, copy, line);
    arena_free(&rows->arena);
    heap_free(heap, rows, sizeof *rows);
    return failure;
}

/* --- text in paragraphs ---------------------------------------------------------------------------------- */

/* Is the line empty that ends with the newline at `at`? */
static bool is_empty(const char *bytes, size_t at)
{
    while (at > 0 && is_blank(bytes[at - 1]) && bytes[at - 1] != '\n')
        at--;
    return at == 0 || bytes[at - 1] == '\n';
}

/* Cuts behind the last empty line. */
static status cut(struct input *input, str bytes, size_t from, bool final, size_t *whole)
{
    const char *newline;

    *whole = 0;
    for (size_t end = bytes.size; end > from; end = (size_t)(newline - bytes.at)) {
        newline = memrchr(bytes.at + from, '\n', end - from);
        if (!newline)
            break;
        if (is_empty(bytes.at, (size_t)(newline - bytes.at))) {
            *whole = (size_t)(newline - bytes.at) + 1;
            break;
        }
    }
    return OK;
}

/* The lines up to an empty one; leaves *at behind that. `lines`: so many. */
static str next_paragraph(const char **at, const char *end, uint64_t *lines)
{
    const char *from = *at, *to = from;

    while (*at < end) {
        const char *newline = memchr(*at, '\n', (size_t)(end - *at)), *line = *at;
        size_t      size = (size_t)((newline ? newline : end) - line);

        *at = line + size + (newline != NULL);
        ++*lines;
        if (str_trim_blanks(str_make(line, size)).size == 0) {
            if (to > from)
                break;
            from = to = *at;
        } else {
            to = line + size;
        }
    }
    return str_make(from, (size_t)(to - from));
}

static status parse(struct input *input, struct worker *worker, struct block *block, batch_sink sink, void *host,
                    struct block_result *result)
{
    struct builder *builder = &worker->builder;
    const char     *at = block->bytes, *end = at + block->size;

    builder_begin(builder, block, sink, host);
    builder->sniffs_time = true;
    while (at < end) {
        str text = next_paragraph(&at, end, &result->lines);
        if (!text.size)
            break;
        result->events++;
        TRY(builder_open(builder));
        TRY(tables_keep(worker, text, false, text));
    }
    return builder_end(builder);
}

const struct format format_tables = {
    .name = "kv", .summary = "paragraphs of text that are tables", .sourcetype = "text", .cut = cut, .parse = parse,
};
