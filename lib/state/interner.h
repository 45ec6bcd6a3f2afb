/* Codes for values as text: 0, 1, 2 ... in order of first sight; the text is copied once.
 *
 * Values are told apart by their text alone: 1 and 1.0 differ, the number 1 and the text "1" do not. Numbers
 * are looked up by their bits first, values of a dictionary by their code there, a constant once a batch.
 * Always true: cell[code] is soft text, or null for the one code that stands for null. Codes never change;
 * `cell` moves when it grows, the texts stay until interner_free. */
#pragma once

#include "batch/column.h"

enum { INTERNER_NULL = UINT32_MAX };

struct interned_number {
    uint64_t bits;
    uint32_t code;                      /* + 1; 0: free */
    int16_t  decimals;
};

struct interned_text {                  /* a text met lately: what decides whether another is the same */
    uint64_t word[4];
    uint32_t size, code;                /* size 0: none */
};

struct interned_dictionary {            /* codes of somebody else's dictionary */
    uint32_t  stamp, room;
    uint32_t *code;                     /* by his code: ours + 1, 0: not met */
};

struct interner {
    struct heap  *heap;
    struct arena  texts;
    char         *packed, *packed_end;  /* room in it for texts that are appended */
    struct cell  *cell;                 /* by code */
    uint32_t      count, room;
    uint64_t     *slot;                 /* upper half of the hash << 32 | code + 1; 0: free */
    uint32_t      slots;
    uint32_t      null_code;            /* of null, once it was asked for; INTERNER_NULL before */
    uint64_t      seed;
    struct interned_text   *recent;     /* by a cheap hash; while values are few */
    struct interned_number *number;
    uint32_t      numbers, number_slots;
    struct interned_dictionary dictionary[4];
    uint32_t      turn;                 /* which of these goes next */
};

void   interner_init(struct interner *interner, struct heap *heap);
void   interner_free(struct interner *interner);

status interner_text(struct interner *interner, str text, uint32_t *code);
status interner_number(struct interner *interner, double number, int16_t decimals, uint32_t *code);
/* null: INTERNER_NULL */
status interner_cell(struct interner *interner, const struct cell *scalar, uint32_t *code);
status interner_null(struct interner *interner, uint32_t *code);        /* the code that stands for null */

/* A text that nobody will look up, and that is not known: its code is the next one. */
status interner_append(struct interner *interner, str text);

/* The code of a text that is known already, or INTERNER_NULL. */
uint32_t interner_find(const struct interner *interner, str text);

/* Codes of the given rows (NULL: the first `count`) of a decoded column without lists. Null: INTERNER_NULL.
 * */
status interner_column(struct interner *interner, const struct column *column, const uint32_t *row,
                       uint32_t count,
                       uint32_t *code);

static inline str interner_str(const struct interner *interner, uint32_t code)
{
    return cell_str(&interner->cell[code]);
}

/* Bytes that taking in `more` values may ask for at once, when the tables grow; their texts not counted. */
size_t interner_growth(const struct interner *interner, uint32_t more);

/* How the codes sort: rank[code] is the place of its text. Null comes last. */
enum interner_order {
    ORDER_BYTE, ORDER_NATURAL,
    ORDER_BINS      /* NATURAL, but labels of bins, 10-20, are where their lower bounds are */
};
status interner_rank(const struct interner *interner, enum interner_order order, uint32_t *rank);
/* The number that a text goes by in such an order, if it does. */
bool   interner_order_number(enum interner_order order, str text, double *number);
