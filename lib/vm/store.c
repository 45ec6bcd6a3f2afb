/* Assignment: what an expression made becomes what a field holds. */
#include "vm/machine.h"
#include "vm/numeric.h"

struct cell store_cell(const struct context *context, struct cell cell)
{
    if (cell.kind == KIND_BOOLEAN)          /* of a choice that also gives other things; as tostring() has it */
        cell = cell_text(cell.truth ? STR("True") : STR("False"));
    if (cell.kind == KIND_NUMBER && !context->plain_numbers) {
        if (cell.decimals != EXACT) {
            cell.number = numeric_round(cell.number, cell.decimals);
            cell.decimals = cell.decimals <= 0 ? EXACT : cell.decimals;
        } else if (!(cell.flags & CELL_SOFT)) {
            cell.decimals = numeric_settle(cell.number);
        }
    }
    cell.flags |= CELL_SOFT;
    return cell;
}

static status store_list(const struct context *context, struct cell *cell, struct arena *arena)
{
    struct cell *copy = arena_alloc(arena, cell->size * sizeof *copy);

    TRY_NEW(copy);
    for (uint32_t i = 0; i < cell->size; i++)
        copy[i] = store_cell(context, cell->list[i]);
    cell->list = copy;
    return OK;
}

static status store_truths(const struct context *context, struct column *column, const struct rows *rows,
                           uint32_t size, struct arena *arena)
{
    struct column truths = *column;

    *column = (struct column){ .encoding = ENCODING_CELLS, .kinds = KINDS(KIND_TEXT) | KINDS(KIND_NULL) };
    TRY_NEW(column->cell = arena_alloc(arena, size * sizeof *column->cell));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        column->cell[row] = store_cell(context, column_cell(&truths, row));
    }
    return OK;
}

static status store_numbers(const struct context *context, struct column *column, const struct rows *rows,
                            uint32_t size,
                            bool own, struct arena *arena)
{
    column->unsettled |= !column->soft && !column->decimals && !context->plain_numbers;
    column->soft = 1;
    if (!column->decimals || context->plain_numbers)
        return OK;
    if (!own) {
        double  *number = arena_alloc(arena, size * sizeof *number);
        int16_t *decimals = arena_alloc(arena, size * sizeof *decimals);
        TRY_NEW(number && decimals ? column : NULL);
        memcpy(number, column->number, size * sizeof *number);
        memcpy(decimals, column->decimals, size * sizeof *decimals);
        column->number = number;
        column->decimals = decimals;
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t    row = rows_at(rows, i);
        struct cell cell = { .kind = KIND_NUMBER, .decimals = column->decimals[row],
                             .number = column->number[row] };
        cell = store_cell(context, cell);
        column->number[row] = cell.number;
        column->decimals[row] = cell.decimals;
    }
    return OK;
}

static status store_cells(const struct context *context, struct column *column, const struct rows *rows,
                          uint32_t size,
                          bool own, struct arena *arena)
{
    struct cell *from = column->cell, *to = own ? from : arena_alloc(arena, size * sizeof *to);
    unsigned     kinds = column->kinds & KINDS(KIND_BOOLEAN) ? column->kinds | KINDS(KIND_TEXT)
        : column->kinds;

    TRY_NEW(to);
    column->cell = to;
    column->kinds = (uint8_t)(kinds & ~KINDS(KIND_BOOLEAN));
    if (!(kinds & (KINDS(KIND_BOOLEAN) | KINDS(KIND_NUMBER) | KINDS(KIND_LIST)))) {
        for (uint32_t i = 0; i < rows->count; i++) {
            uint32_t row = rows_at(rows, i);
            to[row] = from[row];
            to[row].flags |= CELL_SOFT;
        }
        return OK;
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t    row = rows_at(rows, i);
        struct cell cell = from[row];
        if (cell.kind == KIND_LIST)
            TRY(store_list(context, &cell, arena));
        else
            cell = store_cell(context, cell);
        to[row] = cell;
    }
    return OK;
}

status store_column(const struct context *context, struct column *column, const struct rows *rows,
                    uint32_t size, bool own,
                    struct arena *arena, struct column **out)
{
    struct column *stored = column_absent(arena);

    TRY_NEW(*out = stored);
    *stored = *column;
    switch (column->encoding) {
    case ENCODING_CONSTANT:
        if (column->constant.kind == KIND_LIST)
            return store_list(context, &stored->constant, arena);
        stored->constant = store_cell(context, column->constant);
        return OK;
    case ENCODING_TRUTH:
        return store_truths(context, stored, rows, size, arena);
    case ENCODING_NUMBER:
        return store_numbers(context, stored, rows, size, own, arena);
    case ENCODING_CELLS:
        return store_cells(context, stored, rows, size, own, arena);
    default:
        return OK;
    }
}

/* Nobody else reads the register, and its arrays were made for it: they may be changed in place. */
static bool is_own(const struct machine *machine, uint32_t reg)
{
    const struct instruction *maker = &machine->program->code[machine->maker[reg] - 1];
    const uint32_t           *operand = machine->program->operand + maker->list;

    if (machine->uses[reg] != 1 || (maker->op != OP_CALL && maker->op != OP_MERGE && maker->op != OP_FOLD))
        return false;
    for (uint32_t i = maker->op == OP_MERGE; i < maker->count; i += maker->op == OP_MERGE ? 2 : 1) {
        const struct column *argument = machine->reg[operand[i]], *column = machine->reg[reg];
        if (argument == column || (argument->encoding == column->encoding && argument->cell == column->cell))
            return false;
    }
    return true;
}

status execute_STORE(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    struct batch  *batch = machine->batch;
    struct column *column = machine->reg[at->b], *stored;
    uint32_t       maker = machine->maker[at->b];
    uint8_t        op = maker ? machine->program->code[maker - 1].op : OPCODES;

    if ((op == OP_LOAD || op == OP_STORE) && column != machine->absent)         /* it was a field all along */
        stored = column;
    else
        TRY(store_column(machine->context, column, &under->rows, batch->size, maker && is_own(machine, at->b),
                         machine->results, &stored));
    machine->reg[at->into] = stored;
    return batch_assign(batch, machine->name[at->a], stored, rank_at(machine->rank, machine->place++));
}
