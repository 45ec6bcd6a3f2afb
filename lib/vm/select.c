/* Selections: narrow, minus, union; and the answers. */
#include "vm/kernel/narrow.h"
#include "vm/machine.h"

static uint32_t narrow_truth(enum cpu_level level, const uint8_t *restrict truth, uint8_t want,
                             const struct rows *rows,
                             uint32_t *restrict out)
{
    const uint32_t *restrict row = rows->row;
    uint32_t n = 0, count = rows->count;

    if (!row)
        return narrow_rows(level, truth, want, count, out);
    for (uint32_t i = 0; i < count; i++) {
        out[n] = row[i];
        n += truth[row[i]] == want;
    }
    return n;
}

static uint32_t narrow_present(const struct column *column, const struct rows *rows, uint32_t *restrict out)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        out[n] = row;
        n += !column_is_null(column, row);
    }
    return n;
}

static bool passes(const struct cell *cell, enum test test)
{
    switch (test) {
    case TEST_TRUE:  return cell->kind == KIND_BOOLEAN && cell->truth;
    case TEST_FALSE: return cell->kind == KIND_BOOLEAN && !cell->truth;
    case TEST_NULL:  return cell->kind == KIND_NULL;
    default:         return cell->kind != KIND_NULL;
    }
}

static uint32_t narrow_cells(const struct column *column, enum test test, const struct rows *rows,
                             uint32_t *out)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t    row = rows_at(rows, i);
        struct cell cell = column_cell(column, row);
        if (passes(&cell, test))
            out[n++] = row;
    }
    return n;
}

status execute_NARROW(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    const struct column *column = machine->reg[at->a];
    struct selection    *into = &machine->rows[at->into];
    enum test            test = (enum test)at->b;
    uint32_t            *row, count;

    *into = (struct selection){ .space = under->space };
    if (column->encoding <= ENCODING_CONSTANT) {
        struct cell cell = column_cell(column, 0);
        if (passes(&cell, test))
            into->rows = under->rows;
        return OK;
    }
    if (column->encoding == ENCODING_NUMBER && !column->null && test == TEST_VALUE) {
        into->rows = under->rows;
        return OK;
    }
    TRY_NEW(row = arena_alloc(&machine->scratch, (under->rows.count + NARROW_SLACK) * sizeof *row));
    if (column->encoding == ENCODING_TRUTH && test <= TEST_NULL)
        count = narrow_truth(machine->context->cpu, column->truth,
                             test == TEST_TRUE ? TRUTH_TRUE : test == TEST_FALSE ? TRUTH_FALSE
                                 : TRUTH_NULL, &under->rows, row);
    else if (test == TEST_VALUE)
        count = narrow_present(column, &under->rows, row);
    else
        count = narrow_cells(column, test, &under->rows, row);
    into->rows = count == under->rows.count ? under->rows : (struct rows){ count, row };
    return OK;
}

/* `b` holds rows of `a` only. */
static uint32_t without(const struct rows *a, const struct rows *b, uint32_t *restrict out)
{
    uint32_t n = 0, j = 0;

    for (uint32_t i = 0; i < a->count; i++) {
        uint32_t row = rows_at(a, i);
        if (j < b->count && rows_at(b, j) == row)
            j++;
        else
            out[n++] = row;
    }
    return n;
}

static uint32_t join(const struct rows *a, const struct rows *b, uint32_t *restrict out)
{
    uint32_t n = 0, i = 0, j = 0;

    while (i < a->count && j < b->count) {
        uint32_t p = rows_at(a, i), q = rows_at(b, j);
        i += p <= q;
        j += q <= p;
        out[n++] = p < q ? p : q;
    }
    for (; i < a->count; i++)
        out[n++] = rows_at(a, i);
    for (; j < b->count; j++)
        out[n++] = rows_at(b, j);
    return n;
}

status execute_MINUS(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    const struct rows *less = &machine->rows[at->a].rows;
    struct selection  *into = &machine->rows[at->into];
    uint32_t          *row;

    *into = (struct selection){ under->rows, under->space };
    if (less->count == 0)
        return OK;
    if (less->count >= under->rows.count) {
        into->rows = (struct rows){ 0 };
        return OK;
    }
    TRY_NEW(row = arena_alloc(&machine->scratch, under->rows.count * sizeof *row));
    into->rows = (struct rows){ without(&under->rows, less, row), row };
    return OK;
}

status execute_UNION(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    const struct selection *a = &machine->rows[at->a], *b = &machine->rows[at->b];
    struct selection       *into = &machine->rows[at->into];
    uint32_t               *row;

    (void)under;
    *into = a->rows.count == 0 ? *b : *a;
    if (a->rows.count == 0 || b->rows.count == 0)
        return OK;
    TRY_NEW(row = arena_alloc(&machine->scratch, ((size_t)a->rows.count + b->rows.count) * sizeof *row));
    into->rows = (struct rows){ join(&a->rows, &b->rows, row), row };
    return OK;
}

status execute_FILTER(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    (void)at;
    machine->filtered = under;
    return OK;
}

status execute_RETURN(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    (void)under;
    machine->returned = machine->reg[at->a];
    return OK;
}
