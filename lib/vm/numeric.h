/* Fields as numbers, and numbers as fields: the text stands between (language 7.3). */
#pragma once

#include "vm/code.h"

/* The column itself where there is nothing to do. Texts that spell no number stay as they are.
 * `plain`: decimals do not matter. */
status numeric_column(bool plain, enum numeric_mode mode, struct column *column, const struct rows *rows,
                      uint32_t size, struct arena *arena, struct column **out);

/* Decimals of the text of an EXACT number. */
int16_t numeric_settle(double number);
/* What the text of (number, decimals) reads as: at once for few decimals, else by way of the text. */
double  numeric_round(double number, int16_t decimals);
