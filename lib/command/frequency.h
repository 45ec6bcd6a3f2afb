/* top and rare, sitop and sirare: the values of some fields by how often they occur (reporting 3.8). */
#pragma once

#include "flow/op.h"
#include "plan/bind.h"

enum { FREQUENCY_PARAMS = 9 };

struct frequency_bound {
    bool        rare;                       /* least frequent first */
    bool        emits, meets;               /* partial results go out, come in (command/states.h) */
    double      limit;                      /* 0: none */
    const str  *by, *field;
    uint32_t    bys, fields;
    bool        shows_count, shows_percent, other;
    str         count_name, percent_name, other_text;
};

extern const struct param frequency_params[FREQUENCY_PARAMS + 1];

/* `emits`: sitop, sirare. */
status frequency_bind(struct binder *binder, struct stage *stage, bool rare, bool emits);
status frequency_needs(const struct stage *stage, struct wanted *wanted);
status frequency_gives(const struct stage *stage, struct wanted *columns);
status frequency_open(const struct stage *stage, struct run *run, struct op **out);

#define FREQUENCY .params = frequency_params, .bound_size = sizeof(struct frequency_bound), \
    .needs = frequency_needs, .gives = frequency_gives, .open = frequency_open, \
    .traits = TRAIT_MERGEABLE | TRAIT_TRANSFORMS | TRAIT_MERGES_ROWS | TRAIT_SPLITS

