/* Lookups by name: what a query's tables are, and whose files they come from.
 *
 * A file is read when the first query that names its table is compiled, and shared by those that follow until it changes on
 * disk; what a query found stays as it was for that query. Only files that the host named are opened, and those right in
 * the folder "lookup.directory". */
#pragma once

#include "api/handles.h"

status tables_init(struct tables *tables, struct heap *heap);
void   tables_free(struct tables *tables);

/* Where the rows of a name come from. */
struct table_source {
    const char *path;
};

status found_lookups_init(struct spl_query *query);
void   found_lookups_free(struct spl_query *query);
