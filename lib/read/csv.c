/* Comma (or tab) separated values (RFC 4180): the first record names the columns; quotes may hold
 * newlines.
 *
 * An empty value is no field. Columns beyond the header, and those whose name is empty, are called
 * EXTRA_FIELD_n. Of records with more or fewer values than the header the first is reported, but all are
 * events. A name that occurs twice gives a multivalue. */
#include "base/buf.h"
#include "read/csv.h"
#include "read/formats.h"
#include "read/worker.h"

struct header {
    struct arena arena;
    str         *name;
    uint32_t     names, room;
    size_t       size;              /* bytes of its record, newline included; it is in the first block */
};

static char delimiter(const struct input *input)
{
    return input->format == &format_tsv ? '\t' : ',';
}

const char *csv_next(const char *at, const char *end, char delimiter, struct csv_value *out)
{
    const char *from = at;

    *out = (struct csv_value){ .quoted = at < end && *at == '"' };
    if (out->quoted) {
        for (from = ++at;; at++) {
            const char *quote = at < end ? memchr(at, '"', (size_t)(end - at)) : NULL;
            at = quote ? quote : end;
            if (at + 1 < end && at[1] == '"') {
                out->doubled = true;
                at++;
                continue;
            }
            break;
        }
        out->text = str_make(from, (size_t)(at - from));
        while (at < end && *at != delimiter && *at != '\n')
            at++;
        return at;
    }
    while (at < end && *at != delimiter && *at != '\n')
        at++;
    out->text = str_make(from, (size_t)(at - from));
    if (at < end && *at == '\n' && out->text.size && at[-1] == '\r')
        out->text.size--;
    return at;
}

/* The newline that ends the record at `at`, or `end`. */
static const char *record_end(const char *at, const char *end, char delimiter)
{
    const char      *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    struct csv_value value;

    if (!newline)
        newline = end;
    if (at < end && !memchr(at, '"', (size_t)(newline - at)))
        return newline;
    for (;;) {
        at = csv_next(at, end, delimiter, &value);
        if (at == end || *at == '\n')
            return at;
        at++;
    }
}

static status cut(struct input *input, str bytes, size_t from, bool final, size_t *whole)
{
    const char *at = bytes.at, *end = at + bytes.size;

    if (!memchr(bytes.at, '"', bytes.size))
        return lines_cut(input, bytes, from, final, whole);
    for (;;) {
        const char *newline = record_end(at, end, delimiter(input));
        if (newline == end)
            break;
        at = newline + 1;
    }
    *whole = (size_t)(at - bytes.at);
    return OK;
}

size_t csv_undouble(str text, char *out)
{
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        out[size++] = text.at[i];
        if (text.at[i] == '"')
            i++;
    }
    return size;
}

static status undouble(struct arena *arena, str *text)
{
    char *out = arena_alloc(arena, text->size + 1);

    TRY_NEW(out);
    *text = str_make(out, csv_undouble(*text, out));
    return OK;
}

static status extra_name(struct arena *arena, uint32_t number, str *out)
{
    struct buf buf;
    char      *text;

    buf_init(&buf, arena->heap);
    buf_print(&buf, "EXTRA_FIELD_%u", number);
    text = buf_status(&buf) == OK ? arena_text(arena, buf_str(&buf)) : NULL;
    *out = str_make(text, buf.size);
    buf_free(&buf);
    return text ? OK : FAIL_MEMORY;
}

/* Called before the first block is parsed anywhere: the cutter's side. */
static status read_header(struct header *header, const char *at, const char *end, char delimiter)
{
    const char *from = at;
    bool        more = true;

    while (at < end && (*at == '\n' || *at == '\r'))
        at++;
    for (; more; at++) {
        struct csv_value value;
        str             *name;

        at = csv_next(at, end, delimiter, &value);
        more = at < end && *at == delimiter;
        if (!heap_grow(header->arena.heap, &header->name, &header->room, header->names + 1, sizeof *header->name))
            return FAIL_MEMORY;
        name = &header->name[header->names++];
        *name = str_trim_blanks(value.text);
        if (value.doubled)
            TRY(undouble(&header->arena, name));
        if (name->size)
            *name = arena_str(&header->arena, *name);
        else
            TRY(extra_name(&header->arena, header->names, name));
        TRY_NEW(name->at);
    }
    header->size = (size_t)((at < end ? at : end) - from);
    return OK;
}

static void close_header(struct input *input)
{
    struct header *header = input->shared;
    struct heap   *heap = header->arena.heap;

    heap_free(heap, header->name, header->room * sizeof *header->name);
    arena_free(&header->arena);
    heap_free(heap, header, sizeof *header);
}

static status cut_records(struct input *input, str bytes, size_t from, bool final, size_t *whole)
{
    const char    *end = bytes.at + bytes.size, *start = bytes.at;
    struct header *header;

    TRY(cut(input, bytes, from, final, whole));
    if (input->shared)
        return OK;
    while (start < end && (*start == '\n' || *start == '\r'))
        start++;
    if (!final && record_end(start, end, delimiter(input)) == end) {
        *whole = 0;                             /* blank lines are no header */
        return OK;
    }
    header = heap_zero(input->reading->heap, 1, sizeof *header);
    TRY_NEW(header);
    arena_init(&header->arena, input->reading->heap);
    input->shared = header;
    return read_header(header, bytes.at, bytes.at + bytes.size, delimiter(input));
}

