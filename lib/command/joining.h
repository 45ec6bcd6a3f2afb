/* join at work: which rows of a subsearch belong to each row that comes in, and both made one.
 *
 * The rows of the subsearch are there first. If they fit into memory their keys do, too, and rows pass as they come. Else
 * the rows that come in wait for the end (late_rows.h), both sides are sorted by key, on disk if need be, and go by each
 * other once; in the end the rows are back in their order. Which of the two it was cannot be told from what comes out. */
#pragma once

#include "rows/late_rows.h"
#include "command/overlay.h"
#include "flow/inner.h"
#include "state/interner.h"

struct join_key {
    str left, right;
};

struct join_bound {                     /* stage->bound */
    struct subsearch *subsearch;
    struct join_key  *key;
    uint32_t          keys;
    bool              common;           /* no fields were given: the keys are those that both sides have */
    bool              outer, overwrites, timed, earlier;
    uint64_t          most;             /* rows for each that comes in; 0: all */
    str               left, right;      /* aliases, with the dot; empty: none */
};

/* Rows of the subsearch in memory by their keys. */
struct join_table {
    struct interner keys;               /* keys as texts */
    uint32_t       *first, *last;       /* by key: rows of the store */
    uint32_t       *next;               /* by row, in their order; OVERLAY_NONE: the last */
    uint32_t        firsts, lasts, nexts;       /* room */
    int64_t         time;               /* column of the layout; -1: there is none */
};

/* Rows of the subsearch by key, one behind the other. */
struct join_merge {
    struct sorted_rows    rows;
    struct row_cursor     cursor;
    bool                  begun, over;
    struct late_rows      late;         /* rows that came in */
    struct overlay        aside;        /* what is found for them stands in columns for the time being */
    struct overlay_place *place;        /* rows with keys that were met; those of the key at hand */
    uint32_t              places, from, room;   /* begin at `from` */
    struct buf            key;          /* the one at hand */
};

struct join {
    struct op                op;
    const struct join_bound *bound;
    struct inner_rows       *rows;
    const struct name      **left, **right;     /* keys */
    uint32_t                 keys;
    const struct name       *time;
    struct layout            columns;   /* of the rows of the subsearch */
    struct overlay           overlay;
    struct sorted_rows       held;      /* rows that came in, until it is known which fields both sides have */
    bool                     opened, merges;
    struct buf               text;      /* of a key */
    struct join_table        table;
    struct join_merge        merge;

    uint32_t                *row, *other;       /* pairs that were found, of the batch at hand */
    uint32_t                 pairs, pairs_room, others_room, most;
    uint64_t                 ordinal;           /* of rows that go out, where one may become several */
};

status join_open(const struct stage *stage, struct run *run, struct op **out);

/* --- between joining.c and joining_merge.c ------------------------------------------------------------------------- */

/* The key of a row in join->text. False: a part of it is null, so that it has none. */
bool   join_read_key(struct join *join, struct column *const *column, uint32_t row);
/* Columns of the keys, decoded; in the step arena. */
status join_columns(struct join *join, struct batch *in, const struct name *const *name, struct column ***out);
/* NaN: it has none. */
double join_time(const struct column *clock, uint32_t row);
/* With usetime: may rows of these times be joined? */
bool   join_suits_time(const struct join *join, double left, double right);
/* OVERLAY_NONE: none was found, and the row stays. */
status join_add_pair(struct join *join, uint32_t row, uint32_t other);
/* Fields of the left side get the alias. */
status join_rename(struct join *join, struct batch *out);

status join_merge_open(struct join *join);
void   join_merge_close(struct join *join);
status join_merge_push(struct join *join, struct batch *in);
status join_merge_finish(struct join *join);
