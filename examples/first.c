/* The smallest program: compile a query, read a file, print the rows.
 *
 *     first QUERY FILE */
#include <spl.h>

#include <stdio.h>

static int complain(spl_error *err)
{
    char *text = spl_error_render(err, 0);

    fputs(text ? text : "out of memory\n", stderr);
    spl_free(text);
    spl_error_free(err);
    return 1;
}

static void print_row(const spl_batch *rows, size_t row)
{
    char   room[400];
    size_t size;

    for (size_t column = 0; column < spl_batch_columns(rows); column++) {
        spl_cell cell;
        spl_batch_cell(rows, row, column, &cell);
        if (cell.kind == SPL_NULL)
            continue;
        size = spl_cell_text(&cell, room, sizeof room);
        printf("%s=%.*s ", spl_batch_name(rows, column), (int)(size < sizeof room ? size : sizeof room), room);
    }
    printf("\n");
}

int main(int count, char **argument)
{
    spl_engine *engine = NULL;
    spl_query  *query = NULL;
    spl_run    *run = NULL;
    spl_batch  *rows;
    spl_error  *err = NULL;
    spl_status  status;

    if (count != 3)
        return fprintf(stderr, "usage: first QUERY FILE\n"), 2;
    status = spl_engine_new(NULL, &engine);
    if (status >= 0)
        status = spl_compile(engine, argument[1], SPL_NTS, &query, &err);
    if (status >= 0)
        status = spl_run_new(query, &run, &err);
    if (status >= 0)
        status = spl_run_open(run, argument[2], "auto", &err);
    while (status >= 0 && (status = spl_run_next(run, &rows, &err)) == SPL_BATCH) {
        for (size_t row = 0; row < spl_batch_rows(rows); row++)
            print_row(rows, row);
        spl_batch_release(rows);
    }
    spl_run_free(run);
    spl_query_free(query);
    spl_engine_free(engine);
    return status < 0 ? complain(err) : 0;
}
