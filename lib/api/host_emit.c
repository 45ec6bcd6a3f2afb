/* Rows out of a command of the host: spl_emit_row and spl_emit_batch. */
#include "api/host_work.h"

#include "plan/stage.h"

enum { ROOM = 32, BATCH_ROWS = 4096 };

/* --- what both share ------------------------------------------------------------------------------------ */

/* Remembers a failure: whatever the callback makes of it, the run fails. */
static spl_status answer(struct work *work, status result)
{
    if (result == ENOUGH) {
        work->enough = true;
        return work->op.stage->traits & TRAIT_EFFECT ? SPL_OK : SPL_DONE;
    }
    if (result < 0 && work->failure == OK)
        work->failure = result;
    return result;
}

/* Takes the batch. */
static status pass_on(struct work *work, struct batch *takes)
{
    status result = run_check(work->op.run);

    return op_emit_if(&work->op, result, takes);
}

static status misuse(struct work *work, const char *what)
{
    return op_fail(&work->op, FAIL_HOST, "host-misuse", "%s: %s", work->own->command.name, what);
}

/* FAIL_MEMORY, or what is wrong with the cell. */
static status take(struct work *work, const spl_cell *given, struct arena *arena, struct cell *out,
                   unsigned *kinds)
{
    status result = cell_take_field(given, arena, out);

    if (result == FAIL_HOST)
        return misuse(work, "it emitted a cell that is no value");
    *kinds |= KINDS(out->kind);
    return result;
}

static status intern(struct work *work, const char *name, const struct name **out)
{
    *out = NULL;
    if (!name || !*name)
        return misuse(work, "it emitted a field without a name");
    TRY_NEW(*out = names_intern(work->op.run->names, str_of(name)));
    return OK;
}

/* --- row by row ----------------------------------------------------------------------------------------- */

void pending_free(struct pending *pending, struct heap *heap)
{
    batch_release(pending->batch);
    heap_free(heap, pending->column, pending->column_room * sizeof *pending->column);
    heap_free(heap, pending->of_name, pending->of_name_room * sizeof *pending->of_name);
    *pending = (struct pending){ 0 };
}

static status append_columns(struct work *work, struct batch *batch)
{
    struct pending *pending = &work->pending;

    for (uint32_t i = 0; i < pending->columns; i++) {
        struct made_column *made = &pending->column[i];
        struct column      *column;

        if (!made->cell)
            continue;
        TRY_NEW(column = ARENA_NEW(&batch->arena, struct column));
        column->encoding = ENCODING_CELLS;
        column->kinds = (uint8_t)(made->kinds | KINDS(KIND_NULL));
        column->cell = made->cell;
        TRY(batch_append(batch, made->name, column, work->op.stage->rank));
    }
    return OK;
}

status work_flush(struct work *work)
{
    struct pending *pending = &work->pending;
    struct batch   *batch = pending->batch;
    status          result;

    if (!batch)
        return OK;
    batch->size = batch->rows.count = pending->rows;
    batch->ordinal = work->ordinal;
    batch->segment = work->segment;
    work->ordinal += pending->rows;
    result = append_columns(work, batch);
    pending->batch = NULL;
    pending->rows = pending->room = 0;
    for (uint32_t i = 0; i < pending->columns; i++)
        pending->column[i].cell = NULL;
    if (result == OK)
        return pass_on(work, batch);
    batch_release(batch);
    return result;
}

/* Room for one more row in every column of the batch. */
static status grow(struct work *work)
{
    struct pending *pending = &work->pending;
    uint32_t        room = pending->room ? 2 * pending->room : ROOM;

    if (!pending->batch)
        TRY_NEW(pending->batch = batch_new(&work->op.run->heap, 0));
    if (pending->rows < pending->room)
        return OK;
    for (uint32_t i = 0; i < pending->columns; i++) {
        struct made_column *made = &pending->column[i];
        struct cell        *cell;

        if (!made->cell)
            continue;
        TRY_NEW(cell = ARENA_ARRAY(&pending->batch->arena, struct cell, room));
        memcpy(cell, made->cell, pending->rows * sizeof *cell);
        made->cell = cell;
    }
    pending->room = room;
    return OK;
}

static status add_column(struct work *work, const struct name *name, uint32_t *place)
{
    struct pending *pending = &work->pending;
    struct heap    *heap = &work->op.run->heap;

    if (!heap_grow_zero(heap, &pending->of_name, &pending->of_name_room, name->number + 1,
                   sizeof *pending->of_name))
        return FAIL_MEMORY;
    if (pending->of_name[name->number] == 0) {
        if (!heap_grow(heap, &pending->column, &pending->column_room, pending->columns + 1,
                       sizeof *pending->column))
            return FAIL_MEMORY;
        pending->column[pending->columns++] = (struct made_column){ .name = name };
        pending->of_name[name->number] = pending->columns;
    }
    *place = pending->of_name[name->number] - 1;
    return OK;
}

/* The column of a name; `guess` is where the row before had its own in this place. */
static status find_column(struct work *work, const char *text, size_t guess, uint32_t *place)
{
    const struct pending *pending = &work->pending;
    const struct name    *name;

    *place = (uint32_t)guess;
    if (guess < pending->columns && text && strcmp(text, pending->column[guess].name->text) == 0)
        return OK;
    TRY(intern(work, text, &name));
    return add_column(work, name, place);
}

