/* A batch under construction: rows are filled one after the other, fields in any order.
 *
 * A `slot` is one field of the batch. Its cells are allocated when the first row brings it and null cells
 * are filled in where rows lack it, so a field costs what the rows that have it cost. A field given twice
 * becomes a list. A row counts from builder_keep on; until then builder_drop takes it back. One thread;
 * lives as long as its worker. */
#pragma once

#include "base/map.h"
#include "read/reader.h"
#include "time/zone.h"

struct slot {
    const struct name *name;
    struct cell       *cell;        /* NULL: no row of this batch has had it */
    uint32_t           filled;      /* rows that have a cell; the current row + 1: it has one already */
    uint8_t            kinds;
    bool               escaped;
    bool               placed;      /* it has its place in the order */
};

enum { DEFAULT_HOST, DEFAULT_SOURCE, DEFAULT_SOURCETYPE, DEFAULT_INDEX, DEFAULTS };

struct builder {
    struct input            *input;
    const struct projection *projection;
    struct arena             arena;         /* slots */
    struct map               slots;         /* by name */
    struct slot            **placed;        /* in column order */
    uint32_t                 placed_count, placed_kept, placed_room;
    struct slot             *time, *raw, *origin[DEFAULTS];     /* NULL: not wanted */
    uint8_t                 *time_rank;     /* a row: which of the candidates time->cell holds; 0: none */
    unsigned                 derives;       /* DERIVED_*: what derived fields need */
    bool                     sniffs_time;   /* rows without a time may have one in their text */
    bool                     time_stands;   /* the place of _time among the columns is settled */
    struct zone_view         zone;

    struct batch            *batch;         /* NULL: none begun */
    struct block            *block;
    struct cell             *line;          /* text of each row */
    uint32_t                 row, capacity;
    uint32_t                 room;          /* exactly one batch of so many rows; 0: the usual ones */
    uint16_t                 place;         /* of the row's next field: cell.place; starts again past 2^16 */
    uint64_t                 first;         /* number in its block of row 0 */
    size_t                   cells;         /* allocated so far */
    batch_sink               sink;
    void                    *host;
};

status builder_init(struct builder *builder, struct input *input, const struct projection *projection);
void   builder_free(struct builder *builder);

/* What follows comes from this block (NULL: it stays alive by other means) and goes there. */
void   builder_begin(struct builder *builder, struct block *block, batch_sink sink, void *host);
/* Sends what there is. */
status builder_end(struct builder *builder);
/* Forgets what there is, after a failure. */
void   builder_abandon(struct builder *builder);

/* The slot of a field, NULL in *out if nobody wants it. */
status builder_slot(struct builder *builder, str name, struct slot **out);

/* A batch is there; the row to fill is builder->row. */
status builder_open(struct builder *builder);
/* The row is complete: `text` is its line. Sends the batch when it is full. */
status builder_keep(struct builder *builder, str text);
status builder_drop(struct builder *builder);
/* Takes back the fields of the row, which goes on: what lies in the batch stays there. */
void   builder_undo(struct builder *builder);
/* After FAIL_LIMIT: sends the rows before this one, so that it can be tried again in a batch of its own. */
status builder_spill(struct builder *builder);

status slot_begin(struct builder *builder, struct slot *slot);
status slot_again(struct builder *builder, struct slot *slot, struct cell cell);
status slot_put_time(struct builder *builder, uint8_t rank, struct cell cell);

/* FAIL_LIMIT: the batch would become too large with this field; drop the row, send the batch, try again.
 * It does not happen in the first row of a batch. */
static inline status slot_put(struct builder *builder, struct slot *slot, struct cell cell)
{
    uint32_t row = builder->row;

    if (UNLIKELY(!slot->cell))
        TRY(slot_begin(builder, slot));
    if (UNLIKELY(slot->filled != row)) {
        if (slot->filled > row)
            return slot_again(builder, slot, cell);
        memset(slot->cell + slot->filled, 0, (row - slot->filled) * sizeof *slot->cell);    /* KIND_NULL is 0 */
    }
    slot->cell[row] = cell;
    slot->cell[row].place = builder->place++;
    slot->filled = row + 1;
    slot->escaped |= cell.flags & CELL_ESCAPED;
    return OK;
}

/* Which candidate for the time is this field (the lowest is best), 0: none. A number in _time itself is
 * seconds as it stands. */
enum { TIME_ITSELF = 1 };
uint8_t time_candidate(const struct builder *builder, str name);
/* Does the name of one begin with this? */
bool    time_is_below(const struct builder *builder, str prefix);
/* _time of the rows, out of the candidates or, if sniffs_time, out of their text. */
status  time_column(struct builder *builder, struct column **out);
