/* A table for people: aligned columns, numbers to the right, cut to the width of the terminal.
 *
 * The first rows are held back to learn the widths; then rows stream with those widths. A column that turns up later gets a
 * new header. Sparklines are drawn; what a terminal would obey (control characters) is a blank or a question mark. */
#include "write/writer.h"

#include "value/number.h"
#include "value/order.h"
#include "write/plot.h"
#include "write/text.h"

enum { HOLD_ROWS = 500, HOLD_BYTES = 4 << 20, NARROW = 6, GAP = 2 };

struct table_column {
    uint32_t width;                 /* columns of the terminal */
    bool     right;                 /* nothing but numbers so far */
};

struct held_cell {
    const struct name *name;        /* not a place: the layout may still move */
    str                text;
    bool               number;
};

struct table_writer {
    struct writer        writer;
    struct layout        layout;
    struct table_column *column;    /* by place in the layout, once known */
    uint32_t             columns, room;
    uint32_t             shown;     /* how many fit */
    struct arena         arena;
    struct held_cell    *cell;      /* of the held rows, nulls left out */
    uint32_t             cells, cell_room;
    uint32_t            *row;       /* first cell of each held row, and the end of the last */
    uint32_t             rows, row_room;
    struct buf           line, scratch;
    bool                 streams;
};

/* --- columns ------------------------------------------------------------------------------------------------------- */

static void trim_line(struct buf *out)
{
    while (out->size && out->at[out->size - 1] == ' ')
        out->size--;
    buf_byte(out, '\n');
}

static uint32_t total_width(const struct table_writer *table)
{
    uint32_t total = 0;

    for (uint32_t i = 0; i < table->shown; i++)
        total += table->column[i].width + (i ? GAP : 0);
    return total;
}

/* Narrows the widest columns together until the table fits; then leaves columns out. */
static void fit(struct table_writer *table)
{
    uint32_t width = table->writer.settings.width, total;

    table->shown = table->columns;
    if (!width)
        return;
    while (table->shown > 1 && table->shown * (NARROW + GAP) - GAP > width)
        table->shown--;
    while ((total = total_width(table)) > width) {
        uint32_t widest = 0, next = NARROW, ties = 0;
        for (uint32_t i = 0; i < table->shown; i++) {
            uint32_t w = table->column[i].width;
            if (w > widest) {
                next = widest > NARROW ? widest : NARROW;
                widest = w;
                ties = 1;
            } else if (w == widest) {
                ties++;
            } else if (w > next) {
                next = w;
            }
        }
        if (widest <= NARROW)
            return;
        uint32_t down = (total - width + ties - 1) / ties;
        for (uint32_t i = 0; i < table->shown; i++)
            if (table->column[i].width == widest)
                table->column[i].width = down < widest - next ? widest - down : next;
    }
}

