/* JSON values one after the other, over as many lines as they like, or one array of them.
 *
 * Each value is an event; of an array at the beginning of the input each element is. The values are found
 * by counting brackets along the index; then each is laid flat (newlines become blanks) and walked as a
 * line of NDJSON would be. */
#include "read/formats.h"
#include "read/worker.h"

struct values {                     /* a scan over the records of a run of bytes */
    const char     *bytes;
    const uint32_t *at, *end;       /* structural positions left */
    size_t          from;           /* behind the last record */
};

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.';
}

/* What stands where a record should: a number or word alone, else nothing is sure before the line ends.
 * Decided by bytes alone, so that it does not matter where the input was cut. */
static bool skip_scalar(struct values *values, size_t size, str *out)
{
    const char *bytes = values->bytes, *newline;
    size_t      start = values->from, to = start;

    while (to < size && is_word_byte(bytes[to]))
        to++;
    if (to < size && (to == start || !(is_blank(bytes[to]) || bytes[to] == ',' || bytes[to] == ']'))) {
        newline = memchr(bytes + to, '\n', size - to);
        to = newline ? (size_t)(newline - bytes) : size;
    }
    if (to == size)
        return false;
    values->from = to;
    *out = str_make(bytes + start, to - start);
    return true;
}

/* The next whole record; false: none ends here. Commas and the brackets of the outer array stand between
 * records, and `from` moves past them. */
static bool next_record(struct values *values, size_t size, bool array, bool first, str *out)
{
    const char *bytes = values->bytes;
    uint32_t    depth = 0;
    size_t      start;

    while (values->from < size) {
        char c = bytes[values->from];
        if (!is_blank(c) && c != ',' && !(array && (c == ']' || (c == '[' && first))))
            break;
        first = first && c != '[';
        values->from++;
    }
    start = values->from;
    if (start < size && bytes[start] != '{' && bytes[start] != '[')
        return skip_scalar(values, size, out);
    while (values->at < values->end && *values->at < start)
        values->at++;
    for (; values->at < values->end; values->at++) {
        char c = bytes[*values->at];
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth && --depth == 0) {
            values->from = *values->at++ + (size_t)1;
            *out = str_make(bytes + start, values->from - start);
            return true;
        }
    }
    return false;
}

static status index_all(struct worker *worker, const char *bytes, size_t size, struct values *out)
{
    struct index index = { 0 };
    uint32_t    *end;

    TRY(worker_reserve(worker, size + INDEX_SLACK, size));
    end = worker->index(&index, bytes, 0, size, worker->place, worker->backslash);
    *out = (struct values){ .bytes = bytes, .at = worker->place, .end = end };
    return OK;
}

struct shape {                      /* of the whole input */
    bool array;                     /* it begins with one */
    bool begun;                     /* its first record has been cut */
};

static bool is_array(const struct input *input) { return ((struct shape *)input->shared)->array; }

void json_records_close(struct input *input)
{
    heap_free(input->reading->heap, input->shared, sizeof(struct shape));
}

status json_records_cut(struct input *input, str bytes, size_t from, bool final, size_t *whole)
{
    struct shape  *shape = input->shared;
    struct worker *worker;
    struct values  values;
    status         failure;
    str            record;

    if (!shape) {
        size_t i = 0;
        while (i < bytes.size && is_blank(bytes.at[i]))
            i++;
        *whole = 0;
        if (i == bytes.size && !final)
            return OK;
        TRY_NEW(input->shared = shape = heap_zero(input->reading->heap, 1, sizeof *shape));
        shape->array = i < bytes.size && bytes.at[i] == '[';
    }
    TRY(worker_take(input, false, &worker));
    failure = index_all(worker, bytes.at, bytes.size, &values);
    *whole = 0;
    while (failure == OK && next_record(&values, bytes.size, shape->array, !shape->begun, &record)) {
        *whole = values.from;
        shape->begun = true;
    }
    worker_give(input, worker);
    return failure;
}

