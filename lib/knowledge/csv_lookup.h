/* Lookups over the rows of a CSV file: the table, and how it is to be matched.
 *
 *   csv_table   the rows              match_index   finding rows by their columns
 *   csv_lookup  the struct lookup     lookup_settings   what a definition says */
#pragma once

#include "catalog/lookup.h"
#include "knowledge/csv_table.h"
#include "knowledge/lookup_settings.h"

struct compile;             /* vm/program.h */

/* Takes a reference on the table; `settings` and their texts must live as long as the lookup. What it needs beyond the
 * table is bounded by `limit` bytes. `compile`: for the filter. FAIL_QUERY: the definition does not fit the table, which was
 * reported to compile->diag with `span`. lookup->kind->close frees it. */
status csv_lookup_new(struct heap *parent, size_t limit, str name, struct csv_table *table,
                      const struct lookup_settings *settings, const struct compile *compile, struct span span,
                      struct lookup **out);

/* A lookup that is not there. */
status missing_lookup_new(struct heap *parent, str name, struct lookup **out);