/* Where the values of column `number` go. */
static status column_place(struct worker *worker, uint32_t number, struct place **out)
{
    struct header *header = worker->input->shared;
    struct heap   *heap = worker->input->reading->heap;

    while (worker->columns <= number) {
        struct place *place = ARENA_NEW(&worker->paths.arena, struct place);
        str           name;

        TRY_NEW(place);
        if (worker->columns < header->names)
            name = header->name[worker->columns];
        else
            TRY(extra_name(&worker->paths.arena, worker->columns + 1, &name));
        TRY(place_make(&worker->paths, name, place));
        if (!heap_grow(heap, &worker->column, &worker->column_room, worker->columns + 1, sizeof *worker->column))
            return FAIL_MEMORY;
        worker->column[worker->columns++] = place;
    }
    *out = worker->column[number];
    return OK;
}

static status put_value(struct worker *worker, uint32_t number, struct csv_value *value)
{
    struct builder *builder = &worker->builder;
    struct place   *place;

    if (!value->text.size)
        return OK;
    TRY(column_place(worker, number, &place));
    if (!place->scalar)
        return OK;
    if (value->doubled)
        TRY(undouble(&builder->batch->arena, &value->text));
    if (place->time)
        TRY(slot_put_time(builder, place->time, cell_field_text(value->text)));
    return place->slot ? slot_put(builder, place->slot, cell_field_text(value->text)) : OK;
}

static status put_record(struct worker *worker, str text, uint32_t *values)
{
    const char *at = text.at, *end = at + text.size;
    char        mark = delimiter(worker->input);

    for (*values = 0;;) {
        struct csv_value value;
        at = csv_next(at, end, mark, &value);
        TRY(put_value(worker, (*values)++, &value));
        if (at == end || *at == '\n')
            return OK;
        at++;
    }
}

static status add_record(struct worker *worker, str text, uint32_t *values)
{
    struct builder *builder = &worker->builder;
    status          failure;

    TRY(builder_open(builder));
    failure = put_record(worker, text, values);
    if (failure == FAIL_LIMIT) {                /* very many fields: they get a batch of their own */
        TRY(builder_spill(builder));
        failure = put_record(worker, text, values);
    }
    TRY(failure);
    return builder_keep(builder, text);
}

static status parse(struct input *input, struct worker *worker, struct block *block, batch_sink sink, void *host,
                    struct block_result *result)
{
    struct header *header = input->shared;
    const char    *at = block->bytes, *end = at + block->size;

    builder_begin(&worker->builder, block, sink, host);
    if (block->offset < input->start + header->size)
        at += header->size < block->size ? header->size : block->size;
    while (at < end) {
        const char *newline = record_end(at, end, delimiter(input));
        str         text = str_make(at, (size_t)(newline - at));
        const char *reason = NULL;
        uint32_t    values;

        at = newline + 1;
        if (text.size && newline[-1] == '\r')
            text.size--;
        if (!text.size)
            continue;
        TRY(add_record(worker, text, &values));
        result->events++;
        if (newline == end)
            reason = "a quote is never closed";
        else if (values != header->names)
            reason = values < header->names ? "fewer values than the header has names"
                                            : "more values than the header has names";
        if (reason)
            bad_record(worker, result, block, text.at, reason);
    }
    result->lines += worker->newlines(block->bytes, block->size);
    return builder_end(&worker->builder);
}

static status extract(struct input *input, struct worker *worker, str line)
{
    uint32_t values;

    return add_record(worker, line, &values);
}

/* A first line of at least two names, and a second one (if any) of as many values. */
static bool looks_like(str head, char mark)
{
    const char *at = head.at, *end = at + head.size, *newline;
    uint32_t    names = 1, values = 1;

    while (at < end && (*at == '\n' || *at == '\r'))
        at++;
    newline = record_end(at, end, mark);
    for (; at < newline; names++) {
        struct csv_value value;
        at = csv_next(at, end, mark, &value);
        if (!value.text.size || value.text.size > 100)
            return false;
        if (value.quoted)
            value.text.size = 0;                /* may be called anything */
        for (size_t i = 0; i < value.text.size; i++) {
            char c = value.text.at[i];
            bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@'
                       || (unsigned char)c >= 0x80;
            if (!letter && (i == 0 || !((c >= '0' && c <= '9') || (c && strchr(" .:-/(){}#%", c)))))
                return false;
        }
        if (at == newline)
            break;
        at++;
    }
    if (names < 2)
        return false;
    at = newline + 1;
    if (at >= end)
        return true;
    newline = record_end(at, end, mark);
    if (newline == end && memchr(head.at, '"', head.size))
        return true;                            /* cannot tell yet how many */
    for (; at < newline; values++) {
        struct csv_value value;
        at = csv_next(at, newline, mark, &value);
        if (at == newline)
            break;
        at++;
    }
    return values == names;
}

static bool sniff_csv(str head, bool final) { return looks_like(head, ','); }
static bool sniff_tsv(str head, bool final) { return looks_like(head, '\t'); }

const struct format format_csv = {
    .name = "csv", .structured = true, .columns = true,
    .summary = "comma separated values with a header", .sourcetype = "csv",
    .sniff = sniff_csv, .cut = cut_records, .parse = parse, .extract = extract, .close = close_header,
};

const struct format format_tsv = {
    .name = "tsv", .structured = true, .columns = true,
    .summary = "tab separated values with a header", .sourcetype = "tsv",
    .sniff = sniff_tsv, .cut = cut_records, .parse = parse, .extract = extract, .close = close_header,
};
