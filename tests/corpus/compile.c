/* Compiles queries through the public library and says what each is refused for.
 *
 *     compile QUERIES [MACROS [tables]]
 *
 * QUERIES: texts, each ended by a zero byte. MACROS: signatures and definitions by turns, likewise. `tables`: lookup tables that
 * nobody knows are taken for empty ones. There is a place to write to. A line for each error: number of the query, kind, code, message, with tabs between;
 * nothing for a query that compiles. */
#include <spl_extend.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_whole(const char *path, size_t *size)
{
    FILE  *file = fopen(path, "rb");
    size_t room = 64 << 20;
    char  *text = malloc(room);

    if (!file || !text)
        exit(2);
    *size = fread(text, 1, room - 1, file);
    text[*size] = 0;
    fclose(file);
    return text;
}

static const char *kind_of(const char *code)
{
    for (size_t i = 0; spl_codes(i); i++)
        if (strcmp(spl_codes(i)->name, code) == 0)
            return spl_codes(i)->kind;
    return "none";
}

static void show(size_t number, const spl_error *err)
{
    for (size_t i = 0; i < spl_error_count(err); i++)
        if (spl_error_severity(err, i) == SPL_ERROR)
            printf("%zu\t%s\t%s\t%s\n", number, kind_of(spl_error_code(err, i)), spl_error_code(err, i),
                   spl_error_message(err, i));
}

static void add_macros(spl_engine *engine, const char *path)
{
    size_t size;
    char  *text = read_whole(path, &size), *definition;

    for (char *at = text; at < text + size; at = definition + strlen(definition) + 1) {
        definition = at + strlen(at) + 1;
        spl_engine_add_macro(engine, at, definition, NULL);
    }
    free(text);
}

static spl_status take_rows(spl_call *call, void *host, void *state, const spl_batch *rows)
{
    (void)call;
    (void)host;
    (void)state;
    (void)rows;
    return SPL_OK;
}

int main(int count, char **argument)
{
    spl_sink    sink = { .size = sizeof sink, .stores = SPL_EVENTS | SPL_METRICS | SPL_TABLE | SPL_CSV, .write = take_rows };
    spl_engine *engine;
    size_t      size, number = 0;
    char       *text, *at;

    if (count < 2 || spl_engine_new(NULL, &engine) < 0)
        return 2;
    if (spl_engine_set_sink(engine, &sink, NULL) < 0)
        return 2;
    if (count > 2)
        add_macros(engine, argument[2]);
    if (count > 3 && spl_engine_set(engine, "lookup.missing", "empty", NULL) < 0)
        return 2;
    text = read_whole(argument[1], &size);
    for (at = text; at < text + size; at += strlen(at) + 1, number++) {
        spl_query *query;
        spl_error *err = NULL;
        if (spl_compile(engine, at, SPL_NTS, &query, &err) < 0)
            show(number, err);
        spl_error_free(err);
        spl_query_free(query);
    }
    free(text);
    spl_engine_free(engine);
    return 0;
}
