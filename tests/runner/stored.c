#include "stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream {
    struct record lines;
    char          target[300];
};

static void put(struct record *to, const char *text, size_t size)
{
    if (to->room - to->size <= size && !(to->at = realloc(to->at, to->room = 2 * (to->room + size) + 64)))
        exit(3);
    memcpy(to->at + to->size, text, size);
    to->at[to->size += size] = 0;
}

/* events s file=x spool=f */
static spl_status begin(spl_call *call, void *host, const spl_target *target, void **state)
{
    struct stream *stream = calloc(1, sizeof *stream);

    (void)host;
    if (!stream)
        exit(3);
    if (strcmp(target->index, "refused") == 0) {
        free(stream);
        return spl_call_fail(call, "no such index");
    }
    snprintf(stream->target, sizeof stream->target, "%s %s%s%s%s\n", target->store == SPL_EVENTS ? "events" : "metrics",
             target->index, target->file ? " file=" : "", target->file ? target->file : "", target->spool ? "" : " spool=f");
    *state = stream;
    return SPL_OK;
}

static spl_status write_rows(spl_call *call, void *host, void *state, const spl_batch *rows)
{
    struct stream *stream = state;
    spl_cell       time;

    (void)host;
    for (size_t row = 0; row < spl_batch_rows(rows); row++) {
        if (spl_batch_cell(rows, row, spl_batch_find(rows, "_time"), &time) < 0 || time.kind == SPL_NULL)
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
    spl_sink sink = { .size = sizeof sink, .stores = SPL_EVENTS | SPL_METRICS, .begin = begin, .write = write_rows,
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
