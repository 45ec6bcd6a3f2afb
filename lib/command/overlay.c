#include "command/overlay.h"

#include "flow/run.h"
#include "plan/stage.h"
#include "state/keep.h"

static struct cell other_cell(const struct overlay_source *source, uint32_t number, uint32_t row)
{
    const struct column *column;

    if (source->store) {
        const struct row_place *place = &source->store->place[row];
        column = row_store_column(source->store, place->kept, number);
        row = place->row;
    } else if (source->place) {
        column = source->place[row].batch->field[number].column;
        row = source->place[row].row;
    } else {
        column = source->column[number];
    }
    return column ? column_settled(column, row) : cell_null();
}

static status put(const struct overlay *overlay, struct column *made, uint32_t row, struct cell cell, struct arena *arena)
{
    if (overlay->copies) {
        struct kept_cell kept = { .cell = cell };
        TRY(kept_cell_copy(&kept, arena, &cell));
    }
    if (cell.kind == KIND_NUMBER)
        cell.flags |= CELL_SOFT;
    made->kinds |= (uint8_t)KINDS(cell.kind);
    made->cell[row] = cell;
    return OK;
}

static status lay_column(const struct overlay *overlay, struct batch *out, const struct overlay_source *source,
                         uint32_t number, const uint32_t *row)
{
    const struct name *name = overlay->name[number];
    uint32_t           rank = rank_at(overlay->op->stage->rank, number);
    struct column     *here = batch_column(out, name), *made = NULL;

    TRY(batch_decode(out, here));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t    at = batch_row(out, i);
        struct cell cell;

        if (row[i] == OVERLAY_NONE || (!overlay->overwrites && here && !column_is_null(here, at)))
            continue;
        cell = other_cell(source, number, row[i]);
        if (cell.kind == KIND_NULL)
            continue;
        if (!made)
            TRY(column_to_cells(here, &out->rows, out->size, &out->arena, &made));
        TRY(put(overlay, made, at, cell, &out->arena));
    }
    if (!made)
        TRY_NEW(made = here ? here : column_absent(&out->arena));
    return overlay->own ? batch_set(out, name, made, rank) : batch_assign_some(out, name, made, rank);
}

status overlay_rows(const struct overlay *overlay, struct batch *out, const struct overlay_source *source,
                    const uint32_t *row)
{
    for (uint32_t c = 0; c < overlay->layout->count; c++)
        if (overlay->name[c])
            TRY(lay_column(overlay, out, source, c, row));
    return OK;
}

status overlay_name(struct overlay *overlay)
{
    const struct layout *layout = overlay->layout;

    TRY_NEW(overlay->name = ARENA_ARRAY(&overlay->op->arena, const struct name *, layout->count + (size_t)1));
    for (uint32_t c = 0; c < layout->count; c++)
        if (wanted_has(&overlay->op->stage->output, name_str(layout->column[c].name)))
            overlay->name[c] = layout->column[c].name;
    return OK;
}

status overlay_decode(struct row_store *store)
{
    for (uint32_t k = 0; k < store->count; k++)
        for (uint32_t f = 0; f < store->kept[k].batch->fields; f++)
            TRY(batch_decode(store->kept[k].batch, store->kept[k].batch->field[f].column));
    return OK;
}
