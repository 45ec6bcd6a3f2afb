/* Commands that keep the rows for which a program is true: search, where. Only the selection shrinks. */
#pragma once

#include "flow/op.h"
#include "plan/bind.h"

struct filter_bound {
    struct program *program;
};

status filter_needs(const struct stage *stage, struct wanted *wanted);
status filter_open(const struct stage *stage, struct run *run, struct op **out);
void   filter_drop(struct stage *stage);
void   filter_print(const struct stage *stage, struct buf *out);

/* Adds the fields that a program reads. */
status wants_program(struct wanted *wanted, const struct program *program);
