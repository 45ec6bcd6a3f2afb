/* CSV after RFC 4180, lines ended by a bare newline, header first. Multivalues are joined by newlines inside the quotes;
 * null and the empty text look alike.
 *
 * The header must name every column, and a result may bring new ones until its last row. Unless the result is known to be
 * closed the rows are therefore held back, as text, together with the columns each run of rows was written with, and
 * widened when all columns are known. Where memory is bounded they wait in a temporary file. */
#include "write/writer.h"

#include "base/spool.h"
#include "value/number.h"
#include "write/text.h"

enum { SHARE = 32, PIECE_LEAST = 1 << 16 };     /* of the memory there is, held or made at a time; of bytes */

struct segment {                    /* rows with the same columns */
    struct field *field;            /* names only */
    uint32_t      fields;
};

struct chunk {                      /* rows of a batch */
    uint32_t segment;
    size_t   size;
};

struct csv_writer {
    struct writer   writer;
    struct layout   layout;
    struct arena    arena;
    struct buf      held, scratch;
    struct spool    spool;          /* what was held before */
    struct buf      piece;          /* a chunk from there */
    struct segment *segment;
    uint32_t        segments, room;
    struct chunk   *chunk;          /* one behind the other: in the spool, then in `held` */
    uint32_t        chunks, chunk_room;
    uint32_t        next;           /* chunk that goes out next, */
    uint64_t        at;             /* which is there */
    bool            begun;          /* the header is out */
};

static bool needs_quotes(str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] == ',' || text.at[i] == '"' || text.at[i] == '\n' || text.at[i] == '\r')
            return true;
    return false;
}

static void put_quoted(struct buf *out, str text)
{
    const char *at = text.at, *end = at + text.size, *quote;

    while (at < end && (quote = memchr(at, '"', (size_t)(end - at)))) {
        buf_put(out, str_make(at, (size_t)(quote - at) + 1));
        buf_byte(out, '"');
        at = quote + 1;
    }
    buf_put(out, str_make(at, (size_t)(end - at)));
}

static void put_text(struct buf *out, str text)
{
    if (write_csv_plain(out, text))
        return;
    if (!needs_quotes(text)) {
        buf_put(out, text);
        return;
    }
    buf_byte(out, '"');
    put_quoted(out, text);
    buf_byte(out, '"');
}

static void put_list(struct csv_writer *csv, struct buf *out, const struct cell *cell)
{
    char room[NUMBER_ROOM];

    buf_byte(out, '"');
    for (uint32_t i = 0; i < cell->size; i++) {
        if (i)
            buf_byte(out, '\n');
        put_quoted(out, write_cell_text(&cell->list[i], room, &csv->scratch));
    }
    buf_byte(out, '"');
}

static void put_cell(struct csv_writer *csv, struct buf *out, const struct cell *cell)
{
    char room[NUMBER_ROOM];

    if (cell->kind == KIND_NUMBER && buf_reserve(out, NUMBER_ROOM) == OK)
        out->size += number_format(cell->number, cell->decimals, out->at + out->size);
    else if (cell->kind == KIND_LIST)
        put_list(csv, out, cell);
    else if (cell->kind != KIND_NULL)
        put_text(out, write_cell_text(cell, room, &csv->scratch));
}

/* A line of one empty cell would look like no line at all. */
static void end_line(struct buf *out, size_t start)
{
    buf_put(out, out->size == start ? STR("\"\"\n") : STR("\n"));
}

static void put_rows(struct csv_writer *csv, struct buf *out, const struct batch *batch, const struct field *field,
                     uint32_t fields)
{
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        uint32_t row = batch_row(batch, i);
        size_t   start = out->size;
        for (uint32_t f = 0; f < fields; f++) {
            struct cell cell = field[f].column ? column_cell(field[f].column, row) : cell_null();
            if (f)
                buf_byte(out, ',');
            put_cell(csv, out, &cell);
        }
        end_line(out, start);
    }
}

static void put_header(struct csv_writer *csv)
{
    struct buf *out = &csv->writer.out;
    size_t      start = out->size;

    for (uint32_t i = 0; i < csv->layout.count; i++) {
        if (i)
            buf_byte(out, ',');
        put_text(out, name_str(csv->layout.column[i].name));
    }
    end_line(out, start);
    csv->begun = true;
}

