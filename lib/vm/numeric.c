#include "vm/numeric.h"

#include "value/number.h"

#include <math.h>

static const double power_of_ten[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
                                       1e13, 1e14, 1e15 };

int16_t numeric_settle(double number)
{
    char    text[NUMBER_ROOM];
    int16_t decimals = EXACT;
    double  same;

    if (!(fabs(number) < 4503599627370496.0) || number == rint(number))
        return EXACT;
    if (fabs(number) >= 1e-4)
        for (int places = 1; places <= 6; places++) {       /* most fractions are short */
            double whole = rint(number * power_of_ten[places]);
            if (fabs(whole) < 1e15 && whole / power_of_ten[places] == number)
                return (int16_t)places;
        }
    return number_parse(str_make(text, number_format(number, EXACT, text)), &same, &decimals) ? decimals
        : EXACT;
}

double numeric_round(double number, int16_t decimals)
{
    int    places = decimals < 0 ? 0 : decimals;
    char   text[NUMBER_ROOM];
    double shifted, rounded;

    if (places <= 15) {
        shifted = number * power_of_ten[places];
        rounded = rint(shifted);
        /* Near a half the product may have fallen to the wrong side; past 1e15 the quotient is not exact. */
        if (fabs(rounded) < 1e15 && fabs(fabs(shifted - rounded) - 0.5) > 1e-3)
            return rounded / power_of_ten[places];
    }
    if (!number_parse(str_make(text, number_format(number, decimals, text)), &rounded, NULL))
        return number;
    return rounded;
}

static status settle(struct column *column, const struct rows *rows, uint32_t size, struct arena *arena,
                     struct column **out)
{
    struct column *settled;
    int16_t       *decimals = NULL;

    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        double   number = column->number[row];
        if (number == rint(number) || (column->null && column->null[row])) {
            if (decimals)
                decimals[row] = EXACT;
            continue;
        }
        if (!decimals) {
            TRY_NEW(decimals = arena_alloc(arena, size * sizeof *decimals));
            for (uint32_t j = 0; j < i; j++)
                decimals[rows_at(rows, j)] = EXACT;
        }
        decimals[row] = numeric_settle(number);
    }
    if (!decimals)
        return OK;
    TRY_NEW(settled = column_absent(arena));
    *settled = *column;
    settled->unsettled = 0;
    settled->decimals = decimals;
    *out = settled;
    return OK;
}

/* Not everything spells a number: cells, with numbers where there are any. */
static status parse_some(bool plain, struct column *column, const struct rows *rows, uint32_t size,
                         struct arena *arena, struct column **out)
{
    struct column *made = column_cells(arena, size, column->kinds | KINDS(KIND_NUMBER));

    TRY_NEW(made);
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t    row = rows_at(rows, i);
        struct cell cell = column->cell[row];
        if (cell.kind == KIND_TEXT && (cell.flags & CELL_SOFT)) {
            struct cell number = { .kind = KIND_NUMBER, .flags = CELL_SOFT };
            if (number_parse(cell_str(&cell), &number.number, &number.decimals))
                cell = number;
            if (cell.kind == KIND_NUMBER && plain)
                cell.decimals = EXACT;
        }
        made->cell[row] = cell;
    }
    *out = made;
    return OK;
}

struct parsed {
    struct column *column;
    uint32_t       size;
    struct arena  *arena;
    bool           plain;
};

static status parsed_null(struct parsed *parsed, uint32_t row)
{
    if (!parsed->column->null)
        TRY_NEW(parsed->column->null = arena_zero(parsed->arena, parsed->size, 1));
    parsed->column->null[row] = 1;
    parsed->column->number[row] = 0;
    return OK;
}

static status parsed_decimals(struct parsed *parsed, uint32_t row, int16_t decimals)
{
    struct column *column = parsed->column;

    if (parsed->plain || (decimals == EXACT && !column->decimals))
        return OK;
    if (!column->decimals) {
        TRY_NEW(column->decimals = arena_alloc(parsed->arena, parsed->size * sizeof(int16_t)));
        for (uint32_t i = 0; i < parsed->size; i++)
            column->decimals[i] = EXACT;
    }
    column->decimals[row] = decimals;
    return OK;
}

static status parse_cells(bool plain, struct column *column, const struct rows *rows, uint32_t size,
                          struct arena *arena, struct column **out)
{
    const struct cell *restrict cell = column->cell;
    struct parsed parsed = { column_number(arena, size), size, arena, plain };
    double       *restrict number;

    TRY_NEW(parsed.column);
    number = parsed.column->number;
    parsed.column->soft = 1;
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        int16_t  decimals = EXACT;
        bool     soft = cell[row].kind == KIND_TEXT && (cell[row].flags & CELL_SOFT);
        if (soft && number_parse_short(cell[row].text, cell[row].size, &number[row])) {
            if (parsed.column->decimals)
                parsed.column->decimals[row] = EXACT;
            continue;
        }
        if (cell[row].kind == KIND_NULL) {
            TRY(parsed_null(&parsed, row));
            continue;
        }
        if (cell[row].kind == KIND_NUMBER && (cell[row].flags & CELL_SOFT)) {
            number[row] = cell[row].number;
            decimals = cell[row].decimals;
        } else if (!soft || !number_parse(cell_str(&cell[row]), &number[row], &decimals)) {
            return parse_some(plain, column, rows, size, arena, out);
        }
        TRY(parsed_decimals(&parsed, row, decimals));
    }
    *out = parsed.column;
    return OK;
}

status numeric_column(bool plain, enum numeric_mode mode, struct column *column, const struct rows *rows,
                      uint32_t size, struct arena *arena, struct column **out)
{
    *out = column;
    if (column->encoding == ENCODING_NUMBER && column->unsettled && !plain)
        return settle(column, rows, size, arena, out);
    if (column->encoding == ENCODING_CELLS && mode == NUMERIC_PARSED && (column->kinds & KINDS(KIND_TEXT)))
        return parse_cells(plain, column, rows, size, arena, out);
    return OK;
}
