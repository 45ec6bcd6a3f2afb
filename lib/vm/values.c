/* Instructions that make columns: load, call, numeric, merge, truth. */
#include "batch/gather.h"
#include "value/number.h"
#include "vm/machine.h"
#include "vm/numeric.h"

static bool is_computed(const struct column *column, const struct rows *rows)
{
    if (column->encoding == ENCODING_NUMBER)
        return !column->soft;
    if (column->encoding == ENCODING_CONSTANT)
        return column->constant.kind != KIND_NULL && !(column->constant.flags & CELL_SOFT);
    if (column->encoding != ENCODING_CELLS || !(column->kinds & KINDS(KIND_NUMBER)))
        return false;
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct cell *cell = &column->cell[rows_at(rows, i)];
        if (cell->kind == KIND_NUMBER && !(cell->flags & CELL_SOFT))
            return true;
    }
    return false;
}

/* Commands put numbers of their own into fields; whoever reads a field reads what its text says. */
status execute_LOAD(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    struct column *column = batch_column(machine->batch, machine->name[at->a]);

    if (!column)
        return OK;
    TRY(column_decode(column, &under->rows, batch_eldest_arena(machine->batch)));
    if (is_computed(column, &under->rows))
        TRY(store_column(machine->context, column, &under->rows, under->space->size, false,
                         machine_arena(machine, at), &column));
    machine->reg[at->into] = column;
    return OK;
}

status execute_CALL(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    const uint32_t *operand = machine->program->operand + at->list;
    struct call    *call = &machine->call[at->a];
    struct column  *out;

    call->arena = machine_arena(machine, at);
    call->plain = at->plain;
    TRY_NEW(out = column_absent(call->arena));
    for (uint32_t i = 0; i < at->count; i++)
        machine->argument[i] = machine->reg[operand[i]];
    TRY(lift_call(call, &under->rows, under->space->size, machine->argument, out, &machine->memo[at->a]));
    machine->reg[at->into] = out;
    return OK;
}

status execute_NUMERIC(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    bool plain = at->plain || machine->context->plain_numbers;

    return numeric_column(plain, (enum numeric_mode)at->b, machine->reg[at->a], &under->rows,
                          under->space->size,
                          machine_arena(machine, at), &machine->reg[at->into]);
}

/* --- merge ---------------------------------------------------------------------------------------------- */

struct merge {
    struct machine            *machine;
    const struct instruction  *at;
    const struct selection    *under;
    struct arena              *arena;
    uint32_t                   covered;         /* rows that some arm gives */
    bool                       numbers, truths, soft, hard, decimals, nulls;
};

static const struct selection *arm_rows(const struct merge *merge, uint32_t i)
{
    return &merge->machine->rows[merge->machine->program->operand[merge->at->list + 2 * i]];
}

static struct column *arm_column(const struct merge *merge, uint32_t i)
{
    return merge->machine->reg[merge->machine->program->operand[merge->at->list + 2 * i + 1]];
}

static void look_at_arm(struct merge *merge, const struct column *column)
{
    bool number = column->encoding == ENCODING_NUMBER, null = column->encoding == ENCODING_ABSENT;
    bool truth = column->encoding == ENCODING_TRUTH;

    if (column->encoding == ENCODING_CONSTANT) {
        number = column->constant.kind == KIND_NUMBER;
        truth = column->constant.kind == KIND_BOOLEAN;
        null = column->constant.kind == KIND_NULL;
        merge->decimals |= number && column->constant.decimals != EXACT;
        merge->soft |= number && (column->constant.flags & CELL_SOFT);
        merge->hard |= number && !(column->constant.flags & CELL_SOFT);
    } else if (number) {
        merge->decimals |= column->decimals != NULL;
        merge->nulls |= column->null != NULL;
        merge->soft |= column->soft;
        merge->hard |= !column->soft || column->unsettled;
    }
    merge->nulls |= null;
    merge->numbers &= number || null;
    merge->truths &= truth || null;
}

