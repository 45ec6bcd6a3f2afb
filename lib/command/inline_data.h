/* Rows written into a query as CSV or JSON. */
#pragma once

#include "flow/op.h"

/* One batch (one reference). FAIL_DATA with a reason that lives on: the text is no such thing. */
status inline_csv(struct op *op, str text, struct batch **out, const char **reason);
status inline_json(struct op *op, str text, struct batch **out, const char **reason);
