/* What is known of groups at the end, for rows that have but the numbers of their groups: eventstats, where not even the
 * groups fit into memory.
 *
 * A group may have several numbers, as the table of groups went to disk and was begun anew. So the numbers are put aside
 * with the values that make the group; in the end they are sorted by these, as the groups are, then the results by the
 * numbers. */
#pragma once

#include "group/group_table.h"
#include "rows/sorted_rows.h"

struct group_join {
    struct op                *op;
    const struct name        *key, *number;     /* columns, of names that no field has */
    struct sort_by            by_key, by_number;
    double                    numbered;         /* numbers of groups that are on disk are below */
    struct sorted_rows        numbers;          /* number and key, as groups came */
    struct sorted_rows        found;            /* by key: results */
    struct sorted_rows        results;          /* by number */
    const struct name *const *name;             /* of the results */
    uint32_t                  columns;
    struct row_cursor         cursor;           /* in `results` */
};

status group_join_open(struct group_join *join, struct op *op);
void   group_join_close(struct group_join *join);       /* harmless where nothing was opened */

/* The groups in the table go to disk: group g was join->numbered + g. `in`: as group_table_put_aside. */
status group_join_put_aside(struct group_join *join, struct group_table *table, const struct batch *in);
/* All groups are on disk: what is known of them. `name`: of the columns, which live as long. */
status group_join_read(struct group_join *join, struct group_table *table, struct tally_work *const *column,
                       const struct name *const *name, uint32_t columns);
/* Then, without the table: the results stand by number. */
status group_join_sort(struct group_join *join);
/* Goes to the group with this number, never back: its results are then those of the cursor's row. */
status group_join_find(struct group_join *join, double number);
