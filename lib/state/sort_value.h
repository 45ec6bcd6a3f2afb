/* Values of sort keys in a form that compares fast: what AUTO, STR, IP and NUM make of a cell (reporting 3.5).
 *
 * AUTO ranks numbers before IPv4 before IPv6 before other text, so that its order is total although the documented rule
 * speaks of pairs. NUM: all that is no number is one value behind the numbers. IP: what is no address stands behind,
 * by bytes. A list counts as its first value. Descending turns everything around but nulls, which always come last. */
#pragma once

#include "base/compiler.h"
#include "batch/column.h"
#include "batch/names.h"
#include "value/number.h"
#include "value/order.h"

struct sort_by {
    const struct name *name;
    enum sort_kind     kind;
    bool               descending;
};

enum sort_rank { SORTS_NUMBER, SORTS_ADDRESS_4, SORTS_ADDRESS_6, SORTS_TEXT, SORTS_NULL };

struct sort_value {
    uint8_t     rank;           /* enum sort_rank */
    uint32_t    size;           /* of text */
    uint64_t    high;           /* a number or an address as an integer of the same order; text: its first 8 bytes */
    union {
        uint64_t    low;        /* second half of an IPv6 address */
        const char *text;       /* borrowed from the cell, or in `room` */
    };
};

/* A double as an integer of the same order; -0 and 0 are one, NaN is above all. */
static inline uint64_t sort_bits(double number)
{
    uint64_t bits;

    if (UNLIKELY(number != number))
        return UINT64_MAX;
    number += 0.0;
    memcpy(&bits, &number, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* Bytes [from, from + 8) of a text as a big-endian integer, zeros behind its end. */
uint64_t sort_bytes(const char *text, uint32_t size, uint32_t from);

/* The cell must be decoded. `room`: for the text of a number. */
struct sort_value sort_value_of(enum sort_kind kind, const struct cell *cell, char room[NUMBER_ROOM]);

int sort_value_compare(const struct sort_value *a, const struct sort_value *b, bool descending);

/* 64 bits whose order never contradicts sort_value_compare; equal bits decide nothing. */
static inline uint64_t sort_value_mark(const struct sort_value *value, bool descending)
{
    static const uint64_t base[] = { 0, (uint64_t)1 << 62, (uint64_t)1 << 62 | (uint64_t)1 << 61, (uint64_t)1 << 63 };
    uint64_t              mark;

    if (value->rank == SORTS_NULL)
        return UINT64_MAX;
    mark = base[value->rank] | value->high >> (value->rank == SORTS_ADDRESS_6 ? 3 : 2);
    return descending ? ((uint64_t)1 << 63 | (uint64_t)1 << 62) - 1 - mark : mark;
}

/* What sort_value_mark gives for a number. */
static inline uint64_t sort_number_mark(double number, bool descending)
{
    uint64_t mark = sort_bits(number) >> 2;
    return descending ? ((uint64_t)1 << 63 | (uint64_t)1 << 62) - 1 - mark : mark;
}
