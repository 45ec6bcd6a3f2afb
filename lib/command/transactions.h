/* transaction at work: events, newest first, are put together where they share values of fields, until an event says that
 * a transaction begins there, or a bound is met (commands 5).
 *
 * All events are held back, on disk where memory is short, as they must come newest first and their transactions go out in
 * that order, too. Only transactions that are still open are kept in memory: of those there are bounds. */
#pragma once

#include "rows/sorted_rows.h"
#include "plan/bind.h"
#include "vm/program.h"

#include <math.h>

struct transaction_bound {              /* stage->bound */
    const str      *field;
    uint32_t        fields;
    double          span, pause;        /* INFINITY: any */
    double          most;               /* events of one; INFINITY: any number */
    uint64_t        most_open, most_events;
    struct program *starts, *ends;      /* NULL: not given */
    bool            connected, unifies_ends, keeps_orphans, keeps_evicted;
    bool            lists;              /* mvlist for all fields, */
    const str      *listed;             /* or for these */
    uint32_t        listeds;
    bool            raw_lists;          /* mvraw */
    bool            delimited;          /* delim was given */
    str             delim, null;
};

struct member {                         /* an event of a transaction */
    struct member *next;                /* the one after it in time */
    struct cell   *cell;                /* by column of the layout */
};

struct open_transaction;

struct tie {                            /* a value that a transaction has */
    struct tie              *next;      /* with a hash of the same slot */
    struct open_transaction *owner;
    uint64_t                 hash;
    uint32_t                 field;
    str                      key;
};

struct open_transaction {
    struct open_transaction *newer, *older;     /* by the last event that was added */
    struct arena             arena;             /* of all that it has */
    struct member           *first;             /* in time: the one that was added last */
    uint32_t                 count;
    double                   newest, oldest;
    uint64_t                 touched;           /* when an event was added; ascends */
    uint64_t                 matches;           /* fields that its events have, summed up */
    struct tie             **tie;               /* by field; NULL: it has no value yet */
    bool                     closed, orphan;    /* how it ended */
};

struct open_set {
    struct heap             *heap;
    struct tie             **slot;
    uint32_t                 slots, ties;
    struct open_transaction *newest, *oldest;   /* by touch */
    uint64_t                 count, events, touches;
};

struct event {                          /* the one at hand */
    double     time;
    str       *key;                     /* by field; at NULL: it has no value */
    uint64_t  *hash;
    uint32_t   present;
    bool       starts, ends;
};

struct transactions {
    struct op                       op;
    const struct transaction_bound *bound;
    struct sorted_rows              all, sorted;        /* events as they came; newest first, if they came otherwise */
    struct sort_by                  by[2];
    const struct name              *time, *number;
    double                          last;               /* time of the last event */
    uint64_t                        rises, falls;
    bool                            prepared, read;
    struct layout                   layout;             /* of the events */
    int64_t                         time_column, raw_column, lines_column;   /* -1: there is none */
    int64_t                        *key_column;         /* by field */
    bool                           *listed;             /* by column: mvlist */
    struct machine                 *starts, *ends;
    struct open_set                 open;
    struct event                    event;
    struct buf                      text;

    struct open_transaction       **over;               /* they are to be made rows of */
    uint32_t                        overs, over_room, over_events;
    uint64_t                        made_rows;
    struct sort_by                  by_time;
    struct sorted_rows              made;
};

status transactions_open(const struct stage *stage, struct run *run, struct op **out);

/* --- the open ones: transactions_open.c ---------------------------------------------------------------------------- */

void   open_set_free(struct open_set *set);
void   open_transaction_free(struct open_set *set, struct open_transaction *transaction);
/* A new one without events; it is in the set once one is added. */
status open_set_new(struct open_set *set, uint32_t fields, struct open_transaction **out);
/* The event becomes its latest one; the member's cells are the caller's to fill. */
status open_set_add(struct open_set *set, struct open_transaction *transaction, const struct event *event, uint32_t fields,
                    uint32_t columns, struct member **out);
/* It stays as it is, but nothing finds it any more. */
void   open_set_remove(struct open_set *set, struct open_transaction *transaction, uint32_t fields);
/* The latest touched one that contradicts no field of the event and, but for `any`, has one in common. NULL: none. */
struct open_transaction *open_set_find(const struct open_set *set, const struct event *event, uint32_t fields, bool any);

/* --- rows of those that are over: transactions_rows.c -------------------------------------------------------------- */

/* Those in `over` go to `made`, which is freed of them. */
status transactions_flush(struct transactions *transactions);
