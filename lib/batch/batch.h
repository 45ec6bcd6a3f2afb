/* A few thousand rows as columns, and the selection of those that still count.
 *
 * Counted: the maker holds one reference; emitted batches are never changed (column_decode apart, which changes
 * nothing that can be observed). A derived batch shares the columns of its parent and holds a reference on it.
 * Threads: a batch belongs to one thread at a time; the count is atomic so that it may move. */
#pragma once

#include "batch/column.h"
#include "batch/names.h"

struct batch;

/* Read bytes that columns point into; at least BLOCK_PADDING readable bytes follow `size`. */
enum { BLOCK_PADDING = 64 };

struct block_pool;

struct block {
    _Atomic uint32_t references;
    struct heap     *heap;
    struct block_pool *pool;            /* where it goes when nobody needs it any more; NULL: back to the heap */
    char            *bytes;
    size_t           size, capacity;    /* capacity without the padding */
    uint64_t         number;            /* in input order, over all inputs */
    uint32_t         input;             /* which file */
    uint32_t         segment;           /* see batch.segment */
    uint64_t         ordinal;           /* of its first row: see batch.ordinal */
    uint64_t         offset;            /* of bytes[0] in the input after decompression */
    bool             unread;            /* the bytes are still in the file: feed_parse gets them, in its own thread */
};

struct block *block_new(struct heap *heap, size_t capacity);        /* NULL: out of memory; one reference */
void          block_retain(struct block *block);
void          block_release(struct block *block);                   /* NULL welcome */

/* Blocks of one size that are used again and again: fresh memory costs a page fault every 4 KiB. Any thread. */
struct block_pool *block_pool_new(struct heap *heap, size_t capacity);      /* NULL: out of memory */
void               block_pool_free(struct block_pool *pool);        /* after all of its blocks; NULL welcome */
struct block      *block_pool_get(struct block_pool *pool);

/* One field of a batch. `rank` orders columns in results; inside a rank, order of first appearance (language 12).
 * Fields of the input have rank 0, the n-th stage (from 1) makes fields of rank n * RANK_STAGE; a stage whose list
 * fixes an order (table, fields) adds RANK_PLACE times the place in the list, so that the order holds whatever a batch
 * lacks. With RANK_BY_NAME fields of equal rank stand in byte order of their names: what a wildcard of a list stands for. */
enum { RANK_STAGE = 4096, RANK_PLACE = 2, RANK_BY_NAME = 1 };

/* The rank of place 0, 1, 2 ... in a stage's list; places beyond what a rank can hold share the last. */
static inline uint32_t rank_at(uint32_t stage_rank, uint32_t place)
{
    return stage_rank + RANK_PLACE * (place < RANK_STAGE / RANK_PLACE ? place : RANK_STAGE / RANK_PLACE - 1);
}

struct making {
    uint32_t             rank;
    const struct column *before;    /* what stood in its place then; NULL: nothing */
    const struct making *earlier;   /* a stage that made it where it did, and left other rows alone */
};

struct field {
    const struct name   *name;
    struct column       *column;
    uint32_t             rank;
    struct making        made;      /* its rank is not 0: the one it has where a stage made it, see batch_assign */
    bool                 some;      /* that stage leaves rows alone: it made the field where there is a value */
    const struct column *read;      /* what the reader found, whatever stages put there since; NULL: nothing */
};

/* A row that was read has its fields in an order of its own, which its cells tell (cell.place); what the reader itself adds
 * to it stands behind them. */
enum { FIELD_FIRST = 1, FIELD_HOST = UINT16_MAX - 8, FIELD_RAW = UINT16_MAX, FIELD_LAST };

/* How rows that were read with a projection get the rest of their fields. Filled by readers. */
struct origin {
    /* A new batch (one reference, *out) that holds every field of the selected rows of `in`, in the same order and
     * with no selection of its own; fields of rank above 0 and replaced fields of `in` win.
     * FAIL_LIMIT: so many fields that fewer rows must do; of one row it never says so. */
    status (*complete)(struct origin *origin, struct batch *in, struct batch **out);
};

struct batch {
    _Atomic uint32_t references;
    uint32_t         size;              /* rows in the columns */
    struct rows      rows;              /* which of them count */
    uint32_t         fields, capacity;
    struct field    *field;
    uint64_t         ordinal;           /* of row 0 in the whole input: part << 44 | segment << 24 | row; ascends */
    uint32_t         segment;           /* inputs are cut in segments of fixed size; order-sensitive sums restart there */
    bool             as_read;           /* its rows stand as they were read: see field_place */
    struct origin   *origin;            /* NULL: all fields are here */
    struct column   *line;              /* text of each row, for origin; not a field */
    struct arena     arena;
    struct batch    *parent;
    struct block    *block;
    struct heap     *heap;
};

