/* The raw text of events, a line each; rows without _raw print nothing.
 *
 * Lines that lie side by side in the block they were read into are copied as one piece, newlines included: printing whole
 * inputs runs at the speed of memory. */
#include "write/writer.h"

#include "value/number.h"
#include "write/text.h"

struct raw_writer {
    struct writer      writer;
    struct buf         scratch;
};

static const struct block *block_of(const struct batch *batch)
{
    while (batch && !batch->block)
        batch = batch->parent;
    return batch ? batch->block : NULL;
}

/* `size` bytes at `at`, and the byte behind them, are in the block. */
static inline bool has_next(const struct block *block, const char *at, size_t size)
{
    return block && at >= block->bytes && at + size < block->bytes + block->size;
}

static inline bool is_plain(const struct cell *cell)
{
    return cell->kind == KIND_TEXT && !(cell->flags & CELL_ESCAPED);
}

static void put_other(struct raw_writer *raw, const struct cell *cell)
{
    char room[NUMBER_ROOM];

    if (cell->kind == KIND_LIST) {
        for (uint32_t i = 0; i < cell->size; i++)
            put_other(raw, &cell->list[i]);
    } else if (cell->kind != KIND_NULL) {
        buf_put(&raw->writer.out, write_cell_text(cell, room, &raw->scratch));
        buf_byte(&raw->writer.out, '\n');
    }
}

static void put_rows(struct raw_writer *raw, const struct batch *batch, const struct column *column)
{
    const struct block *block = block_of(batch);
    struct buf         *out = &raw->writer.out;
    uint32_t            count = batch_rows(batch), i = 0;

    while (i < count) {
        struct cell first = column_cell(column, batch_row(batch, i++));
        const char *end;

        if (!is_plain(&first)) {
            put_other(raw, &first);
            continue;
        }
        end = first.text + first.size;
        while (i < count && has_next(block, end, 0) && *end == '\n') {
            struct cell next = column_cell(column, batch_row(batch, i));
            if (!is_plain(&next) || next.text != end + 1)
                break;
            end = next.text + next.size;
            i++;
        }
        buf_put(out, str_make(first.text, (size_t)(end - first.text)));
        buf_byte(out, '\n');
    }
}

static status raw_rows(struct writer *writer, struct batch *batch, const struct field *field, uint32_t fields)
{
    struct raw_writer *raw = container_of(writer, struct raw_writer, writer);

    raw->scratch.heap = writer->heap;
    for (uint32_t f = 0; f < fields; f++)
        if (str_is(name_str(field[f].name), "_raw"))
            put_rows(raw, batch, field[f].column);
    return raw->scratch.failed ? FAIL_MEMORY : OK;
}

static void raw_close(struct writer *writer)
{
    struct raw_writer *raw = container_of(writer, struct raw_writer, writer);

    if (raw->scratch.heap)
        buf_free(&raw->scratch);
}

const struct writer_kind writer_raw = {
    .name = "raw", .summary = "the raw text of events (_raw) and nothing else",
    .size = sizeof(struct raw_writer), .rows = raw_rows, .close = raw_close,
};
