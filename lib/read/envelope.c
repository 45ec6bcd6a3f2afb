/* Envelopes of the HTTP Event Collector: one JSON object after the other, each with an event (an object or
 * a text) and what is known about it. Cut as JSON text is.
 *
 * The event is _raw and gives the fields, by its JSON or its pairs; `fields` adds to them; time, host,
 * source, sourcetype and index of the envelope win over what the event says. */
#include "read/formats.h"
#include "read/worker.h"

#include "text/json.h"

enum { META_TIME, META_HOST, META_SOURCE, META_SOURCETYPE, META_INDEX, META_EVENT, META_FIELDS, METAS };

static const char *const meta_names[METAS] = { "time", "host", "source", "sourcetype", "index", "event", "fields" };

struct meta {
    enum json_token token;          /* JSON_END: it is not there */
    str             text;           /* inside of a string, or the whole value */
    bool            escaped;
};

/* The members of the envelope. FAIL_DATA: it is no JSON object, or holds no event. */
static status open_envelope(str record, struct meta *meta, const char **reason)
{
    struct json_walk walk;
    enum json_token  token;

    for (int i = 0; i < METAS; i++)
        meta[i].token = JSON_END;
    json_walk_start(&walk, record);
    *reason = "not an envelope with an event";
    if (json_next(&walk) != JSON_OBJECT)
        return FAIL_DATA;
    while ((token = json_next(&walk)) == JSON_KEY) {
        struct meta *into = NULL, value;
        for (int i = 0; i < METAS; i++)
            if (str_is(walk.text, meta_names[i]))
                into = &meta[i];
        value.token = json_next(&walk);
        value.text = walk.text;
        value.escaped = walk.escaped;
        if ((value.token == JSON_OBJECT || value.token == JSON_ARRAY) && !json_skip(&walk, value.token, &value.text))
            return FAIL_DATA;
        if (value.token == JSON_ERROR)
            return FAIL_DATA;
        if (into)
            *into = value;
    }
    if (token != JSON_OBJECT_END || json_next(&walk) != JSON_END)
        return FAIL_DATA;
    return meta[META_EVENT].token == JSON_END || meta[META_EVENT].token == JSON_NULL ? FAIL_DATA : OK;
}

/* A copy that ends in a newline and padding, decoded if it is the inside of a string, flat if it is not. */
static status copy_text(struct arena *arena, const struct meta *meta, str *out)
{
    char  *copy = meta->text.size < SIZE_MAX - 128 ? arena_alloc(arena, meta->text.size + 1 + BLOCK_PADDING) : NULL;
    size_t size = meta->text.size;

    TRY_NEW(copy);
    if (meta->token == JSON_STRING) {
        size = json_decode(meta->text, copy);
    } else {
        for (size_t i = 0; i < size; i++)
            copy[i] = meta->text.at[i] == '\n' ? ' ' : meta->text.at[i];
    }
    copy[size] = '\n';
    memset(copy + size + 1, 0, BLOCK_PADDING);
    *out = str_make(copy, size);
    return OK;
}

/* What the envelope says about a field stands instead of what the event said. */
static status put_meta(struct builder *builder, struct slot *slot, const struct meta *meta)
{
    struct cell cell = cell_field_text(meta->text);

    if (!slot || meta->token == JSON_END || meta->token == JSON_NULL || meta->token == JSON_OBJECT
        || meta->token == JSON_ARRAY)
        return OK;
    if (meta->token == JSON_STRING && meta->escaped)
        cell.flags |= CELL_ESCAPED;
    if (slot->cell && slot->filled > builder->row)
        slot->filled = builder->row;
    return slot_put(builder, slot, cell);
}

static status put_time(struct builder *builder, const struct meta *time)
{
    if (!builder->time || time->token == JSON_END || time->token == JSON_NULL)
        return OK;
    return slot_put_time(builder, TIME_ITSELF, cell_field_text(time->text));
}

/* The envelope's time first: it wins. Text that is no JSON after all starts again, so it may have to be put once
 * more. */
static status put_event(struct worker *worker, const struct meta *event, const struct meta *time)
{
    struct builder *builder = &worker->builder;
    bool            string = event->token == JSON_STRING;
    str             text;

    TRY(copy_text(&builder->batch->arena, event, &text));
    TRY(put_time(builder, time));
    if (string && worker->input->reading->kv_mode == KV_MULTI)
        worker->table = text;
    if (string)
        TRY(text_fields(worker, text));
    else if (event->token == JSON_OBJECT || event->token == JSON_ARRAY)
        TRY(ndjson_fields(worker, text));
    TRY(put_time(builder, time));
    if (!builder->raw || (builder->raw->cell && builder->raw->filled > builder->row))
        return OK;                              /* the event brings its own */
    return slot_put(builder, builder->raw, cell_field_text(string ? text : event->text));
}

/* `fields`: whatever the KV mode. */
static status put_given(struct worker *worker, const struct meta *meta)
{
    str    text;
    status failure;

    TRY(copy_text(&worker->builder.batch->arena, meta, &text));
    worker->walk.paths = worker_full(worker);
    failure = ndjson_fields(worker, text);
    worker->walk.paths = &worker->paths;
    return failure;
}

static status put_record(struct worker *worker, str record)
{
    static const int origins[DEFAULTS] = { META_HOST, META_SOURCE, META_SOURCETYPE, META_INDEX };
    struct builder  *builder = &worker->builder;
    struct meta      meta[METAS];

    TRY(open_envelope(record, meta, &worker->walk.reason));
    TRY(put_event(worker, &meta[META_EVENT], &meta[META_TIME]));
    if (meta[META_FIELDS].token == JSON_OBJECT)
        TRY(put_given(worker, &meta[META_FIELDS]));
    for (int i = 0; i < DEFAULTS; i++)
        TRY(put_meta(builder, builder->origin[i], &meta[origins[i]]));
    return OK;
}

static status parse(struct input *input, struct worker *worker, struct block *block, batch_sink sink, void *host,
                    struct block_result *result)
{
    return json_records_parse(worker, block, put_record, sink, host, result);
}

static status extract(struct input *input, struct worker *worker, str line)
{
    return json_record_add(worker, line, put_record, true);
}

const struct format format_hec = {
    .name = "hec", .summary = "envelopes of the HTTP Event Collector", .sourcetype = "_json",
    .cut = json_records_cut, .parse = parse, .extract = extract, .close = json_records_close,
};
