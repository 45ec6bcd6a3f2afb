/* How fields are found in the text of an event: the KV modes (language 11.3).
 *
 * Whatever the mode, the time is looked for in the same places, and what came beside the text stays: columns of
 * CSV, the header of syslog, the fields of an envelope, and what an event that came as JSON says about itself
 * (_time, _raw, host, source, sourcetype, index). In the modes xml and multi the text of such an event is its
 * member _raw. */
#include "read/formats.h"
#include "read/worker.h"

#include "text/json.h"

static bool begins_as_json(str line, bool array)
{
    size_t at = 0;

    while (at < line.size && (line.at[at] == ' ' || line.at[at] == '\t'))
        at++;
    return at < line.size && (line.at[at] == '{' || (array && line.at[at] == '['));
}

status text_fields(struct worker *worker, str line)
{
    enum kv_mode mode = worker->input->reading->kv_mode;
    status       failure;

    if (mode == KV_XML)
        return xml_fields(worker, line);
    if (mode == KV_MULTI)
        return OK;
    if (begins_as_json(line, mode == KV_JSON)) {
        failure = ndjson_fields(worker, line);
        if (failure != FAIL_DATA)
            return failure;
        builder_undo(&worker->builder);
    }
    return mode == KV_JSON ? OK : pair_fields(worker, line);
}

/* The member _raw of the current row, decoded and with padding. Empty: there is none. */
static status own_text(struct worker *worker, str *text)
{
    struct builder    *builder = &worker->builder;
    struct slot       *raw = builder->raw;
    const struct cell *cell;
    char              *room;

    *text = STR("");
    if (!raw->cell || raw->filled <= builder->row || raw->cell[builder->row].kind != KIND_TEXT)
        return OK;
    cell = &raw->cell[builder->row];
    *text = cell_str(cell);
    if (!(cell->flags & CELL_ESCAPED))
        return OK;
    TRY_NEW(room = arena_alloc(&builder->batch->arena, text->size + BLOCK_PADDING));
    text->size = json_decode(*text, room);
    memset(room + text->size, 0, BLOCK_PADDING);
    text->at = room;
    return OK;
}

status own_text_fields(struct worker *worker)
{
    str text;

    TRY(own_text(worker, &text));
    if (worker->input->reading->kv_mode == KV_XML)
        return xml_fields(worker, text);
    worker->table = text;
    return OK;
}

status event_keep(struct worker *worker, str line)
{
    str table = worker->table;

    worker->table = STR("");
    return table.size ? tables_keep(worker, table, true, line) : builder_keep(&worker->builder, line);
}
