/* Lists of names and patterns that choose columns: fields, table. */
#pragma once

#include "flow/op.h"
#include "plan/bind.h"

struct projection_bound {
    const str *name;                /* wildcards among them */
    uint32_t   count;
    bool       removes;             /* fields - */
    bool       exact;               /* table: no field but those listed, and those listed even if empty */
};

status projection_needs(const struct stage *stage, struct wanted *wanted);
status projection_gives(const struct stage *stage, struct wanted *columns);
status projection_open(const struct stage *stage, struct run *run, struct op **out);
