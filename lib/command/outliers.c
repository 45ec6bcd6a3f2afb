#include "command/outliers.h"

#include "command/sorted_rows.h"
#include "command/tabulation.h"
#include "value/list.h"
#include "value/number.h"

#include <math.h>

struct limits {
    double low, high;                   /* what lies between them, both included, is no outlier */
};

struct outliers {
    struct op                    op;
    const struct outliers_bound *bound;
    struct tabulation            tabulation;
    struct sorted_rows           rows;
    struct limits               *limits;        /* by field of the tabulation */
};

static status outliers_push(struct op *op, struct batch *in)
{
    struct outliers *outliers = container_of(op, struct outliers, op);

    TRY(tabulation_add(&outliers->tabulation, in, &op->step));
    return sorted_rows_add(&outliers->rows, in);
}

static status find_limits(struct outliers *outliers)
{
    const struct tabulation *tabulation = &outliers->tabulation;

    TRY_NEW(outliers->limits = ARENA_ARRAY(&outliers->op.arena, struct limits, tabulation->fields + (size_t)1));
    for (uint32_t i = 0; i < tabulation->fields; i++) {
        struct numbers numbers;
        double         low, high, range;
        arena_reset(&outliers->op.step);
        TRY(run_check(outliers->op.run));
        TRY(tabulation_numbers(tabulation, i, &outliers->op.step, &numbers));
        outliers->limits[i] = (struct limits){ -INFINITY, INFINITY };
        if (numbers.count == 0)
            continue;
        low = numbers_quantile(&numbers, 0.25);
        high = numbers_quantile(&numbers, 0.75);
        range = outliers->bound->param * (high - low);
        outliers->limits[i].high = high + range;
        if (outliers->bound->uselower)
            outliers->limits[i].low = low - range;
    }
    return OK;
}

/* The limit that a value is beyond; false: it is no outlier. */
static bool is_outlier(const struct cell *cell, const struct limits *limits, double *limit)
{
    double number = cell->number;

    if (cell->kind == KIND_TEXT ? !number_parse_loose(cell_str(cell), &number) : cell->kind != KIND_NUMBER)
        return false;
    *limit = number > limits->high ? limits->high : limits->low;
    return number > limits->high || number < limits->low;
}

static bool has_outlier(const struct cell *cell, const struct limits *limits)
{
    uint32_t           count;
    const struct cell *member = list_members(cell, &count);
    double             limit;

    for (uint32_t i = 0; i < count; i++)
        if (is_outlier(&member[i], limits, &limit))
            return true;
    return false;
}

static status clip_value(const struct outliers *outliers, const struct limits *limits, struct arena *arena,
                         struct cell *cell)
{
    char   room[NUMBER_ROOM + 3] = "000";
    double limit;
    str    text;

    if (!is_outlier(cell, limits, &limit))
        return OK;
    if (outliers->bound->remove) {
        *cell = cell_null();
        return OK;
    }
    *cell = cell_number(limit);
    if (!outliers->bound->mark) {
        cell->flags |= CELL_SOFT;
        return OK;
    }
    text = arena_str(arena, str_make(room, 3 + number_format(limit, EXACT, room + 3)));
    TRY_NEW(text.at);
    *cell = cell_field_text(text);
    return OK;
}

static status clip_cell(const struct outliers *outliers, const struct limits *limits, struct arena *arena,
                        struct cell *cell)
{
    struct cell *member;
    uint32_t     count = 0;

    if (cell->kind != KIND_LIST)
        return clip_value(outliers, limits, arena, cell);
    if (!has_outlier(cell, limits))
        return OK;
    TRY_NEW(member = arena_alloc(arena, cell->size * sizeof *member));
    for (uint32_t i = 0; i < cell->size; i++) {
        member[count] = cell->list[i];
        TRY(clip_value(outliers, limits, arena, &member[count]));
        count += member[count].kind != KIND_NULL;
    }
    if (count > 1) {
        cell->list = member;
        cell->size = count;
    } else {
        *cell = count ? member[0] : cell_null();
    }
    return OK;
}

static status clip_column(const struct outliers *outliers, struct batch *batch, struct field *field,
                          const struct limits *limits)
{
    struct column *column = field->column;
    uint32_t       row = 0;

    TRY(batch_decode(batch, column));
    for (; row < batch->size; row++) {
        struct cell cell = column_cell(column, row);
        if (has_outlier(&cell, limits))
            break;
    }
    if (row == batch->size)
        return OK;
    TRY(column_to_cells(column, &batch->rows, batch->size, &batch->arena, &column));
    for (; row < batch->size; row++)
        TRY(clip_cell(outliers, limits, &batch->arena, &column->cell[row]));
    column->kinds |= KINDS(KIND_NUMBER) | KINDS(KIND_TEXT) | KINDS(KIND_NULL);
    field->column = column;
    return OK;
}

static status clip(struct outliers *outliers, struct batch *batch)
{
    for (uint32_t i = 0; i < batch->fields; i++) {
        uint32_t number = tabulation_find(&outliers->tabulation, batch->field[i].name);
        if (number != TABULATION_NONE)
            TRY(clip_column(outliers, batch, &batch->field[i], &outliers->limits[number]));
    }
    return OK;
}

static status emit_clipped(struct op *op, struct batch *takes)
{
    struct outliers *outliers = container_of(op, struct outliers, op);
    status           result = clip(outliers, takes);

    if (result != OK) {
        batch_release(takes);
        return result;
    }
    return op_emit(op, takes);
}

static status outliers_finish(struct op *op)
{
    struct outliers *outliers = container_of(op, struct outliers, op);

    if (!sorted_rows_sending(&outliers->rows))
        TRY(find_limits(outliers));
    return sorted_rows_send(&outliers->rows, emit_clipped);
}

static void outliers_close(struct op *op)
{
    struct outliers *outliers = container_of(op, struct outliers, op);

    tabulation_free(&outliers->tabulation);
    sorted_rows_free(&outliers->rows);
}

static const struct op_kind outliers_kind = {
    .name = "outliers", .push = outliers_push, .finish = outliers_finish, .close = outliers_close,
    .spills = true,
};

status outliers_open(const struct outliers_bound *bound, const struct stage *stage, struct run *run, struct op **out)
{
    struct outliers *outliers;

    TRY(op_new(&outliers_kind, sizeof *outliers, stage, run, out));
    outliers = container_of(*out, struct outliers, op);
    outliers->bound = bound;
    tabulation_init(&outliers->tabulation, (*out)->context->heap, bound->fields);
    sorted_rows_init(&outliers->rows, *out, NULL, 0, 0);
    return OK;
}