/* One record, flat and with a newline, in the batch's arena; the fields point there. */
static status put_fields(struct worker *worker, str record)
{
    struct arena *arena = &worker->builder.batch->arena;
    char         *flat = record.size < SIZE_MAX - 128 ? arena_alloc(arena, record.size + 1 + BLOCK_PADDING) : NULL;

    TRY_NEW(flat);
    for (size_t i = 0; i < record.size; i++)
        flat[i] = record.at[i] == '\n' ? ' ' : record.at[i];
    flat[record.size] = '\n';
    memset(flat + record.size + 1, 0, BLOCK_PADDING);
    TRY(ndjson_fields(worker, str_make(flat, record.size)));
    return worker->own_text ? own_text_fields(worker) : OK;
}

status json_record_add(struct worker *worker, str record, fields_fn fields, bool lenient)
{
    struct builder *builder = &worker->builder;
    status          failure;

    TRY(builder_open(builder));
    worker->table = STR("");
    failure = fields(worker, record);
    if (failure == FAIL_LIMIT) {                /* very many fields: they get a batch of their own */
        TRY(builder_spill(builder));
        failure = fields(worker, record);
    }
    if (failure != OK && !(failure == FAIL_DATA && lenient))
        return failure;
    return event_keep(worker, record);
}

/* The positions of records first: the index has one room. */
static status find_records(struct worker *worker, struct block *block, struct arena *arena, str **out, uint32_t *count)
{
    bool          array = is_array(worker->input), first = block->offset == worker->input->start;
    struct values values;
    uint32_t      room = 0;
    str           record;

    TRY(index_all(worker, block->bytes, block->size, &values));
    *out = NULL;
    *count = 0;
    for (;;) {
        if (!next_record(&values, block->size, array, first && *count == 0, &record)) {
            while (values.from < block->size && strchr(array ? " \t\r\n,]" : " \t\r\n", block->bytes[values.from])
                   && block->bytes[values.from])
                values.from++;
            if (values.from == block->size)
                return OK;
            record = str_make(block->bytes + values.from, block->size - values.from);   /* never ends */
            values.from = block->size;
        }
        if (*count == room) {
            str *moved;
            room = room ? room * 2 : 64;
            TRY_NEW(moved = arena_alloc(arena, room * sizeof *moved));
            if (*count)
                memcpy(moved, *out, *count * sizeof *moved);
            *out = moved;
        }
        (*out)[(*count)++] = record;
    }
}

status json_records_parse(struct worker *worker, struct block *block, fields_fn fields, batch_sink sink, void *host,
                          struct block_result *result)
{
    struct arena arena;
    str         *record;
    uint32_t     count;
    status       failure;

    builder_begin(&worker->builder, block, sink, host);
    arena_init(&arena, worker->input->reading->heap);
    failure = find_records(worker, block, &arena, &record, &count);
    for (uint32_t i = 0; failure == OK && i < count; i++) {
        failure = json_record_add(worker, record[i], fields, false);
        if (failure == OK) {
            result->events++;
        } else if (failure == FAIL_DATA) {
            bad_record(worker, result, block, record[i].at, worker->walk.reason);
            failure = builder_drop(&worker->builder);
        }
    }
    arena_free(&arena);
    TRY(failure);
    result->lines += worker->newlines(block->bytes, block->size);
    return builder_end(&worker->builder);
}

static status parse(struct input *input, struct worker *worker, struct block *block, batch_sink sink, void *host,
                    struct block_result *result)
{
    return json_records_parse(worker, block, put_fields, sink, host, result);
}

static status extract(struct input *input, struct worker *worker, str line)
{
    return json_record_add(worker, line, put_fields, true);
}

static bool sniff(str head, bool final)
{
    size_t i = 0;

    while (i < head.size && is_blank(head.at[i]))
        i++;
    if (i == head.size)
        return false;
    if (head.at[i] != '[')                      /* no NDJSON: the object goes on behind the line */
        return head.at[i] == '{';
    for (i++; i < head.size && is_blank(head.at[i]); i++)
        continue;
    return i < head.size && (head.at[i] == '{' || head.at[i] == ']');
}

const struct format format_json = {
    .name = "json", .structured = true, .own_text = true,
    .summary = "an array of objects, or values one after the other", .sourcetype = "_json",
    .sniff = sniff, .cut = json_records_cut, .parse = parse, .extract = extract, .close = json_records_close,
};