static bool same_columns(const struct segment *segment, const struct field *field, uint32_t fields)
{
    if (segment->fields != fields)
        return false;
    for (uint32_t i = 0; i < fields; i++)
        if (segment->field[i].name != field[i].name)
            return false;
    return true;
}

static status open_segment(struct csv_writer *csv, const struct field *field, uint32_t fields)
{
    struct segment *segment;

    if (csv->segments && same_columns(&csv->segment[csv->segments - 1], field, fields))
        return OK;
    if (!heap_grow(csv->writer.heap, &csv->segment, &csv->room, csv->segments + 1, sizeof *segment))
        return FAIL_MEMORY;
    segment = &csv->segment[csv->segments];
    *segment = (struct segment){ .fields = fields };
    TRY_NEW(segment->field = arena_alloc(&csv->arena, (fields + 1) * sizeof *field));
    memcpy(segment->field, field, fields * sizeof *field);
    csv->segments++;
    return OK;
}

static status csv_start(struct csv_writer *csv)
{
    struct heap *heap = csv->writer.heap;

    if (csv->layout.heap)
        return OK;
    spool_init(&csv->spool, csv->writer.settings.folder, csv->writer.diag);
    buf_init(&csv->piece, heap);
    layout_init(&csv->layout, heap);
    arena_init(&csv->arena, heap);
    buf_init(&csv->held, heap);
    buf_init(&csv->scratch, heap);
    return OK;
}

/* The promise: no columns but the first batch's. Those that are missing in this one are empty. */
static status closed_rows(struct csv_writer *csv, struct batch *batch, const struct field *field, uint32_t fields)
{
    struct field *line = heap_zero(csv->writer.heap, csv->layout.count + 1, sizeof *line);

    TRY_NEW(line);
    for (uint32_t f = 0; f < fields; f++) {
        int64_t place = layout_find(&csv->layout, field[f].name);
        if (place >= 0)
            line[place] = field[f];
    }
    put_rows(csv, &csv->writer.out, batch, line, csv->layout.count);
    heap_free(csv->writer.heap, line, (csv->layout.count + 1) * sizeof *line);
    return OK;
}

static size_t piece_of(const struct csv_writer *csv)
{
    size_t most = csv->writer.settings.memory / SHARE;

    return csv->writer.settings.spills ? 1 : most < PIECE_LEAST ? PIECE_LEAST : most;
}

static bool may_spill(const struct csv_writer *csv)
{
    const struct writer_settings *settings = &csv->writer.settings;

    return settings->folder && (settings->memory || settings->spills);
}

/* Until all columns are known. */
static status hold_rows(struct csv_writer *csv, struct batch *batch, const struct field *field, uint32_t fields)
{
    size_t before = csv->held.size;

    TRY(open_segment(csv, field, fields));
    put_rows(csv, &csv->held, batch, field, fields);
    TRY(buf_status(&csv->held));
    if (!heap_grow(csv->writer.heap, &csv->chunk, &csv->chunk_room, csv->chunks + 1, sizeof *csv->chunk))
        return FAIL_MEMORY;
    csv->chunk[csv->chunks++] = (struct chunk){ csv->segments - 1, csv->held.size - before };
    if (!may_spill(csv) || csv->held.size < piece_of(csv))
        return OK;
    TRY(spool_put(&csv->spool, buf_str(&csv->held), NULL));
    buf_clear(&csv->held);
    return OK;
}

static status csv_rows(struct writer *writer, struct batch *batch, const struct field *field, uint32_t fields)
{
    struct csv_writer *csv = container_of(writer, struct csv_writer, writer);

    TRY(csv_start(csv));
    if (!csv->begun)
        for (uint32_t f = 0; f < fields; f++)
            TRY(layout_add(&csv->layout, field[f].name, field[f].rank));
    if (writer->settings.closed) {
        if (!csv->begun)
            put_header(csv);
        TRY(closed_rows(csv, batch, field, fields));
    } else {
        TRY(hold_rows(csv, batch, field, fields));
    }
    return buf_status(&csv->scratch);
}

