/* The one row of format and return: a field `search` that holds text for another search; and how such text is written. */
#pragma once

#include "base/buf.h"
#include "flow/op.h"

/* FAIL_LIMIT when the text is longer than a cell can be. */
status text_row_emit(struct op *op, str text);

bool text_is_word(str text);                    /* does a search read it as one word, without quotes? */
void text_put_name(struct buf *out, str name);  /* of a field: quoted if need be */
