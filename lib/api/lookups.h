/* Lookups by name: what a query's tables are, and whose files they come from.
 *
 * A file is read when the first query that names its table is compiled, and shared by those that follow until it changes on
 * disk; what a query found stays as it was for that query. Only files that the host named are opened, and those right in
 * the folder "lookup.directory". */
#pragma once

#include "api/handles.h"

status tables_init(struct tables *tables, struct heap *heap);
void   tables_free(struct tables *tables);

struct host_lookup;                     /* api/host_lookup.c */

/* Where the rows of a name come from. */
struct table_source {
    const char               *path;     /* of a CSV file; or NULL: */
    const struct host_lookup *host;     /* the host's */
};

struct lookup_settings;

/* `settings` NULL: none were given. FAIL_MISUSE: they say what is the host's to decide. */
status host_lookup_new(struct heap *heap, str name, const struct host_lookup *host, const struct lookup_settings *settings,
                       struct lookup **out);

status found_lookups_init(struct spl_query *query);
void   found_lookups_free(struct spl_query *query);
