/* The rows of a CSV file as columns of texts: what lookups over files are made of.
 *
 * Read once, whole, then immutable; counted, so that a newer version of the file and queries that hold the older one do not
 * mind each other. Any thread. The bytes stay where they were read; an empty value is null, values beyond the header are
 * dropped, of columns with one name the first counts. gzip and zstd are recognised by content. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "value/cell.h"

#include <stdatomic.h>

struct csv_table {
    _Atomic uint32_t references;
    struct heap      heap;          /* bounded; what it holds counts for its parent, too */
    struct heap     *parent;
    struct arena     arena;
    char            *bytes;
    size_t           capacity;
    str             *name;          /* of the columns */
    uint32_t         columns, rows;
    struct cell    **column;        /* by column: a cell a row */
};

enum { CSV_REASON = 160 };

/* FAIL_IO: it cannot be read; FAIL_DATA: it is no CSV file; FAIL_LIMIT: it needs more than `limit` bytes. Then `reason`
 * says more. */
status csv_table_read(struct heap *parent, const char *path, size_t limit, struct csv_table **out, char reason[CSV_REASON]);
/* Without rows; `columns`: the line of names. */
status csv_table_empty(struct heap *parent, str columns, size_t limit, struct csv_table **out, char reason[CSV_REASON]);
void   csv_table_retain(struct csv_table *table);
void   csv_table_release(struct csv_table *table);      /* NULL welcome */

/* A heap that counts in another one, and has a bound of its own. */
void   heap_inside(struct heap *heap, struct heap *parent, size_t limit);
