/* How values compare. One function per order, used by every command (reporting 1.3, language 8.2). */
#pragma once

#include "value/cell.h"

/* A cell's text as a number, if it reads as one: numbers always, soft text by number_parse. Hard text
 * never. */
bool cell_reads_number(const struct cell *cell, double *number);

/* As above, but hard text counts as well. */
bool cell_spells_number(const struct cell *cell, double *number);

/* The text of a scalar: text itself, a number's text written to `room` (NUMBER_ROOM bytes),
 * "true"/"false"; null: at NULL. */
str  cell_show(const struct cell *cell, char *room);

/* eval's comparison: numeric when both spell numbers (literals too: "10"<"9" is false), else text by BYTE.
 * *unordered is set when a NaN is involved. */
int  order_eval(const struct cell *a, const struct cell *b, bool *unordered);

/* NATURAL: numerics before others, by value, ties BYTE. NULL first. */
int  order_natural(const struct cell *a, const struct cell *b);

/* sort's keys. AUTO: rank numeric < IP < other text, then within the rank. NULL after all: a descending
 * sort, where it is still last, looks at nulls itself. A multivalue counts as its first value here and in
 * order_natural. */
enum sort_kind { SORT_AUTO, SORT_TEXT, SORT_IP, SORT_NUMBER };
int  order_sort(enum sort_kind kind, const struct cell *a, const struct cell *b);