static void put_header(struct table_writer *table)
{
    struct buf *out = &table->writer.out;
    bool        colour = table->writer.settings.colour;

    if (colour)
        buf_text(out, "\x1b[1m");
    for (uint32_t i = 0; i < table->shown; i++) {
        if (i)
            buf_repeat(out, ' ', GAP);
        write_cut(out, name_str(table->layout.column[i].name), table->column[i].width, table->column[i].right);
    }
    if (table->shown < table->columns)
        buf_print(out, "  (and %u more columns)", table->columns - table->shown);
    while (out->size && out->at[out->size - 1] == ' ')
        out->size--;
    if (colour)
        buf_text(out, "\x1b[0m");
    buf_byte(out, '\n');
    for (uint32_t i = 0; i < table->shown; i++) {
        if (i)
            buf_repeat(out, ' ', GAP);
        buf_repeat(out, '-', table->column[i].width);
    }
    buf_byte(out, '\n');
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

/* A cell as one text; multivalues joined by ", ", sparklines drawn. */
static str cell_line(struct table_writer *table, const struct cell *cell, char *room)
{
    struct buf *line = &table->line;

    if (cell->kind == KIND_NULL)
        return STR("");
    if (cell->kind != KIND_LIST)
        return write_cell_text(cell, room, &table->scratch);
    buf_clear(line);
    if (plot_is_sparkline(cell)) {
        plot_sparkline(line, cell);
        return buf_str(line);
    }
    for (uint32_t i = 0; i < cell->size; i++) {
        if (i)
            buf_put(line, STR(", "));
        buf_put(line, write_cell_text(&cell->list[i], room, &table->scratch));
    }
    return buf_str(line);
}

static status grow_columns(struct table_writer *table)
{
    uint32_t before = table->columns, count = table->layout.count;

    if (!heap_grow(table->writer.heap, &table->column, &table->room, count + 1, sizeof *table->column))
        return FAIL_MEMORY;
    for (uint32_t i = before; i < count; i++)
        table->column[i] = (struct table_column){ .right = true };
    table->columns = count;
    return OK;
}

static status hold_cell(struct table_writer *table, const struct name *name, const struct cell *cell)
{
    char room[NUMBER_ROOM];
    str  text = arena_str(&table->arena, cell_line(table, cell, room));

    TRY_NEW(text.at);
    if (!heap_grow(table->writer.heap, &table->cell, &table->cell_room, table->cells + 1, sizeof *table->cell))
        return FAIL_MEMORY;
    table->cell[table->cells++] = (struct held_cell){ name, text, cell->kind == KIND_NUMBER || number_is_json(text) };
    return OK;
}

static status hold_rows(struct table_writer *table, const struct batch *batch, const struct field *field,
                        uint32_t fields, uint32_t *i)
{
    for (; *i < batch_rows(batch); ++*i) {
        uint32_t row = batch_row(batch, *i);
        if (table->rows >= HOLD_ROWS || arena_size(&table->arena) > HOLD_BYTES)
            return OK;
        if (!heap_grow(table->writer.heap, &table->row, &table->row_room, table->rows + 2, sizeof *table->row))
            return FAIL_MEMORY;
        table->row[table->rows++] = table->cells;
        for (uint32_t f = 0; f < fields; f++) {
            struct cell cell = column_cell(field[f].column, row);
            if (cell.kind != KIND_NULL)
                TRY(hold_cell(table, field[f].name, &cell));
        }
        table->row[table->rows] = table->cells;
    }
    return OK;
}

static void measure_held(struct table_writer *table)
{
    for (uint32_t i = 0; i < table->columns; i++)
        table->column[i].width = write_shown_width(name_str(table->layout.column[i].name));
    for (uint32_t i = 0; i < table->cells; i++) {
        const struct held_cell *cell = &table->cell[i];
        struct table_column    *column = &table->column[layout_find(&table->layout, cell->name)];
        uint32_t                width = write_shown_width(cell->text);
        if (width > column->width)
            column->width = width;
        column->right = column->right && cell->number;
    }
    for (uint32_t i = 0; i < table->columns; i++)
        if (table->column[i].width == 0)
            table->column[i].width = 1;
}

static status put_line(struct table_writer *table, const str *text)
{
    struct buf *out = &table->writer.out;

    for (uint32_t i = 0; i < table->shown; i++) {
        if (i)
            buf_repeat(out, ' ', GAP);
        if (!table->writer.settings.width && i + 1 == table->shown && !table->column[i].right)
            write_shown(out, text[i], UINT32_MAX);        /* nothing to keep aligned behind it */
        else
            write_cut(out, text[i], table->column[i].width, table->column[i].right);
    }
    trim_line(out);
    return buf_status(out);
}

static status put_held(struct table_writer *table)
{
    str   *text;
    status result = OK;

    TRY(grow_columns(table));
    measure_held(table);
    fit(table);
    put_header(table);
    TRY_NEW(text = heap_zero(table->writer.heap, table->columns + 1, sizeof *text));
    for (uint32_t r = 0; r < table->rows && result == OK; r++) {
        memset(text, 0, table->columns * sizeof *text);
        for (uint32_t c = table->row[r]; c < table->row[r + 1]; c++)
            text[layout_find(&table->layout, table->cell[c].name)] = table->cell[c].text;
        result = put_line(table, text);
    }
    heap_free(table->writer.heap, text, (table->columns + 1) * sizeof *text);
    table->rows = table->cells = 0;
    arena_reset(&table->arena);
    table->streams = true;
    return result;
}

static status stream_row(struct table_writer *table, uint32_t row, const struct field *field, uint32_t fields,
                         str *text)
{
    char room[NUMBER_ROOM];

    memset(text, 0, table->columns * sizeof *text);
    arena_reset(&table->arena);
    for (uint32_t f = 0; f < fields; f++) {
        struct cell cell = column_cell(field[f].column, row);
        if (cell.kind != KIND_NULL) {
            str *into = &text[layout_find(&table->layout, field[f].name)];
            *into = arena_str(&table->arena, cell_line(table, &cell, room));
            TRY_NEW(into->at);
        }
    }
    return put_line(table, text);
}

/* Columns that came after the widths were settled: as wide as their names, and a new header. */
static status late_columns(struct table_writer *table)
{
    if (table->layout.count == table->columns)
        return OK;
    table->columns = 0;             /* the layout may have moved them: all widths anew */
    TRY(grow_columns(table));
    for (uint32_t i = 0; i < table->columns; i++) {
        uint32_t width = write_shown_width(name_str(table->layout.column[i].name));
        table->column[i] = (struct table_column){ .width = width < 12 ? 12 : width };
    }
    fit(table);
    buf_byte(&table->writer.out, '\n');
    put_header(table);
    return OK;
}

static status table_rows(struct writer *writer, struct batch *batch, const struct field *field, uint32_t fields)
{
    struct table_writer *table = container_of(writer, struct table_writer, writer);
    uint32_t             i = 0;
    status               result = OK;
    str                 *text;

    if (!table->layout.heap) {
        layout_init(&table->layout, writer->heap);
        arena_init(&table->arena, writer->heap);
        buf_init(&table->line, writer->heap);
        buf_init(&table->scratch, writer->heap);
    }
    for (uint32_t f = 0; f < fields; f++)
        TRY(layout_add(&table->layout, field[f].name, field[f].rank));
    if (!table->streams) {
        TRY(hold_rows(table, batch, field, fields, &i));
        if (i == batch_rows(batch))
            return OK;
        TRY(put_held(table));
    }
    TRY(late_columns(table));
    TRY_NEW(text = heap_zero(writer->heap, table->columns + 1, sizeof *text));
    for (; i < batch_rows(batch) && result == OK; i++)
        result = stream_row(table, batch_row(batch, i), field, fields, text);
    heap_free(writer->heap, text, (table->columns + 1) * sizeof *text);
    return result;
}

static status table_finish(struct writer *writer)
{
    struct table_writer *table = container_of(writer, struct table_writer, writer);

    return table->layout.heap && !table->streams && table->rows ? put_held(table) : OK;
}

static void table_close(struct writer *writer)
{
    struct table_writer *table = container_of(writer, struct table_writer, writer);

    if (!table->layout.heap)
        return;
    heap_free(writer->heap, table->column, table->room * sizeof *table->column);
    heap_free(writer->heap, table->cell, table->cell_room * sizeof *table->cell);
    heap_free(writer->heap, table->row, table->row_room * sizeof *table->row);
    layout_free(&table->layout);
    arena_free(&table->arena);
    buf_free(&table->line);
    buf_free(&table->scratch);
}

const struct writer_kind writer_table = {
    .name = "table", .summary = "aligned columns for a terminal",
    .size = sizeof(struct table_writer), .rows = table_rows, .finish = table_finish, .close = table_close,
};
