#include "value/order.h"

#include "value/number.h"

#include <math.h>

bool cell_reads_number(const struct cell *cell, double *number)
{
    if (cell->kind == KIND_NUMBER) {
        *number = cell->number;
        return true;
    }
    return cell->kind == KIND_TEXT && (cell->flags & CELL_SOFT) && number_parse(cell_str(cell), number, NULL);
}

bool cell_spells_number(const struct cell *cell, double *number)
{
    if (cell->kind == KIND_NUMBER) {
        *number = cell->number;
        return true;
    }
    return cell->kind == KIND_TEXT && number_parse(cell_str(cell), number, NULL);
}

struct cell cell_as_number(const struct cell *cell)
{
    struct cell number = cell_number(0);

    if (cell->kind == KIND_NUMBER)
        return *cell;
    if (cell->kind != KIND_TEXT || !number_parse(cell_str(cell), &number.number, &number.decimals))
        return cell_null();
    return number;
}

str cell_show(const struct cell *cell, char *room)
{
    switch (cell->kind) {
    case KIND_TEXT:
        return cell_str(cell);
    case KIND_NUMBER:
        return (str){ room, number_format(cell->number, cell->decimals, room) };
    case KIND_BOOLEAN:
        return cell->truth ? STR("true") : STR("false");
    default:
        return (str){ NULL, 0 };
    }
}

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_texts(const struct cell *a, const struct cell *b)
{
    char room_a[NUMBER_ROOM], room_b[NUMBER_ROOM];

    return str_compare(cell_show(a, room_a), cell_show(b, room_b));
}

int order_eval(const struct cell *a, const struct cell *b, bool *unordered)
{
    double x, y;

    *unordered = false;
    if (cell_spells_number(a, &x) && cell_spells_number(b, &y)) {
        *unordered = isnan(x) || isnan(y);
        return compare_numbers(x, y);
    }
    return compare_texts(a, b);
}
