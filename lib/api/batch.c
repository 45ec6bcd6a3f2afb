#include "api/handles.h"

#include "value/number.h"
#include "value/order.h"

_Static_assert((int)SPL_NULL == KIND_NULL && (int)SPL_TRUTH == KIND_BOOLEAN && (int)SPL_NUMBER == KIND_NUMBER
               && (int)SPL_TEXT == KIND_TEXT && (int)SPL_LIST == KIND_LIST && (int)SPL_EXACT == EXACT,
               "kinds cross the border unchanged");
_Static_assert(sizeof(spl_cell) == 16 + 3 * sizeof(void *) || sizeof(void *) != 8, "spl_cell is fixed for ever");

static status fill(struct spl_run *run, struct spl_batch *mine)
{
    struct batch *batch = mine->batch;

    TRY(layout_show(&run->layout, batch));
    mine->field = arena_alloc(&mine->arena, (batch->fields + 1) * sizeof *mine->field);
    TRY_NEW(mine->field);
    mine->fields = layout_pick(&run->layout, batch, mine->field);
    return OK;
}

/* Takes `batch`. */
static struct spl_batch *allocate(struct spl_run *run, struct batch *batch)
{
    struct heap      *heap = &run->query->engine->heap;
    struct spl_batch *mine = heap_zero(heap, 1, sizeof *mine);

    if (!mine) {
        batch_release(batch);
        return NULL;
    }
    atomic_store(&mine->references, 1);
    mine->batch = batch;
    mine->run = run_retain(run);
    arena_init(&mine->arena, heap);
    return mine;
}

status batch_wrap(struct spl_run *run, struct batch *batch, struct spl_batch **out)
{
    struct spl_batch *mine = allocate(run, batch);

    *out = NULL;
    TRY_NEW(mine);
    if (fill(run, mine) != OK) {
        spl_batch_release(mine);
        return FAIL_MEMORY;
    }
    *out = mine;
    return OK;
}

status batch_view(struct spl_run *run, struct batch *batch, struct spl_batch **out)
{
    batch_retain(batch);
    TRY_NEW(*out = allocate(run, batch));
    (*out)->field = batch->field;
    (*out)->fields = batch->fields;
    return OK;
}

void spl_batch_retain(spl_batch *batch)
{
    atomic_fetch_add_explicit(&batch->references, 1, memory_order_relaxed);
}

void spl_batch_release(spl_batch *batch)
{
    struct spl_run *run;

    if (!batch || atomic_fetch_sub_explicit(&batch->references, 1, memory_order_acq_rel) != 1)
        return;
    run = batch->run;
    batch_release(batch->batch);
    arena_free(&batch->arena);
    heap_free(&run->query->engine->heap, batch, sizeof *batch);
    run_release(run);
}

size_t spl_batch_rows(const spl_batch *batch) { return batch_rows(batch->batch); }
size_t spl_batch_columns(const spl_batch *batch) { return batch->fields; }

const char *spl_batch_name(const spl_batch *batch, size_t column)
{
    return column < batch->fields ? batch->field[column].name->text : NULL;
}

size_t spl_batch_find(const spl_batch *batch, const char *name)
{
    for (size_t i = 0; i < batch->fields; i++)
        if (str_is(name_str(batch->field[i].name), name))
            return i;
    return SPL_NTS;
}

/* --- cells --------------------------------------------------------------------------------------------------------- */

static void give(const struct cell *cell, spl_cell *out)
{
    *out = (spl_cell){ .kind = cell->kind };
    if (cell->kind == KIND_NUMBER) {
        out->number = cell->number;
        out->decimals = cell->decimals;
    } else if (cell->kind == KIND_BOOLEAN) {
        out->number = (double)cell->truth;
        out->decimals = EXACT;
    } else if (cell->kind == KIND_TEXT) {
        out->text = cell->text;
        out->length = cell->size;
    }
}

status cell_give(const struct cell *cell, struct arena *arena, spl_cell *out)
{
    spl_cell *list;

    give(cell, out);
    if (cell->kind != KIND_LIST)
        return OK;
    TRY_NEW(list = arena_alloc(arena, (size_t)cell->size * sizeof *list + 1));
    for (uint32_t i = 0; i < cell->size; i++)
        give(&cell->list[i], &list[i]);
    out->list = list;
    out->length = cell->size;
    return OK;
}

spl_status spl_batch_cell(const spl_batch *batch, size_t row, size_t column, spl_cell *out)
{
    struct spl_batch *mine = (struct spl_batch *)batch;     /* decoding changes nothing that can be observed */
    struct column    *values;
    struct cell       cell;

    *out = (spl_cell){ .kind = SPL_NULL };
    if (column >= batch->fields || row >= batch_rows(batch->batch))
        return FAIL_MISUSE;
    values = batch->field[column].column;
    TRY(batch_decode(mine->batch, values));
    cell = column_cell(values, batch_row(batch->batch, (uint32_t)row));
    return cell_give(&cell, &mine->arena, out);
}

int32_t spl_cell_number(const spl_cell *cell, double *out)
{
    if (cell->kind == SPL_NUMBER) {
        *out = cell->number;
        return 1;
    }
    return cell->kind == SPL_TEXT && number_parse(str_make(cell->text, cell->length), out, NULL);
}

size_t spl_cell_text(const spl_cell *cell, char *out, size_t room)
{
    char number[NUMBER_ROOM];
    str  text = STR("");

    if (cell->kind == SPL_NUMBER)
        text = str_make(number, number_format(cell->number, (int16_t)cell->decimals, number));
    else if (cell->kind == SPL_TEXT)
        text = str_make(cell->text, cell->length);
    else if (cell->kind == SPL_TRUTH)
        text = cell->number != 0 ? STR("true") : STR("false");
    if (text.size && room)
        memcpy(out, text.at, text.size < room ? text.size : room);
    if (text.size < room)
        out[text.size] = 0;
    return text.size;
}