/* --- widening ------------------------------------------------------------------------------------------------------ */

/* The cell at *at, quotes included; *at moves to the comma or newline behind it. Our own text, so it is well formed. */
static str next_cell(const char **at, const char *end)
{
    const char *from = *at, *p = from;

    if (p < end && *p == '"') {
        for (p++; p < end; p++) {
            if (*p != '"')
                continue;
            if (p + 1 < end && p[1] == '"')
                p++;
            else
                break;
        }
        p++;
    }
    while (p < end && *p != ',' && *p != '\n')
        p++;
    *at = p;
    return str_make(from, (size_t)(p - from));
}

static status widen(struct csv_writer *csv, const struct segment *segment, str rows)
{
    struct buf *out = &csv->writer.out;
    const char *at = rows.at, *end = at + rows.size;
    uint32_t    columns = csv->layout.count;
    str        *cell = heap_zero(csv->writer.heap, columns + 1, sizeof *cell);

    TRY_NEW(cell);
    while (at < end) {
        size_t start = out->size;
        for (uint32_t f = 0; f < segment->fields; f++) {
            str text = next_cell(&at, end);
            cell[layout_find(&csv->layout, segment->field[f].name)] = str_is(text, "\"\"") ? STR("") : text;
            at++;
        }
        if (segment->fields == 0)       /* a row of nothing is written as one empty cell */
            at += 3;
        for (uint32_t i = 0; i < columns; i++) {
            if (i)
                buf_byte(out, ',');
            buf_put(out, cell[i]);
        }
        end_line(out, start);
    }
    heap_free(csv->writer.heap, cell, (columns + 1) * sizeof *cell);
    return OK;
}

static bool is_full(const struct csv_writer *csv, const struct segment *segment)
{
    if (segment->fields != csv->layout.count)
        return false;
    for (uint32_t i = 0; i < segment->fields; i++)
        if (segment->field[i].name != csv->layout.column[i].name)
            return false;
    return true;
}

static status read_chunk(struct csv_writer *csv, size_t size, str *out)
{
    if (csv->at >= csv->spool.size) {
        *out = str_make(csv->held.at + (csv->at - csv->spool.size), size);
        return OK;
    }
    buf_clear(&csv->piece);
    TRY(buf_reserve(&csv->piece, size));
    *out = str_make(csv->piece.at, size);
    return spool_get(&csv->spool, csv->at, csv->piece.at, size);
}

static status csv_finish(struct writer *writer)
{
    struct csv_writer *csv = container_of(writer, struct csv_writer, writer);
    str                rows;

    if (csv->segments == 0)
        return OK;
    if (!csv->begun)
        put_header(csv);
    for (; csv->next < csv->chunks; csv->next++) {
        const struct chunk   *chunk = &csv->chunk[csv->next];
        const struct segment *segment = &csv->segment[chunk->segment];
        if (csv->spool.size && writer->out.size >= piece_of(csv))
            return AGAIN;
        TRY(read_chunk(csv, chunk->size, &rows));
        if (is_full(csv, segment))
            buf_put(&writer->out, rows);
        else
            TRY(widen(csv, segment, rows));
        csv->at += chunk->size;
    }
    csv->segments = 0;
    buf_free(&csv->held);
    buf_free(&csv->piece);
    spool_free(&csv->spool);
    return OK;
}

static void csv_close(struct writer *writer)
{
    struct csv_writer *csv = container_of(writer, struct csv_writer, writer);

    if (!csv->layout.heap)
        return;
    heap_free(writer->heap, csv->segment, csv->room * sizeof *csv->segment);
    heap_free(writer->heap, csv->chunk, csv->chunk_room * sizeof *csv->chunk);
    spool_free(&csv->spool);
    buf_free(&csv->piece);
    layout_free(&csv->layout);
    arena_free(&csv->arena);
    buf_free(&csv->held);
    buf_free(&csv->scratch);
}

const struct writer_kind writer_csv = {
    .name = "csv", .summary = "comma-separated values (RFC 4180), header first",
    .size = sizeof(struct csv_writer), .rows = csv_rows, .finish = csv_finish, .close = csv_close,
};
