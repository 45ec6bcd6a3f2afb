/* A column: one field of a batch, or a register of the VM, in the encoding that suits it.
 *
 * CELLS always works, the others are fast. Kernels switch on the encoding once per batch.
 * Invariant: a column has as many rows as its batch; rows outside a selection may hold anything defined by the maker
 * (never uninitialised pointers: text and list pointers of unselected rows are not to be followed).
 * NULL is a cell of KIND_NULL, TRUTH_NULL, or a set byte in `null`.
 * Lifetime: arena of the batch that made it; text may point into the batch's read block. */
#pragma once

#include <assert.h>
#include "base/arena.h"
#include "base/status.h"
#include "value/cell.h"

enum encoding {
    ENCODING_ABSENT,            /* null in every row */
    ENCODING_CONSTANT,          /* the same cell in every row */
    ENCODING_TRUTH,             /* a byte a row: TRUTH_*; only inside expressions, never stored in a field */
    ENCODING_NUMBER,            /* a double a row */
    ENCODING_CELLS,             /* a cell a row */
    ENCODING_DICTIONARY         /* a code a row, a cell a code */
};

enum { TRUTH_FALSE = 0, TRUTH_TRUE = 1, TRUTH_NULL = 2 };

#define KINDS(kind) (1u << (kind))
enum { KINDS_ANY = 0x1f, KINDS_TEXT = KINDS(KIND_TEXT) | KINDS(KIND_NULL) };

/* Distinct values met so far, shared by batches; grows during a run, codes never change meaning.
 * `stamp` is unique in the process's run so that results computed per code can be cached. */
struct dictionary {
    struct cell *cell;
    uint32_t     count;
    uint32_t     stamp;
};

struct column {
    uint8_t encoding;           /* enum encoding */
    uint8_t kinds;              /* CELLS, DICTIONARY: KINDS() of all that may occur */
    uint8_t escaped;            /* CELLS: some cells may carry CELL_ESCAPED */
    uint8_t soft;               /* NUMBER: of a field; its cells carry CELL_SOFT (isnum and friends see a number anyway) */
    uint8_t unsettled;          /* NUMBER of a field, without `decimals`: fractions among them have the decimals of their
                                 * text (language 7.3), not worked out yet; arithmetic does so first */
    union {
        struct cell constant;
        uint8_t    *truth;
        struct {
            double  *number;
            uint8_t *null;      /* 1: null; NULL: no nulls */
            int16_t *decimals;  /* NULL: all EXACT */
        };
        struct cell *cell;
        struct {
            const uint32_t          *code;
            const struct dictionary *dictionary;
        };
    };
};

/* Which rows of a batch still count.
 *
 * Filters shrink the selection and leave columns alone, so `where` copies nothing.
 * Invariant: rows ascend strictly and stay below the batch's row count. */
struct rows {
    uint32_t        count;
    const uint32_t *row;        /* NULL: the first `count` rows */
};

static inline uint32_t rows_at(const struct rows *rows, uint32_t i) { return rows->row ? rows->row[i] : i; }

/* The cell of a row. Escaped columns must have been decoded. */
static inline struct cell column_cell(const struct column *column, uint32_t row)
{
    switch (column->encoding) {
    case ENCODING_CONSTANT:
        return column->constant;
    case ENCODING_TRUTH:
        return column->truth[row] == TRUTH_NULL ? cell_null() : cell_truth(column->truth[row]);
    case ENCODING_NUMBER:
        if (column->null && column->null[row])
            return cell_null();
        return (struct cell){ .kind = KIND_NUMBER, .flags = column->soft ? CELL_SOFT : 0, .number = column->number[row],
                              .decimals = column->decimals ? column->decimals[row] : EXACT };
    case ENCODING_CELLS:
        return column->cell[row];
    case ENCODING_DICTIONARY:
        return column->dictionary->cell[column->code[row]];
    default:
        return cell_null();
    }
}

/* The same, where it lies if it does lie somewhere, else in `spare`. */
static inline const struct cell *column_look(const struct column *column, uint32_t row, struct cell *spare)
{
    if (column->encoding == ENCODING_CELLS)
        return &column->cell[row];
    if (column->encoding == ENCODING_CONSTANT)
        return &column->constant;
    *spare = column_cell(column, row);
    return spare;
}

static inline bool column_is_null(const struct column *column, uint32_t row)
{
    switch (column->encoding) {
    case ENCODING_CONSTANT:   return column->constant.kind == KIND_NULL;
    case ENCODING_TRUTH:      return column->truth[row] == TRUTH_NULL;
    case ENCODING_NUMBER:     return column->null && column->null[row];
    case ENCODING_CELLS:      return column->cell[row].kind == KIND_NULL;
    case ENCODING_DICTIONARY: return column->dictionary->cell[column->code[row]].kind == KIND_NULL;
    default:                  return true;
    }
}

/* Null or lists: may they occur? False is certain. */
static inline bool column_may_hold(const struct column *column, enum kind kind)
{
    switch (column->encoding) {
    case ENCODING_CONSTANT:   return column->constant.kind == kind;
    case ENCODING_NUMBER:     return kind == KIND_NULL && column->null;
    case ENCODING_CELLS:
    case ENCODING_DICTIONARY: return column->kinds & KINDS(kind);
    default:                  return kind == KIND_NULL;
    }
}

/* Columns of `size` rows from an arena; NULL when out of memory. The arrays are not initialised. */
struct column *column_absent(struct arena *arena);
struct column *column_constant(struct arena *arena, struct cell cell);      /* the cell's text must outlive the arena */
struct column *column_truth(struct arena *arena, uint32_t size);
struct column *column_number(struct arena *arena, uint32_t size);           /* null and decimals NULL */
struct column *column_cells(struct arena *arena, uint32_t size, unsigned kinds);

/* Resolve CELL_ESCAPED in the rows given (all rows of `rows`); decoded text comes from `arena`.
 * Changes cells in place; a second call finds nothing to do. */
status column_decode(struct column *column, const struct rows *rows, struct arena *arena);

/* The same column with every computed value as it would be stored in a field: truth is refused (a bug above),
 * hard text becomes soft. Returns the column itself when nothing changes. */
status column_store(struct column *column, uint32_t size, struct arena *arena, struct column **out);

/* A number from an unsettled column gets the decimals that its text has. */
void   cell_settle(struct cell *cell);

/* The cell of a row for those who keep it: with the decimals of its text. */
static inline struct cell column_settled(const struct column *column, uint32_t row)
{
    struct cell cell = column_cell(column, row);

    assert(cell.kind != KIND_TEXT || !(cell.flags & CELL_ESCAPED));
    if (column->encoding == ENCODING_NUMBER && column->unsettled && cell.kind == KIND_NUMBER)
        cell_settle(&cell);
    return cell;
}

/* A copy as ENCODING_CELLS of its own, the given rows filled and settled, all others null. NULL column: all null. */
status column_to_cells(const struct column *column, const struct rows *rows, uint32_t size, struct arena *arena,
                       struct column **out);
