/* Bytes that several formats share. */
#pragma once

#include "base/buf.h"
#include "value/cell.h"

/* As the inside of a JSON string; invalid UTF-8 becomes U+FFFD. */
void write_json_inner(struct buf *out, str text);

/* The same for text whose JSON escapes are still in it; as decoding and escaping again, usually a copy. */
void write_json_escaped(struct buf *out, str inner, struct buf *scratch);

/* The text of a cell: decoded, numbers printed. Uses `room` (NUMBER_ROOM bytes) or `scratch` when it has to make one.
 * A list is not for this. */
str  write_cell_text(const struct cell *cell, char *room, struct buf *scratch);
