/* The one row of format and return: a field `search` that holds text for another search. */
#pragma once

#include "flow/op.h"

/* FAIL_LIMIT when the text is longer than a cell can be. */
status text_row_emit(struct op *op, str text);
