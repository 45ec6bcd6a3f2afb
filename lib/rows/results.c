#include "rows/results.h"

#include "flow/run.h"
#include "state/keep.h"

enum {
    CELLS_MOST = 4 << 20,           /* of a batch: wide tables come in batches of fewer rows */
    AHEAD = 12,                     /* rows */
    FEW_ROWS = 512                  /* of a batch while memory is short: who comes next needs some as well */
};

/* A column of numbers alone is made one. What an aggregate computed is a number, not a text with so many decimals: it
 * stays EXACT (language 7.3 is about texts). */
static status pack(const struct results *results, struct column *column, uint32_t size, struct arena *arena,
                   struct column **out)
{
    bool numbers = true;

    *out = column;
    for (uint32_t i = 0; i < size && numbers; i++)
        numbers = column->cell[i].kind == KIND_NUMBER && column->cell[i].decimals == EXACT;
    if (!numbers)
        return OK;
    TRY_NEW(*out = column_number(arena, size));
    for (uint32_t i = 0; i < size; i++)
        (*out)->number[i] = column->cell[i].number;
    (*out)->soft = 1;
    return OK;
}

static status own(struct cell *cell, struct arena *arena)
{
    struct kept_cell kept = { .cell = *cell };

    return kept_cell_copy(&kept, arena, cell);
}

static status make_column(const struct results *results, uint32_t number, uint64_t from, struct batch *batch,
                          struct column **out)
{
    struct arena  *arena = &batch->arena;
    struct column *column = column_cells(arena, batch->size, 0);
    unsigned       kinds = 0;

    TRY_NEW(column);
    for (uint32_t i = 0; i < batch->size; i++) {
        struct cell *cell = &column->cell[i];
        *cell = cell_null();
        if (results->ahead && i + AHEAD < batch->size)
            results->ahead(results->host, number, from + i + AHEAD);
        TRY(results->cell(results->host, number, from + i, arena, cell));
        if (results->passing)
            TRY(own(cell, arena));
        kinds |= KINDS(cell->kind);
        if (cell->kind == KIND_NUMBER)
            cell->flags |= CELL_SOFT;
    }
    column->kinds = (uint8_t)kinds;
    return pack(results, column, batch->size, arena, out);
}

/* Of several columns of one name the last counts, in the place of the first. */
struct shown {
    const struct name *name;
    uint32_t           number;
};

static status emit_some(const struct results *results, const struct shown *shown, uint32_t columns,
                        uint64_t from,
                        uint32_t count)
{
    struct batch *batch = batch_new(results->op->context->heap, count);

    TRY_NEW(batch);
    batch_number(batch, from);
    for (uint32_t i = 0; i < columns; i++) {
        struct column *column;
        uint32_t       rank = results->op->stage->rank + (i < RANK_BY_NAME ? i : RANK_BY_NAME - 1);
        status         s = make_column(results, shown[i].number, from, batch, &column);
        if (s == OK)
            s = batch_append(batch, shown[i].name, column, rank);
        if (s != OK) {
            batch_release(batch);
            return s;
        }
    }
    return op_emit(results->op, batch);
}

static status choose_columns(const struct results *results, struct shown *shown, uint32_t *columns)
{
    uint32_t *place, most = 0;

    for (uint32_t i = 0; i < results->columns; i++)
        most = results->name[i]->number > most ? results->name[i]->number : most;
    TRY_NEW(place = ARENA_ARRAY(&results->op->arena, uint32_t, most + (size_t)1));
    *columns = 0;
    for (uint32_t i = 0; i < results->columns; i++) {
        uint32_t *at = &place[results->name[i]->number];
        if (*at == 0)
            *at = ++*columns;
        shown[*at - 1] = (struct shown){ results->name[i], i };
    }
    return OK;
}

status results_emit(struct results *results)
{
    struct op *op = results->op;
    uint32_t   most = op->run->options.batch_rows ? op->run->options.batch_rows : 4096;

    if (!results->shown) {
        TRY_NEW(results->shown = ARENA_ARRAY(&op->arena, struct shown, results->columns + (size_t)1));
        TRY(choose_columns(results, results->shown, &results->showns));
    }
    if (results->showns > CELLS_MOST / most)
        most = results->showns < CELLS_MOST ? CELLS_MOST / results->showns : 1;
    while (results->next < results->rows) {
        uint64_t from = results->next, left = results->rows - from;
        uint32_t room = most > FEW_ROWS && run_is_full(op->run) ? FEW_ROWS : most;
        uint32_t some = segment_room(from, left < room ? (uint32_t)left : room);
        TRY(run_check(op->run));
        results->next += some;
        TRY(emit_some(results, results->shown, results->showns, from, some));
        if (results->rests && op_rests(op) && results->next < results->rows)
            return AGAIN;
    }
    return OK;
}

status results_emit_pieces(struct results *results, status (*more)(struct op *op))
{
    status result = OK;

    while (result == OK) {
        if (results->next == results->rows)
            result = more(results->op);
        if (result == OK)
            TRY(results_emit(results));
        if (result == OK && op_rests(results->op))
            return AGAIN;
    }
    return result == DONE ? OK : result;
}
