/* Compiles queries through the public library and says what each is refused for.
 *
 *     compile QUERIES [MACROS [tables]]
 *
 * QUERIES: texts, each ended by a zero byte. MACROS: signatures and definitions by turns, likewise. `tables`: lookup tables
 * that nobody knows are taken for empty ones, saved searches for those of all events. There is a place to write to. A line for
 * each error: number of the query, kind, code, message, with tabs between; nothing for a query that compiles. */
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

/* Those that the errors name. */
static int add_searches(spl_engine *engine, const spl_error *err)
{
    int added = 0;

    for (size_t i = 0; i < spl_error_count(err); i++) {
        const char *from = strchr(spl_error_message(err, i), '\''), *to = from ? strrchr(from, '\'') : NULL;
        char        name[300];

        if (strcmp(spl_error_code(err, i), "saved-search") != 0 || !to || to == from || to - from > (ptrdiff_t)sizeof name)
            continue;
        memcpy(name, from + 1, (size_t)(to - from - 1));
        name[to - from - 1] = 0;
        added += spl_engine_define(engine, SPL_SAVED_SEARCH, name, "search *", NULL) == SPL_OK;
    }
    return added;
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
        if (spl_compile(engine, at, SPL_NTS, &query, &err) < 0 && count > 3 && add_searches(engine, err)) {
            spl_error_free(err);
            err = NULL;
            spl_compile(engine, at, SPL_NTS, &query, &err);
        }
        if (err)
            show(number, err);
        spl_error_free(err);
        spl_query_free(query);
    }
    free(text);
    spl_engine_free(engine);
    return 0;
}
