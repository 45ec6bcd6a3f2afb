#include "value/order.h"

#include "text/cidr.h"
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

/* What a value counts as in orders over whole columns. */
enum rank { RANK_NUMBER, RANK_ADDRESS, RANK_TEXT, RANK_NULL };

struct key {
    enum rank      rank;
    double         number;
    struct address address;
};

static const struct cell *scalar(const struct cell *cell)
{
    return cell->kind == KIND_LIST ? cell->list : cell;     /* a multivalue counts as its first value */
}

static bool is_number(const struct cell *cell, double *number)
{
    if (cell->kind == KIND_NUMBER) {
        *number = cell->number;
        return true;
    }
    return cell->kind == KIND_TEXT && number_parse_loose(cell_str(cell), number);
}

/* Not-a-number sorts above every number, so that the order stays total. */
static int compare_total(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(a) != 0) - (isnan(b) != 0);
    return compare_numbers(a, b);
}

int order_natural(const struct cell *a, const struct cell *b)
{
    double x, y;
    bool   a_number, b_number;
    int    order;

    a = scalar(a);
    b = scalar(b);
    if (a->kind == KIND_NULL || b->kind == KIND_NULL)
        return (b->kind == KIND_NULL) - (a->kind == KIND_NULL);
    a_number = is_number(a, &x);
    b_number = is_number(b, &y);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (a_number) {
        order = compare_total(x, y);
        if (order != 0)
            return order;
        if (a->kind == KIND_NUMBER && b->kind == KIND_NUMBER)
            return 0;
    }
    return compare_texts(a, b);
}

static struct key key_of(enum sort_kind kind, const struct cell *cell)
{
    struct key key = { .rank = RANK_TEXT };

    if (cell->kind == KIND_NULL)
        key.rank = RANK_NULL;
    else if ((kind == SORT_AUTO || kind == SORT_NUMBER) && is_number(cell, &key.number))
        key.rank = RANK_NUMBER;
    else if ((kind == SORT_AUTO || kind == SORT_IP) && cell->kind == KIND_TEXT
             && address_parse(cell_str(cell), &key.address))
        key.rank = RANK_ADDRESS;
    return key;
}

int order_sort(enum sort_kind kind, const struct cell *a, const struct cell *b)
{
    struct key x, y;

    a = scalar(a);
    b = scalar(b);
    x = key_of(kind, a);
    y = key_of(kind, b);
    if (x.rank != y.rank)
        return x.rank < y.rank ? -1 : 1;
    switch (x.rank) {
    case RANK_NUMBER:
        return compare_total(x.number, y.number);
    case RANK_ADDRESS:
        return address_compare(&x.address, &y.address);
    case RANK_TEXT:
        /* num(): what is no number is tied, after all numbers. */
        return kind == SORT_NUMBER ? 0 : compare_texts(a, b);
    default:
        return 0;
    }
}
