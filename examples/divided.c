/* One query over files that could lie on different machines: each gives partial results, as Arrow; they are put together at
 * the end. In real life the texts of the halves (spl_query_show) and the Arrow buffers travel.
 *
 *     divided QUERY FILE... */
#include <spl.h>

#include <stdio.h>

/* What a machine with part `number` of the input does: its partial results go to `into`, here by pointer. */
static spl_status read_part(const spl_query *map, int number, const char *path, spl_run *into, spl_error **err)
{
    struct ArrowSchema schema;
    struct ArrowArray  array;
    spl_run           *run = NULL;
    spl_batch         *rows;
    char               text[16];
    spl_status         status = spl_run_new(map, &run, err);

    snprintf(text, sizeof text, "%d", number);
    if (status >= 0)
        status = spl_run_set(run, "part", text, err);
    if (status >= 0)
        status = spl_run_open(run, path, "auto", err);
    while (status >= 0 && (status = spl_run_next(run, &rows, err)) == SPL_BATCH) {
        status = spl_batch_to_arrow(rows, &schema, &array, err);
        spl_batch_release(rows);
        if (status >= 0 && (status = spl_run_push_arrow(into, &schema, &array, err)) < 0) {
            array.release(&array);
            schema.release(&schema);
        }
    }
    spl_run_free(run);
    return status;
}

static spl_status print(spl_engine *engine, spl_run *run, spl_error **err)
{
    spl_writer *writer = NULL;
    spl_batch  *rows;
    const char *bytes;
    size_t      size;
    spl_status  status = spl_writer_new(engine, "json", &writer, err);

    while (status >= 0 && (status = spl_run_next(run, &rows, err)) == SPL_BATCH) {
        status = spl_writer_batch(writer, rows, err);
        spl_batch_release(rows);
        spl_writer_take(writer, &bytes, &size);
        fwrite(bytes, 1, size, stdout);
    }
    spl_writer_free(writer);
    return status;
}

static spl_status work(spl_engine *engine, char **argument, int count, spl_error **err)
{
    spl_query *query = NULL, *map = NULL, *reduce = NULL;
    spl_run   *run = NULL;
    spl_status status = spl_compile(engine, argument[1], SPL_NTS, &query, err);

    if (status >= 0)
        status = spl_query_split(query, &map, NULL, &reduce, err);
    if (status >= 0)
        status = spl_run_new(reduce, &run, err);
    for (int i = 2; i < count && status >= 0 && map; i++)       /* no map: the query makes its own rows */
        status = read_part(map, i - 2, argument[i], run, err);
    if (status >= 0)
        status = spl_run_end(run, err);
    if (status >= 0)
        status = print(engine, run, err);
    spl_run_free(run);
    spl_query_free(map);
    spl_query_free(reduce);
    spl_query_free(query);
    return status;
}

int main(int count, char **argument)
{
    spl_engine *engine;
    spl_error  *err = NULL;
    spl_status  status;

    if (count < 3)
        return fprintf(stderr, "usage: divided QUERY FILE...\n"), 2;
    if (spl_engine_new(NULL, &engine) < 0)
        return 1;
    status = work(engine, argument, count, &err);
    if (status < 0) {
        char *text = spl_error_render(err, 0);
        fputs(text ? text : "out of memory\n", stderr);
        spl_free(text);
        spl_error_free(err);
    }
    spl_engine_free(engine);
    return status < 0;
}
