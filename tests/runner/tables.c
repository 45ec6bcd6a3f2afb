#include "tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];                         /* empty: not made yet */

static void table_path(const struct test_table *table, char path[400])
{
    if (!*folder) {
        strcpy(folder, "/tmp/spl-tables-XXXXXX");
        if (!mkdtemp(folder))
            exit(3);
    }
    snprintf(path, 400, "%s/%s", folder, table->name);
}

int tables_put(spl_engine *engine, const struct test_case *test, spl_error **err)
{
    for (size_t i = 0; i < test->tables; i++) {
        const struct test_table *table = &test->table[i];
        char                     path[400];
        FILE                    *out;

        table_path(table, path);
        out = fopen(path, "wb");
        if (!out || fputs(table->text, out) < 0 || fclose(out) != 0)
            exit(3);
        if ((table->in_folder ? spl_engine_set(engine, "lookup.directory", folder, err)
                              : spl_engine_add_lookup(engine, table->name, path, err)) < 0)
            return 0;
    }
    return 1;
}

void tables_remove(const struct test_case *test)
{
    for (size_t i = 0; i < test->tables; i++) {
        char path[400];

        table_path(&test->table[i], path);
        remove(path);
    }
}

void tables_end(void)
{
    if (*folder)
        rmdir(folder);
}