/* Rows that a stage makes anew (sorted, grouped, generated) are a new input, cut in segments of so many. */
enum { SEGMENT_ROWS = 1 << 16 };

/* At most `most` of the rows from `ordinal` on are a batch: no batch crosses the end of a segment. */
static inline uint32_t segment_room(uint64_t ordinal, uint32_t most)
{
    uint32_t left = SEGMENT_ROWS - (uint32_t)(ordinal % SEGMENT_ROWS);
    return left < most ? left : most;
}

static inline void batch_number(struct batch *batch, uint64_t ordinal)
{
    batch->ordinal = ordinal;
    batch->segment = (uint32_t)(ordinal / SEGMENT_ROWS);
}

struct batch *batch_new(struct heap *heap, uint32_t size);          /* all rows selected, no fields; NULL: out of memory */
struct batch *batch_derive(struct batch *parent);                   /* same fields, same selection */
void          batch_retain(struct batch *batch);
void          batch_release(struct batch *batch);                   /* NULL welcome */

static inline uint32_t batch_rows(const struct batch *batch) { return batch->rows.count; }
static inline uint32_t batch_row(const struct batch *batch, uint32_t i) { return rows_at(&batch->rows, i); }

/* The ordinal behind its last row: that of row 0 plus `size` would tell where batches end. */
static inline uint64_t batch_end(const struct batch *batch)
{
    return batch->ordinal + (batch_rows(batch) ? batch_row(batch, batch_rows(batch) - 1) + 1 : 0);
}

struct field  *batch_field(const struct batch *batch, const struct name *name);     /* NULL: no such column */
struct column *batch_column(const struct batch *batch, const struct name *name);    /* NULL: no such column */

/* From which selected row on (*i: its number) the field is a column of the result, and with which rank; false: from none. A
 * field that nobody asked for by name is there from its first value on. One that a stage assigned to keeps its place if it
 * had a value before, and is made by the stage from the first row on in which it had none (language 12.2). Rows decide, so
 * it does not matter how the input was cut into batches. */
bool field_shows(const struct batch *batch, const struct field *field, uint32_t *i, uint32_t *rank);

/* The rank of a field in a row where it has a value. */
uint32_t field_rank(const struct field *field, uint32_t row);

/* Orders the fields of one rank in a row, those of the same place go by name. Rows as they were read have an order of
 * their own, for that of the batch depends on the rows that stood before them, selected or not, and so on where batches
 * were cut. In other batches it is the order of the batch, which is that of a whole result. */
uint32_t field_place(const struct batch *batch, uint32_t field, uint32_t row);

/* Replaces the column in place or appends it. Only before the batch is emitted. */
status batch_set(struct batch *batch, const struct name *name, struct column *column, uint32_t rank);
/* The same for a stage that computes the column: whether it made the field is told later, see field_shows. */
status batch_assign(struct batch *batch, const struct name *name, struct column *column, uint32_t rank);
/* For stages that leave some rows, even whole batches, as they were. */
status batch_assign_some(struct batch *batch, const struct name *name, struct column *column, uint32_t rank);
/* The same for makers of many columns, who know the place: `field` is the one of this name, or NULL if there is none. */
status batch_assign_some_at(struct batch *batch, struct field *field, const struct name *name, struct column *column,
                            uint32_t rank);
/* For makers of many columns: the batch has none of this name. */
status batch_append(struct batch *batch, const struct name *name, struct column *column, uint32_t rank);
void   batch_remove(struct batch *batch, const struct name *name);
void   batch_clear_fields(struct batch *batch);

/* A derived batch with the first `count` selected rows, or from the i-th selected row on. */
struct batch *batch_slice(struct batch *parent, uint32_t from, uint32_t count);

/* Takes the batch, also when it fails. */
typedef status (*batch_sink)(void *host, struct batch *takes);

/* The selected rows with all of their fields, to the sink: one batch, or several where there are too many fields for one;
 * the batch itself where nothing is missing. */
status batch_complete(struct batch *batch, batch_sink sink, void *host);

/* Where text must live that is put into columns which the batch may share with its parents: the eldest's arena. */
struct arena *batch_eldest_arena(struct batch *batch);

/* Makes *column safe to look at for the batch's selected rows: resolves escapes. NULL column is fine. */
status batch_decode(struct batch *batch, struct column *column);

/* Is the column null in a selected row? */
bool batch_has_nulls(const struct batch *batch, const struct column *column);

/* Debug builds: assert every invariant of the batch. */
void batch_check(const struct batch *batch);
