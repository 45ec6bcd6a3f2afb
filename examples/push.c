/* As a log shipper would: events are pushed as they arrive, rows come back through a callback.
 *
 *     push QUERY < EVENTS      JSON lines in, JSON lines out, at once */
#include <spl.h>

#include <stdio.h>
#include <unistd.h>

struct out {
    spl_writer *writer;
};

/* Called inside spl_run_push and spl_run_end. */
static int32_t deliver(void *host, spl_batch *rows)
{
    struct out *out = host;
    const char *at;
    size_t      size;

    if (spl_writer_batch(out->writer, rows, NULL) < 0)
        return -1;
    spl_writer_take(out->writer, &at, &size);
    return fwrite(at, 1, size, stdout) == size ? 0 : -1;
}

static spl_status pump(spl_run *run, spl_error **err)
{
    char       bytes[65536];
    ssize_t    size;
    spl_status status = SPL_OK;

    while (status != SPL_DONE && (size = read(0, bytes, sizeof bytes)) > 0)
        if ((status = spl_run_push(run, "ndjson", bytes, (size_t)size, err)) < 0)
            return status;
    return spl_run_end(run, err);
}

int main(int count, char **argument)
{
    spl_engine *engine = NULL;
    spl_query  *query = NULL;
    spl_run    *run = NULL;
    spl_error  *err = NULL;
    struct out  out = { NULL };
    spl_status  status;

    if (count != 2)
        return fprintf(stderr, "usage: push QUERY < EVENTS\n"), 2;
    status = spl_engine_new(NULL, &engine);
    if (status >= 0)
        status = spl_compile(engine, argument[1], SPL_NTS, &query, &err);
    if (status >= 0)
        status = spl_writer_new(engine, "json", &out.writer, &err);
    if (status >= 0)
        status = spl_run_new(query, &run, &err);
    if (status >= 0)
        status = spl_run_deliver(run, deliver, &out, &err);
    if (status >= 0)
        status = pump(run, &err);
    if (status < 0) {
        char *text = spl_error_render(err, 0);
        fputs(text ? text : "out of memory\n", stderr);
        spl_free(text);
        spl_error_free(err);
    }
    spl_writer_free(out.writer);
    spl_run_free(run);
    spl_query_free(query);
    spl_engine_free(engine);
    return status < 0;
}
