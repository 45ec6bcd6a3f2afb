/* A stranger's program; also compiled as C++. Prints 3 for the three events it pushes. */
#include <spl.h>
#include <spl_extend.h>

#include <stdio.h>

static const char events[] = "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n";

int main(void)
{
    spl_engine *engine = NULL;
    spl_query  *query = NULL;
    spl_run    *run = NULL;
    spl_batch  *rows = NULL;
    spl_cell    cell;
    double      count = 0;
    int         good;

    good = spl_version() == SPL_VERSION && spl_engine_new(NULL, &engine) == SPL_OK &&
           spl_compile(engine, "stats count", SPL_NTS, &query, NULL) == SPL_OK && spl_run_new(query, &run, NULL) == SPL_OK &&
           spl_run_push(run, "ndjson", events, sizeof events - 1, NULL) >= 0 && spl_run_end(run, NULL) >= 0 &&
           spl_run_next(run, &rows, NULL) == SPL_BATCH && spl_batch_cell(rows, 0, 0, &cell) == SPL_OK &&
           spl_cell_number(&cell, &count);
    printf("%d\n", good ? (int)count : -1);
    spl_batch_release(rows);
    spl_run_free(run);
    spl_query_free(query);
    spl_engine_free(engine);
    return !good;
}
