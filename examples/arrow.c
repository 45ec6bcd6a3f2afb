/* Rows leave as an Arrow stream; any Arrow library can take it from there. Here we print the schema and the totals.
 *
 *     arrow QUERY FILE */
#include <spl.h>

#include <stdio.h>
#include <string.h>

static int drain(struct ArrowArrayStream *stream)
{
    struct ArrowSchema schema;
    struct ArrowArray  array;
    int64_t            rows = 0, batches = 0;
    int                failed = stream->get_schema(stream, &schema);

    if (!failed) {
        for (int64_t i = 0; i < schema.n_children; i++)
            printf("%s: %s\n", schema.children[i]->name, schema.children[i]->format);
        schema.release(&schema);
    }
    while (!failed && !(failed = stream->get_next(stream, &array)) && array.release) {
        rows += array.length;
        batches++;
        array.release(&array);
    }
    if (failed)
        fprintf(stderr, "%s", stream->get_last_error(stream));
    else
        printf("%lld rows%s\n", (long long)rows, batches ? "" : ", no batches");
    return failed;
}

int main(int count, char **argument)
{
    struct ArrowArrayStream stream;
    spl_engine             *engine = NULL;
    spl_query              *query = NULL;
    spl_run                *run = NULL;
    spl_error              *err = NULL;
    spl_status              status;
    int                     failed = 1;

    if (count != 3)
        return fprintf(stderr, "usage: arrow QUERY FILE\n"), 2;
    status = spl_engine_new(NULL, &engine);
    if (status >= 0)
        status = spl_compile(engine, argument[1], SPL_NTS, &query, &err);
    if (status >= 0)
        status = spl_run_new(query, &run, &err);
    if (status >= 0)
        status = spl_run_open(run, argument[2], "auto", &err);
    if (status >= 0)
        status = spl_run_stream(run, SPL_WIDEN, &stream, &err);
    spl_run_free(run);                          /* the stream keeps what it needs */
    spl_query_free(query);
    spl_engine_free(engine);
    if (status >= 0) {
        failed = drain(&stream);
        stream.release(&stream);
    } else {
        char *text = spl_error_render(err, 0);
        fputs(text ? text : "out of memory\n", stderr);
        spl_free(text);
        spl_error_free(err);
    }
    return failed;
}
