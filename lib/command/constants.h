/* Fields that are the same in every row: addinfo, setfields. */
#pragma once

#include "flow/op.h"

struct constant {
    str         field;
    struct cell value;              /* as fields hold it; its text lives as long as the run */
};

/* The push; of several with one name the last counts. */
status constants_push(struct op *op, const struct constant *constant, uint32_t count, struct batch *in);
