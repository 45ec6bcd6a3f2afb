#include "command/wide_rows.h"

#include "state/keep.h"

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
    wide->results = (struct results){ .op = wide->op, .name = name, .columns = wide->columns, .cell = wide_cell,
                                      .host = wide, .passing = true, .rests = true };
    return OK;
}

void wide_rows_free(struct wide_rows *wide)
{
    if (!wide->cell)
        return;
    batch_release(wide->batch);
    arena_free(&wide->texts);
    heap_free(&wide->op->run->heap, wide->cell, wide->size);
    wide->cell = NULL;
}

status wide_rows_put(struct wide_rows *wide, uint32_t column, struct cell cell)
{
    const struct kept_cell kept = { .cell = cell };

    return kept_cell_copy(&kept, &wide->texts, &wide->cell[(size_t)(wide->count - 1) * wide->columns + column]);
}

/* The narrow row that is next; DONE: there is none. */
static status find_next(struct wide_rows *wide)
{
    struct batch *batch;

    if (wide->batch && wide->next < wide->batch->size)
        return OK;
    batch_release(wide->batch);
    wide->batch = NULL;
    TRY(sorted_rows_next(wide->from, 0, &batch));
    wide->batch = batch;
    wide->next = 0;
    for (uint32_t f = 0; f < batch->fields; f++)
        TRY(batch_decode(batch, batch->field[f].column));
    return OK;
}

status wide_rows_more(struct wide_rows *wide)
{
    status result;

    arena_reset(&wide->texts);
    wide->count = 0;
    while ((result = find_next(wide)) == OK) {
        double number = column_cell(batch_column(wide->batch, wide->number), wide->next).number;
        bool   begins = wide->count == 0 || number != wide->last;

        if (begins) {
            if (wide->count == wide->most)
                break;
            memset(wide->cell + (size_t)wide->count++ * wide->columns, 0, wide->columns * sizeof *wide->cell);
            wide->last = number;
        }
        TRY(wide->fill(wide->op, wide->batch, wide->next++, begins));
    }
    wide->results.rows += wide->count;
    return wide->count ? OK : result;
}
