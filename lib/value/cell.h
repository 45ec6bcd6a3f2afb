/* One value: 16 bytes, text borrowed.
 *
 * A cell is also the view a reader makes of a field: text points into the read block, escapes still in it.
 *
 * Text that came from a field is SOFT: it reads as a number where the whole of it spells one (language 6.1).
 * Text written in a query or made by an expression is hard: "5"+"3" is 53. Storing a value in a field makes it soft.
 *
 * Numbers carry `decimals`, the count of trustworthy decimal places (language 7.3); EXACT when unlimited.
 *
 * Lifetime: whatever text and lists point to must outlive the cell: a batch's arena, a read block, a query. */
#pragma once

#include "base/str.h"

#include <stdint.h>

enum kind { KIND_NULL, KIND_BOOLEAN, KIND_NUMBER, KIND_TEXT, KIND_LIST };

enum {
    CELL_SOFT    = 1,           /* text or number of a field */
    CELL_ESCAPED = 2            /* JSON text with backslashes still in it: column_decode before looking */
};

enum { EXACT = INT16_MAX };     /* decimals: no bound on the precision */

struct cell {
    uint8_t  kind;              /* enum kind */
    uint8_t  flags;             /* CELL_*; text, and CELL_SOFT on numbers */
    union {
        int16_t  decimals;      /* number only */
        uint16_t place;         /* texts and lists of a row that was read: the how-manieth of its fields it is */
    };
    uint32_t size;              /* bytes of text, members of a list */
    union {
        double             number;
        uint64_t           truth;           /* 0 or 1 */
        const char        *text;
        const struct cell *list;            /* two or more scalars, no lists inside */
    };
};

static inline struct cell cell_null(void) { return (struct cell){ .kind = KIND_NULL }; }
static inline struct cell cell_truth(int truth) { return (struct cell){ .kind = KIND_BOOLEAN, .truth = !!truth }; }
static inline struct cell cell_number(double number)
{
    return (struct cell){ .kind = KIND_NUMBER, .decimals = EXACT, .number = number };
}
static inline struct cell cell_text(str text)
{
    return (struct cell){ .kind = KIND_TEXT, .size = (uint32_t)text.size, .text = text.at };
}
static inline struct cell cell_field_text(str text)
{
    return (struct cell){ .kind = KIND_TEXT, .flags = CELL_SOFT, .size = (uint32_t)text.size, .text = text.at };
}
static inline str cell_str(const struct cell *cell) { return (str){ cell->text, cell->size }; }
