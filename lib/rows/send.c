#include "rows/send.h"

enum { ROWS = 4096 };

status send_selected(struct op *op, struct batch *takes, uint32_t *row, uint32_t count)
{
    takes->rows = (struct rows){ count, row };
    return op_emit(op, takes);
}

uint32_t send_most(const struct op *op)
{
    return op->run->options.batch_rows ? op->run->options.batch_rows : ROWS;
}

status send_each(struct op *op, struct row_store *store, const uint32_t *order, uint32_t count, uint64_t *ordinal,
                 status (*receive)(struct op *op, struct batch *takes))
{
    uint32_t most = send_most(op);

    TRY(row_store_seal(store));
    for (uint32_t done = 0; done < count;) {
        uint32_t      part = segment_room(*ordinal, count - done < most ? count - done : most);
        struct batch *batch;

        TRY(run_check(op->run));
        TRY(row_store_gather(store, order ? order + done : NULL, done, part, &batch));
        batch_number(batch, *ordinal);
        *ordinal += part;
        done += part;
        TRY(receive(op, batch));
    }
    return OK;
}

status send_rows(struct op *op, struct row_store *store, const uint32_t *order, uint32_t count, uint64_t *ordinal)
{
    return send_each(op, store, order, count, ordinal, op_emit);
}

status send_column(struct op *op, struct batch *batch, const struct name *name, struct column *cells, uint32_t place)
{
    unsigned kinds = 0;

    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        struct cell *cell = &cells->cell[batch_row(batch, i)];
        if (cell->kind == KIND_NUMBER)
            cell->flags |= CELL_SOFT;
        kinds |= KINDS(cell->kind);
    }
    cells->kinds = (uint8_t)kinds;
    return batch_set(batch, name, cells, rank_at(op->stage->rank, place));
}

static status go_on(void *host)
{
    return run_check(host);
}

struct sort_check send_check(struct op *op)
{
    return (struct sort_check){ go_on, op->run };
}
