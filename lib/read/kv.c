/* Lines of key=value text (logfmt too), and lines of plain text (language 11.3). */
#include "read/formats.h"
#include "read/worker.h"

#include "text/pairs.h"

static status put_pair(struct worker *worker, struct key **last, str name, str value, bool escaped)
{
    struct builder *builder = &worker->builder;
    struct key     *key;
    struct place   *place;

    TRY(keys_next(&worker->paths, worker->paths.plain, *last, name, &key));
    *last = key;
    place = &key->place;
    if (!place->scalar || !value.size)
        return OK;
    if (escaped)
        TRY(pair_unquote(&builder->batch->arena, value, &value));
    if (place->time)
        TRY(slot_put_time(builder, place->time, cell_field_text(value)));
    if (!place->slot || (place->slot->cell && place->slot->filled > builder->row))
        return OK;                              /* the first one wins */
    return slot_put(builder, place->slot, cell_field_text(value));
}

/* Only where quotes are escaped may one stand inside of quotes, as in Splunk. */
status pair_fields(struct worker *worker, str line)
{
    struct pairs pairs = pairs_of(line, worker->input->reading->kv_mode == KV_AUTO_ESCAPED);
    struct key  *last;

    TRY(paths_plain(&worker->paths));
    last = worker->paths.plain->none;
    while (pairs_next(&pairs))
        TRY(put_pair(worker, &last, pairs.name, pairs.value, pairs.escaped && pairs.quoted));
    return OK;
}

status text_line_add(struct worker *worker, str line, fields_fn fields)
{
    struct builder *builder = &worker->builder;
    status          failure;

    builder->sniffs_time = true;
    TRY(builder_open(builder));
    failure = fields ? fields(worker, line) : OK;
    if (failure == FAIL_LIMIT) {                /* very many fields: they get a batch of their own */
        TRY(builder_spill(builder));
        failure = fields(worker, line);
    }
    TRY(failure);
    return builder_keep(builder, line);
}

struct text_lines {
    struct worker       *worker;
    struct block        *block;
    struct block_result *result;
    fields_fn            fields;
    size_t               limit;
};

/* A row for a line that is not blank. */
static status one_line(struct text_lines *lines, str line, uint64_t number)
{
    if (line.size && line.at[line.size - 1] == '\r')
        line.size--;
    if (str_trim_blanks(line).size == 0)
        return OK;
    if (line.size > lines->limit) {
        bad_line(lines->result, lines->block, number, "longer than the limit");
        return OK;
    }
    lines->result->events++;
    return text_line_add(lines->worker, line, lines->fields);
}

status text_lines_parse(struct worker *worker, struct block *block, fields_fn fields, batch_sink sink, void *host,
                        struct block_result *result)
{
    struct text_lines lines = { worker, block, result, fields, line_limit(worker->input->reading) };
    const char       *at = block->bytes, *end = at + block->size;
    str               line;

    builder_begin(&worker->builder, block, sink, host);
    worker->builder.sniffs_time = true;
    if (filter_begin(&worker->filter, worker->input, str_make(block->bytes, block->size))) {
        while (filter_next(&worker->filter, &line))
            TRY(one_line(&lines, line, result->lines));
        result->lines += worker->newlines(block->bytes, block->size);
    } else {
        for (; at < end; result->lines++) {
            const char *newline = memchr(at, '\n', (size_t)(end - at));
            line = str_make(at, (size_t)((newline ? newline : end) - at));
            at += line.size + 1;
            TRY(one_line(&lines, line, result->lines));
        }
    }
    return builder_end(&worker->builder);
}

static status parse_kv(struct input *input, struct worker *worker, struct block *block, batch_sink sink, void *host,
                       struct block_result *result)
{
    const struct projection *projection = worker->builder.projection;
    bool fields = projection->all || projection->fields || projection->patterns || worker->builder.time;

    return text_lines_parse(worker, block, fields ? text_fields : NULL, sink, host, result);
}

static status parse_raw(struct input *input, struct worker *worker, struct block *block, batch_sink sink, void *host,
                        struct block_result *result)
{
    return text_lines_parse(worker, block, NULL, sink, host, result);
}

static status extract_kv(struct input *input, struct worker *worker, str line)
{
    return text_line_add(worker, line, text_fields);
}

static status extract_raw(struct input *input, struct worker *worker, str line)
{
    return text_line_add(worker, line, NULL);
}

/* What nothing else wants is text, and text may hold pairs. */
static bool sniff_any(str head, bool final)
{
    return true;
}

const struct format format_kv = {
    .name = "kv", .summary = "lines of key=value text, logfmt too", .sourcetype = "text",
    .sniff = sniff_any, .cut = lines_cut, .parse = parse_kv, .extract = extract_kv,
};

const struct format format_raw = {
    .name = "raw", .summary = "a line an event, nothing extracted", .sourcetype = "text",
    .cut = lines_cut, .parse = parse_raw, .extract = extract_raw,
};
