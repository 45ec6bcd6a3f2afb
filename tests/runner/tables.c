#include "tables.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];                         /* empty: not made yet */
static char app_warnings[10000];

static void table_path(const struct test_table *table, char path[400])
{
    if (!*folder) {
        strcpy(folder, "/tmp/spl-tables-XXXXXX");
        if (!mkdtemp(folder))
            exit(3);
    }
    snprintf(path, 400, "%s/%s", folder, table->name);
}

/* The folders on the way to a file of an app. */
static void make_way(char path[400])
{
    for (char *at = path + strlen(folder) + 1; (at = strchr(at, '/')); at++) {
        *at = 0;
        mkdir(path, 0700);
        *at = '/';
    }
}

static void write_file(const struct test_table *table, char path[400])
{
    FILE *out;

    table_path(table, path);
    make_way(path);
    out = fopen(path, "wb");
    if (!out || fputs(table->text, out) < 0 || fclose(out) != 0)
        exit(3);
}

/* The app that this file is in: "name" of "name/default/x.conf". Its size; 0: another file of it came before. */
static size_t new_app(const struct test_case *test, size_t number)
{
    size_t size = strcspn(test->table[number].name, "/");

    for (size_t i = 0; i < number; i++)
        if (test->table[i].place == IN_APP && strncmp(test->table[i].name, test->table[number].name, size + 1) == 0)
            return 0;
    return size;
}

static spl_status add_app(spl_engine *engine, const char *name, size_t size, spl_error **err)
{
    char       path[400];
    char      *text;
    spl_error *warnings;
    spl_status status;

    snprintf(path, sizeof path, "%s/%.*s", folder, (int)size, name);
    status = spl_engine_add_app(engine, path, &warnings, err);
    text = warnings ? spl_error_render(warnings, 0) : NULL;
    if (text)
        snprintf(app_warnings + strlen(app_warnings), sizeof app_warnings - strlen(app_warnings), "%s", text);
    spl_free(text);
    spl_error_free(warnings);
    return status;
}

int tables_put(spl_engine *engine, const struct test_case *test, spl_error **err)
{
    *app_warnings = 0;
    for (size_t i = 0; i < test->tables; i++) {
        const struct test_table *table = &test->table[i];
        char                     path[400];
        spl_status               status = SPL_OK;

        write_file(table, path);
        if (table->place == IN_FOLDER)
            status = spl_engine_set(engine, "lookup.directory", folder, err);
        else if (table->place == BY_NAME)
            status = spl_engine_add_lookup(engine, table->name, path, err);
        if (status < 0)
            return 0;
    }
    for (size_t i = 0; i < test->tables; i++) {
        size_t size = test->table[i].place == IN_APP ? new_app(test, i) : 0;

        if (size && add_app(engine, test->table[i].name, size, err) < 0)
            return 0;
    }
    return 1;
}

const char *tables_warnings(void)
{
    return app_warnings;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind;
    if (where->level > 0)
        remove(path);
    return 0;
}

void tables_remove(const struct test_case *test)
{
    if (test->tables && *folder)
        nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void tables_end(void)
{
    if (*folder)
        rmdir(folder);
}
