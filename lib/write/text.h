/* Bytes that several formats share. */
#pragma once

#include "base/buf.h"
#include "value/cell.h"

/* As the inside of a JSON string; invalid UTF-8 becomes U+FFFD. */
void write_json_inner(struct buf *out, str text);

/* The same for text whose JSON escapes are still in it; as decoding and escaping again, usually a copy. */
void write_json_escaped(struct buf *out, str inner, struct buf *scratch);

/* Appends the text if it can stand in CSV without quotes; false: nothing was appended, as it may need them. */
bool write_csv_plain(struct buf *out, str text);

/* The text of a cell: decoded, numbers printed. Uses `room` (NUMBER_ROOM bytes) or `scratch` when it has to make one.
 * A list is not for this. */
str  write_cell_text(const struct cell *cell, char *room, struct buf *scratch);

/* --- for a terminal: what it would obey (control characters) is shown as a blank or a question mark ------------------ */

/* Appends at most `most` columns of `text`; returns the columns used. */
uint32_t write_shown(struct buf *out, str text, uint32_t most);
uint32_t write_shown_width(str text);           /* columns; 2,000 and a little at most */
/* In exactly `width` columns (>= 1): filled with blanks, or cut with an ellipsis. */
void     write_cut(struct buf *out, str text, uint32_t width, bool right);
