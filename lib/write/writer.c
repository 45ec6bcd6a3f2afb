#include "write/writer.h"

static const struct writer_kind *const kinds[] = { &writer_json, &writer_csv, &writer_raw, &writer_table, &writer_chart };

const struct writer_kind *writer_named(str name)
{
    for (uint32_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is(name, kinds[i]->name))
            return kinds[i];
    return NULL;
}

status writer_new(const struct writer_kind *kind, struct heap *heap, struct writer **out)
{
    struct writer *writer = heap_zero(heap, 1, kind->size);

    *out = writer;
    TRY_NEW(writer);
    writer->kind = kind;
    writer->heap = heap;
    buf_init(&writer->out, heap);
    return OK;
}

void writer_free(struct writer *writer)
{
    if (!writer)
        return;
    if (writer->kind->close)
        writer->kind->close(writer);
    buf_free(&writer->out);
    heap_free(writer->heap, writer, writer->kind->size);
}

status writer_rows(struct writer *writer, struct batch *batch, const struct field *field, uint32_t fields)
{
    if (batch_rows(batch) == 0)
        return OK;
    TRY(writer->kind->rows(writer, batch, field, fields));
    return buf_status(&writer->out);
}

status writer_finish(struct writer *writer)
{
    status result = writer->kind->finish ? writer->kind->finish(writer) : OK;

    if (result != OK && result != AGAIN)
        return result;
    TRY(buf_status(&writer->out));
    return result;
}
