#include "command/outliers.h"

#include "rows/sorted_rows.h"
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

/* Quartiles lie between the two numbers next to rank part * (n - 1), as percentiles do (reporting 9.3). */
struct quartile {
    double place, low, high;
};

struct quartiles {                          /* of a field */
    struct quartile first, third;
    uint64_t        before;                 /* numbers that came before the one at hand */
};

static struct quartile quartile_at(double part, uint64_t numbers)
{
    return (struct quartile){ .place = part * (double)(numbers - 1) };
}

static void quartile_see(struct quartile *quartile, uint64_t before, const struct tabulated_value *value)
{
    uint64_t rank = (uint64_t)quartile->place;

    if (rank >= before && rank - before < value->times)
        quartile->low = value->number;
    if (rank + 1 >= before && rank + 1 - before < value->times)
        quartile->high = value->number;
}

static double quartile_value(const struct quartile *quartile)
{
    double part = quartile->place - floor(quartile->place);

    return part > 0 ? quartile->low + part * (quartile->high - quartile->low) : quartile->low;
}

/* Numbers come in ascending order. */
static status find_quartiles(struct outliers *outliers, struct quartiles *quartiles)
{
    struct tabulation     *tabulation = &outliers->tabulation;
    struct tabulated_value value;
    status                 result;

    TRY(tabulation_read(tabulation));
    for (uint32_t i = 0; i < tabulation->fields; i++) {
        quartiles[i].first = quartile_at(0.25, tabulation->field[i].number_times);
        quartiles[i].third = quartile_at(0.75, tabulation->field[i].number_times);
    }
    TRY(tabulation_start(tabulation, false));
    while ((result = tabulation_next(tabulation, &value)) == OK) {
        struct quartiles *of = &quartiles[value.field];
        if (!value.is_number)
            continue;
        quartile_see(&of->first, of->before, &value);
        quartile_see(&of->third, of->before, &value);
        of->before += value.times;
    }
    return result == DONE ? OK : result;
}

static status find_limits(struct outliers *outliers)
{
    const struct tabulation *tabulation = &outliers->tabulation;
    struct quartiles        *quartiles = ARENA_ARRAY(&outliers->op.arena, struct quartiles, tabulation->fields + (size_t)1);

    TRY_NEW(quartiles);
    TRY_NEW(outliers->limits = ARENA_ARRAY(&outliers->op.arena, struct limits, tabulation->fields + (size_t)1));
    TRY(find_quartiles(outliers, quartiles));
    for (uint32_t i = 0; i < tabulation->fields; i++) {
        double low = quartile_value(&quartiles[i].first), high = quartile_value(&quartiles[i].third);
        double range = outliers->bound->param * (high - low);
        outliers->limits[i] = (struct limits){ -INFINITY, INFINITY };
        if (tabulation->field[i].numbers == 0)
            continue;
        outliers->limits[i].high = high + range;
        if (outliers->bound->uselower)
            outliers->limits[i].low = low - range;
    }
    tabulation_forget(&outliers->tabulation);
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

static status drop(struct outliers *outliers, struct batch *batch)
{
    uint8_t  *dropped = ARENA_ARRAY(&batch->arena, uint8_t, batch->size);
    uint32_t *row = ARENA_ARRAY(&batch->arena, uint32_t, batch->size), count = 0;

    if (!dropped || !row)
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < batch->fields; i++) {
        struct column *column = batch->field[i].column;
        uint32_t       number = tabulation_find(&outliers->tabulation, batch->field[i].name);
        if (number == TABULATION_NONE)
            continue;
        TRY(batch_decode(batch, column));
        for (uint32_t r = 0; r < batch->size; r++) {
            struct cell cell = column_cell(column, r);
            dropped[r] |= has_outlier(&cell, &outliers->limits[number]);
        }
    }
    for (uint32_t r = 0; r < batch->size; r++)
        if (!dropped[r])
            row[count++] = r;
    batch->rows = (struct rows){ count, row };
    return OK;
}

static status emit_clipped(struct op *op, struct batch *takes)
{
    struct outliers *outliers = container_of(op, struct outliers, op);
    status           result = outliers->bound->drops ? drop(outliers, takes) : clip(outliers, takes);

    return op_emit_if(op, result, takes);
}

static status outliers_finish(struct op *op)
{
    struct outliers *outliers = container_of(op, struct outliers, op);

    if (!sorted_rows_sending(&outliers->rows)) {
        TRY(sorted_rows_yield(&outliers->rows));
        TRY(find_limits(outliers));
    }
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
    sorted_rows_init(&outliers->rows, *out, NULL, 0, 0);
    return tabulation_open(&outliers->tabulation, *out, bound->fields, true);
}

void outliers_remove(struct outliers_bound *bound, const struct binder *binder)
{
    bound->remove = true;
    bound->drops = context_choice(binder->compile.context, CHOICE_OUTLIER_ROWS);
}

status outliers_needs(const struct outliers_bound *bound, struct wanted *wanted)
{
    /* What is clipped matters only where it is wanted; what drops rows always does. */
    return bound->drops ? tabulation_needs(bound->fields, wanted) : OK;
}
