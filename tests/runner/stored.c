#include "stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream {
    struct record lines;
    char          target[500];
    int           table;
    char          columns[500];     /* of the first batch of a table: all have the same */
};

static void put(struct record *to, const char *text, size_t size)
{
    if (to->room - to->size <= size && !(to->at = realloc(to->at, to->room = 2 * (to->room + size) + 64)))
        exit(3);
    memcpy(to->at + to->size, text, size);
    to->at[to->size += size] = 0;
}

/* events s file=x spool=f, table t.csv append, csv t */
static void describe(const spl_target *target, char *out, size_t room)
{
    static const char *const how[] = { " append", " keep", " empty", " insert", " lists" };
    int                      size;

    if (!target->table) {
        snprintf(out, room, "%s %s%s%s%s\n", target->store == SPL_EVENTS ? "events" : "metrics", target->index,
                 target->file ? " file=" : "", target->file ? target->file : "", target->spool ? "" : " spool=f");
        return;
    }
    size = snprintf(out, room, "%s %s%s%s%s%s", target->store == SPL_TABLE ? "table" : "csv", target->table,
                    target->file ? " file=" : "", target->file ? target->file : "", target->key ? " key=" : "",
                    target->key ? target->key : "");
    for (unsigned i = 0; i < 5; i++)
        if (target->how & 1u << i)
            size += snprintf(out + size, room - (size_t)size, "%s", how[i]);
    snprintf(out + size, room - (size_t)size, "\n");
}

static spl_status begin(spl_call *call, void *host, const spl_target *target, void **state)
{
    struct stream *stream = calloc(1, sizeof *stream);

    (void)host;
    if (!stream)
        exit(3);
    if (strcmp(target->table ? target->table : target->index, "refused") == 0) {
        free(stream);
        return spl_call_fail(call, "no such index");
    }
    describe(target, stream->target, sizeof stream->target);
    stream->table = target->table != NULL;
    *state = stream;
    return SPL_OK;
}

static spl_status write_rows(spl_call *call, void *host, void *state, const spl_batch *rows)
{
    struct stream *stream = state;
    spl_cell       time;
    char           columns[500] = "";
    size_t         size = 0;

    (void)host;
    for (size_t i = 0; stream->table && i < spl_batch_columns(rows) && size < sizeof columns; i++)
        size += (size_t)snprintf(columns + size, sizeof columns - size, "%s,", spl_batch_name(rows, i));
    if (stream->table && *stream->columns && strcmp(columns, stream->columns) != 0)
        return spl_call_fail(call, "the columns of the table have changed");
    strcpy(stream->columns, columns);
    for (size_t row = 0; row < spl_batch_rows(rows); row++) {
        if (!stream->table && (spl_batch_cell(rows, row, spl_batch_find(rows, "_time"), &time) < 0 || time.kind == SPL_NULL))
            return spl_call_fail(call, "a row without a time");
        if (!record_row(&stream->lines, rows, row))
            exit(3);
    }
    return SPL_OK;
}

static spl_status finish(spl_call *call, void *host, void *state)
{
    struct stored *stored = host;
    struct stream *stream = state;

    (void)call;
    put(&stored->shown, stream->target, strlen(stream->target));
    put(&stored->shown, stream->lines.at ? stream->lines.at : "", stream->lines.size);
    put(&stored->rows, stream->lines.at ? stream->lines.at : "", stream->lines.size);
    return SPL_OK;
}

static void close_stream(void *host, void *state)
{
    struct stream *stream = state;

    (void)host;
    free(stream->lines.at);
    free(stream);
}

void stored_open(spl_engine *engine, struct stored *into)
{
    spl_sink sink = { .size = sizeof sink, .stores = SPL_EVENTS | SPL_METRICS | SPL_TABLE | SPL_CSV, .begin = begin, .write = write_rows,
                      .finish = finish, .close = close_stream, .host = into };

    if (spl_engine_set_sink(engine, &sink, NULL) < 0)
        exit(3);
}

void stored_free(struct stored *stored)
{
    free(stored->shown.at);
    free(stored->rows.at);
}

char *stored_query(spl_engine *engine, const char *text, const struct stored *stored, spl_error **err)
{
    spl_query    *query = NULL;
    spl_run      *run = NULL;
    spl_writer   *writer = NULL;
    spl_batch    *rows;
    struct record out = { 0 };
    const char   *at;
    size_t        size;
    spl_status    status = spl_compile(engine, text, strlen(text), &query, err);

    if (status >= 0)
        status = spl_run_new(query, &run, err);
    if (status >= 0)
        status = spl_writer_new(engine, "json", &writer, err);
    if (status >= 0 && stored->rows.size)
        status = spl_run_push(run, "ndjson", stored->rows.at, stored->rows.size, err);
    if (status >= 0)
        status = spl_run_end(run, err);
    put(&out, "", 0);
    while (status >= 0 && (status = spl_run_next(run, &rows, err)) == SPL_BATCH) {
        status = spl_writer_batch(writer, rows, err);
        spl_batch_release(rows);
        spl_writer_take(writer, &at, &size);
        put(&out, at, size);
    }
    spl_writer_free(writer);
    spl_run_free(run);
    spl_query_free(query);
    if (status >= 0)
        return out.at;
    free(out.at);
    return NULL;
}
