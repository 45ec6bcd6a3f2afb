/* Fields that are found in the rows themselves, under names that nobody knows beforehand: spath, fromjson, extract, xmlkv.
 *
 * Names are known by their bytes once they were met; those of one row mostly follow each other as in the row before, which
 * is tried first. A column is made when the first row of a batch has the field: rows that lack it keep what they had.
 * Fields that nobody wants behind the stage are not kept. Many fields make batches of fewer rows.
 *
 * New fields stand in the order of the rows that are the first to have them, those of one row by name: see field_place. */
#pragma once

#include "base/map.h"
#include "flow/op.h"

enum again { AGAIN_LIST, AGAIN_FIRST, AGAIN_LAST };     /* a name that is found in a row once more: who counts */

struct find;

struct finds {
    struct op      *op;
    enum again      again;
    struct map      known;          /* by name */
    struct arena    arena;
    struct find    *first, *last;   /* before the first one of a row; the one found last in this row */
    struct find    *ignored;        /* stands for names nobody wants when there are too many to remember */
    struct find   **here;           /* those that the batch at hand has been given */
    uint32_t        count, room;
    uint32_t       *place;          /* by name->number: of the field in the batch, + 1 */
    uint32_t        places;
    struct batch   *batch;
    uint64_t        batches, rows;  /* so far: they tell the one at hand from those before */
    uint32_t        row;            /* number of the selected row at hand */
    uint32_t        number;         /* the same in the batch that was pushed, of which this one may be a piece */
    size_t          cells;          /* allocated for the batch at hand */
};

status finds_init(struct finds *finds, struct op *op, enum again again);
void   finds_close(struct finds *finds);            /* harmless where nothing was initialised */

/* The push of a command: `read` is called for every row with the values of `field` (never null; a list comes whole) and
 * calls finds_put, for texts that live as long as those of the batch or in finds->batch->arena. */
status finds_push(struct finds *finds, struct batch *in, const struct name *field,
                  status (*read)(void *host, const struct cell *value), void *host);

/* FAIL_LIMIT: the row must go into another batch; `read` returns that and is called for the row again. */
status finds_put(struct finds *finds, str name, struct cell cell);

/* Does anybody want it? For values that cost something to make. */
status finds_wants(struct finds *finds, str name, bool *out);
