#include "state/sort_value.h"

#include "base/compiler.h"
#include "text/cidr.h"

uint64_t sort_bytes(const char *text, uint32_t size, uint32_t from)
{
    const unsigned char *at = (const unsigned char *)text + from;
    uint64_t             bytes = 0;
    uint32_t             rest = size > from ? size - from : 0;

    if (LIKELY(rest >= 8))
        return (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 | (uint64_t)at[2] << 40 | (uint64_t)at[3] << 32
            | (uint64_t)at[4] << 24 | (uint64_t)at[5] << 16 | (uint64_t)at[6] << 8 | at[7];
    for (uint32_t i = 0; i < rest; i++)
        bytes |= (uint64_t)at[i] << (56 - 8 * i);
    return bytes;
}

static struct sort_value of_number(double number)
{
    return (struct sort_value){ .rank = SORTS_NUMBER, .high = sort_bits(number) };
}

static struct sort_value of_text(str text)
{
    return (struct sort_value){ .rank = SORTS_TEXT, .size = (uint32_t)text.size, .text = text.at,
                                .high = sort_bytes(text.at, (uint32_t)text.size, 0) };
}

/* Could it be an address? Saves the parser's time for words. */
static bool looks_like_address(str text)
{
    char c = text.size ? text.at[0] : 0;

    if (text.size < 2 || text.size > 45)
        return false;
    if (c >= '0' && c <= '9')
        return true;
    return c == ':' || (((c | 0x20) >= 'a' && (c | 0x20) <= 'f') && memchr(text.at, ':', text.size < 5 ? text.size : 5));
}

static bool of_address(str text, struct sort_value *out)
{
    struct address address;

    if (!looks_like_address(text) || !address_parse(text, &address))
        return false;
    if (address.family == 4)
        *out = (struct sort_value){ .rank = SORTS_ADDRESS_4, .high = address.low };
    else
        *out = (struct sort_value){ .rank = SORTS_ADDRESS_6, .high = address.high, .low = address.low };
    return true;
}

/* Only these bytes can begin a number, blanks allowed. */
static bool spells_number(str text, double *number)
{
    char c = text.size ? text.at[0] : 'x';

    if ((c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != ' ' && c != '\t')
        return false;
    return number_parse_loose(text, number);
}

struct sort_value sort_value_of(enum sort_kind kind, const struct cell *cell, char room[NUMBER_ROOM])
{
    struct sort_value value;
    double            number = 0;
    bool              numeric;
    str               text;

    if (cell->kind == KIND_LIST)
        cell = &cell->list[0];
    if (cell->kind == KIND_NULL)
        return (struct sort_value){ .rank = SORTS_NULL };
    if (cell->kind == KIND_NUMBER)
        numeric = true, number = cell->number;
    else
        numeric = (kind == SORT_AUTO || kind == SORT_NUMBER) && cell->kind == KIND_TEXT
            && spells_number(cell_str(cell), &number);
    if (numeric && (kind == SORT_AUTO || kind == SORT_NUMBER))
        return of_number(number);
    if (kind == SORT_NUMBER)
        return of_text(STR(""));
    text = cell_show(cell, room);
    if ((kind == SORT_AUTO || kind == SORT_IP) && of_address(text, &value))
        return value;
    return of_text(text);
}

static int order_of(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int sort_value_compare(const struct sort_value *a, const struct sort_value *b, bool descending)
{
    int order;

    if (a->rank == SORTS_NULL || b->rank == SORTS_NULL)
        return (a->rank == SORTS_NULL) - (b->rank == SORTS_NULL);
    order = a->rank != b->rank ? a->rank - b->rank : order_of(a->high, b->high);
    if (order == 0 && a->rank == SORTS_TEXT && (a->size > 8 || b->size > 8 || a->size != b->size))
        order = str_compare(str_make(a->text, a->size), str_make(b->text, b->size));
    else if (order == 0 && a->rank == SORTS_ADDRESS_6)
        order = order_of(a->low, b->low);
    return descending ? -order : order;
}