static status merge_numbers(const struct merge *merge, struct column *out)
{
    uint32_t size = merge->under->space->size;

    out->encoding = ENCODING_NUMBER;
    out->soft = merge->soft;
    TRY_NEW(out->number = arena_alloc(merge->arena, size * sizeof(double)));
    if (merge->nulls || merge->covered < merge->under->rows.count) {
        TRY_NEW(out->null = arena_alloc(merge->arena, size));
        memset(out->null, 1, size);
    }
    if (merge->decimals)
        TRY_NEW(out->decimals = arena_alloc(merge->arena, size * sizeof(int16_t)));
    for (uint32_t i = 0; i < merge->at->count / 2; i++) {
        const struct rows   *rows = &arm_rows(merge, i)->rows;
        const struct column *column = arm_column(merge, i);
        for (uint32_t j = 0; j < rows->count && column->encoding != ENCODING_ABSENT; j++) {
            uint32_t    row = rows_at(rows, j);
            struct cell cell = column_cell(column, row);
            out->number[row] = cell.number;
            if (out->decimals)
                out->decimals[row] = cell.decimals;
            if (out->null)
                out->null[row] = cell.kind == KIND_NULL;
        }
    }
    return OK;
}

static status merge_truths(const struct merge *merge, struct column *out)
{
    uint32_t size = merge->under->space->size;

    out->encoding = ENCODING_TRUTH;
    TRY_NEW(out->truth = arena_alloc(merge->arena, size));
    memset(out->truth, TRUTH_NULL, size);
    for (uint32_t i = 0; i < merge->at->count / 2; i++) {
        const struct rows *rows = &arm_rows(merge, i)->rows;
        for (uint32_t j = 0; j < rows->count; j++) {
            uint32_t    row = rows_at(rows, j);
            struct cell cell = column_cell(arm_column(merge, i), row);
            out->truth[row] = cell.kind == KIND_NULL ? TRUTH_NULL : (uint8_t)cell.truth;
        }
    }
    return OK;
}

static status merge_cells(const struct merge *merge, struct column *out)
{
    const struct rows *all = &merge->under->rows;
    uint32_t           size = merge->under->space->size;
    unsigned           kinds = 0;

    out->encoding = ENCODING_CELLS;
    TRY_NEW(out->cell = arena_alloc(merge->arena, size * sizeof *out->cell));
    if (merge->covered < all->count) {
        for (uint32_t j = 0; j < all->count; j++)
            out->cell[rows_at(all, j)] = cell_null();
        kinds = KINDS(KIND_NULL);
    }
    for (uint32_t i = 0; i < merge->at->count / 2; i++) {
        const struct rows *rows = &arm_rows(merge, i)->rows;
        struct column     *column = arm_column(merge, i), settled = *column, *use = column;
        if (column->encoding == ENCODING_NUMBER && column->unsettled) {     /* cells cannot say so */
            use = &settled;
            TRY(numeric_column(merge->machine->context->plain_numbers, NUMERIC_SETTLED, column, rows, size,
                               merge->arena, &use));
        }
        for (uint32_t j = 0; j < rows->count; j++) {
            uint32_t row = rows_at(rows, j);
            out->cell[row] = column_cell(use, row);
            kinds |= KINDS(out->cell[row].kind);
        }
    }
    out->kinds = (uint8_t)kinds;
    return OK;
}

status execute_MERGE(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    struct merge   merge = { .machine = machine, .at = at, .under = under,
                             .arena = machine_arena(machine, at),
                             .numbers = true, .truths = true };
    struct column *out, *only = NULL;

    for (uint32_t i = 0; i < at->count / 2; i++) {
        uint32_t count = arm_rows(&merge, i)->rows.count;
        if (count == 0)
            continue;
        merge.covered += count;
        only = arm_column(&merge, i);
        look_at_arm(&merge, only);
        if (count == under->rows.count) {
            machine->reg[at->into] = only;
            return OK;
        }
    }
    if (!only)
        return OK;
    TRY_NEW(out = column_absent(merge.arena));
    machine->reg[at->into] = out;
    if (merge.numbers && !(merge.soft && merge.hard))
        return merge_numbers(&merge, out);
    return merge.truths ? merge_truths(&merge, out) : merge_cells(&merge, out);
}

status execute_TRUTH(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    const struct rows *yes = &machine->rows[at->a].rows, *no = &machine->rows[at->b].rows;
    struct column     *out = column_truth(machine_arena(machine, at), under->space->size);

    TRY_NEW(out);
    memset(out->truth, TRUTH_NULL, under->space->size);
    for (uint32_t i = 0; i < yes->count; i++)
        out->truth[rows_at(yes, i)] = TRUTH_TRUE;
    for (uint32_t i = 0; i < no->count; i++)
        out->truth[rows_at(no, i)] = TRUTH_FALSE;
    machine->reg[at->into] = out;
    return OK;
}
