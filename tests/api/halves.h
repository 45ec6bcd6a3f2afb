/* Running the halves of a divided query: rows of one run go to the next as Arrow. Up to ten parts. */
#pragma once

#include "check.h"

struct rows {
    struct ArrowSchema schema;
    struct ArrowArray  array;
    int                any;
};

/* All the rows: one batch, or none. */
static inline spl_status take(spl_run *run, struct rows *out, spl_error **err)
{
    spl_batch *batch;
    spl_status status = spl_run_next(run, &batch, err);

    out->any = 0;
    if (status != SPL_BATCH)
        return status;
    status = spl_batch_to_arrow(batch, &out->schema, &out->array, err);
    out->any = status >= 0;
    spl_batch_release(batch);
    if (status >= 0 && (status = spl_run_next(run, &batch, err)) == SPL_BATCH)
        CHECK(!spl_batch_rows(batch)), spl_batch_release(batch);
    return status;
}

static inline void drop(struct rows *rows)
{
    if (rows->any && rows->array.release)
        rows->array.release(&rows->array);
    if (rows->any && rows->schema.release)
        rows->schema.release(&rows->schema);
    rows->any = 0;
}

/* What `map` gives for part `number` of the input. */
static inline spl_status map_part(const spl_query *map, int number, const char *lines, size_t size, struct rows *out,
                                  spl_error **err)
{
    spl_run   *run = NULL;
    char       text[2] = { (char)('0' + number), 0 };
    spl_status status = spl_run_new(map, &run, err);

    if (status >= 0)
        status = spl_run_set(run, "part", text, err);
    if (status >= 0)
        status = spl_run_push(run, "ndjson", lines, size, err);
    if (status >= 0)
        status = spl_run_end(run, err);
    if (status >= 0)
        status = take(run, out, err);
    spl_run_free(run);
    return status;
}

static inline spl_status give(const spl_query *query, struct rows *rows, int count, spl_run **run, spl_error **err)
{
    spl_status status = spl_run_new(query, run, err);

    for (int i = 0; i < count && status >= 0; i++)
        if (rows[i].any && (status = spl_run_push_arrow(*run, &rows[i].schema, &rows[i].array, err)) >= 0)
            rows[i].any = 0;
    if (status >= 0)
        status = spl_run_end(*run, err);
    return status;
}

static inline void free_halves(spl_query **half)
{
    for (int i = 0; i < 3; i++)
        spl_query_free(half[i]);
}

static inline spl_status split(spl_engine *engine, const char *text, spl_query **half, spl_error **err)
{
    spl_query *query;
    spl_status status = spl_compile(engine, text, SPL_NTS, &query, err);

    if (status >= 0)
        status = spl_query_split(query, &half[0], &half[1], &half[2], err);
    spl_query_free(query);
    return status;
}
