/* Values as bytes that are equal when the values are: whole rows (`uniq`), lists as values (`dedup`).
 *
 * Every value carries its length, so that ("a","bc") is not ("ab","c") and a list is not its joined text. Values count as
 * their text: a number equals the text that it prints as; 1 and 1.0 differ. */
#pragma once

#include "base/buf.h"
#include "batch/batch.h"

/* Appends a value, decoded; null is a value like others here. */
void key_put(struct buf *key, const struct cell *cell);

/* Whole rows, null fields aside: fields in an order in which rows of different batches compare, their columns decoded. */
status key_fields(struct batch *batch, struct arena *arena, struct field **out);
void   key_put_row(struct buf *key, const struct field *field, uint32_t fields, uint32_t row);
