/* A lookup that the program answers itself, a batch of keys at a time: here the lengths of names.
 *
 *     lookup 'lookup lengths name AS host OUTPUT length' FILE */
#include <spl_extend.h>

#include <stdio.h>
#include <string.h>

static spl_status find(spl_call *call, void *host, const spl_keys *keys)
{
    (void)host;
    for (size_t k = 0; k < keys->count; k++) {          /* one question to a server would go here */
        spl_cell   cells[2];
        spl_status status;
        memset(cells, 0, sizeof cells);
        for (size_t i = 0; i < keys->outputs; i++)
            if (strcmp(keys->output[i], "length") == 0) {
                cells[i].kind = SPL_NUMBER;
                cells[i].decimals = SPL_EXACT;
                cells[i].number = (double)keys->value[k * keys->matches].length;
            } else {
                cells[i] = keys->value[k * keys->matches];
            }
        if ((status = spl_give_row(call, k, cells)) < 0)
            return status;
    }
    return SPL_OK;
}

static spl_status run_query(spl_engine *engine, const char *text, const char *path, spl_error **err)
{
    spl_query  *query = NULL;
    spl_run    *run = NULL;
    spl_writer *writer = NULL;
    spl_batch  *rows;
    const char *at;
    size_t      size;
    spl_status  status = spl_compile(engine, text, SPL_NTS, &query, err);

    if (status >= 0)
        status = spl_run_new(query, &run, err);
    if (status >= 0)
        status = spl_writer_new(engine, "json", &writer, err);
    if (status >= 0)
        status = spl_run_open(run, path, "auto", err);
    while (status >= 0 && (status = spl_run_next(run, &rows, err)) == SPL_BATCH) {
        status = spl_writer_batch(writer, rows, err);
        spl_batch_release(rows);
        spl_writer_take(writer, &at, &size);
        fwrite(at, 1, size, stdout);
    }
    spl_writer_free(writer);
    spl_run_free(run);
    spl_query_free(query);
    return status;
}

int main(int count, char **argument)
{
    spl_lookup  lookup;
    spl_engine *engine = NULL;
    spl_error  *err = NULL;
    spl_status  status;

    if (count != 3)
        return fprintf(stderr, "usage: lookup QUERY FILE\n"), 2;
    memset(&lookup, 0, sizeof lookup);
    lookup.size = sizeof lookup;
    lookup.name = "lengths";
    lookup.columns = "name, length";
    lookup.find = find;

    status = spl_engine_new(NULL, &engine);
    if (status >= 0)
        status = spl_engine_add_host_lookup(engine, &lookup, &err);
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
