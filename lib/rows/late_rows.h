/* Rows that cannot go out yet, as rows before them wait: what dedup does once its keys fill the memory, and concurrency.
 *
 * The verdict about a row that waits needs all rows with its key, or those before it in the order of keys. So these are
 * sorted by key, on disk if need be, and judged one after the other; together with the rows that were decided at once they
 * are then brought back into their order. To whoever comes next the rows look as if they had never waited: ordinals
 * ascend, segments are those of the input. */
#pragma once

#include "rows/sorted_rows.h"

struct late_rows {
    struct op           *op;
    const struct name   *key, *place, *segment;     /* columns for the time being, of names that no field has */
    struct sort_by       by_key, by_place;
    struct sorted_rows   waiting, decided;
    uint64_t             place_of_first;            /* of the batch at hand */
    uint64_t             places;
    uint64_t             start;                     /* ordinals below are taken */
    bool                 judged;
    const struct layout *layout;                    /* in whose order columns go out; NULL: that of the rows that went in */
};

status late_rows_open(struct late_rows *late, struct op *op);
static inline void late_rows_by_number(struct late_rows *late) { late->by_key.kind = SORT_NUMBER; }
void   late_rows_close(struct late_rows *late);             /* harmless where nothing was opened */

/* The next rows are of `in`; batches derived from it are then handed in once each: rows that wait, with their keys (texts,
 * or numbers after late_rows_by_number), and rows that go out. */
void   late_rows_begin(struct late_rows *late, const struct batch *in);
status late_rows_wait(struct late_rows *late, struct batch *out, struct column *key);
status late_rows_decide(struct late_rows *late, struct batch *out);

/* Those whose key is a text, of the rows of `in`, wait; those that have none go out if they are `kept`, else nowhere.
 * `key` sets `none` if there is none; its text may change with the next call. */
typedef status (*late_key)(void *host, uint32_t row, str *out, bool *none);
status late_rows_sort(struct late_rows *late, struct batch *in, late_key key, void *host, bool kept);

/* No more rows come. Calls `judge` with rows that waited, in the order of their keys, rows with the same key as they came;
 * it hands those that go out to late_rows_decided. Then `emit`, which calls late_rows_emit. Both take their batch. AGAIN:
 * as op_kind.finish. */
status late_rows_finish(struct late_rows *late, status (*judge)(struct op *op, struct batch *takes),
                        status (*emit)(struct op *op, struct batch *takes));
/* The first half of it, for those who have something to hand out behind the last row that waited. */
status late_rows_judge(struct late_rows *late, status (*judge)(struct op *op, struct batch *takes));
status late_rows_decided(struct late_rows *late, struct batch *out);
status late_rows_emit(struct late_rows *late, struct batch *takes);
