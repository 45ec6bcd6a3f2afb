/* How values read as numbers and texts, and how eval compares them (language 8.2). The orders over whole columns are in
 * state/sort_value.h and state/rank.c. */
#pragma once

#include "value/cell.h"

/* A cell's text as a number, if it reads as one: numbers always, soft text by number_parse. Hard text
 * never. */
bool cell_reads_number(const struct cell *cell, double *number);

/* As above, but hard text counts as well. */
bool cell_spells_number(const struct cell *cell, double *number);

/* The number a cell is or spells, hard text as well, with its decimals; null if it spells none. */
struct cell cell_as_number(const struct cell *cell);

/* The text of a scalar: text itself, a number's text written to `room` (NUMBER_ROOM bytes),
 * "true"/"false"; null: at NULL. */
str  cell_show(const struct cell *cell, char *room);

/* eval's comparison: numeric when both spell numbers (literals too: "10"<"9" is false), else text by BYTE.
 * *unordered is set when a NaN is involved. */
int  order_eval(const struct cell *a, const struct cell *b, bool *unordered);

/* The kinds of sort's keys. AUTO: numeric before IP before other text (state/sort_value.h). */
enum sort_kind { SORT_AUTO, SORT_TEXT, SORT_IP, SORT_NUMBER };
