/* JSON, one object a line: fields in result order, nulls left out, multivalues as arrays. Numbers, and text
 * that spells a valid JSON number, go bare; everything else is a string. The bytes do not depend on whether
 * some stage has decoded a text. */
#include "write/writer.h"

#include "base/arena.h"
#include "text/json.h"
#include "value/number.h"
#include "write/text.h"

#include <math.h>

struct json_writer {
    struct writer writer;
    struct arena  arena;
    struct buf    scratch;
    str          *key;          /* by name->number: ,"name": */
    uint32_t      keys;
};

static status make_key(struct json_writer *json, const struct name *name)
{
    struct buf text;

    if (name->number >= json->keys
        && !heap_grow_zero(json->writer.heap, &json->key, &json->keys, name->number + 1, sizeof *json->key))
        return FAIL_MEMORY;
    if (json->key[name->number].size)
        return OK;
    if (!json->arena.heap)
        arena_init(&json->arena, json->writer.heap);
    buf_init(&text, json->writer.heap);
    buf_byte(&text, ',');
    json_put_string(&text, name_str(name));
    buf_byte(&text, ':');
    if (!text.failed)
        json->key[name->number] = arena_str(&json->arena, buf_str(&text));
    buf_free(&text);
    return json->key[name->number].at ? OK : FAIL_MEMORY;
}

static inline bool may_be_number(str text)
{
    return text.size && (*text.at == '-' || (*text.at >= '0' && *text.at <= '9'));
}

static void put_number(struct buf *out, const struct cell *cell)
{
    bool bare = isfinite(cell->number);

    if (buf_reserve(out, NUMBER_ROOM + 2) != OK)
        return;
    if (!bare)
        out->at[out->size++] = '"';
    out->size += number_format(cell->number, cell->decimals, out->at + out->size);
    if (!bare)
        out->at[out->size++] = '"';
}

static inline void put_text(struct json_writer *json, const struct cell *cell)
{
    struct buf *out = &json->writer.out;
    str         text = cell_str(cell);

    if (cell->flags & CELL_ESCAPED) {
        buf_byte(out, '"');
        write_json_escaped(out, text, &json->scratch);
        buf_byte(out, '"');
    } else if (may_be_number(text) && number_is_json(text)) {
        buf_put(out, text);
    } else {
        buf_byte(out, '"');
        write_json_inner(out, text);
        buf_byte(out, '"');
    }
}

static inline void put_scalar(struct json_writer *json, const struct cell *cell)
{
    struct buf *out = &json->writer.out;

    switch (cell->kind) {
    case KIND_NUMBER:  put_number(out, cell); break;
    case KIND_TEXT:    put_text(json, cell); break;
    case KIND_BOOLEAN: buf_put(out, cell->truth ? STR("true") : STR("false")); break;
    default:           buf_put(out, STR("null"));
    }
}

static void put_list(struct json_writer *json, const struct cell *cell)
{
    struct buf *out = &json->writer.out;

    for (uint32_t i = 0; i < cell->size; i++) {
        buf_byte(out, i ? ',' : '[');
        put_scalar(json, &cell->list[i]);
    }
    buf_put(out, cell->size ? STR("]") : STR("[]"));
}

static status json_rows(struct writer *writer, struct batch *batch, const struct field *field, uint32_t fields)
{
    struct json_writer *json = container_of(writer, struct json_writer, writer);
    struct buf         *out = &writer->out;

    json->scratch.heap = writer->heap;
    for (uint32_t f = 0; f < fields; f++)
        TRY(make_key(json, field[f].name));
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        uint32_t row = batch_row(batch, i);
        size_t   start = out->size;
        for (uint32_t f = 0; f < fields; f++) {
            struct cell cell = column_cell(field[f].column, row);
            if (cell.kind == KIND_NULL)
                continue;
            buf_put(out, json->key[field[f].name->number]);
            if (cell.kind == KIND_LIST)
                put_list(json, &cell);
            else
                put_scalar(json, &cell);
        }
        TRY(buf_reserve(out, 3));
        if (out->size == start)
            out->size++;
        out->at[start] = '{';
        out->at[out->size++] = '}';
        out->at[out->size++] = '\n';
    }
    return OK;
}

static void json_close(struct writer *writer)
{
    struct json_writer *json = container_of(writer, struct json_writer, writer);

    heap_free(writer->heap, json->key, json->keys * sizeof *json->key);
    if (json->arena.heap)
        arena_free(&json->arena);
    if (json->scratch.heap)
        buf_free(&json->scratch);
}

const struct writer_kind writer_json = {
    .name = "json", .summary = "one JSON object a line",
    .size = sizeof(struct json_writer), .rows = json_rows, .close = json_close,
};
