/* The functions of convert: one value in, one value out. */
#pragma once

#include "catalog/context.h"
#include "time/strftime.h"
#include "time/strptime.h"
#include "value/cell.h"

struct conversions {                    /* what they share */
    struct context     *context;
    struct time_format *format;
    struct zone_view    view;
    struct buf          text;
};

struct conversion {
    const char *name;
    /* DONE: not convertible. What `out` points to is in `arena`. */
    status    (*convert)(struct conversions *host, str text, struct arena *arena, struct cell *out);
    bool        keeps;                  /* what is not convertible stays, else it is removed */
    bool        whole;                  /* a list is converted only if all of its values can be */
};

/* NULL: no such function. `none` has no `convert`. */
const struct conversion *conversion_named(str name);
const struct conversion *conversion_at(uint32_t i);         /* NULL behind the last */
