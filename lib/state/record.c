#include "state/record.h"

enum { WRITE = 256 * 1024, READ = 64 * 1024, READ_LEAST = 4096, SIZE = sizeof(uint32_t) };

/* --- writing ------------------------------------------------------------------------------------------------------- */

void record_writer_init(struct record_writer *writer, struct heap *heap, struct spool *spool)
{
    *writer = (struct record_writer){ .spool = spool, .from = spool->size };
    buf_init(&writer->bytes, heap);
}

void record_writer_free(struct record_writer *writer)
{
    buf_free(&writer->bytes);
}

/* Fixed sizes keep this fast: the room is asked for once a piece. */
static inline void put(struct buf *buf, const void *bytes, size_t size)
{
    if (LIKELY(buf_reserve(buf, size) == OK)) {
        memcpy(buf->at + buf->size, bytes, size);
        buf->size += size;
    }
}

void record_begin(struct record_writer *writer)
{
    uint32_t size = 0;

    writer->open = writer->bytes.size;
    put(&writer->bytes, &size, SIZE);
}

void record_put_number(struct record_writer *writer, uint64_t number)
{
    put(&writer->bytes, &number, sizeof number);
}

void record_put_text(struct record_writer *writer, str text)
{
    uint32_t size = (uint32_t)text.size;

    put(&writer->bytes, &size, SIZE);
    buf_put(&writer->bytes, text);
}

static void put_scalar(struct buf *buf, const struct cell *cell)
{
    uint8_t head = (uint8_t)(cell->kind | cell->flags << 4);

    put(buf, &head, 1);
    if (cell->kind == KIND_NUMBER) {
        put(buf, &cell->decimals, sizeof cell->decimals);
        put(buf, &cell->number, sizeof cell->number);
    } else if (cell->kind == KIND_BOOLEAN) {
        put(buf, &cell->truth, 1);
    } else if (cell->kind == KIND_TEXT) {
        put(buf, &cell->size, SIZE);
        buf_put(buf, cell_str(cell));
    }
}

void record_put_cell(struct record_writer *writer, const struct cell *cell)
{
    uint8_t head = KIND_LIST;

    if (cell->kind != KIND_LIST) {
        put_scalar(&writer->bytes, cell);
        return;
    }
    put(&writer->bytes, &head, 1);
    put(&writer->bytes, &cell->size, SIZE);
    for (uint32_t i = 0; i < cell->size; i++)
        put_scalar(&writer->bytes, &cell->list[i]);
}

static status flush(struct record_writer *writer)
{
    TRY(spool_put(writer->spool, buf_str(&writer->bytes), NULL));
    buf_clear(&writer->bytes);
    return OK;
}

status record_end(struct record_writer *writer)
{
    size_t   size = writer->bytes.size - writer->open - SIZE;
    uint32_t said = (uint32_t)size;

    TRY(buf_status(&writer->bytes));
    if (size > UINT32_MAX)
        return FAIL_LIMIT;
    memcpy(writer->bytes.at + writer->open, &said, SIZE);
    return writer->bytes.size >= WRITE ? flush(writer) : OK;
}

status record_run_end(struct record_writer *writer, struct record_run *run)
{
    TRY(flush(writer));
    *run = (struct record_run){ writer->spool, writer->from, writer->spool->size };
    writer->from = run->to;
    return OK;
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

size_t record_piece(size_t bytes, uint32_t readers)
{
    size_t piece = bytes && readers ? bytes / readers : READ;

    return piece < READ_LEAST ? READ_LEAST : piece > READ ? READ : piece;
}

void record_reader_init(struct record_reader *reader, struct heap *heap, const struct record_run *run, size_t piece)
{
    *reader = (struct record_reader){ .heap = heap, .run = *run, .at = run->from, .piece = piece ? piece : READ };
}

void record_reader_free(struct record_reader *reader)
{
    heap_free(reader->heap, reader->buffer, reader->room);
    reader->buffer = NULL;
    reader->room = 0;
}

/* `size` bytes in one piece from `from` on: what is there moves to the front, the rest is read behind it. */
static status need(struct record_reader *reader, size_t size)
{
    size_t   there = reader->to - reader->from, more;
    uint64_t left = reader->run.to - reader->at;

    if (there >= size)
        return OK;
    if (size > reader->room) {
        size_t room = size > reader->piece ? size + size / 2 : reader->piece;
        char  *buffer = heap_alloc(reader->heap, room);
        TRY_NEW(buffer);
        if (there)
            memcpy(buffer, reader->buffer + reader->from, there);
        record_reader_free(reader);
        reader->buffer = buffer;
        reader->room = room;
    } else if (there) {
        memmove(reader->buffer, reader->buffer + reader->from, there);
    }
    more = reader->room - there;
    more = left < more ? (size_t)left : more;
    reader->from = 0;
    reader->to = there + more;
    TRY(spool_get(reader->run.spool, reader->at, reader->buffer + there, more));
    reader->at += more;
    return reader->to >= size ? OK : FAIL_BUG;
}

status record_next(struct record_reader *reader)
{
    uint32_t size;

    if (reader->from == reader->to && reader->at == reader->run.to)
        return DONE;
    TRY(need(reader, SIZE));
    memcpy(&size, reader->buffer + reader->from, SIZE);
    TRY(need(reader, SIZE + (size_t)size));
    reader->record = reader->buffer + reader->from;
    reader->next = reader->record + SIZE;
    reader->end = reader->next + size;
    reader->from += SIZE + (size_t)size;
    return OK;
}

status record_copy(struct record_writer *writer, const struct record_reader *reader)
{
    put(&writer->bytes, reader->record, (size_t)(reader->end - reader->record));
    TRY(buf_status(&writer->bytes));
    return writer->bytes.size >= WRITE ? flush(writer) : OK;
}

static inline void take(struct record_reader *reader, void *to, size_t size)
{
    memcpy(to, reader->next, size);
    reader->next += size;
}

uint64_t record_number(struct record_reader *reader)
{
    uint64_t number;

    take(reader, &number, sizeof number);
    return number;
}

str record_text(struct record_reader *reader)
{
    uint32_t size;
    str      text;

    take(reader, &size, SIZE);
    text = (str){ reader->next, size };
    reader->next += size;
    return text;
}

static void take_scalar(struct record_reader *reader, struct cell *out)
{
    uint8_t head;

    take(reader, &head, 1);
    *out = (struct cell){ .kind = head & 15, .flags = head >> 4 };
    if (out->kind == KIND_NUMBER) {
        take(reader, &out->decimals, sizeof out->decimals);
        take(reader, &out->number, sizeof out->number);
    } else if (out->kind == KIND_BOOLEAN) {
        take(reader, &out->truth, 1);
    } else if (out->kind == KIND_TEXT) {
        take(reader, &out->size, SIZE);
        out->text = reader->next;
        reader->next += out->size;
    }
}

status record_cell(struct record_reader *reader, struct arena *arena, struct cell *out)
{
    struct cell *member;

    take_scalar(reader, out);
    if (out->kind != KIND_LIST)
        return OK;
    take(reader, &out->size, SIZE);
    TRY_NEW(member = arena_alloc(arena, out->size * sizeof *member));
    for (uint32_t i = 0; i < out->size; i++)
        take_scalar(reader, &member[i]);
    out->list = member;
    return OK;
}