static status add_row(struct work *work, const char *const *names, const spl_cell *cells, size_t count)
{
    struct pending *pending = &work->pending;
    uint32_t        most = work->op.run->options.batch_rows ? work->op.run->options.batch_rows : BATCH_ROWS;

    TRY(grow(work));
    for (size_t i = 0; i < count; i++) {
        struct made_column *made;
        uint32_t            place;

        TRY(find_column(work, names[i], i, &place));
        made = &pending->column[place];
        if (!made->cell) {
            TRY_NEW(made->cell = ARENA_ARRAY(&pending->batch->arena, struct cell, pending->room));
            made->kinds = 0;
        }
        TRY(take(work, &cells[i], &pending->batch->arena, &made->cell[pending->rows], &made->kinds));
    }
    return ++pending->rows < most ? OK : work_flush(work);
}

/* Is the command at work, and does somebody want more rows? Else the answer it gets. */
static bool may_emit(struct work *work, spl_status *refusal)
{
    *refusal = !work ? FAIL_MISUSE : work->failure != OK ? work->failure : work->enough ? answer(work, ENOUGH) : OK;
    return work && work->failure == OK && !work->enough;
}

spl_status spl_emit_row(spl_call *call, const char *const *names, const spl_cell *cells, size_t count)
{
    struct work *work = call->work;
    spl_status   refusal;

    if (!may_emit(work, &refusal))
        return refusal;
    if (count > UINT32_MAX || (count && (!names || !cells)))
        return answer(work, misuse(work, "it emitted a row without names or cells"));
    return answer(work, add_row(work, names, cells, count));
}

/* --- whole batches -------------------------------------------------------------------------------------- */

static status select_rows(const struct batch *in, const unsigned char *keep, struct batch *out)
{
    uint32_t *row, count = 0;

    TRY_NEW(row = arena_alloc(&out->arena, (batch_rows(in) + (size_t)1) * sizeof *row));
    for (uint32_t i = 0; i < batch_rows(in); i++)
        if (keep[i])
            row[count++] = batch_row(in, i);
    out->rows = (struct rows){ count, row };
    return OK;
}

static status set_column(struct work *work, const struct batch *in, const unsigned char *keep,
                         const char *text, const spl_cell *cells, uint32_t rank, struct batch *out)
{
    const struct name *name;
    struct column     *column;
    unsigned           kinds = KINDS(KIND_NULL);

    TRY(intern(work, text, &name));
    if (!cells)
        return misuse(work, "it emitted a column without cells");
    TRY_NEW(column = ARENA_NEW(&out->arena, struct column));
    column->encoding = ENCODING_CELLS;
    TRY_NEW(column->cell = ARENA_ARRAY(&out->arena, struct cell, out->size + (size_t)1));
    for (uint32_t i = 0; i < batch_rows(in); i++)
        if (!keep || keep[i])
            TRY(take(work, &cells[i], &out->arena, &column->cell[batch_row(in, i)], &kinds));
    column->kinds = (uint8_t)kinds;
    return batch_set(out, name, column, rank);
}

/* Puts the batch behind the rows that were emitted before. */
static void place(struct work *work, struct batch *out)
{
    if (!work->in_place || work->ordinal > out->ordinal)
        out->ordinal = work->ordinal;
    out->segment = work->segment;
    work->ordinal = out->ordinal + out->size;
}

static status derive(struct work *work, struct batch *in, const unsigned char *keep, const char *const *names,
                     const spl_cell *const *cells, size_t columns, struct batch *out)
{
    if (keep)
        TRY(select_rows(in, keep, out));
    for (size_t i = 0; i < columns; i++)
        TRY(set_column(work, in, keep, names[i], cells[i], rank_at(work->op.stage->rank, (uint32_t)i), out));
    place(work, out);
    return OK;
}

static status emit_batch(struct work *work, struct batch *in, const unsigned char *keep,
                         const char *const *names, const spl_cell *const *cells, size_t columns)
{
    struct batch *out;
    status        result;

    TRY(work_flush(work));
    /* Texts are decoded in place when they are looked at: with threads the host may do so while the command
     * still holds the batch. */
    for (uint32_t i = 0; i < in->fields && !work->in_place && work->op.run->options.threads > 1; i++)
        TRY(batch_decode(in, in->field[i].column));
    TRY_NEW(out = batch_derive(in));
    result = derive(work, in, keep, names, cells, columns, out);
    if (result == OK)
        return pass_on(work, out);
    batch_release(out);
    return result;
}

spl_status spl_emit_batch(spl_call *call, const spl_batch *batch, const unsigned char *keep,
                          const char *const *names, const spl_cell *const *cells, size_t columns)
{
    struct work *work = call->work;
    spl_status   refusal;

    if (!may_emit(work, &refusal))
        return refusal;
    if (batch->run != work->op.run->owner)
        return answer(work, misuse(work, "it emitted a batch of another run"));
    if (columns && (!names || !cells))
        return answer(work, misuse(work, "it emitted columns without names or cells"));
    return answer(work, emit_batch(work, batch->batch, keep, names, cells, columns));
}
