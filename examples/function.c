/* A function of the host in a query: rot13().
 *
 *     function 'eval y=rot13(x)' FILE */
#include <spl_extend.h>

#include <stdio.h>
#include <string.h>

static spl_status rot13(spl_call *call, void *host, const spl_cell *arg, size_t args, spl_cell *out)
{
    char *text;

    (void)host;
    (void)args;                                 /* the library has counted them */
    if (arg[0].kind != SPL_TEXT)
        return spl_call_fail(call, "it wants a text");
    text = spl_call_memory(call, arg[0].length + 1);
    if (!text)
        return spl_call_fail(call, "out of memory");
    for (size_t i = 0; i < arg[0].length; i++) {
        char c = arg[0].text[i], a = c >= 'a' && c <= 'z' ? 'a' : 'A';
        text[i] = (c | 32) >= 'a' && (c | 32) <= 'z' ? (char)(a + (c - a + 13) % 26) : c;
    }
    out->kind = SPL_TEXT;
    out->text = text;
    out->length = arg[0].length;
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
    spl_function function;
    spl_engine  *engine = NULL;
    spl_error   *err = NULL;
    spl_status   status;

    if (count != 3)
        return fprintf(stderr, "usage: function QUERY FILE\n"), 2;
    memset(&function, 0, sizeof function);
    function.size = sizeof function;
    function.name = "rot13";
    function.usage = "rot13(<text>)";
    function.least = function.most = 1;
    function.flags = SPL_PURE | SPL_NULL_IN_NULL_OUT;
    function.row = rot13;

    status = spl_engine_new(NULL, &engine);
    if (status >= 0)
        status = spl_engine_add_function(engine, &function, &err);
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
