/* A sink: what collect writes goes to the program, which keeps it until the search has succeeded, and then prints it.
 *
 *     sink 'stats count BY host | collect index=hosts' FILE */
#include <spl_extend.h>

#include <stdio.h>
#include <string.h>

static spl_status begin(spl_call *call, void *engine, const spl_target *target, void **state)
{
    spl_writer *lines;

    (void)call;
    if (spl_writer_new(engine, "json", &lines, NULL) < 0)
        return SPL_FAIL_MEMORY;
    printf("%s writes to the index %s\n", target->command, target->index);
    *state = lines;
    return SPL_OK;
}

static spl_status store(spl_call *call, void *engine, void *lines, const spl_batch *rows)
{
    (void)call;
    (void)engine;
    return spl_writer_batch(lines, rows, NULL);
}

static spl_status finish(spl_call *call, void *engine, void *lines)
{
    const char *at;
    size_t      size;

    (void)engine;
    spl_writer_take(lines, &at, &size);
    if (fwrite(at, 1, size, stdout) < size)
        return spl_call_fail(call, "cannot print");
    return SPL_OK;
}

static void end(void *engine, void *lines)
{
    (void)engine;
    spl_writer_free(lines);
}

static spl_status run_query(spl_engine *engine, const char *text, const char *path, spl_error **err)
{
    spl_query *query = NULL;
    spl_run   *run = NULL;
    spl_batch *rows;
    spl_status status = spl_compile(engine, text, SPL_NTS, &query, err);

    if (status >= 0)
        status = spl_run_new(query, &run, err);
    if (status >= 0)
        status = spl_run_open(run, path, "auto", err);
    while (status >= 0 && (status = spl_run_next(run, &rows, err)) == SPL_BATCH)
        spl_batch_release(rows);                        /* the rows of the result, which are passed on */
    spl_run_free(run);
    spl_query_free(query);
    return status;
}

int main(int count, char **argument)
{
    spl_sink    sink;
    spl_engine *engine = NULL;
    spl_error  *err = NULL;
    spl_status  status;

    if (count != 3)
        return fprintf(stderr, "usage: sink QUERY FILE\n"), 2;
    status = spl_engine_new(NULL, &engine);
    memset(&sink, 0, sizeof sink);
    sink.size = sizeof sink;
    sink.stores = SPL_EVENTS | SPL_METRICS;
    sink.begin = begin;
    sink.write = store;
    sink.finish = finish;
    sink.close = end;
    sink.host = engine;
    if (status >= 0)
        status = spl_engine_set_sink(engine, &sink, &err);
    if (status >= 0)
        status = run_query(engine, argument[1], argument[2], &err);
    if (status < 0) {
        char *text = spl_error_render(err, 0);
        fputs(text ? text : "out of memory\n", stderr);
        spl_free(text);
        spl_error_free(err);
    }
    spl_engine_free(engine);
    return status < 0;
}
