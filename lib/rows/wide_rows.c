#include "rows/wide_rows.h"

#include "state/keep.h"
#include "state/keys.h"

enum { CELLS_MOST = 1 << 20 };

static status wide_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct wide_rows *wide = host;

    (void)arena;
    *out = wide->cell[(row - (wide->results.rows - wide->count)) * wide->columns + column];
    return OK;
}

status wide_rows_open(struct wide_rows *wide, const struct name *const *name)
{
    const struct op *op = wide->op;
    size_t           limit = op->run->options.limit_memory / 16 / sizeof *wide->cell, cells;

    cells = limit && limit < CELLS_MOST ? limit : CELLS_MOST;
    wide->most = cells / wide->columns < send_most(op) ? (uint32_t)(cells / wide->columns) : send_most(op);
    wide->most = wide->most ? wide->most : 1;
    wide->size = (size_t)wide->most * wide->columns * sizeof *wide->cell;
    TRY_NEW(wide->cell = heap_alloc(&op->run->heap, wide->size));
    arena_init(&wide->texts, &op->run->heap);
    buf_init(&wide->last, &op->run->heap);
    buf_init(&wide->next, &op->run->heap);
    wide->cursor = (struct row_cursor){ .rows = wide->from };
    wide->results = (struct results){ .op = wide->op, .name = name, .columns = wide->columns, .cell = wide_cell,
                                      .host = wide, .passing = true, .rests = true };
    return OK;
}

void wide_rows_free(struct wide_rows *wide)
{
    if (!wide->cell)
        return;
    row_cursor_close(&wide->cursor);
    arena_free(&wide->texts);
    buf_free(&wide->last);
    buf_free(&wide->next);
    heap_free(&wide->op->run->heap, wide->cell, wide->size);
    wide->cell = NULL;
}

status wide_rows_put(struct wide_rows *wide, uint32_t column, struct cell cell)
{
    const struct kept_cell kept = { .cell = cell };

    return kept_cell_copy(&kept, &wide->texts, &wide->cell[(size_t)(wide->count - 1) * wide->columns + column]);
}

/* Does the narrow row at hand begin another wide row? */
static status row_begins(struct wide_rows *wide, bool *out)
{
    struct cell cell = row_cursor_cell(&wide->cursor, wide->by);
    struct buf  swap = wide->last;

    buf_clear(&wide->next);
    key_put(&wide->next, &cell);
    TRY(buf_status(&wide->next));
    *out = wide->count == 0 || !str_equal(buf_str(&wide->next), buf_str(&wide->last));
    wide->last = wide->next;
    wide->next = swap;
    return OK;
}

status wide_rows_more(struct wide_rows *wide)
{
    status result = OK;

    arena_reset(&wide->texts);
    wide->count = 0;
    while (wide->waits || (result = row_cursor_step(&wide->cursor)) == OK) {
        bool begins;

        TRY(row_begins(wide, &begins));
        wide->waits = begins && wide->count == wide->most;
        if (wide->waits)
            break;
        if (begins)
            memset(wide->cell + (size_t)wide->count++ * wide->columns, 0, wide->columns * sizeof *wide->cell);
        TRY(wide->fill(wide->op, wide->cursor.batch, wide->cursor.row, begins));
    }
    if (result != OK && result != DONE)
        return result;
    wide->results.rows += wide->count;
    return wide->count ? OK : DONE;
}
