/* Commands that put out the rows of a table: inputlookup, inputcsv (commands 4). With append=t they come behind the rows
 * that are there; `where` decides before start and max count. */
#pragma once

#include "catalog/lookup.h"
#include "flow/op.h"
#include "plan/bind.h"

enum {
    TABLE_ROWS_APPEND, TABLE_ROWS_STRICT, TABLE_ROWS_START, TABLE_ROWS_MAX, TABLE_ROWS_TABLE, TABLE_ROWS_WHERE,
    TABLE_ROWS_OWN                      /* further parameters of a command begin here */
};

/* The parameters they share. */
#define TABLE_ROWS_PARAMS \
    [TABLE_ROWS_APPEND] = { "append", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "behind the rows that come in" }, \
    [TABLE_ROWS_STRICT] = { "strict", PARAM_BOOL, PLACE_NAMED, .preset = "f", \
                            .help = "an unknown table is an error whatever lookup.missing says" }, \
    [TABLE_ROWS_START] = { "start", PARAM_COUNT, PLACE_NAMED, .preset = "0", .help = "the first row, from 0" }, \
    [TABLE_ROWS_MAX] = { "max", PARAM_COUNT, PLACE_NAMED, .preset = "1000000000", .help = "most rows" }, \
    [TABLE_ROWS_TABLE] = { "table", PARAM_TABLE, PLACE_FIRST, .required = true, \
                            .help = "name of a lookup, or a file.csv" }, \
    [TABLE_ROWS_WHERE] = { "where", PARAM_SEARCH, PLACE_KEYWORD, .help = "a search that rows must pass" }

struct table_rows_bound {
    struct lookup  *lookup;
    struct program *where;              /* NULL: none */
    bool            append;
};

/* `name`: of the table. */
status table_rows_bind(struct binder *binder, struct stage *stage, str name);
void   table_rows_drop(struct stage *stage);
status table_rows_needs(const struct stage *stage, struct wanted *wanted);
status table_rows_gives(const struct stage *stage, struct wanted *columns);
void   table_rows_print(const struct stage *stage, struct buf *out);
status table_rows_open(const struct stage *stage, struct run *run, struct op **out);

#define TABLE_ROWS .traits = TRAIT_GENERATES, .bound_size = sizeof(struct table_rows_bound), .drop = table_rows_drop, \
    .needs = table_rows_needs, .gives = table_rows_gives, .open = table_rows_open, .print = table_rows_print
